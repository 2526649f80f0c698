#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: every order of loading, reset and disable with guests running, bad parameters, full rows
# hosts: amd intel real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

plan 42
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
	skip "kvmlat follows a KVM that comes and goes" "kvm is in use here" 12
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
sleep 0.3
equal "nothing is counted when disabled" "$(audit exits)" "$frozen"
set_param enabled 1
equal "enabled" "$(state)" attached
kill $busy
wait $busy 2>/dev/null

# A storm of resets while a guest runs: the last generation holds all that came after it.
"$GUEST" -n 1000000000 io >"$work/guest" &
busy=$!
eventually 20 has_counted
for n in 1 2 3 4 5 6 7 8 9 10; do set_param reset 1; cat $D/* >/dev/null; done
check "the guest ran through all resets" grep -q '^State:.[^Z]' /proc/$busy/status
check "and is counted after the last" eventually 20 has_counted
kill $busy
wait $busy 2>/dev/null
busy=
check "identities hold after a storm of resets" identities_hold
set_param reset 1
"$GUEST" -n 300 cpuid io >"$work/guest"
for name in cpuid io CPUID IO_INSTRUCTION; do
	grep -q "^$name " "$work/guest" || continue
	equal "after reset: $name" "$(count_of $name)" 300
done

# Bad values, of each parameter: EINVAL and one line in the log; the parameter, all figures and the generation stay.
cat >"$work/bad_now" <<-EOF
	enabled 2
	reset 2
	reset x
	offcpu x
	guest_rip maybe
	calibrate 0
	clock tsc
	outlier_ns -1
	outlier_ns 1ms
	outlier_skip cpuid,nonsense
	cpus 1-x
	cpus 99999
	vms 1,x
	vms -5
EOF
cat >"$work/bad_load" <<-EOF
	direct 2
	rows 0
	rows 100000
	outlier_ring -1
	max_vcpus 0
	max_vcpus 100000
	slots x
EOF
equal "each parameter is tried" "$(cat "$work"/bad_* | cut -d ' ' -f 1 | sort -u | tr '\n' ' ')" "$(ls $P | tr '\n' ' ')"
logged() { dmesg | grep -c "kvmlat: parameter $1=.* refused: [^ ]"; }
# Not the shell's own echo: dash's does not say which error it was.
try_bad() {
	value=$(cat "$P/$1") lines=$(logged "$1")
	env echo "$2" 2>&1 >"$P/$1" | grep -q 'Invalid argument' || echo "$1=$2: not EINVAL"
	[ "$(cat "$P/$1")" = "$value" ] || echo "$1=$2: it was $value, and is $(cat "$P/$1")"
	lines=$(($(logged "$1") - lines))
	[ $lines = 1 ] || echo "$1=$2: $lines lines in the log"
}
but_the_clock() { sed 's/^info time_ns .*/info time_ns/' $DATA; }
for good in "offcpu 1" "guest_rip 0" "clock local" "outlier_ns 12345" "outlier_skip cpuid,CPUID" "cpus 0" "vms $$"; do
	# shellcheck disable=SC2086
	set_param $good
done
cat $DATA >/dev/null	# takes back what ended threads had
but_the_clock >"$work/before"
while read -r name bad; do try_bad "$name" "$bad"; done <"$work/bad_now" >"$work/taken"
equal "bad values are refused" "$(cat "$work/taken")" ""
but_the_clock >"$work/after"
check "and change nothing" cmp "$work/before" "$work/after"
check "of the figures that are there" grep -q '^count paired [1-9]' "$work/after"
unload_kvmlat
# busybox's insmod tries twice: the kernel too says each time that it got no value it could take.
tries() { dmesg | grep -c "kvmlat: .* invalid for parameter .$1'"; }
bad_load() {
	lines=$(logged "$1") tries=$(tries "$1")
	load_kvmlat "$1=$2" 2>&1 | grep -q Invalid || echo "$1=$2: not EINVAL"
	[ ! -d /sys/module/kvmlat ] || { echo "$1=$2: loaded"; unload_kvmlat; }
	lines=$(($(logged "$1") - lines)) tries=$(($(tries "$1") - tries))
	[ $tries -gt 0 ] && [ $lines = $tries ] || echo "$1=$2: $lines lines in the log of $tries tries"
}
cat "$work/bad_now" "$work/bad_load" | while read -r name bad; do bad_load "$name" "$bad"; done >"$work/taken"
equal "nor does it load with one" "$(cat "$work/taken")" ""

# One row only: what finds none goes to the catch-all, nothing is lost.
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
