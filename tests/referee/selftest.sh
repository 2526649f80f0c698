#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The referee itself on recordings with known answers.
set -u
cd "$(dirname "$0")" || exit 1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
tap_said=$dir/run
# shellcheck source=tests/tap.sh
. ../tap.sh

# TID CPU TIME_NS exit|entry
event() {
	local text="vcpu 0, rip 0x1" kind=kvm_entry
	[ "$4" = entry ] || { kind=kvm_exit text="vcpu 0 reason $4 rip 0x1 info1 0x0"; }
	printf ' %d [%03d] %d.%09d: kvm:%s: %s\n' "$1" "$2" 1 "$3" "$kind" "$text"
}

data() {
	printf '%s\n' "kvmlat-data 1 generation 0" "count exits $1" "count entries $2" \
		"reason 0x72 busy cpuid" "$3" >"$dir/data"
}

# judged STATUS WHAT [OPTIONS]: the referee on $dir/script and $dir/data
judged() {
	local want=$1 what=$2
	shift 2
	exits "$want" "$what" referee "$@"
}
referee() {
	local status=0
	./referee.py "$@" "$dir/data" <"$dir/script" >"$dir/said" 2>&1 || status=$?
	cat "$dir/said"
	return $status
}

# Thread 5 on CPU 0, migrating to CPU 1 between exit and entry; latency 100 ns: bucket 36, power 7.
{ event 5 0 1000 cpuid; event 5 1 1100 entry; } >"$dir/script"
rows="row all 0x72 - sum 100 min 100 max 100 buckets 36:1
row 1 0x72 - sum 100 min 100 max 100 buckets 36:1"
data 1 1 "$rows"
judged 0 "a migrated pair is charged to the entry's CPU"
judged 0 "the article's pairing, which may differ, loses a migrated pair" --article differs
judged 1 "the article's pairing is not the same where a pair migrated" --article same
data 1 1 "${rows//row 1/row 0}"
judged 1 "a pair on another CPU is noticed"
data 1 1 "${rows//36:1/36:2}"
judged 1 "one pair too many is noticed"
data 1 1 "${rows//36:1/80:1}"
judged 1 "wrong buckets are noticed"
# A reason has a row for each cause: 100 ns in the kernel, 100000 ns preempted.
{ event 5 1 1000 cpuid; event 5 1 1100 entry; event 5 1 2000 cpuid
	event 5 1 102000 entry; } >"$dir/script2"
mv "$dir/script" "$dir/script1" && mv "$dir/script2" "$dir/script"
data 2 2 "row all 0x72 kernel sum 100 min 100 max 100 runq 0 offcpu - buckets 36:1
row all 0x72 preempted sum 100000 min 100000 max 100000 runq 9 offcpu - buckets 108:1
row 1 0x72 kernel sum 100 min 100 max 100 runq 0 offcpu - buckets 36:1
row 1 0x72 preempted sum 100000 min 100000 max 100000 runq 9 offcpu - buckets 108:1"
judged 0 "the rows of a reason's causes are added up"
mv "$dir/script1" "$dir/script"
data 2 1 "$rows"
judged 1 "one exit too many is noticed"
# Two threads in turn on one CPU; then exit, exit, entry, entry of one thread: one pair.
{ event 5 0 1000 cpuid; event 6 0 1010 cpuid; event 5 0 1100 entry
	event 6 0 1110 entry; } >"$dir/script"
data 2 2 "row all 0x72 - sum 200 min 100 max 100 buckets 36:2
row 0 0x72 - sum 200 min 100 max 100 buckets 36:2"
judged 0 "pairs of two threads in turn on one CPU are told apart"
{ event 5 0 1000 cpuid; event 5 0 1010 cpuid; event 5 0 1110 entry; event 5 0 1200 entry; } \
	>"$dir/script"
data 2 2 "${rows//row 1/row 0}"
judged 0 "exit, exit, entry, entry is one pair"
check "exit, exit, entry, entry is no reason to name an event" ! grep 'out of turn' "$dir/said"

# An event that the recording holds twice: void, whatever kvmlat says. One that differs: it counts.
twice() { { event 5 0 1000 cpuid; event 5 0 1100 entry; "$@"; } | sort -s -k3,3 >"$dir/script"; }
rows0=${rows//row 1/row 0}
for counts in "1 1" "1 2" "2 1"; do
	# shellcheck disable=SC2086
	data $counts "$rows0"
	twice event 5 0 1100 entry
	judged 2 "an entry twice voids the run; kvmlat counts $counts"
	twice event 5 0 1000 cpuid
	judged 2 "an exit twice voids the run; kvmlat counts $counts"
done
said() { grep -x "$1" "$dir/said" || { cat "$dir/said"; false; }; }
check "which event the recording holds twice is said" said \
	"void: twice: exit, cpuid of thread 5 on CPU 0 at 1000001000 ns"
check "events that the recording holds twice are counted" said \
	"void: the recording holds 0 entries and 1 exits twice"
twice event 5 0 1100 entry
judged 2 "an entry twice voids a run that agrees with the article too" --article same
data 1 1 "$rows0"
odd="out of turn: entry of thread 5 on CPU"
before="of that thread, before it: entry of thread 5 on CPU 0 at 1000001100 ns"
for other in "5 0 1101" "5 1 1100"; do
	# shellcheck disable=SC2086
	twice event $other entry
	judged 1 "one entry more, of thread, CPU and time $other, is no duplicate"
	read -r _ cpu ns <<<"$other"
	check "an entry more, of thread, CPU and time $other, is named with what came before it" \
		said "$odd $cpu at 100000$ns ns; $before"
done
twice event 6 0 1100 entry
judged 1 "an entry of another thread at that time is no duplicate"
twice event 5 0 1000 hlt
judged 1 "another exit at that time is no duplicate"
check "another exit at that time is named" \
	said "out of turn: exit, hlt of thread 5 on CPU 0 at 1000001000 ns; .* exit, cpuid .*"
data 2 1 "$rows0"
twice true
judged 1 "an exit that perf does not have is noticed"
check "of an exit that perf does not have nothing can be named" \
	said "out of turn: 0 events of the recording follow one of their own kind"

echo "perf  PERF_RECORD_LOST 7" >>"$dir/script"
judged 2 "lost events void the run"
echo garbage >"$dir/script"
judged 2 "garbage voids the run"
finish
