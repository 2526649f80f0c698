# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The module's own pairing, counters and rows, for what hardly happens on a host and for what chance
# makes.
# PAIRS_SEED=N: the chance that a run printed, again.
module_unit pairs "$here"/pairs*.c "$here/pages.c" \
	"$top"/module/{base/{base,share},probe/{slow,userspace},generation/{generation,reclaim}}.c \
	"$top"/module/store/{block,cpu,outlier,row,slot,thread}.c
adopt "$out/pairs" ${PAIRS_SEED:-}
