# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The module's own choice of a clock, and the usual way's arithmetic at every rate that it takes.
module_unit clock "$here/clock.c"
adopt "$out/clock"
