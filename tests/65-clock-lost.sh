#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: the kernel loses its trust in the TSC while guests run: kvmlat notices, and changes its clock
# hosts: amd-tsc intel
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

# It is lost until the next boot: the last test of a lab host, and never of a real one.
{ grep -q 'lab\.host=' /proc/cmdline && grep -qw tsc=reliable /proc/cmdline; } ||
	skip_all "takes the clock away from the machine for good: only in a lab host that trusts it"
plan 13
load_kvm
check "module loads" load_kvmlat
equal "stamps are cycles while the TSC is trusted" "$(info clock)" cycles

"$GUEST" -v 2 -n 1000000000 cpuid >/dev/null &
busy=$!
has_counted() { [ "$(audit paired)" -gt 200 ]; }
check "guests are counted" eventually 20 has_counted
check "the kernel loses its trust" insmod "$top/build/untrust/untrust.ko" throw_away=1
is_local() { [ "$(info clock)" = local_clock ]; }
check "kvmlat changes its clock, without being told" eventually 10 is_local
equal "status says which" "$(grep -c '^clock: local_clock$' $D/status)" 1
equal "the log says so, once" "$(dmesg | grep -c 'kvmlat: the kernel does not trust the cycle counter')" 1
paired=$(audit paired)
goes_on() { [ "$(audit paired)" -gt $((paired + 200)) ]; }
check "pairs go on being counted" eventually 20 goes_on
kill $busy
wait $busy 2>/dev/null
busy=
cat $DATA >"$work/data"
check "identities hold" identities_hold "$work/data"
# Two vCPUs: each may have had an exit open at that moment, measured by the one clock, and an entry by the other.
backward=$(audit backward "$work/data")
equal "only pairs that span the change are left out, and counted" \
	"$([ "$backward" -le 2 ] && [ "$(audit clock_switched "$work/data")" = "$backward" ] && echo so)" so
longest=$(awk '$1 == "row" { for (f = 4; f < NF; f++) if ($f == "max" && $(f + 1) > max) max = $(f + 1) } END { print max + 0 }' "$work/data")
uptime_ns=$(awk '{ printf "%.0f", $1 * 1000000000 }' /proc/uptime)
equal "no pair is longer than the host is up" "$([ "${#longest}" -lt 18 ] && [ "$longest" -le "$uptime_ns" ] && echo so)" so
refuses_cycles() { ! set_param clock cycles; }
check "clock=cycles is refused now" refuses_cycles
set_param clock auto
equal "and auto stays with local_clock()" "$(info clock)" local_clock
finish
