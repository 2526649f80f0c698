#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: an open report pins blocks of vCPUs: none is recycled in it, for ten seconds
# hosts: amd real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh
# shellcheck source=tests/causes.sh
. ./causes.sh

plan 8
load_kvm

# An open report, and a block that is to be recycled: not while it is read, for some seconds; then
# rather an error than a vCPU that is in it twice.
check "the module loads with max_vcpus=8" load_kvmlat max_vcpus=8
small_vms() { "$GUEST" -m "$1" -n 20 cpuid >/dev/null; }
# pairs of vCPUs whose block was recycled
departed() { count_lines vrow departed any; }
small_vms 8
exec 3<$DATA
head -c 1 <&3 >"$work/held"
others=$(audit vcpus_other) was=$(departed)
small_vms 12
equal "no block is recycled while a report is open" "$(departed)" "$was"
check "pairs of vCPUs that find no block are counted while a report is open" \
	test "$(audit vcpus_other)" -gt "$others"
cat <&3 >>"$work/held"
exec 3<&-
check "a report that was open while VMs came and went is whole" sh -c \
	"tail -n 1 '$work/held' | grep -q '^end '"
small_vms 1
cat $DATA >/dev/null	# readers take back what may be
check "blocks are recycled after the report is closed" test "$(departed)" -gt "$was"
exec 3<$DATA
head -c 1 <&3 >"$work/held"
sleep 11
small_vms 9
is_stale() { small_vms 2; cat $DATA >/dev/null; ! cat <&3 >/dev/null 2>"$work/error"; }
check "a report that is open for more than ten seconds ends when blocks are recycled" eventually \
	10 is_stale
check "a report that ends so says that it is stale" grep -qi stale "$work/error"
exec 3<&-
check "vCPUs, others and departed add up to CPUs after a report that ended" vcpus_sum_up
finish
