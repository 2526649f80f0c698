#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: ftrace hist triggers on the same run count the same events, per reason and CPU
# hosts: amd intel real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

E=$T/events/kvm
plan 9
load_kvm
check "the module loads" load_kvmlat

triggers() {
	echo "${1}hist:keys=exit_reason:size=4096" >$E/kvm_exit/trigger &&
		echo "${1}hist:keys=common_cpu:size=4096" >$E/kvm_entry/trigger
}
# hist FILE: lines "key count"
hist() { sed -n 's/.*{ [a-z_]*: *\([0-9]*\).* } hitcount: *\([0-9]*\).*/\1 \2/p' "$1/hist"; }
total() { awk '{ n += $2 } END { print n + 0 }' "$1"; }

# The guest ends every VM at a HLT that no entry follows: those are the only exits without a pair.
per_reason() {
	while read -r code n; do
		key=$(printf '0x%x' $((code & 0xffffffff)))
		[ "$(info isa "$work/data")" = svm ] || key=$(printf '0x%x' $((code & 0xffff)))
		name=$(awk -v k="$key" '$1 == "reason" && $2 == k { print $4 }' "$work/data")
		open=0
		case $name in hlt | HLT) open=$(awk '$1 == "left_open" { print $2 }' \
			"$work/guest") ;; esac
		got=$(count_rows all "$key" "$work/data")
		[ $((got + open)) -eq "$n" ] || {
			echo "$key $name: $got pairs + $open open, ftrace saw $n"
			return 1
		}
		reasons=$((reasons + 1))
	done <"$work/exits"
	[ "$reasons" -ge 3 ]
}

# observe OPTIONS: one run of the guest with both observers on before its first exit
observe() {
	set_param reset 1
	triggers "" || return 1
	"$GUEST" "$@" >"$work/guest" || return 1
	hist $E/kvm_exit >"$work/exits"
	hist $E/kvm_entry >"$work/entries"
	cat $E/kvm_exit/hist $E/kvm_entry/hist | grep -q 'Dropped: [1-9]' && return 1
	cat $DATA >"$work/data"
	triggers '!'
}

check "kvmlat and ftrace both observe four free threads" observe -n 300 -v 4
equal "four free threads: exits are as many as ftrace saw" "$(audit exits "$work/data")" \
	"$(total "$work/exits")"
equal "four free threads: entries are as many as ftrace saw" "$(audit entries "$work/data")" \
	"$(total "$work/entries")"
reasons=0
check "four free threads: pairs of each reason are as many as ftrace saw" per_reason

check "kvmlat and ftrace both observe one pinned thread" observe -n 300 -c 0
reasons=0
check "one pinned thread: pairs of each reason are as many as ftrace saw" per_reason
cpu0=$(awk '$1 == 0 { print $2 }' "$work/entries")
first=$(($(audit entry_without_exit "$work/data") + $(audit stale_entry "$work/data")))
equal "one pinned thread: pairs on CPU 0 and first entries are the entries that ftrace saw there" \
	$(($(count_rows 0 any "$work/data") + first)) "$cpu0"
check "one pinned thread: both identities hold" identities_hold "$work/data"
finish
