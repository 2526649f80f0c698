#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: every pair's cause, against ftrace's record of the same run; run-queue time against schedstat
# hosts: amd intel full
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh
# shellcheck source=tests/causes.sh
. ./causes.sh

plan 24
load_kvm
halt_poll=$(cat /sys/module/kvm/parameters/halt_poll_ns)
check "halt polling off" sh -c "echo 0 >/sys/module/kvm/parameters/halt_poll_ns"
check "module loads" load_kvmlat

# same_causes WHAT OPTIONS...: one run of the guest under both observers; every reason and cause equal
same_causes() {
	what=$1
	shift
	set_param reset 1
	trace_on || { not_ok "$what: ftrace"; return; }
	"$GUEST" "$@" >"$work/guest"
	cat $DATA >"$work/data"
	check "$what: ftrace lost nothing" trace_off "$work/trace"
	causes_traced "$work/trace" >"$work/traced"
	causes_told "$work/data" >"$work/told"
	diag "$what: $(tr '\n' ';' <"$work/told")"
	check "$what: each reason's causes are those ftrace saw" diff "$work/traced" "$work/told"
	check "$what: vCPUs add up to CPUs" vcpus_sum_up "$work/data"
	check "$what: identities hold" identities_hold "$work/data"
}
name() { sed -n "s/ .*//; $1p" "$work/guest"; }

same_causes "irqchip" -i -n 200 cpuid io hlt
cpuid=$(name 1) io=$(name 2) hlt=$(name 3)
asked=$(awk -v n="$io" '$1 == n { print $2 }' "$work/guest")
equal "HLT sleeps in the kernel" "$(($(cause_of "$hlt" blocked "$work/data") >= 190))" 1
# Of the writes to ports 5 are the in-kernel irqchip's, and the last is never followed by an entry.
equal "writes to the VMM's port are the user's" "$(cause_of "$io" user "$work/data")" $((asked - 5 - 1))
equal "cpuid never leaves the kernel" "$(($(cause_of "$cpuid" user "$work/data") + $(cause_of "$cpuid" blocked "$work/data")))" 0
same_causes "three vCPUs" -v 3 -n 150
same_causes "moving" -M -n 100 io cpuid

# A hog on the vCPU's CPU, and none.
set_param reset 1
"$GUEST" -c 0 -n 3000 cpuid >"$work/guest"
cat $DATA >"$work/data"
alone=$(cause_of "$cpuid" preempted "$work/data")
equal "without a hog hardly a pair is preempted" "$((alone * 100 <= 3000))" 1

hog() { while :; do :; done; }
hog &
hog=$!
taskset -p 1 $hog >/dev/null
set_param reset 1
"$GUEST" -c 0 -n 1000000000 cpuid >/dev/null &
busy=$!
sleep 12
# Stopped, both accounts stand still. The vCPU's thread is the process's second.
kill -STOP $busy
sleep 1
cat $DATA >"$work/data"
for task in /proc/$busy/task/*; do [ "${task##*/}" = $busy ] || thread=$task; done
waited=$(cut -d' ' -f2 "$thread/schedstat")
kill -KILL $busy $hog
busy=
# The pair in flight is in none of the rows: it was stopped in the middle of its pair, after it had run.
told=$(field_of any any runq "$work/data")
diag "run-queue time: schedstat $waited, kvmlat $told; preempted pairs: $(cause_of "$cpuid" preempted "$work/data")"
equal "with a hog pairs are preempted" "$(($(causes_told "$work/data" | awk '$(NF - 1) == "preempted" { n += $NF } END { print n + 0 }') >= 10))" 1
check "run-queue time is schedstat's within 10 %" awk -v a="$waited" -v b="$told" 'BEGIN { exit !(a > 0 && b >= 0.9 * a && b <= 1.1 * a) }'

# Stopped by SIGSTOP between exit and entry.
set_param reset 1
"$GUEST" -n 1000000000 io >/dev/null &
busy=$!
sleep 2
kill -STOP $busy
sleep 2
age() { awk '$1 == "inflight" && $3 == p { for (f = 2; f < NF; f++) if ($f == "age_ns") print $(f + 1) }' p=$busy $DATA; }
was=$(age)
check "a stopped VMM's exit is in flight" test -n "$was"
check "its cause is the user" grep -q "^inflight vmm $busy .* cause user " $DATA
sleep 2
is=$(age)
check "its age grows" test "$is" -gt "$was"
kill -CONT $busy
sleep 2
longest=$(awk '$1 == "outlier" && $11 == p { for (f = 2; f < NF; f++) { if ($f == "cause") c = $(f + 1); if ($f == "latency_ns" && c == "user" && $(f + 1) > n) n = $(f + 1) } } END { printf "%.0f\n", n }' p=$busy $DATA)
kill $busy
wait $busy 2>/dev/null
busy=
diag "in flight for $was, then $is ns; then an outlier of $longest ns"
check "then it is an outlier of the user's" awk -v a="$longest" -v b="$is" 'BEGIN { exit !(b > 0 && a >= b) }'
echo "$halt_poll" >/sys/module/kvm/parameters/halt_poll_ns
finish
