#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: a VMM that its cgroup's CPU quota throttles waits as if preempted, and cpu.stat
#   tells it
# hosts: amd real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh
last=$(($(nproc) - 1))
[ $last -gt 0 ] || skip_all "needs two CPUs"

# A cgroup of version 2 with the CPU controller, wherever that is mounted.
cg=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
mounted=
[ -n "$cg" ] || {
	mounted=$work/cg && cg=$mounted && mkdir "$cg" && mount -t cgroup2 none "$cg"
} || skip_all "no cgroup2"
grep -qw cpu "$cg/cgroup.controllers" || skip_all "no CPU controller of cgroup2"
plan 5
load_kvm
echo +cpu >"$cg/cgroup.subtree_control"
mkdir "$cg/kvmlat"
leave() {
	[ -z "$busy" ] || { kill "$busy"; wait "$busy"; } 2>/dev/null
	busy=
	rmdir "$cg/kvmlat"
	[ -z "$mounted" ] || umount "$mounted"
}
trap 'leave; cleanup' EXIT
throttled() { awk '$1 == "nr_throttled" { print $2 }' "$cg/kvmlat/cpu.stat"; }
# Pairs that waited for a CPU for 20 ms and more, of the 90 ms in 100 that the quota keeps it off.
waited() {
	awk -v cause="$1" "$rows_awk"'
	$1 == "outlier" {
		line_fields()
		n += f["runq_ns"] >= 20000000 && f["cause"] == cause
	}
	END { print n + 0 }' $DATA
}
check "the module loads" load_kvmlat outlier_ns=20000000 outlier_skip=
sh -c 'echo $$ >"$1/kvmlat/cgroup.procs"; exec "$2" -c "$3" -n 1000000000 cpuid' sh "$cg" "$GUEST" \
	$last >/dev/null &
busy=$!
runs() { [ "$(count_rows $last any)" -gt 200 ]; }
check "a guest in a cgroup is counted" eventually 60 runs
echo "10000 100000" >"$cg/kvmlat/cpu.max"
many() { [ "$(throttled)" -ge 20 ] && [ "$(waited preempted)" -ge 10 ]; }
check "a guest that its quota throttles has preempted pairs that wait for a CPU" eventually 120 many
diag "throttled $(throttled) times; pairs that waited: $(waited preempted) preempted"
equal "no pair that waits for its quota is of the cause kernel or blocked" \
	"$(($(waited kernel) + $(waited blocked)))" 0
cat $DATA >"$work/data"
check "both identities hold" identities_hold "$work/data"
finish
