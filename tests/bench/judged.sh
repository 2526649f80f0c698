#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make bench as one result, for CI: kvmlat and the strongest rivals, one boot.
cd "$(dirname "$0")/../.." || exit 1
if BENCH_BOOTS=1 BENCH_ONLY="kvmlat bpf bpf_right" make bench; then
	echo "1 passed, 0 failed, 0 skipped"; else
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
fi
