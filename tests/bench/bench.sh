#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make bench: what observing an exit costs, kvmlat and its rivals, counted in instructions.
#   BENCH_ONLY="kvmlat bpf"  observers: kvmlat and those in observers.sh; default all
#   BENCH_BOOTS=3            boots; figures are their medians
#   BENCH_PAIRS=20000        pairs in a window
#   BENCH_PROFILE=1          one boot; also writes build/bench/boot1.functions: instructions by
#                            function
# Then, on three CPUs, whether vCPUs or a reader of reports disturb each other.
# Status 0 when kvmlat keeps its limits. A run of everything writes its tables into docs/cost.md.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
out=$top/build/bench
[ "$(id -u)" = 0 ] || { echo "kvmlat: bench: needs root, to install packages" >&2; exit 1; }
"$here/../lab/deps.sh" build amd bench
image=$("$here/../kernel.sh" image)
release=${image##*/vmlinuz-}
boots=${BENCH_BOOTS:-3}
[ -z "${BENCH_PROFILE:-}" ] || boots=1
start=$SECONDS
say() { echo "bench: $* ($((SECONDS - start)) s)" >&2; }
say "building kvmlat, the rivals and the host"
"$here/build.sh" "$release"

judge() { python3 "$here/report.py" "$@"; }

# boot NAME JOB JUDGE...: JUDGE's status; a boot that it calls void (2), or whose host died in
# silence, is made again, twice at most; never one whose kernel complained.
# Leaves NAME.report. boot_qemu() in ../lab/host.sh tells of what an emulated host may die.
boot() {
	local name=$1 job=$2 try rc
	shift 2
	for try in 1 2 3; do
		say "$name: booting, and measuring"
		rc=0
		"$here/boot.sh" "$image" "$name" "$job" || rc=$?
		if [ $rc -ne 0 ]; then
			[ $rc -eq 4 ] && [ $try -lt 3 ] || exit 1
			say "TRYING ONCE MORE after a host that died"
			continue
		fi
		rc=0
		"$@" >"$out/$name.report" || rc=$?
		[ $rc -eq 2 ] || break
		tail -n 1 "$out/$name.report" >&2
	done
	say "$name: done"
	return $rc
}

# A table goes into the document between the markers that name it.
document() {
	[ -z "${BENCH_ONLY:-}" ] || return 0
	{
		echo "Linux $release, $(qemu-system-x86_64 --version |
			sed -n '1s/ (.*//p'), ${BENCH_PAIRS:-20000} pairs in a window."
		echo
		cat "$2"
	} >"$out/document"
	sed -i -e "/^<!-- make bench writes $1/r $out/document" -e \
		"/^<!-- make bench writes $1/,/^<!-- to here/{/^<!--/!d}" "$top/docs/cost.md"
}

paths=() rc=0
for n in $(seq "$boots"); do
	boot "boot$n" job judge "$out/boot$n" || true	# judged together below
	paths+=("$out/boot$n")
done
if [ -n "${BENCH_PROFILE:-}" ]; then
	python3 "$here/functions.py" "$out/boot1" >"$out/boot1.functions"
fi
judge "${paths[@]}" >"$out/report" || rc=$?
[ "$boots" -lt 3 ] || [ $rc -eq 2 ] || document costs "$out/report"
if [ -z "${BENCH_PROFILE:-}" ]; then
	boot contention contend python3 "$here/contention.py" "$out/contention" ||
		rc=$((rc > $? ? rc : $?))
	cat "$out/contention.report"
	echo
	[ $rc -eq 2 ] || document contention "$out/contention.report"
fi
cat "$out/report"
exit $rc
