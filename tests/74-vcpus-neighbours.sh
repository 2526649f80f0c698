#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: a process that takes all it can get leaves its neighbours' figures whole
# hosts: amd real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

plan 23
load_kvm
cpuid=$(name_of cpuid)

# neighbour WHAT: one that comes while the greedy one runs: 500 exits, all of them counted, in a
# line of its own
neighbour() {
	was=$(count_of $cpuid)
	"$GUEST" -n 500 cpuid >/dev/null &
	pid=$!
	wait $pid
	cat $DATA >"$work/data"
	equal "$1: every exit of a neighbour is counted" \
		$(($(count_of $cpuid "$work/data") - was)) 500
	check "$1: a neighbour's exits are in a line of its vCPU" \
		test "$(pairs_of_vmm $pid any any "$work/data" |
		awk '{ n += $2 } END { print n + 0 }')" -ge 500
}

# 32 vCPUs of one process, where there are 16 blocks, then 32 slots.
check "the module loads with max_vcpus=16" load_kvmlat max_vcpus=16
"$GUEST" -k 32 -n 1000000 io >/dev/null &
busy=$!
all_run() { [ "$(audit slots_used)" -ge "$1" ]; }
check "few blocks: a process runs 32 vCPUs in turn" eventually 40 all_run 32
neighbour "few blocks"
check "few blocks: a greedy process does not get all it asks for" \
	test "$(audit vcpus_other "$work/data")" -gt 0
kill $busy
wait $busy 2>/dev/null
unload_kvmlat
check "the module loads with slots=32" load_kvmlat slots=32
"$GUEST" -k 32 -n 1000000 io >/dev/null &
busy=$!
check "few slots: a process runs 32 vCPUs in turn" eventually 40 all_run 20
neighbour "few slots"
check "few slots: a greedy process does not get all it asks for" \
	test "$(audit no_slot "$work/data")" -gt 0
check "few slots: both identities hold" identities_hold "$work/data"
kill $busy
wait $busy 2>/dev/null
unload_kvmlat

# A vCPU that each of many threads runs once: more threads than there are places for.
check "many threads: the module loads with slots=32" load_kvmlat slots=32
"$GUEST" -f -n 400 io >"$work/guest" &
busy=$!
more_threads() { [ "$(awk '/^Threads:/ { print $2 }' /proc/$busy/status)" -gt 100 ]; }
check "many threads: one vCPU is run by more than 100" eventually 60 more_threads
neighbour "many threads"
wait $busy
busy=
equal "many threads: every exit finds a slot" "$(audit no_slot)" 0
unload_kvmlat

# 20 outliers of a VM, then thousands of another's.
check "the module loads with outlier_ring=64" load_kvmlat outlier_ring=64 outlier_ns=0
"$GUEST" -n 20 io >/dev/null &
quiet=$!
wait $quiet
of_quiet() { fields_of outlier time_ns "$1" $quiet | wc -l; }
before=$(of_quiet $DATA)
"$GUEST" -n 5000 io >/dev/null
cat $DATA >"$work/data"
check "outliers: a quiet VM has at least 20" test "$before" -ge 20
equal "outliers: those of a quiet VM stay when another VM has thousands" \
	"$(of_quiet "$work/data")" "$before"

# Two rings are read as one list: the newest first, each once, whatever pieces it is read in.
check "outliers: the newest of two rings stands first" awk '
	$1 == "outlier" { if (n++ && $3 > last) exit 1; last = $3 } END { exit !n }' "$work/data"
equal "outliers: none of two rings is there twice" \
	"$(grep '^outlier ' "$work/data" | sort | uniq -d | wc -l)" 0
cat $D/outliers >"$work/whole"
dd if=$D/outliers of="$work/pieces" bs=1001 2>/dev/null
check "outliers: a report that is read in pieces is the same" cmp "$work/whole" "$work/pieces"
equal "outliers: there are as many as are said to be kept" "$(grep -c ' 0x' "$work/whole")" \
	"$(sed -n 's/^# outlier_ns .* kept \([0-9]*\),.*/\1/p' "$work/whole")"
finish
