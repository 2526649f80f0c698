#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: more vCPUs than there are blocks, and than there are slots: all are counted, and
#   get a block when there is one
# hosts: amd real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh
# shellcheck source=tests/causes.sh
. ./causes.sh

plan 10
load_kvm

# More vCPUs at once than blocks, and than slots.
check "the module loads with max_vcpus=2" load_kvmlat max_vcpus=2 slots=32
"$GUEST" -v 6 -n 1000000000 cpuid >/dev/null &
busy=$!
others_counted() { [ "$(audit vcpus_other)" -ge 4 ]; }
eventually 20 others_counted
sleep 0.5
set_param enabled 0
cat $DATA >"$work/data"
kill $busy
wait $busy 2>/dev/null
busy=
equal "each vCPU that finds no block is counted" "$(audit vcpus_other "$work/data")" 4
check "pairs of vCPUs without a block are kept as others" sh -c "grep -q '^vrow other ' $work/data"
check "vCPUs and others add up to CPUs" vcpus_sum_up "$work/data"

# A vCPU that got no block has one when there is one again, though it goes on as it did: also when
# what takes blocks back took its CPU from it between an exit and its entry.
unload_kvmlat
load_kvmlat max_vcpus=2
"$GUEST" -v 2 -n 1000000000 cpuid >/dev/null &
one=$!
blocks_taken() { [ "$(audit vcpu_blocks_used)" = 2 ]; }
busy=$one
check "two vCPUs take all blocks" eventually 20 blocks_taken
"$GUEST" -n 1000000000 msr >/dev/null &
busy="$one $!"
two=$!
is_other() { [ "$(audit vcpus_other)" = 1 ]; }
check "a third vCPU gets no block" eventually 20 is_other
kill $one
wait $one 2>/dev/null
has_block() { grep -q "^vcpu [0-9]* vmm $two .* state live " $DATA; }
check "a vCPU without a block has one when the others have ended" eventually 60 has_block
set_param enabled 0
cat $DATA >"$work/data"
kill $two
wait $two 2>/dev/null
busy=
check "no pair is lost when a vCPU gets a block later" vcpus_sum_up "$work/data"

# Slots run out: more threads at once than the 32 there are.
unload_kvmlat
load_kvmlat slots=32
"$GUEST" -v 40 -n 1000000000 io >/dev/null &
busy=$!
slots_ran_out() { [ "$(audit no_slot)" -ge 60 ]; }
eventually 20 slots_ran_out
kill $busy
wait $busy 2>/dev/null
busy=
cat $DATA >"$work/data"
diag "no_slot $(audit no_slot "$work/data"), paired $(audit paired "$work/data")"
check "exits and entries of vCPUs that find no slot are counted" \
	test "$(audit no_slot "$work/data")" -ge 60
check "both identities hold when slots have run out" identities_hold "$work/data"
finish
