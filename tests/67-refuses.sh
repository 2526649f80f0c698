#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: on a kernel that is another than it was built for kvmlat refuses, says why, once, and counts nothing, until it is told to try anew
# hosts: amd intel
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

# kvmlat itself, but for drift.h in its arch-x86.c: a parameter says how the kernel differs.
KVMLAT_KO=$top/build/drift/kvmlat.ko
[ -f "$KVMLAT_KO" ] || skip_all "the module of another kernel is not built: make tests-modules"

# What kvmlat says in the kernel's log since said_before, but that it comes and goes.
log() { dmesg | sed -n 's/.*kvmlat: //p'; }
said_before() { before=$(log | wc -l); }
said() { log | tail -n +$((before + 1)) | grep -v '^attached to\|^detached from\|^module verif\|^loading out-of-tree\|^stamps are' | tr '\n' ';'; }
state_is() { [ "$(info state)" = "$1" ]; }
counted() { echo "exits $(audit exits) paired $(audit paired) pairs in rows $(count_rows all any)"; }
guest_runs() { "$GUEST" -n 100 cpuid >"$work/guest" && grep -qi '^cpuid 100$' "$work/guest"; }

# The line is printed, and the probes let go, under a lock that each report takes: after the line they are gone.
has_refused() { state_is refused && [ -n "$(said)" ]; }

# refused DRIFT WHY HOW: what there is to see when kvmlat has refused, beside a guest that does not notice; then, when it
# is told to try anew, it refuses anew, and does not once there is nothing to refuse any more
refused() {
	check "$1: refused" eventually 20 has_refused
	entries=$(audit entries)
	check "$1: the guest runs on" guest_runs
	equal "$1: no probe is left" "$(audit entries)" "$entries"
	equal "$1: why" "$(sed -n 's/^why: //p' $D/status)" "$2"
	equal "$1: said once" "$(said)" "refusing to $3: $2;"
	equal "$1: nothing is counted" "$(counted)" "exits 0 paired 0 pairs in rows 0"
	# so many in a row, of which each was one; the probes are let go a little later
	least=64
	[ "$3" = measure ] || least=0
	check "$1: but the exits that it did not know" test "$(audit vet_failed)" -ge $least
	set_param enabled 0
	said_before
	set_param enabled 1
	[ "$3" = attach ] || guest_runs
	check "$1: enabled=1 tries anew, and refuses" eventually 20 has_refused
	equal "$1: said once more" "$(said)" "refusing to $3: $2;"
	equal "$1: still nothing is counted" "$(counted)" "exits 0 paired 0 pairs in rows 0"
	check "$1: identities hold" identities_hold
	set_param drift none
	guest_runs
	equal "$1: none comes back by itself" "$(info state)" refused
	set_param enabled 1
	equal "$1: enabled=1 when the kernel is right" "$(info state)" attached
	exact "$1: then"
}

# differs DRIFT WHY: a kernel that differs so. Some of it is seen before any exit is.
differs() {
	said_before
	load_kvmlat drift="$1" || not_ok "$1: loads"
	case $1 in
	size | symbol) refused "$1" "$2" attach ;;
	*)
		equal "$1: attached before the first exit" "$(info state)" attached
		"$GUEST" -n 100 -v 2 cpuid >"$work/guest" || not_ok "$1: two vCPUs run"
		refused "$1" "$2" measure
		;;
	esac
}

# One odd exit of each vCPU is no sign of another kernel: it is counted as what it is, and the others are measured.
odd_ones() {
	said_before
	load_kvmlat drift=first
	for n in 1 2 3; do "$GUEST" -n 100 -v 2 cpuid >"$work/guest" || not_ok "first: VM $n runs"; done
	cat $DATA >"$work/data"
	odd=$(cat "$P/drift_odd")
	equal "first: exits that are odd, and they only, are not measured" \
		"$(audit vet_failed "$work/data") $([ "$odd" -ge 4 ] && echo several)" "$odd several"
	check "first: the others are" test "$(audit paired "$work/data")" -ge 600
	equal "first: nothing is refused" "$(info state "$work/data")$(said)" attached
	check "first: identities hold" identities_hold "$work/data"
}

