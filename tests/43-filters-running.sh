#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: `vms` and `cpus` beside guests: only what they let in is counted, and all of it
#   again when they go
# hosts: amd amd-tsc real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

plan 8
load_kvm
load_kvmlat

# Filters: two VMMs at once.
"$GUEST" -n 1000000000 cpuid >/dev/null &
one=$!
"$GUEST" -n 1000000000 msr >/dev/null &
two=$!
busy="$one $two"
cpuid=$(name_of cpuid) msr=$(name_of msr)
both_run() { [ "$(vmms | wc -w)" -ge 2 ] && [ "$(count_of "$msr")" -gt 0 ]; }
set_param reset 1
eventually 20 both_run
set_param vms $one
set_param reset 1
one_runs() { [ "$(count_of "$cpuid")" -gt 100 ]; }
eventually 20 one_runs
sleep 1
set_param enabled 0
cat $DATA >"$work/data"
equal "vms: there are only vCPUs of the VMM that is named" "$(vmms "$work/data")" $one
equal "vms: no exit of another VMM is counted" "$(count_of "$msr" "$work/data")" 0
check "vms: the VMM that is named is counted" test "$(count_of "$cpuid" "$work/data")" -gt 100
check "vms: both identities hold" identities_hold "$work/data"
set_param enabled 1
set_param vms all
set_param reset 1
both_again() {
	cat $DATA >"$work/data"
	[ "$(vmms "$work/data")" = "$one $two" ]
}
check "vms=all: both VMMs are counted again" eventually 10 both_again
kill $one $two
wait $one $two 2>/dev/null
busy=

# cpus: a guest on each CPU, one CPU left out, and back.
last=$(($(nproc) - 1))
set_param cpus 0
set_param reset 1
"$GUEST" -c $last -n 200 cpuid >/dev/null
cat $DATA >"$work/data"
equal "cpus: no pair of a CPU that is filtered is counted" "$(count_rows $last any "$work/data")" \
	"$([ $last -eq 0 ] && count_rows 0 any "$work/data" || echo 0)"
check "cpus: both identities hold" identities_hold "$work/data"
set_param cpus all
set_param reset 1
"$GUEST" -c $last -n 200 cpuid >/dev/null
equal "cpus=all: every exit of a guest is counted again" "$(count_of "$cpuid")" 200
finish
