# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The module's own bookkeeping of vCPUs, under more interleavings than a host shows.
module_unit rooms "$here"/{rooms,rooms-world,pages}.c "$top/module/base/share.c" && "$out/rooms"
# shellcheck disable=SC2181
[ $? -eq 0 ] || failed=1
