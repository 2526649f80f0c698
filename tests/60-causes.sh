#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: every pair's cause, against ftrace's record of the same run
# hosts: amd amd-tsc intel full
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh
# shellcheck source=tests/causes.sh
. ./causes.sh

plan 17
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

echo "$halt_poll" >/sys/module/kvm/parameters/halt_poll_ns
finish
