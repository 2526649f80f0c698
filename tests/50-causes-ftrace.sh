#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: every pair's cause, against ftrace's record of the same run
# hosts: amd amd-tsc intel real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh
# shellcheck source=tests/causes.sh
. ./causes.sh

plan 23
load_kvm
halt_poll=$(cat /sys/module/kvm/parameters/halt_poll_ns)
check "halt polling is switched off" sh -c "echo 0 >/sys/module/kvm/parameters/halt_poll_ns"
check "the module loads" load_kvmlat

# same_causes WHAT OPTIONS...: one run of the guest under both observers; every reason and cause
# equal
same_causes() {
	what=$1
	shift
	set_param reset 1
	trace_on || { not_ok "$what: ftrace starts"; return; }
	"$GUEST" "$@" >"$work/guest"
	cat $DATA >"$work/data"
	check "$what: ftrace loses nothing" trace_off "$work/trace"
	causes_traced "$work/trace" >"$work/traced"
	causes_told "$work/data" >"$work/told"
	diag "$what: $(tr '\n' ';' <"$work/told")"
	check "$what: each reason's causes are those ftrace saw" diff "$work/traced" "$work/told"
	check "$what: vCPUs add up to CPUs" vcpus_sum_up "$work/data"
	check "$what: both identities hold" identities_hold "$work/data"
}
name() { sed -n "s/ .*//; $1p" "$work/guest"; }

same_causes "with an irqchip" -i -n 200 cpuid io hlt
cpuid=$(name 1) io=$(name 2) hlt=$(name 3)
asked=$(awk -v n="$io" '$1 == n { print $2 }' "$work/guest")
# How often is a matter of time: an interrupt that is there already ends a HLT at once. It is an
# exit all the same.
equal "some HLT sleep in the kernel, and are blocked" \
	"$(($(cause_of "$hlt" blocked "$work/data") > 0))" 1
equal "each HLT is a pair" "$(count_of "$hlt" "$work/data")" \
	"$(awk -v n="$hlt" '$1 == n { print $2 }' "$work/guest")"
equal "each cpuid is a pair" "$(count_of "$cpuid" "$work/data")" \
	"$(awk -v n="$cpuid" '$1 == n { print $2 }' "$work/guest")"
equal "each write to a port but the last is a pair" "$(count_of "$io" "$work/data")" $((asked - 1))
# Of the writes to ports 5 are the in-kernel irqchip's, and the last is never followed by an entry.
equal "writes to the VMM's port are of the cause user" "$(cause_of "$io" user "$work/data")" \
	$((asked - 5 - 1))
equal "cpuid never leaves the kernel" "$(($(cause_of "$cpuid" user "$work/data") + $(cause_of \
	"$cpuid" blocked "$work/data")))" 0
same_causes "three vCPUs" -v 3 -n 150
same_causes "moving" -M -n 100 io cpuid

# Counts of causes do not tell when two pairs of a reason have changed theirs: here each is an
# outlier, and kept.
unload_kvmlat
load_kvmlat outlier_ns=0 outlier_skip= outlier_ring=4096
trace_on 20000 counter
"$GUEST" -v 2 -i -n 100 cpuid io hlt >"$work/guest"
cat $DATA >"$work/data"
check "pair by pair: ftrace loses nothing" trace_off "$work/trace"
check "pair by pair: the ring holds all pairs" all_kept "$work/data"
cause_and_reason() { awk '{ c = $10; n = $1 " " $2; sub(/.* reason /, ""); print n, c, $0 }'; }
pairs_traced "$work/trace" | cause_and_reason >"$work/traced"
pairs_kept "$work/data" | cause_and_reason >"$work/kept"
diag "$(wc -l <"$work/kept") pairs: $(awk \
	'{ n[$3]++ } END { for (c in n) printf "%s %d ", c, n[c] }' "$work/kept")"
check "pair by pair: each has the reason and the cause that ftrace saw" same_lines "$work/traced" \
	"$work/kept"

echo "$halt_poll" >/sys/module/kvm/parameters/halt_poll_ns
finish
