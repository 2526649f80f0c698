#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: on a kernel that is another than it was built for kvmlat refuses, says why, once,
#   and counts nothing, until it is told to try anew
# hosts: amd intel
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh
# shellcheck source=tests/drift.sh
. ./drift.sh

state_is() { [ "$(info state)" = "$1" ]; }
counted() {
	echo "exits $(audit exits) paired $(audit paired) pairs in rows $(count_rows all any)"
}

# The line is printed, and the probes let go, under a lock that each report takes: after the line
# they are gone.
has_refused() { state_is refused && [ -n "$(said)" ]; }

# refused DRIFT WHY HOW: what there is to see when kvmlat has refused, beside a guest that does not
# notice; then, when it is told to try anew, it refuses anew, and does not once there is nothing to
# refuse any more
refused() {
	check "$1: kvmlat refuses" eventually 20 has_refused
	entries=$(audit entries)
	check "$1: a guest runs on when kvmlat has refused" guest_runs
	equal "$1: no probe is left" "$(audit entries)" "$entries"
	equal "$1: status says why" "$(sed -n 's/^why: //p' $D/status)" "$2"
	equal "$1: the log says it once" "$(said)" "refusing to $3: $2;"
	equal "$1: nothing is counted" "$(counted)" "exits 0 paired 0 pairs in rows 0"
	# so many in a row, of which each was one; the probes are let go a little later
	least=64
	[ "$3" = measure ] || least=0
	check "$1: exits that it did not know are counted, and nothing else" \
		test "$(audit vet_failed)" -ge $least
	set_param enabled 0
	said_before
	set_param enabled 1
	[ "$3" = attach ] || guest_runs
	check "$1: enabled=1 tries anew, and kvmlat refuses anew" eventually 20 has_refused
	equal "$1: the log says it once more" "$(said)" "refusing to $3: $2;"
	equal "$1: nothing is counted after it refused anew" "$(counted)" \
		"exits 0 paired 0 pairs in rows 0"
	check "$1: both identities hold" identities_hold
	set_param drift none
	guest_runs
	equal "$1: kvmlat stays refused when the kernel is right again" "$(info state)" refused
	set_param enabled 1
	equal "$1: enabled=1 attaches the probes when the kernel is right" "$(info state)" attached
	exact "$1, then right"
}

# differs DRIFT WHY: a kernel that differs so. Some of it is seen before any exit is.
differs() {
	said_before
	load_kvmlat drift="$1" || not_ok "$1: the module loads"
	case $1 in
	size | symbol) refused "$1" "$2" attach ;;
	*)
		equal "$1: probes are attached before the first exit" "$(info state)" attached
		"$GUEST" -n 100 -v 2 cpuid >"$work/guest" || not_ok "$1: two vCPUs run"
		refused "$1" "$2" measure
		;;
	esac
}

# One odd exit of each vCPU is no sign of another kernel: it is counted as what it is, and the
# others are measured.
odd_ones() {
	said_before
	load_kvmlat drift=first
	for n in 1 2 3; do "$GUEST" -n 100 -v 2 cpuid >"$work/guest" ||
		not_ok "odd first exits: VM $n runs"; done
	cat $DATA >"$work/data"
	odd=$(cat "$P/drift_odd")
	equal "odd first exits: they, and they only, are not measured" \
		"$(audit vet_failed "$work/data") $([ "$odd" -ge 4 ] && echo several)" \
		"$odd several"
	check "odd first exits: the others are measured" test "$(audit paired "$work/data")" -ge 600
	equal "odd first exits: nothing is refused" "$(info state "$work/data")$(said)" attached
	check "odd first exits: both identities hold" identities_hold "$work/data"
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

plan 142
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
	equal "another KVM: probes are attached" "$(info state)" attached
	exact "another KVM"
else
	skip "another KVM that comes is looked at anew" "kvm is in use here" 4
fi

finish
