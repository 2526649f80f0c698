#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: a process that takes all it can get leaves its neighbours' figures whole
# hosts: amd real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

plan 23
load_kvm
# vcpu_pairs PID: pairs in the lines of vCPUs of a process
vcpu_pairs() {
	awk -v p="$1" '
	$1 == "vcpu" { mine = $4 == p }
	$1 == "vrow" && mine {
		for (b = 1; b <= NF && $b != "buckets"; b++)
			;
		while (++b <= NF) { split($b, q, ":"); n += q[2] }
	} END { print n + 0 }' "$work/data"
}
cpuid=$([ "$(vendor)" = kvm-amd ] && echo cpuid || echo CPUID)

# neighbour WHAT: one that comes while the greedy one runs: 500 exits, all of them counted, in a line of its own
neighbour() {
	was=$(count_of $cpuid)
	"$GUEST" -n 500 cpuid >/dev/null &
	pid=$!
	wait $pid
	cat $DATA >"$work/data"
	equal "$1: the neighbour's exits are counted" $(($(count_of $cpuid "$work/data") - was)) 500
	check "$1: and are in a line of its vCPU" test "$(vcpu_pairs $pid)" -ge 500
}

# 32 vCPUs of one process, where there are 16 blocks, then 32 slots.
check "loads with max_vcpus=16" load_kvmlat max_vcpus=16
"$GUEST" -k 32 -n 1000000 io >/dev/null &
busy=$!
all_run() { [ "$(audit slots_used)" -ge "$1" ]; }
check "a process runs 32 vCPUs in turn" eventually 40 all_run 32
neighbour "blocks"
check "the greedy one did not get all it asked for" test "$(audit vcpus_other "$work/data")" -gt 0
kill $busy
wait $busy 2>/dev/null
unload_kvmlat
check "loads with slots=32" load_kvmlat slots=32
"$GUEST" -k 32 -n 1000000 io >/dev/null &
busy=$!
check "a process runs 32 vCPUs in turn" eventually 40 all_run 20
neighbour "slots"
check "the greedy one did not get all it asked for" test "$(audit no_slot "$work/data")" -gt 0
check "identities hold" identities_hold "$work/data"
kill $busy
wait $busy 2>/dev/null
unload_kvmlat

# A vCPU that each of many threads runs once: more threads than there are places for.
check "loads with slots=32" load_kvmlat slots=32
"$GUEST" -f -n 400 io >"$work/guest" &
busy=$!
more_threads() { [ "$(awk '/^Threads:/ { print $2 }' /proc/$busy/status)" -gt 100 ]; }
check "one vCPU by more than 100 threads" eventually 60 more_threads
neighbour "threads"
wait $busy
busy=
equal "no exit found no slot" "$(audit no_slot)" 0
unload_kvmlat

# 20 outliers of a VM, then thousands of another's.
check "loads with outlier_ring=64" load_kvmlat outlier_ring=64 outlier_ns=0
"$GUEST" -n 20 io >/dev/null &
quiet=$!
wait $quiet
before=$(grep -c "^outlier .* vmm $quiet " $DATA)
"$GUEST" -n 5000 io >/dev/null
cat $DATA >"$work/data"
check "outliers: the quiet VM had some" test "$before" -ge 20
equal "outliers: and still has them" "$(grep -c "^outlier .* vmm $quiet " "$work/data")" "$before"

# Two rings are read as one list: the newest first, each once, whatever pieces it is read in.
check "outliers: the newest stands first" awk '
	$1 == "outlier" { if (n++ && $3 > last) exit 1; last = $3 } END { exit !n }' "$work/data"
equal "outliers: none is there twice" "$(grep '^outlier ' "$work/data" | sort | uniq -d | wc -l)" 0
cat $D/outliers >"$work/whole"
dd if=$D/outliers of="$work/pieces" bs=1001 2>/dev/null
check "outliers: read in pieces they are the same" cmp "$work/whole" "$work/pieces"
equal "outliers: as many as are said to be kept" "$(grep -c ' 0x' "$work/whole")" \
	"$(sed -n 's/^# outlier_ns .* kept \([0-9]*\),.*/\1/p' "$work/whole")"
finish
