#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: a hog beside a vCPU, a stopped VMM and three: preempted pairs, run-queue time against schedstat, in flight
# hosts: amd amd-tsc real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh
# shellcheck source=tests/causes.sh
. ./causes.sh

plan 16
load_kvm
check "module loads" load_kvmlat
cpuid=$([ "$(vendor)" = kvm-amd ] && echo cpuid || echo CPUID)

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
check "and pairs of the kernel's own are not" \
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
equal "with a hog pairs are preempted" "$((preempted >= 10))" 1
check "with a hog no more are than the kernel's count of switches" counted
check "run-queue time is schedstat's within 10 %" awk -v a="$waited" -v b="$told" 'BEGIN { exit !(a > 0 && b >= 0.9 * a && b <= 1.1 * a) }'

# Stopped by SIGSTOP between exit and entry.
set_param reset 1
"$GUEST" -n 1000000000 io >/dev/null &
busy=$!
runs() { [ "$(audit paired)" -gt 200 ]; }
eventually 20 runs
kill -STOP $busy
age() { awk '$1 == "inflight" && $3 == p { for (f = 2; f < NF; f++) if ($f == "age_ns") print $(f + 1) }' p=$busy $DATA; }
waits() { was=$(age); [ -n "$was" ] && grep -q "^inflight vmm $busy .* cause user " $DATA; }
eventually 10 waits
check "a stopped VMM's exit is in flight" test -n "$was"
check "its cause is the user" grep -q "^inflight vmm $busy .* cause user " $DATA
sleep 2
is=$(age)
check "its age grows" test "$is" -gt "$was"
kill -CONT $busy
longest() { awk '$1 == "outlier" && $11 == p { for (f = 2; f < NF; f++) { if ($f == "cause") c = $(f + 1); if ($f == "latency_ns" && c == "user" && $(f + 1) > n) n = $(f + 1) } } END { printf "%.0f\n", n }' p=$busy $DATA; }
is_outlier() { longest=$(longest); awk -v a="$longest" -v b="$is" 'BEGIN { exit !(b > 0 && a >= b) }'; }
eventually 10 is_outlier
kill $busy
wait $busy 2>/dev/null
busy=
diag "in flight for $was, then $is ns; then an outlier of $longest ns"
check "then it is an outlier of the user's" awk -v a="$longest" -v b="$is" 'BEGIN { exit !(b > 0 && a >= b) }'

# Three VMMs, stopped: each of their vCPU threads has an exit open, since it cannot stop in the
# guest, and nobody else has. A look first: it frees the slot of the one that ended, which is none
# of theirs.
cat $DATA >/dev/null
set_param reset 1
vmms=
for n in 1 2 3; do
	"$GUEST" -n 1000000000 io cpuid >/dev/null &
	vmms="$vmms $!"
done
busy=$vmms
all_count() { [ "$(awk '$1 == "vrow" && $2 != "other" && $2 != "departed" { print $2 }' $DATA | sort -u | wc -l)" -ge 3 ]; }
check "three VMMs are counted" eventually 20 all_count
kill -STOP $vmms
# shellcheck disable=SC2086
eventually 10 stopped $vmms || diag "they do not stop"
for vmm in $vmms; do echo "$vmm $(vcpu_thread $vmm)"; done | sort >"$work/stopped"
cat $DATA >"$work/data"
equal "three exits are in flight" "$(audit in_flight "$work/data")" 3
awk '$1 == "inflight" { for (f = 2; f < NF; f += 2) v[$f] = $(f + 1); print v["vmm"], v["tid"] }' "$work/data" | sort >"$work/flying"
check "of their threads" same_lines "$work/stopped" "$work/flying"
check "both identities hold with them" identities_hold "$work/data"
kill -KILL $vmms
wait $vmms 2>/dev/null
busy=
cat $DATA >"$work/data"
equal "killed, none is in flight, three are abandoned" "$(audit in_flight "$work/data") $(audit abandoned "$work/data")" "0 3"
check "and both identities hold" identities_hold "$work/data"
finish
