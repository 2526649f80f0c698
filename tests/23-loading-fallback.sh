#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: where the VMCB does not say the exit reason that KVM says, KVM is asked, and no
#   pair has a wrong reason
# hosts: amd
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh
# shellcheck source=tests/drift.sh
. ./drift.sh

plan 20
load_kvm

# The short cut to the reason: taken; then, beside a guest that runs, wrong, as another's first exit
# shows.
read_from() { [ "$(info reason_from)" = "$1" ]; }
has_counted() { [ "$(audit paired)" -gt 0 ]; }
fallback="the exit reason in the VMCB is not get_exit_info()'s: calling that from now on;"
unload_kvmlat
said_before
load_kvmlat
equal "the reason is read in the VMCB where that is right" "$(info reason_from)" vmcb
exact "reasons read in the VMCB"
set_param reset 1
"$GUEST" -v 2 -n 100000000 cpuid io >/dev/null &
busy=$!
check "a guest runs beside" eventually 20 has_counted
set_param drift vmcb
"$GUEST" -n 50 cpuid >"$work/guest"
check "KVM is asked for the reason when the VMCB is not right any more" eventually 20 read_from \
	get_exit_info
kill $busy
wait $busy 2>/dev/null
busy=
check "both identities hold while KVM is asked instead" identities_hold
exact "reasons that KVM is asked for"
set_param enabled 0
set_param enabled 1
guest_runs
equal "KVM is asked for good" "$(info state) $(info reason_from)" "attached get_exit_info"
equal "the log says once that KVM is asked" "$(said)" "$fallback"

# Wrong from the first exit on: not one is counted as what it is not. A cpuid would be the code
# after its own.
unload_kvmlat
said_before
load_kvmlat drift=vmcb
"$GUEST" -n 300 cpuid >"$work/guest"
check "VMCB wrong from the first exit: KVM is asked" eventually 20 read_from get_exit_info
check "VMCB wrong from the first exit: the guest runs on" guest_runs
equal "VMCB wrong from the first exit: no pair has a wrong reason" "$(count_rows all 0x73)" 0
check "VMCB wrong from the first exit: cpuid has its own reason" test "$(count_of cpuid)" -ge 50
exact "VMCB wrong from the first exit"
equal "VMCB wrong from the first exit: the log says it once" "$(said)" "$fallback"
finish
