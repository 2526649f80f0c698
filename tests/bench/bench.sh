#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make bench: what observing an exit costs, kvmlat and its rivals, counted in instructions.
#   BENCH_ONLY="kvmlat bpf"  observers: kvmlat and those in observers.sh; default all
#   BENCH_BOOTS=3            boots; figures are their medians
#   BENCH_PAIRS=20000        pairs in a window
#   BENCH_PROFILE=1          one boot; also writes build/bench/boot1.functions: instructions by function
# Status 0 when kvmlat keeps its limit. A run of everything writes its table into docs/cost.md.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
out=$top/build/bench
[ "$(id -u)" = 0 ] || { echo "kvmlat: bench: needs root, to install packages" >&2; exit 1; }
"$here/../lab/deps.sh" build amd bench
image=$(find /boot -name 'vmlinuz-6.1.*-amd64' ! -name '*-rt-*' ! -name '*-cloud-*' | sort -V | tail -n 1)
release=${image#*/vmlinuz-}
boots=${BENCH_BOOTS:-3}
[ -z "${BENCH_PROFILE:-}" ] || boots=1
start=$SECONDS
"$here/build.sh" "$release"

paths=()
for n in $(seq "$boots"); do
	"$here/boot.sh" "$image" "boot$n" || exit 1
	paths+=("$out/boot$n")
	echo "bench: boot $n of $boots done ($((SECONDS - start)) s)" >&2
done
if [ -n "${BENCH_PROFILE:-}" ]; then
	python3 "$here/functions.py" "$out/boot1" >"$out/boot1.functions"
fi
rc=0
python3 "$here/report.py" "${paths[@]}" >"$out/report" || rc=$?

# The table goes into the document between its markers, with what it was measured on.
if [ -z "${BENCH_ONLY:-}" ] && [ "$boots" -ge 3 ] && [ $rc -ne 2 ]; then
	{
		echo "Linux $release, $(qemu-system-x86_64 --version | sed -n '1s/ (.*//p'), ${BENCH_PAIRS:-20000} pairs in a window."
		echo
		cat "$out/report"
	} >"$out/document"
	sed -i -e "/^<!-- make bench writes/r $out/document" -e '/^<!-- make bench writes/,/^<!-- to here/{/^<!--/!d}' "$top/docs/cost.md"
fi
cat "$out/report"
exit $rc
