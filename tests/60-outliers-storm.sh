#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: records that are read while two VMMs write to a ring of one place are whole
# hosts: amd real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

plan 10
load_kvm
load_kvmlat outlier_ring=1 outlier_ns=0

# A storm: two processes write to a ring of one place, and every record read must be whole. One
# alternates between exits of different code; the other, of its own kind, is there for the records
# of two VMs.
"$GUEST" -c 0 -n 1000000000 -a cpuid io >/dev/null &
one=$!
"$GUEST" -c $(($(nproc) - 1)) -n 1000000000 -a msr hypercall >/dev/null &
two=$!
busy="$one $two"
# Three readers at once, one of them by way of /proc.
read_storm() {
	n=0
	while [ $n -lt 120 ]; do
		n=$((n + 1))
		grep '^outlier ' "$1"
		[ $((n % 10)) -ne 0 ] || cat $D/outliers >>"$2.people"
	done >"$2"
}
read_storm $DATA "$work/storm1" &
readers=$!
read_storm /proc/kvmlat "$work/storm2" &
readers="$readers $!"
read_storm $DATA "$work/storm3"
wait $readers
cat "$work"/storm[123] >"$work/storm"
cat "$work"/storm[123].people >"$work/people"
kill $one $two
wait $one $two 2>/dev/null
busy=
# Only now is a record whole for certain: in a storm a read may find the only place being written
# every time it asks.
cat $D/outliers >"$work/last"
cat "$work/last" >>"$work/people"
diag "$(wc -l <"$work/storm") records read; dropped $(audit outliers_dropped), overwritten $(audit \
	outliers_overwritten)"
for n in 1 2 3; do check "reader $n reads many records" \
	test "$(wc -l <"$work/storm$n")" -gt 70; done
names_of() { fields_of outlier reason "$work/storm" "$1" | sort -u; }
ckey=$(reason_key "$(name_of cpuid)") mkey=$(reason_key "$(name_of msr)")
check "no record of one VM has the other's reason" sh -c \
	"! { echo '$(names_of $one)' | grep -x '$mkey' || echo '$(names_of \
	$two)' | grep -x '$ckey'; }"
# Each of the four reasons is of one instruction, whose place the record names (on AMD).
check "no record has one exit's reason and another's place" awk -v \
	keys=" $ckey $mkey $(reason_key "$(name_of io)") $(reason_key "$(name_of hypercall)") " \
	"$rows_awk"'
	{ line_fields()
	  if (!index(keys, " " f["reason"] " ")) next
	  seen[f["reason"]]++
	  if (!(f["reason"] in rip)) rip[f["reason"]] = f["rip"]
	  if (rip[f["reason"]] != f["rip"]) { print; bad = 1 } }
	END { for (k in seen) n++; if (n < 2) { print n " of the reasons"; bad = 1 } exit bad }' \
		"$work/storm"
check "no record has one VM's process and the other's thread" awk "$rows_awk"'
	{ line_fields(); if (!(f["tid"] in vmm)) vmm[f["tid"]] = f["vmm"] " " f["vm"]
	  if (vmm[f["tid"]] != f["vmm"] " " f["vm"]) { print; exit 1 } }' "$work/storm"
check "no record has a cause with the wrong times" awk "$rows_awk"'
	{ line_fields()
	  if (f["cause"] == "kernel" && f["runq_ns"] > 0 ||
		f["runq_ns"] + 0 > f["latency_ns"] + 0) {
		print
		exit 1
	}
	}' "$work/storm"
day='20[0-9][0-9]-[01][0-9]-[0-3][0-9]'
clocks="^ *[0-9]+\\.[0-9]{9} ${day}T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\\.[0-9]{9} "
check "a record shows people a wall clock" grep -qE "$clocks" "$work/last"
check "every record shows people a wall clock, in the storm too" sh -c \
	"! grep -E '^ *[0-9]+\.' '$work/people' | grep -vE '$clocks'"
wall=$(sed -n 's/^ *[0-9.]* \(20[0-9-]*T[0-9]*\):.*/\1/p' "$work/last" | tail -n 1)
case "$wall" in "$(date -u +%Y-%m-%dT%H)" | "$(date -u -d @$(($(date +%s) - 3600)) +%Y-%m-%dT%H)") \
	ok "the wall clock of a record is the host's" ;;
	*) not_ok "the wall clock of a record is the host's" && diag "$wall" ;; esac
finish
