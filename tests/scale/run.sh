#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make scale: every report of a host of 256 CPUs with 30 reasons of 4 causes on each, and 1,000
# vCPUs: is each pair in it, what does reading cost in instructions and memory, how long does a
# reader keep its CPU.
#   SCALE_WRITE=1   write the figures into docs/cost.md
# The module is built in a copy of the tree with fill.c in it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
cd "$top"
tests/lab/deps.sh build amd
KDIR=$(tests/kernel.sh headers)
export KDIR
copy=build/scale
rm -rf $copy
mkdir -p $copy
git ls-files --cached --others --exclude-standard | cpio -pdm --quiet $copy
echo 'kvmlat-y += tests/scale/fill.o' >>$copy/Kbuild
cd $copy
# As if each possible CPU had been online.
sed -i 's/cpumask_test_cpu(cpu, &cpus_seen) ? rows : 0/rows/' module/generation/generation.c
grep -q 'cpu_alloc(gen, cpu, rows)' module/generation/generation.c || {
	echo "kvmlat: scale: generation.c has changed" >&2
	exit 1
}
if ! make -s modules tools >build.log 2>&1; then
	tail -n 30 build.log
	exit 1
fi
warn="-std=c11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Werror -static"
for program in reader expect; do
	# shellcheck disable=SC2086
	gcc $warn -o build/$program tests/scale/$program.c
done

host() {
	LAB_MEMORY=2048 LAB_MORE="build/reader build/expect tests/scale/job.sh" \
		LAB_APPEND=possible_cpus=256 \
		tests/lab/host.sh amd --cmd "cd tests && sh scale/job.sh $1"
}

rc=0
LAB_ICOUNT=1 host figures >figures || rc=1
cat figures
host parallel || rc=1
[ $rc -eq 0 ] || exit 1
python3 "$here/table.py" <figures >table
if [ -n "${SCALE_WRITE:-}" ]; then
	sed -i -e "/^<!-- make scale writes/r table" -e \
		'/^<!-- make scale writes/,/^<!-- scale to here/{/^<!--/!d}' "$top/docs/cost.md"
fi
