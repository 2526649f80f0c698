#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: a guest's own exits are counted exactly, under the kernel's names for them
# hosts: amd amd-tsc intel full
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

plan 45
load_kvm
check "the module loads" load_kvmlat
equal "probes are attached when the module has loaded" "$(info state)" attached

# $1: what; rest: options of guest. Counts of all reasons the guest causes but HLT.
exact() {
	what=$1
	shift
	set_param reset 1
	if ! "$GUEST" "$@" >"$work/guest"; then not_ok "$what: the guest runs"; return; fi
	cat $DATA >"$work/data"
	while read -r name n; do
		case $name in
		vms | threads | moved) ;;
		left_open) left=$n ;;
		hlt | HLT) hlt=$n hlt_name=$name ;;
		*) equal "$what: $name is counted as often as the guest made it" \
			"$(count_of "$name" "$work/data")" "$n" ;;
		esac
	done <"$work/guest"
	equal "$what: $hlt_name is counted as often, but for the last of each VM" \
		"$(count_of "$hlt_name" "$work/data")" $((hlt - left))
	check "$what: both identities hold" identities_hold "$work/data"
}

exact "one vCPU" -n 500 -c 0
exact "four threads" -n 200 -v 4

# MMIO is a page fault to the hardware, as a first touch is; but that does not return to the VMM.
exact_mmio() {
	set_param reset 1
	"$GUEST" -n 300 -c 0 mmio >"$work/guest"
	cat $DATA >"$work/data"
	for name in npf EPT_VIOLATION EPT_MISCONFIG; do
		key=$(reason_key $name "$work/data")
		[ -z "$key" ] || count_lines row all "$key" "$work/data" user
	done | awk '{ n += $1 } END { print n + 0 }'
}
equal "MMIO: every page fault that the VMM handled is counted as the user's" "$(exact_mmio)" 300
check "MMIO: both identities hold" identities_hold "$work/data"

# VMs one after another on one thread: the exit a dead VM left open is no pair of the next VM. On
# one CPU and often enough that some next vCPU lies where the last one did, which the allocator does
# not promise.
exact "VMs in turn" -n 50 -m 20 -c 0 cpuid
check "VMs in turn: exits of dead VMs are stale where the next one lies there" \
	test "$(audit stale "$work/data")" -gt 0
equal "VMs in turn: the entries that met exits of dead VMs are as many" \
	"$(audit stale_entry "$work/data")" "$(audit stale "$work/data")"
equal "VMs in turn: the other open exits are abandoned with their vCPU" \
	"$(($(audit abandoned "$work/data") + $(audit stale "$work/data")))" 20

# Two vCPUs of a VM in turn on one thread: what one left open its own next entry ends, not the
# other's.
set_param reset 1
"$GUEST" -t -a -n 100 -c 0 cpuid io >"$work/guest"
cat $DATA >"$work/data"
said() { sed -n "s/^$1 //p" "$work/guest"; }
pairs_of() {
	for name; do count_of "$name" "$work/data"; done | awk '{ n += $1 } END { print n + 0 }'
}
equal "vCPUs in turn: the thread changes over at each return" "$(said switched)" 201
equal "vCPUs in turn: no exit is stale" "$(audit stale "$work/data")" 0
equal "vCPUs in turn: the last exit of each is abandoned" "$(audit abandoned "$work/data")" 2
equal "vCPUs in turn: what went to the VMM is paired" "$(pairs_of io IO_INSTRUCTION hlt HLT)" 200
equal "vCPUs in turn: what stayed in the kernel is paired" "$(pairs_of cpuid CPUID)" 200
check "vCPUs in turn: both identities hold" identities_hold "$work/data"

# Entries that fail: each machine is first run in a state that the CPU refuses. VMX flags the reason
# with bit 31, SVM has a code of its own.
exact "VMs whose first entry fails" -x -n 50 -m 3 -c 0 cpuid
if [ "$(vendor)" = kvm-intel ]; then failed="33 3"; else failed="4294967295 0"; fi
failed_key=$(reason_key INVALID_STATE "$work/data")$(reason_key invalid_guest_state "$work/data")
equal "failed entries have their code, and are flagged where the CPU flags them" \
	"$((failed_key)) $(audit failed_entries "$work/data")" "$failed"
equal "failed entries set no other flag of a reason" "$(audit reason_flags "$work/data")" 0
check "no flag of a failed entry is left in a reason" awk '
	$1 == "info" && $2 == "isa" {
		vmx = $3 == "vmx"
	}
	$1 == "reason" && $2 != "other" { n++; if (vmx && length($2) > 6) bad = 1 }
	END { exit bad || !n }' "$work/data"

# The thread moves between exit and entry. One CPU cannot show it: then 0 is right.
set_param reset 1
"$GUEST" -n 100 -M io >"$work/guest"
cat $DATA >"$work/data"
moved=$(awk '$1 == "moved" { print $2 }' "$work/guest")
# Every move but that after the last HLT lies between an exit and its entry.
check "every pair whose thread moved between exit and entry is counted as migrated" \
	[ "$(audit migrated "$work/data")" -ge $((moved > 0 ? moved - 1 : 0)) ]

# The kernel's own table, as the tracepoint prints it.
names_agree() {
	awk '$1 == "reason" && $2 != "other" { print $2, $4 }' $DATA >"$work/names"
	[ -s "$work/names" ] || return 1
	isa=$(info isa)
	while read -r key name; do
		# the format's symbol tables: {code, "name"}; VMX's comes first and is upper case
		tr '{' '\n' <"$T/events/kvm/kvm_exit/format" |
			sed -n 's/^ *\([0-9a-fx()-]*\), "\([^"]*\)".*/\1 \2/p' >"$work/table"
		found=no
		while read -r code want; do
			[ "$want" = "$name" ] || continue
			[ $((code)) -eq $((key)) ] && found=yes
		done <"$work/table"
		[ $found = yes ] || {
			echo "$isa $key $name is not in the kernel's table"
			return 1
		}
	done <"$work/names"
}
check "names of reasons are the kernel's" names_agree
check "every report reads" sh -c "cat $D/* >/dev/null"
# What lockdown asks for, and what a person does who reads them all: a title each.
equal "all reports are read-only, and root's" \
	"$(stat -c '%a %u' $D/* /proc/kvmlat | sort | uniq -c | tr -s ' ')" " 9 400 0"
equal "each report begins with a title" "$(for f in $D/*; do head -n 1 "$f"; done |
	grep -c '^kvmlat[ -]')" 8
for f in $D/* /proc/kvmlat; do echo 1 >"$f" && echo "$f"; done >"$work/written" 2>/dev/null
equal "no report can be written" "$(cat "$work/written")" ""
# Nothing runs now: but for the clock the two are the same.
but_the_clock() { sed 's/^info time_ns .*/info time_ns/' "$1"; }
but_the_clock $DATA >"$work/debugfs"
but_the_clock /proc/kvmlat >"$work/proc"
check "/proc/kvmlat says what data does" cmp "$work/debugfs" "$work/proc"
check "what /proc/kvmlat says is more than a hundred pairs" \
	test "$(count_rows all any "$work/proc")" -gt 100
check "the module unloads" unload_kvmlat
check "no file of the module is left" sh -c "[ ! -e $D ] && [ ! -e /proc/kvmlat ]"
finish
