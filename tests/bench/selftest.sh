#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The judge's own test: report.py on made-up boots. 1,000 pairs in a window, 2,500 instructions each.
set -u
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0 failed=0

# observer NAME ADDED COUNTED [PLUGIN]: one window; PLUGIN: what the plugin counted instead
observer() {
	local ticks=$(((2500 + $2) * 1000)) id
	id=$(($(wc -l <"$dir/boot.window") + 1))
	echo "bench $1 id $id ticks $ticks pairs 1000 exits 1500 counted $3 lost 0 bytes 0 memory 10" >>"$dir/boot.body"
	echo "window id $id pairs 1000 kernel ${4:-$ticks} user 0 guest 0 rep 0 locked 0 touched 9 written 4 written_mean 4000" \
		>>"$dir/boot.window"
}

# switches OFFCPU_0 OFFCPU_1 LAST: what 10 switches cost, beside 6,000 each without kvmlat
switches() {
	local name added
	for name in "none_first 0" "offcpu_0 $1" "offcpu_1 $2" "none_last $3"; do
		read -r name added <<<"$name"
		echo "switch $name ticks $(((6000 + added) * 10)) switches 10" >>"$dir/boot.body"
	done
}

# expect WHAT STATUS PATTERN OBSERVER...: OBSERVER is the arguments of observer in one word
expect() {
	local what=$1 status=$2 pattern=$3 rc=0
	shift 3
	: >"$dir/boot.body"
	: >"$dir/boot.window"
	# shellcheck disable=SC2086
	for o; do case $o in switches*) $o ;; *) observer $o ;; esac; done
	python3 "$here/report.py" "$dir/boot" >"$dir/out" || rc=$?
	n=$((n + 1))
	if [ $rc -eq "$status" ] && grep -q "$pattern" "$dir/out"; then echo "ok $n $what"; else
		echo "not ok $n $what: status $rc"
		sed 's/^/# /' "$dir/out"
		failed=1
	fi
}

echo "1..13"
first="base_first 0 1500" last="base_last 0 1500"
expect "within the limit" 0 '^kvmlat: 35 instructions per pair, limit 35; best rival 100 (bpf); ratio 2.86$' \
	"$first" "kvmlat_all 35 1500" "bpf 100 1500" "$last"
expect "over the limit" 1 '^kvmlat: 36 .* limit 35;' "$first" "kvmlat_all 36 1500" "bpf 100 1500" "$last"
expect "everything on is judged, not the default" 1 '^kvmlat: 40 ' \
	"$first" "kvmlat_default 20 1500" "kvmlat_all 40 1500" "bpf 100 1500" "$last"
expect "a rival that loses is no rival" 0 'best rival 200 (bpf)' \
	"$first" "kvmlat_all 50 1500" "bpf 200 1500" "perf_record 10 700" "$last"
expect "kvmlat must hold every pair" 1 'FAULT: kvmlat_all missed 1 pairs' \
	"$first" "kvmlat_all 20 1499" "bpf 100 1500" "$last"
expect "switched off is free" 1 'FAULT: enabled=0' \
	"$first" "kvmlat_off 3 1500" "kvmlat_all 20 1500" "bpf 100 1500" "$last"
expect "a baseline that moved" 2 'VOID: .*baseline moved' \
	"$first" "kvmlat_all 20 1500" "bpf 100 1500" "base_last 3 1500"
expect "two counts that disagree" 2 'VOID: .*kvmlat_all: TSC' \
	"$first" "kvmlat_all 20 1500 2530000" "bpf 100 1500" "$last"
expect "no rival, no judgement" 1 'not judged' "$first" "kvmlat_all 20 1500" "$last"
expect "a task switch" 0 '^A switch .*6000 instructions.* 62 more with offcpu=1, 1 with offcpu=0' \
	"$first" "kvmlat_all 20 1500" "bpf 100 1500" "switches 1 62 0" "$last"
expect "a task switch that costs without offcpu" 1 'FAULT: tasks that are no vCPUs pay' \
	"$first" "kvmlat_all 20 1500" "bpf 100 1500" "switches 11 62 0" "$last"
expect "a task switch that costs too much" 1 'FAULT: with offcpu=1 every task' \
	"$first" "kvmlat_all 20 1500" "bpf 100 1500" "switches 0 101 0" "$last"
expect "a task switch that moved" 2 'VOID: .*task switch' \
	"$first" "kvmlat_all 20 1500" "bpf 100 1500" "switches 0 62 11" "$last"
exit $failed
