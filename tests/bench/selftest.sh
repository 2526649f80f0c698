#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The judge's own test: report.py on made-up boots. 1,000 pairs in a window, 2,500 instructions
# each.
set -u
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
tap_said=$dir/out
# shellcheck source=tests/tap.sh
. "$here/../tap.sh"

# observer NAME ADDED COUNTED [PLUGIN [LINES [LOCKED [OWN]]]]: one window. PLUGIN: what the plugin
# counted instead (-: the same); LINES written beside the baseline's 4, 5 by kvmlat; LOCKED in the
# whole window; OWN: lines by its code, not LINES.
observer() {
	local ticks=$(((2500 + $2) * 1000)) id plugin=${4:--} lines=${5:-}
	case $1 in kvmlat_*) : "${lines:=5}" ;; *) : "${lines:=0}" ;; esac
	id=$(($(wc -l <"$dir/boot.window") + 1))
	echo "bench $1 id $id ticks $ticks pairs 1000 exits 1500 counted $3 lost 0 bytes 0" \
		"memory 10" >>"$dir/boot.body"
	echo "window id $id pairs 1000 kernel ${plugin/-/$ticks} user 0 guest 0 rep 0" \
		"locked ${6:-0} touched 9 written $((4 + lines)) own ${7:-$lines}" \
		"written_mean 4000" >>"$dir/boot.window"
}

# switches OFFCPU_0 OFFCPU_1 LAST: what 10 switches cost, beside 6,000 each without kvmlat
switches() {
	local name added
	for name in "none_first 0" "offcpu_0 $1" "offcpu_1 $2" "none_last $3"; do
		read -r name added <<<"$name"
		echo "switch $name ticks $(((6000 + added) * 10)) switches 10" >>"$dir/boot.body"
	done
}

# others ADDED [NAME]: the rest of what a bound is kept of, but for NAME
others() {
	local all=$1 name
	for name in base_1000 kvmlat_default kvmlat_cpus kvmlat_vms kvmlat_all_1000 \
		kvmlat_all_later kvmlat_percpu_only; do
		[ "$name" != "${2:-}" ] && ! grep -q "^bench $name " "$dir/boot.body" || continue
		case $name in
		base_*) observer $name 0 1500 ;;
		kvmlat_all*) observer $name "$all" 1500 - 6 ;;
		kvmlat_percpu*) observer $name 20 1500 - 3 ;;
		*) observer $name 20 1500 ;;
		esac
	done
}

# judged WANTED STATUS PATTERN: with that status, for that reason
judged() {
	echo "status $2, wanted $1"
	cat "$dir/report"
	[ "$1" -eq "$2" ] && grep -q "$3" "$dir/report"
}

# expect WHAT STATUS PATTERN OBSERVER...: OBSERVER is the arguments of observer in one word
expect() {
	local what=$1 status=$2 pattern=$3 rc=0
	shift 3
	: >"$dir/boot.body"
	: >"$dir/boot.window"
	# shellcheck disable=SC2086
	for o; do case $o in switches* | others*) $o ;; *) observer $o ;; esac; done
	python3 "$here/report.py" "$dir/boot" >"$dir/report" || rc=$?
	check "$what" judged "$status" "$rc" "$pattern"
}

plan 29
first="base_first 0 1500" last="base_last 0 1500"
expect "a cost within the limit passes" 0 \
	'^kvmlat: 35 instructions per pair, limit 35; best rival 100 (bpf); ratio 2.86$' \
	"$first" "kvmlat_all 35 1500" "bpf 100 1500" "$last" "others 35"
expect "a cost over the limit is a fault" 1 '^kvmlat: 36 .* limit 35;' "$first" \
	"kvmlat_all 36 1500" "bpf 100 1500" "$last" "others 36"
expect "the cost of everything on is judged, not that of the default" 1 '^kvmlat: 40 ' \
	"$first" "kvmlat_default 20 1500" "kvmlat_all 40 1500" "bpf 100 1500" "$last" "others 40"
expect "a rival that loses is no rival" 0 'best rival 200 (bpf)' \
	"$first" "kvmlat_all 50 1500" "bpf 200 1500" "perf_record 10 700" "$last" "others 50"
expect "a pair that kvmlat does not hold is a fault" 1 'FAULT: kvmlat_all missed 1 pairs' \
	"$first" "kvmlat_all 20 1499" "bpf 100 1500" "$last" "others 20"
expect "a cost while switched off is a fault" 1 'FAULT: enabled=0' \
	"$first" "kvmlat_off 3 1500" "kvmlat_all 20 1500" "bpf 100 1500" "$last" "others 20"
expect "a baseline that moved voids the boot" 2 'VOID: .*baseline moved' \
	"$first" "kvmlat_all 20 1500" "bpf 100 1500" "base_last 3 1500" "others 20"
expect "two counts that disagree void the boot" 2 'VOID: .*kvmlat_all: TSC' \
	"$first" "kvmlat_all 20 1500 2530000" "bpf 100 1500" "$last" "others 20"
