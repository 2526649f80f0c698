#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: every order of loading, reset and disable with guests running, bad parameters, full rows
# hosts: amd intel full
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

plan 36
state() { info state; }
has_counted() { [ "$(audit paired)" -gt 0 ]; }
small_guest() { "$GUEST" -n 50 cpuid >/dev/null; }
sees_guest() { small_guest && [ "$(audit paired)" -ge 50 ] && identities_hold; }

if unload_kvm; then
	check "loads without kvm" load_kvmlat
	equal "waits for kvm" "$(state)" waiting
	check "reports read while waiting" sh -c "cat $D/* >/dev/null"
	load_kvm
	equal "attaches when kvm comes" "$(state)" attached
	check "measures" sees_guest
	check "kvm can go" unload_kvm
	equal "waits again" "$(state)" waiting
	check "identities hold without kvm" identities_hold
	load_kvm
	equal "attaches again" "$(state)" attached
	check "measures again" sees_guest
	let_vm_go
	check "the vendor module alone reloads" sh -c "rmmod $(vendor) && modprobe $(vendor)"
	hold_vm
	check "measures after that" sees_guest
	unload_kvmlat
else
	for n in 1 2 3 4 5 6 7 8 9 10 11 12; do ok "needs to unload kvm, which is in use here # SKIP"; done
fi

# Loaded and unloaded beside guests that run all the time.
load_kvm
"$GUEST" -v 2 -n 100000000 cpuid >/dev/null &
busy=$!
for n in 1 2 3; do
	check "loads beside a running guest" load_kvmlat
	check "counts its exits" eventually 20 has_counted
	unload_kvmlat
done
check "loads once more" load_kvmlat

# Reset beside a running guest: whatever comes after is there, in a generation of its own.
generation() { sed -n '1s/.*generation //p' $DATA; }
before=$(generation)
check "reset" set_param reset 1
check "another generation" test "$(generation)" != "$before"
set_param enabled 0
equal "disabled" "$(state)" disabled
check "identities hold when disabled" identities_hold
frozen=$(audit exits)
sleep 1
equal "nothing is counted when disabled" "$(audit exits)" "$frozen"
set_param enabled 1
equal "enabled" "$(state)" attached
kill $busy
wait $busy 2>/dev/null

# A storm of resets while a guest runs: the last generation holds all that came after it.
"$GUEST" -n 100000 io >"$work/guest" &
busy=$!
for n in 1 2 3 4 5 6 7 8 9 10; do set_param reset 1; cat $D/* >/dev/null; done
kill -0 $busy 2>/dev/null && diag "the guest ran through all resets"
wait $busy
check "identities hold after a storm of resets" identities_hold
set_param reset 1
"$GUEST" -n 300 cpuid io >"$work/guest"
for name in cpuid io CPUID IO_INSTRUCTION; do
	grep -q "^$name " "$work/guest" || continue
	equal "after reset: $name" "$(count_of $name)" 300
done

for bad in "enabled x" "reset 2" "cpus 1-x" "cpus 99999" "outlier_ns -1" "outlier_skip nonsense"; do
	# shellcheck disable=SC2086
	if set_param $bad 2>/dev/null; then not_ok "refuses: $bad"; else bad_ok="$bad_ok."; fi
done
equal "bad values are refused" "$bad_ok" ......

# One row only: what finds none goes to the catch-all, nothing is lost.
unload_kvmlat
load_kvmlat rows=1 outlier_ns=0
"$GUEST" -n 200 -c 0 >"$work/guest"
cat $DATA >"$work/data"
check "rows=1: identities hold" identities_hold "$work/data"
equal "rows=1: the rest is in the catch-all" "$(count_rows all other "$work/data")" "$(audit catch_all "$work/data")"
check "rows=1: it is not empty" test "$(audit catch_all "$work/data")" -gt 600
kept=$(awk '$1 == "outlier"' "$work/data" | wc -l)
equal "the ring is full of whole outliers" "$kept" "$([ "$(audit outliers "$work/data")" -lt 1024 ] && audit outliers "$work/data" || echo 1024)"

# A row that turns mixed while a report is read is in it all the same. The table must be full, and one of its rows be of
# writes to the VMM's ports; how many exits of other kinds come before those is the host's affair.
rows=3
last=$(($(nproc) - 1))
io=$([ "$(vendor)" = kvm-amd ] && echo io || echo IO_INSTRUCTION)
full_table() {
	unload_kvmlat
	rows=$((rows == 6 ? 3 : rows + 1))
	load_kvmlat rows=$rows
	"$GUEST" -n 20 -c $last cpuid io >/dev/null
	[ "$(grep -c "^row $last $(reason_key $io) user " $DATA)" = 1 ] && [ "$(awk -v c=$last '$1 == "row" && $2 == c && $3 != "other"' $DATA | wc -l)" = $rows ]
}
check "a full table with a row of writes to the VMM" eventually 10 full_table
exec 3<$DATA
head -c 1 <&3 >"$work/torn"
"$GUEST" -i -n 5 -c $last hlt io >/dev/null
cat <&3 >>"$work/torn"
exec 3<&-
equal "the row is mixed now" "$(grep -c "^row $last $(reason_key $io) mixed " $DATA)" 1
check "and was in the report that was open" test "$(count_rows $last "$(reason_key $io "$work/torn")" "$work/torn")" -ge 20
finish
