# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The module's own bookkeeping of vCPUs, under more interleavings than a host shows.
module_unit rooms "$here"/{rooms,rooms-world,pages}.c "$top/module/base/share.c"
adopt "$out/rooms"
