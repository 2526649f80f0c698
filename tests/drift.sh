# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Helpers of tests on a kernel that differs from the one that kvmlat was built for; sourced after
# lib.sh.

# kvmlat itself, but for drift.h in its arch/x86.c and arch/x86.h: a parameter says how the kernel
# differs.
KVMLAT_KO=$top/build/drift/kvmlat.ko
[ -f "$KVMLAT_KO" ] || skip_all "the module of another kernel is not built: make tests-modules"

# What kvmlat says in the kernel's log since said_before, but that it comes and goes.
log() { dmesg | sed -n 's/.*kvmlat: //p'; }
said_before() { before=$(log | wc -l); }
said() {
	log | tail -n +$((before + 1)) |
		grep -v '^attached to\|^detached from\|^module verif\|^loading out-of-tree' |
		grep -v '^stamps are' | tr '\n' ';'
}
guest_runs() { "$GUEST" -n 100 cpuid >"$work/guest" && grep -qi '^cpuid 100$' "$work/guest"; }

# exact WHEN: what is counted of a guest's own exits is what it says
exact() {
	set_param reset 1
	"$GUEST" -n 300 cpuid msr io >"$work/guest" || not_ok "$1: the guest runs"
	cat $DATA >"$work/data"
	grep ' 300$' "$work/guest" >"$work/wanted"
	while read -r name n; do echo "$name $(count_of "$name" "$work/data")"; done \
		<"$work/wanted" >"$work/got"
	equal "$1: the guest makes three kinds of exits" "$(wc -l <"$work/wanted")" 3
	check "$1: each kind is counted as often as the guest made it" diff "$work/wanted" \
		"$work/got"
	check "$1: both identities hold" identities_hold "$work/data"
}
