#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: bad values of each parameter are refused, at load and at run time, and change nothing
# hosts: amd intel real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

plan 6
load_kvm
check "the module loads" load_kvmlat
"$GUEST" -n 300 cpuid io >"$work/guest"

# Bad values, of each parameter: EINVAL and one line in the log; the parameter, all figures and the
# generation stay.
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
equal "bad values of each parameter are tried" \
	"$(cat "$work"/bad_* | cut -d ' ' -f 1 | sort -u | tr '\n' ' ')" "$(ls $P | tr '\n' ' ')"
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
for good in "offcpu 1" "guest_rip 0" "clock local" "outlier_ns 12345" "outlier_skip cpuid,CPUID" \
	"cpus 0" "vms $$"; do
	# shellcheck disable=SC2086
	set_param $good
done
cat $DATA >/dev/null	# takes back what ended threads had
but_the_clock >"$work/before"
while read -r name bad; do try_bad "$name" "$bad"; done <"$work/bad_now" >"$work/taken"
equal "bad values are refused while the module runs, each with a line in the log" \
	"$(cat "$work/taken")" ""
but_the_clock >"$work/after"
check "refused values change nothing in the figures and settings" cmp "$work/before" "$work/after"
check "there are figures that a refused value could have changed" grep -q '^count paired [1-9]' \
	"$work/after"
unload_kvmlat
# busybox's insmod tries twice: the kernel too says each time that it got no value it could take.
tries() { dmesg | grep -c "kvmlat: .* invalid for parameter .$1'"; }
bad_load() {
	lines=$(logged "$1") tries=$(tries "$1")
	load_kvmlat "$1=$2" 2>&1 | grep -q Invalid || echo "$1=$2: not EINVAL"
	[ ! -d /sys/module/kvmlat ] || { echo "$1=$2: loaded"; unload_kvmlat; }
	lines=$(($(logged "$1") - lines)) tries=$(($(tries "$1") - tries))
	[ $tries -gt 0 ] && [ $lines = $tries ] ||
		echo "$1=$2: $lines lines in the log of $tries tries"
}
cat "$work/bad_now" "$work/bad_load" | while read -r name bad; do
	bad_load "$name" "$bad"; done >"$work/taken"
equal "the module does not load with a bad value" "$(cat "$work/taken")" ""
finish