# exact WHEN: what is counted of a guest's own exits is what it says
exact() {
	set_param reset 1
	"$GUEST" -n 300 cpuid msr io >"$work/guest" || not_ok "$1: guest runs"
	cat $DATA >"$work/data"
	grep ' 300$' "$work/guest" >"$work/wanted"
	while read -r name n; do echo "$name $(count_of "$name" "$work/data")"; done <"$work/wanted" >"$work/got"
	equal "$1: kinds of exits" "$(wc -l <"$work/wanted")" 3
	check "$1: their counts are the guest's" diff "$work/wanted" "$work/got"
	check "$1: identities hold" identities_hold "$work/data"
}

wrong_argument="kvm_exit's first argument is no vCPU"
wrong_thread="kvm_exit's first argument is not the vCPU of this thread"
wrong_isa="kvm_exit's second argument is not this CPU's instruction set"
wrong_reason="get_exit_info() gives no plausible exit reason"
wrong_size="kvm_x86_ops has another size than in the headers kvmlat was built with"
wrong_symbol="kvm.ko's symbol table has no kvm_x86_ops (CONFIG_KALLSYMS_ALL=n?)"
# Bochs takes its time: there, what goes by the vendor, and one of each kind.
if [ "$(vendor)" = kvm-intel ]; then
	plan 57
	load_kvm
	differs isa "$wrong_isa"
	unload_kvmlat
	differs reason "$wrong_reason"
	unload_kvmlat
	differs size "$wrong_size"
	unload_kvmlat
	load_kvmlat
	exact "the kernel it was built for"
	unload_kvmlat
	odd_ones
	finish
fi

plan 162
load_kvm
for drift in argument thread process number isa reason symbol size; do
	unload_kvmlat
	case $drift in
	process | number) why=$wrong_thread ;;
	*) eval "why=\$wrong_$drift" ;;
	esac
	differs $drift "$why"
done
unload_kvmlat
odd_ones
# A KVM that comes in place of the one refused is looked at anew.
unload_kvmlat
load_kvmlat drift=size
if unload_kvm; then
	set_param drift none
	load_kvm
	equal "another KVM: attached" "$(info state)" attached
	exact "another KVM"
else
	skip "another KVM that comes is looked at anew" "kvm is in use here" 4
fi

# The short cut to the reason: taken; then, beside a guest that runs, wrong, as another's first exit shows.
read_from() { [ "$(info reason_from)" = "$1" ]; }
has_counted() { [ "$(audit paired)" -gt 0 ]; }
fallback="the exit reason in the VMCB is not get_exit_info()'s: calling that from now on;"
unload_kvmlat
said_before
load_kvmlat
equal "read in the VMCB" "$(info reason_from)" vmcb
exact "read in the VMCB"
set_param reset 1
"$GUEST" -v 2 -n 100000000 cpuid io >/dev/null &
busy=$!
check "a guest runs" eventually 20 has_counted
set_param drift vmcb
"$GUEST" -n 50 cpuid >"$work/guest"
check "the VMCB is not right any more: KVM is asked" eventually 20 read_from get_exit_info
kill $busy
wait $busy 2>/dev/null
busy=
check "identities hold through that" identities_hold
exact "KVM is asked"
set_param enabled 0
set_param enabled 1
guest_runs
equal "for good" "$(info state) $(info reason_from)" "attached get_exit_info"
equal "said once" "$(said)" "$fallback"

# Wrong from the first exit on: not one is counted as what it is not. A cpuid would be the code after its own.
unload_kvmlat
said_before
load_kvmlat drift=vmcb
"$GUEST" -n 300 cpuid >"$work/guest"
check "wrong at once: KVM is asked" eventually 20 read_from get_exit_info
check "wrong at once: the guest runs on" guest_runs
equal "wrong at once: no pair has a wrong reason" "$(count_rows all 0x73)" 0
check "wrong at once: cpuid has its own" test "$(count_of cpuid)" -ge 50
exact "wrong at once, KVM is asked"
equal "wrong at once: said once" "$(said)" "$fallback"
finish
