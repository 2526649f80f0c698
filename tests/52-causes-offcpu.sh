#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: off-CPU time, pair by pair, against ftrace's record of the same run
# hosts: amd amd-tsc real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh
# shellcheck source=tests/causes.sh
. ./causes.sh

plan 7
load_kvm
halt_poll=$(cat /sys/module/kvm/parameters/halt_poll_ns)
check "halt polling is switched off" sh -c "echo 0 >/sys/module/kvm/parameters/halt_poll_ns"
check "the module loads" load_kvmlat outlier_ns=0 outlier_skip= outlier_ring=4096 offcpu=1
trace_on
"$GUEST" -i -n 200 hlt cpuid >"$work/guest"
cat $DATA >"$work/data"
check "ftrace loses nothing" trace_off "$work/trace"
echo "$halt_poll" >/sys/module/kvm/parameters/halt_poll_ns
check "the ring holds all pairs" all_kept "$work/data"

# Lines "PID NTH_OF_IT NS" of the pairs that left the CPU. ftrace's times are in microseconds.
awk "$traced"'
{ time = head; sub(/: [a-z_]+: $/, "", time); sub(/.* /, "", time); sub(/:$/, "", time) }
event == "kvm_exit" { open[pid] = 1; off[pid] = left[pid] = 0 }
event == "sched_switch" {
	next_pid = text; sub(/.*next_pid=/, "", next_pid); next_pid += 0
	if (open[pid]) { out[pid] = time; left[pid] = 1 }
	if (open[next_pid] && left[next_pid]) off[next_pid] += time - out[next_pid]
}
event == "kvm_entry" && open[pid] {
	open[pid] = 0; n[pid]++
	if (left[pid]) printf "%d %d %.0f\n", pid, n[pid], off[pid] * 1e9
}
' "$work/trace" | sort -k1,1n -k2,2n >"$work/traced"
awk "$rows_awk"'
$1 == "outlier" {	# newest first
	line_fields()
	tid[++all] = f["tid"]; ns[all] = f["offcpu_ns"]
}
END {
	for (; all; all--) {
		n[tid[all]]++
		if (ns[all] != 0) print tid[all], n[tid[all]], ns[all]
	}
}' "$work/data" | sort -k1,1n -k2,2n >"$work/told"
cut -d' ' -f1,2 "$work/traced" >"$work/traced.pairs"
cut -d' ' -f1,2 "$work/told" >"$work/told.pairs"
diag "$(audit paired "$work/data") pairs, of which $(wc -l <"$work/traced") left the CPU"
check "the pairs that left the CPU are those that ftrace saw leave" \
	same_lines "$work/traced.pairs" "$work/told.pairs"
# Each has its time from two clocks read one after the other: where the emulator itself is held up
# between the two they differ, on a busy machine in some pairs by much, so a sum says little. In
# most pairs nothing happens between.
paste -d' ' "$work/traced" "$work/told" | awk '
	{ near += $6 >= 0.95 * $3 - 1000 && $6 <= 1.05 * $3 + 1000; n++ }
	END {
		print near + 0, "of", n, "within 5 % and the microsecond"
		exit !(n >= 10 && 2 * near > n)
	}' >"$work/near"
near=$?
diag "$(cat "$work/near")"
equal "the off-CPU time of most pairs is that which ftrace saw" $near 0
check "both identities hold" identities_hold "$work/data"
finish
