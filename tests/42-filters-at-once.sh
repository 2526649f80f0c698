#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: a parameter written beside guests that never leave their CPU holds from then on
# hosts: amd amd-tsc real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

last=$(($(nproc) - 1))
[ $last -gt 0 ] || skip_all "needs two CPUs"
plan 10
load_kvm
check "the module loads" load_kvmlat

# What a probe keeps of a thread is not looked at while that stays on its CPU, which this one mostly
# does.
"$GUEST" -c $last -n 1000000000 cpuid >/dev/null &
busy=$!
counted() { count_rows $last any; }
runs() { [ "$(counted)" -gt $((before + 200)) ]; }
before=0
check "a guest that never leaves its CPU is counted" eventually 20 runs

# @1, written: from then on nothing is counted; @2: and it goes on.
outside=0
inside=0
held() {
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		# As little as can be between the write and the first look: a vCPU that loses its
		# CPU in between takes the slow path, and notices whatever the write did.
		set_param "${1%%=*}" "${1#*=}"
		cat $DATA >"$work/first"
		usleep 20000 2>/dev/null || sleep 0.02
		cat $DATA >"$work/second"
		before=$(count_rows $last any "$work/second")
		outside=$((outside + before - $(count_rows $last any "$work/first")))
		set_param "${2%%=*}" "${2#*=}"
		eventually 20 runs && inside=$((inside + 1))
	done
}
held cpus=0 cpus=all
equal "no pair of a CPU is counted after cpus filtered it" $outside 0
equal "pairs of a CPU are counted after each of 20 times that cpus=all let it in" $inside 20
outside=0
inside=0
held vms=1 vms=all
equal "no pair of a VM is counted after vms filtered it" $outside 0
equal "pairs of a VM are counted after each of 20 times that vms=all let it in" $inside 20

# Each of these is an epoch of its own; a reset makes a set, too.
for _ in 1 2 3 4 5 6 7 8 9 10; do
	set_param guest_rip 0
	set_param clock local
	set_param reset 1
	set_param clock auto
	set_param guest_rip 1
done
before=$(counted)
check "the guest is counted after ten resets among changes of the clock" eventually 20 runs
kill $busy
wait $busy 2>/dev/null
busy=
cat $DATA >"$work/data"
check "both identities hold" identities_hold "$work/data"
equal "the exit that the guest was killed in is abandoned" "$(audit abandoned "$work/data")" 1
check "the module unloads" unload_kvmlat
finish
