#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: what an outlier says of its exit is what kvm_exit said of it, pair by pair, whoever
#   is asked for the reason
# hosts: amd amd-tsc intel real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh
# shellcheck source=tests/causes.sh
. ./causes.sh

# On AMD the VMCB is read, or with direct=0 KVM is asked, as it always is on Intel. The rip is kept
# in the first case only.
load_kvm
ways="kvm"
[ "$(vendor)" = kvm-intel ] || ways="vmcb vmcb-without-rip kvm"
set -- $ways
TRACED="$TRACED kvmlat/kvmlat_outlier"
if [ "$(vendor)" = kvm-intel ]; then
	plan 11
	TRACED="$TRACED irq_vectors irq/irq_handler_entry"
else
	plan $((10 * $#))
fi

# some FIELD: records in which it is not 0
some() {
	awk -v name="$1" '{ for (at = 3; at < NF;
		at += 2) if ($at == name && $(at + 1) != "0x0") n++ } END {
			print n + 0
		}' "$work/kept"
}
# fired TRACE: the trace event's lines of each pair, in the words of pairs_kept
fired() {
	awk "$rows_awk"'FNR == NR { if ($1 == "reason") name[$2] = line_reason(); next }'"$traced"'
	event == "kvmlat_outlier" {
		print pid, ++n[pid], "exit_cpu", field("exit_cpu="), "cpu", cpu, "vcpu",
			field("vcpu_id="), "cause", field("cause="), \
			"info1", field("info1="), "info2", field("info2="), "intr_info",
			field("intr_info="), \
			"error_code", field("error_code="), "rip", field("guest_rip="), "reason",
			name[field("reason=")]
	}' "$work/data" "$1" | sort -k1,1n -k2,2n
}
# interrupted TRACE: pairs by an interrupt of the host in which one was handled
interrupted() {
	awk "$traced"'
	event == "kvm_exit" {
		open[pid] = text ~ / reason EXTERNAL_INTERRUPT rip /
		handled[pid] = 0
		next
	}
	event == "kvm_entry" { n += open[pid] && handled[pid]; open[pid] = 0; next }
	event ~ /_entry$/ { handled[pid] = 1 }
	END { print n + 0 }' "$1"
}

rounds=60
[ "$(vendor)" = kvm-amd ] || rounds=30
load_whole() { load_kvmlat outlier_ns=0 outlier_skip= outlier_ring=4096 "$@"; }
for way in $ways; do
	no_rip=n/a
	case $way in
	vmcb) no_rip='' && check "$way: the module loads" load_whole ;;
	vmcb-without-rip) check "$way: guest_rip=0 is taken at run time" set_param guest_rip 0 ;;
	kvm) unload_kvmlat && check "$way: the module loads" load_whole direct=0 ;;
	esac
	set_param reset 1
	trace_on 20000 counter
	# The first interrupt and the exception of -e are delivered by way of a page that is not
	# there: exits that interrupt an event. -x: an entry that fails.
	"$GUEST" -e -x -v 2 -M -i -n $rounds cpuid io hlt >"$work/guest"
	cat $DATA >"$work/data"
	check "$way: ftrace loses nothing" trace_off "$work/trace"
	check "$way: the ring holds all pairs" all_kept "$work/data"
	equal "$way: the reason is read from there" "$(info reason_from "$work/data")" \
		"$([ "${way%%-*}" = vmcb ] && echo vmcb || echo get_exit_info)"
	pairs_traced "$work/trace" $no_rip >"$work/traced"
	pairs_kept "$work/data" >"$work/kept"
	diag "$way: $(wc -l <"$work/kept") pairs; not 0: info1 $(some info1), info2 $(some \
		info2), intr_info $(some intr_info), error_code $(some error_code)"
	check "$way: each pair's record says what kvm_exit says" same_lines "$work/traced" \
		"$work/kept"
	sed 's, rip n/a , rip 0x0 ,' "$work/kept" >"$work/named"
	fired "$work/trace" >"$work/fired"
	check "$way: each pair's record says what the trace event says" same_lines "$work/named" \
		"$work/fired"
	equal "$way: as many records as pairs migrated have another CPU at the exit" \
		"$(awk '$4 != $6' "$work/kept" | wc -l)" "$(audit migrated "$work/data")"
	check "$way: some have info1 and info2" [ "$(some info1)" -ge 1 -a "$(some info2)" -ge 1 ]
	check "$way: some exits interrupted an event" [ "$(some intr_info)" -ge 1 ]
	if [ "$(vendor)" = kvm-amd ]; then
		check "$way: some exits interrupted an exception with an error code" \
			[ "$(some error_code)" -ge 1 ]
	else
		# KVM intercepts none whose error code is not 0.
		check "$way: some exits interrupted an exception" grep -q ' intr_info 0x80000306 ' \
			"$work/kept"
		equal "$way: the interrupt that caused an exit is handled after it, in its pair" \
			"$(interrupted "$work/trace")" \
			"$(grep -c ' reason EXTERNAL_INTERRUPT$' "$work/kept")"
	fi
done
finish
