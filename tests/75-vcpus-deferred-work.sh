#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: what the module leaves for later runs in workers of no CPU, not on that of the guest
# hosts: amd amd-tsc
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

[ -e $T/events/workqueue/workqueue_execute_start ] || skip_all "needs the workqueues' events"
plan 6
load_kvm
# Blocks for two vCPUs only, so that they are taken back all the time.
check "the module loads" load_kvmlat max_vcpus=2
echo 0 >$T/tracing_on
echo 4096 >$T/buffer_size_kb
echo >$T/trace
echo 1 >$T/events/workqueue/workqueue_execute_start/enable
echo 1 >$T/events/timer/timer_start/enable
echo 1 >$T/tracing_on
# A pinned guest, on whose CPU others begin and end.
last=$(($(nproc) - 1))
"$GUEST" -c $last -n 1000000000 cpuid >/dev/null &
busy=$!
for n in 1 2 3 4 5 6 7 8; do "$GUEST" -c $last -n 50 -m 3 cpuid >/dev/null; sleep 0.3; done
# each of its works once: this one by hand
set_param clock local
set_param clock auto
sleep 2
kill $busy
wait $busy 2>/dev/null
busy=
echo 0 >$T/tracing_on
echo 0 >$T/events/enable
cat $T/trace >"$work/trace"
grep 'workqueue_execute_start:.*\[kvmlat' "$work/trace" >"$work/ours"
sed -n 's/.* function \([^ ]*\) .*/\1/p' "$work/ours" | sort | uniq -c | sed 's/^ */# /'
check "blocks are taken back meanwhile" grep -q ' function reclaim_work ' "$work/ours"
check "the clock is watched meanwhile" grep -q ' function watch ' "$work/ours"
equal "all deferred work runs in workers that are bound to no CPU" \
	"$(grep -vc '^ *kworker/u' "$work/ours")" 0
# Its timers: none is set in an interrupt that came while a guest ran. KVM's own, set in a thread's
# calls, are not meant.
timers() {
	awk '/timer_start:.*=delayed_work_timer_fn/ && $1 ~ /^guest-/ && $3 ~ /[hH]/' "$work/trace"
}
equal "no timer of such work was set in an interrupt of a guest" "$(timers | wc -l)" 0
check "both identities hold" identities_hold
finish