expect "without a rival nothing is judged" 1 'not judged' "$first" "kvmlat_all 20 1500" "$last" \
	"others 20"
expect "the cost of a task switch is told" 0 \
	'^62 more with offcpu=1, 1 with offcpu=0' \
	"$first" "kvmlat_all 20 1500" "bpf 100 1500" "switches 1 62 0" "$last" "others 20"
expect "a cost of task switches without offcpu is a fault" 1 'FAULT: tasks that are no vCPUs pay' \
	"$first" "kvmlat_all 20 1500" "bpf 100 1500" "switches 11 62 0" "$last" "others 20"
expect "a task switch that costs too much with offcpu is a fault" 1 \
	'FAULT: with offcpu=1 every task' \
	"$first" "kvmlat_all 20 1500" "bpf 100 1500" "switches 0 101 0" "$last" "others 20"
expect "a task switch whose cost moved voids the boot" 2 'VOID: .*task switch' \
	"$first" "kvmlat_all 20 1500" "bpf 100 1500" "switches 0 62 11" "$last" "others 20"
usual=("$first" "bpf 100 1500" "$last")
expect "as many cache lines and locked instructions as it may have pass" 0 '^kvmlat: 20 ' \
	"${usual[@]}" "kvmlat_all 20 1500 - 6 50" "others 20"
expect "a cache line more is a fault" 1 'FAULT: kvmlat_all writes 7 cache lines' "${usual[@]}" \
	"kvmlat_all 20 1500 - 7" "others 20"
expect "lines of the host may lie otherwise" 0 '^kvmlat: 20 ' "${usual[@]}" \
	"kvmlat_all 20 1500 - 8 0 6" "others 20"
expect "cache lines that nobody accounts for are a fault" 1 \
	'FAULT: kvmlat_all: 6 cache lines written by its code, but 9.0 beside' \
	"${usual[@]}" "kvmlat_all 20 1500 - 9 0 6" "others 20"
expect "code that was not seen to write is a fault" 1 'FAULT: kvmlat_all: 0 cache lines written' \
	"${usual[@]}" "kvmlat_all 20 1500 - 2 0 0" "others 20"
expect "a locked instruction is a fault" 1 'FAULT: kvmlat_all takes 0.06 instructions' \
	"${usual[@]}" "kvmlat_all 20 1500 - 6 60" "others 20"
expect "a cache line more with per-CPU histograms only is a fault" 1 \
	'FAULT: kvmlat_percpu_only writes 4 cache lines' \
	"${usual[@]}" "kvmlat_all 20 1500" "kvmlat_percpu_only 20 1500 - 4" "others 20"
expect "the same cost beside 1,000 vCPU threads passes" 0 '^kvmlat: 20 ' \
	"${usual[@]}" "kvmlat_all 20 1500" "kvmlat_all_1000 22 1500" "others 20"
expect "a greater cost beside 1,000 vCPU threads is a fault" 1 \
	'FAULT: kvmlat_all_1000 costs +3.0 instructions per pair beside kvmlat_all' \
	"${usual[@]}" "kvmlat_all 20 1500" "kvmlat_all_1000 23 1500" "others 20"
expect "another baseline beside 1,000 vCPU threads passes" 0 '^kvmlat: 20 ' \
	"${usual[@]}" "base_1000 300 1500" "kvmlat_all 20 1500" "kvmlat_all_1000 320 1500" \
	"others 20"
expect "no baseline beside 1,000 vCPU threads voids the boot" 2 'VOID: .*base_1000 is missing' \
	"${usual[@]}" "kvmlat_all 20 1500" "others 20 base_1000"
expect "a cache line more beside 1,000 vCPU threads is a fault" 1 \
	'FAULT: kvmlat_all_1000 writes 7 cache lines' \
	"${usual[@]}" "kvmlat_all 20 1500" "kvmlat_all_1000 20 1500 - 7" "others 20"
expect "a greater cost later is a fault" 1 'FAULT: kvmlat_all_later costs +3.0 ' \
	"${usual[@]}" "kvmlat_all 20 1500" "kvmlat_all_later 23 1500" "others 20"
expect "a filter that costs is a fault" 1 \
	'FAULT: kvmlat_vms costs +3.0 instructions per pair beside kvmlat_default' \
	"${usual[@]}" "kvmlat_all 20 1500" "kvmlat_vms 23 1500" "others 20"
expect "a filter that costs less, and so leaves pairs out, is a fault" 1 \
	'FAULT: kvmlat_cpus costs -3.0 ' \
	"${usual[@]}" "kvmlat_all 20 1500" "kvmlat_cpus 17 1500" "others 20"
expect "a bound that was not looked at is a fault" 1 'FAULT: kvmlat_vms was not measured' \
	"${usual[@]}" "kvmlat_all 20 1500" "others 20 kvmlat_vms"
finish
