#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: a hog beside a vCPU: preempted pairs against the kernel's switches, run-queue time
#   against schedstat
# hosts: amd amd-tsc real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh
# shellcheck source=tests/causes.sh
. ./causes.sh

plan 6
load_kvm
check "the module loads" load_kvmlat
cpuid=$(name_of cpuid)

# The vCPU's thread is the process's second.
vcpu_thread() {
	for task in /proc/"$1"/task/*; do
		[ "${task##*/}" = "$1" ] || echo "${task##*/}"
	done
}
# stopped VMM...: their vCPU threads are. Of a thread, and of its process: T is stopped
stopped() {
	for vmm; do
		grep -q '^State:.T' "/proc/$vmm/task/$(vcpu_thread "$vmm")/status" || return 1
	done
}
# stop VMM: then its thread's accounts stand still, and $DATA is kept.
stop() {
	kill -STOP "$1"
	eventually 20 stopped "$1" || diag "it does not stop"
	cat $DATA >"$work/data"
	preempted=$(causes_told "$work/data" |
		awk '$(NF - 1) == "preempted" { n += $NF } END { print n + 0 }')
	switches=$(sed -n 's/^nonvoluntary_ctxt_switches:[ \t]*//p' \
		"/proc/$1/task/$(vcpu_thread "$1")/status")
}
# The kernel counts how often a thread lost its CPU against its will: no more pairs can have been
# preempted.
counted() {
	echo "$preempted pairs preempted, $switches involuntary switches"
	[ "$preempted" -le "$switches" ]
}

# No hog: the emulated host's own threads take the CPU now and then, and on a busy machine often.
set_param reset 1
"$GUEST" -c 0 -n 1000000000 cpuid >/dev/null &
busy=$!
enough() { [ "$(cause_of "$cpuid" kernel)" -ge 3000 ]; }
eventually 100 enough
stop $busy
check "without a hog no more pairs are preempted than the kernel's count of switches" counted
check "without a hog thousands of pairs stay on their CPU" \
	test "$(cause_of "$cpuid" kernel "$work/data")" -ge 3000
kill -KILL $busy
wait $busy 2>/dev/null

hog() { while :; do :; done; }
hog &
hog=$!
taskset -p 1 $hog >/dev/null
set_param reset 1
"$GUEST" -c 0 -n 1000000000 cpuid >/dev/null &
busy=$!
# Stopped, both accounts stand still. What schedstat has more is bounded, what the thread waited
# before its first exit and in the pair in flight, while all else grows: so it goes on until that
# is little; or until it is half of a minute, which no thread waits before its first exit.
run_and_stop() {
	kill -CONT $busy
	sleep 4
	stop $busy
	waited=$(cut -d' ' -f2 "/proc/$busy/task/$(vcpu_thread $busy)/schedstat")
	told=$(field_of any any runq "$work/data")
	diag "run-queue time: schedstat $waited, kvmlat $told"
	counted | sed 's/^/# /'
	[ "$preempted" -ge 10 ] &&
		awk -v a="$waited" -v b="$told" \
			'BEGIN { exit !(a > 0 && b >= 0.9 * a || a > 6e10 && b < a / 2) }'
}
eventually 8 run_and_stop
kill -KILL $busy $hog
busy=
check "with a hog pairs are preempted" test "$preempted" -ge 10
check "with a hog no more pairs are preempted than the kernel's count of switches" counted
check "run-queue time is schedstat's within 10 %" awk -v a="$waited" -v b="$told" \
	'BEGIN { exit !(a > 0 && b >= 0.9 * a && b <= 1.1 * a) }'

finish
