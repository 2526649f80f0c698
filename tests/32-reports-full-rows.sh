#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: rows that run out: pairs of other reasons are in the overflow row, none is lost
# hosts: amd intel real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

plan 13
load_kvm

# One row only: what finds none goes to the catch-all, nothing is lost.
load_kvmlat rows=1 outlier_ns=0
"$GUEST" -n 200 -c 0 >"$work/guest"
cat $DATA >"$work/data"
check "rows=1: both identities hold" identities_hold "$work/data"
equal "rows=1: all but one reason is in the overflow row" "$(count_rows all other "$work/data")" \
	"$(audit catch_all "$work/data")"
check "rows=1: the overflow row is not empty" test "$(audit catch_all "$work/data")" -gt 600
kept=$(grep -c '^outlier ' "$work/data")
equal "rows=1: the ring holds as many whole outliers as there were, or is full" "$kept" \
	"$([ "$(audit outliers "$work/data")" -lt 1024 ] && audit outliers "$work/data" ||
	echo 1024)"

# A row that turns mixed while a report is read is in it all the same. The table must be full, and
# one of its rows be of writes to the VMM's ports; how many exits of other kinds come before those
# is the host's affair.
rows=3
last=$(($(nproc) - 1))
io=$(name_of io)
full_table() {
	unload_kvmlat
	rows=$((rows == 6 ? 3 : rows + 1))
	load_kvmlat rows=$rows
	"$GUEST" -n 20 -c $last cpuid io >/dev/null
	[ "$(grep -c "^row $last $(reason_key $io) user " $DATA)" = 1 ] &&
		[ "$(awk -v c=$last '$1 == "row" && $2 == c && $3 != "other"' $DATA |
		wc -l)" = $rows ]
}
check "a table is full, with a row of writes to the VMM" eventually 10 full_table
exec 3<$DATA
head -c 1 <&3 >"$work/torn"
"$GUEST" -i -n 5 -c $last hlt io >/dev/null
cat <&3 >>"$work/torn"
exec 3<&-
equal "a row of a full table becomes mixed" \
	"$(grep -c "^row $last $(reason_key $io) mixed " $DATA)" 1
check "a row that becomes mixed is in a report that was open" \
	test "$(count_rows $last "$(reason_key $io "$work/torn")" "$work/torn")" -ge 20

# A failed VMRUN, whose code is the greatest, and rows that run out: what found none stays with the
# catch-all.
if [ "$(vendor)" = kvm-amd ]; then
	unload_kvmlat
	load_kvmlat rows=2
	"$GUEST" -x -m 3 -n 100 -c $last >"$work/guest"
	cat $DATA >"$work/data"
	for key in "$(reason_key invalid_guest_state "$work/data")" other; do
		equal "rows=2: pairs of $key are as many in the totals as on the CPU" \
			"$(count_rows all "$key" "$work/data")" \
			"$(count_rows $last "$key" "$work/data")"
	done
	equal "rows=2: each failed VMRUN is a pair of its code" \
		"$(count_of invalid_guest_state "$work/data")" \
		"$(sed -n 's/^invalid_guest_state //p' "$work/guest")"
	check "rows=2: pairs that found no row are counted" \
		test "$(audit catch_all "$work/data")" -ge 900
	check "rows=2: the report for people says how many found no row" sh -c \
		"grep -qw '^(other) *$(audit catch_all "$work/data")' $D/summary"
	check "rows=2: both identities hold" identities_hold "$work/data"
else
	skip "a VMRUN that fails is counted under its code" "a VMRUN is AMD's" 6
fi
finish
