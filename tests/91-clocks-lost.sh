#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: the kernel changes its mind about the TSC while guests run: kvmlat notices, and
#   changes its clock or its rate
# hosts: amd-tsc intel
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

# It is lost until the next boot: the last test of a lab host, and never of a real one.
{ grep -q 'lab\.host=' /proc/cmdline && grep -qw tsc=reliable /proc/cmdline; } ||
	skip_all "takes the clock away from the machine for good: only in a lab host that trusts it"
# One CPU, in an emulator without a second one, is too busy with guests to look on: there the exits
# that are known to be open are left out.
several=$(($(nproc) > 1))
load_kvm
load_kvmlat || exit 1
refuses_cycles() { ! set_param clock cycles; }
exact_by_local() {
	"$GUEST" -n 300 cpuid >/dev/null && [ "$(count_of "$(name_of cpuid)")" = 300 ] &&
		identities_hold
}
# At some rates, as at 50 MHz, the usual way's arithmetic does not hold.
case "$(info clock_why)" in
*wrap*)
	plan 4
	diag "the counter's rate is taken for $(info cycles_khz) kHz"
	equal "a counter whose ns would wrap is not used" "$(info clock)" local_clock
	check "a counter whose ns would wrap is refused when it is wanted" refuses_cycles
	equal "the log says why a counter whose ns would wrap is not used" \
		"$(dmesg | grep -c "local_clock()'s: ns of the cycle counter would wrap")" 1
	check "every exit is counted by local_clock() instead" exact_by_local
	finish
	;;
esac
plan $((24 + 5 * several))
diag "the counter's rate is taken for $(info cycles_khz) kHz"
equal "stamps are cycles while the TSC is trusted" "$(info clock)" cycles

# Where the CPU does not promise a constant TSC the kernel trusts it as long as it keeps time by it.
promised() { grep -qw constant_tsc /proc/cpuinfo && grep -qw nonstop_tsc /proc/cpuinfo; }
source=/sys/devices/system/clocksource/clocksource0
keeps_time_by() {
	echo "$1" >$source/current_clocksource && [ "$(cat $source/current_clocksource)" = "$1" ]
}
other=$(tr ' ' '\n' <$source/available_clocksource | grep -v '^tsc\|^$' | head -n 1)
is_local() { [ "$(info clock)" = local_clock ]; }
is_cycles() { [ "$(info clock)" = cycles ]; }
lost() {
	dmesg | grep -c 'kvmlat: the kernel does not trust the cycle counter: using local_clock()'
}
won() { dmesg | grep -c 'kvmlat: the kernel trusts the cycle counter again'; }
settles() {
	set_param enabled 0
	check "the kernel keeps time by another clock" keeps_time_by "$other"
	set_param enabled 1
	equal "that the kernel keeps time by another clock is known before the first exit" \
		"$(info clock)" local_clock
	set_param enabled 0
	check "the kernel keeps time by the TSC again" keeps_time_by tsc
	set_param enabled 1
	equal "that the kernel keeps time by the TSC is known before the first exit" \
		"$(info clock)" cycles
}
promise="the CPU promises a constant TSC, and trust goes by that"
if promised; then skip "the clock follows what the kernel keeps time by, before the first exit" \
	"$promise" 4; else settles; fi

vcpus=2
losses=$(lost) wins=$(won)
"$GUEST" -v $vcpus -n 1000000000 cpuid >/dev/null &
busy=$!
has_counted() { [ "$(audit paired)" -gt 200 ]; }
check "guests are counted" eventually 20 has_counted
goes_on() { [ "$(audit paired)" -gt $((paired + 200)) ]; }
# Beside the guests: lost, and won again.
comes_and_goes() {
	keeps_time_by "$other"
	check "trust that goes beside guests is noticed" eventually 20 is_local
	keeps_time_by tsc
	check "trust that comes back beside guests, and stays, is noticed" eventually 60 is_cycles
	equal "the log says once that trust went, and once that it came" \
		"$(($(lost) - losses)) $(($(won) - wins))" "1 1"
	paired=$(audit paired)
	check "pairs go on after trust went and came" eventually 20 goes_on
}
if promised; then skip "trust that goes and comes back is noticed" "$promise" 4; else
	comes_and_goes; fi
# The rate, refined by a thousandth. A pair goes by the one or the other: none is left out.
set_param reset 1
khz=$(info cycles_khz)
insmod "$top/build/untrust/untrust.ko" throw_away=1 khz=$((khz + khz / 1000))
rmmod untrust
refined() { [ "$(info cycles_khz)" = $((khz + khz / 1000)) ]; }
check "kvmlat takes the rate of the counter that the kernel refined" eventually 20 refined
equal "the log says that the rate was refined" \
	"$(dmesg | grep -c "the cycle counter's rate for $((khz + khz / 1000)) kHz, not $khz")" 1
equal "no pair is left out for a refined rate" \
	"$(info clock) $(audit backward) $(audit clock_switched)" "cycles 0 0"
losses=$(lost)

guests=$busy all=$vcpus
both_counted() { [ "$(vmms | wc -w)" -eq 2 ]; }
all_stopped() {
	for vmm; do grep -h '^State:' /proc/"$vmm"/task/*/status; done |
		awk '$2 != "T" { bad = 1 } END { exit bad || !NR }'
}
stop() { kill -STOP "$@" && eventually 10 all_stopped "$@"; }
# change CLOCK: with all of them stopped; then until each has gone on
change() {
	stop $guests || diag "they do not stop"
	set_param reset 1
	in_flight=$(audit in_flight)
	set_param clock "$1"
	kill -CONT $guests
	eventually 20 all_went_on || diag "they do not go on"
}
all_went_on() { [ "$(awk '$1 == "vrow" { print $2 }' $DATA | sort -u | wc -l)" -ge $all ]; }
# An exit that is open while the clock changes is measured by the one and would be ended by the
# other. First with every vCPU stopped, so that it is known how many there are: a thread cannot stop
# in the guest. Then, when the trust goes, all run but one, which is stopped. Of its exit there must
# be no pair: it would be one of seconds.
known_to_be_open() {
	"$GUEST" -n 1000000000 io >/dev/null &
	stopped=$!
	guests="$busy $stopped" all=$((vcpus + 1))
	busy=$guests
	check "a second VMM's guest is counted" eventually 20 both_counted
	for clock in local auto; do
		change $clock
		equal "clock=$clock while $all exits are open: each is left out, and counted" \
			"$in_flight: $(audit clock_switched) $(audit backward)" "$all: $all $all"
	done
	set_param outlier_ns 2000000000
	set_param outlier_skip ""
	set_param reset 1
	stop $stopped || diag "it does not stop"
	sleep 2
}
[ $several -eq 0 ] || known_to_be_open
check "the kernel loses its trust" insmod "$top/build/untrust/untrust.ko" throw_away=1
check "kvmlat changes its clock when the kernel has lost its trust" eventually 10 is_local
equal "status says which clock it is then" "$(grep -c '^clock: local_clock$' $D/status)" 1
equal "status says why it is that clock" \
	"$(grep -c '^clock_why: the kernel does not trust the cycle counter$' $D/status)" 1
equal "the log says once that the clock has changed" "$(($(lost) - losses))" 1
# After the change: what is stopped is only now gone on with.
its_pairs() {
	[ "$(awk -v p=$stopped '$1 == "vcpu" { its = $4 == p } its && $1 == "vrow" { n++ } END {
		print n + 0 }' $DATA)" -gt 0 ]
}
[ $several -eq 0 ] || {
	kill -CONT $stopped
	check "a vCPU that was stopped over the change goes on" eventually 20 its_pairs
}
paired=$(audit paired)
check "pairs go on being counted after the change" eventually 20 goes_on
kill $guests
wait $guests 2>/dev/null
busy=
cat $DATA >"$work/data"
check "both identities hold after the change" identities_hold "$work/data"
# The exit of one that was stopped was open; each of the others may have had one at that moment.
switched=$(audit clock_switched "$work/data")
diag "$switched pairs span the change"
check "only pairs that span the change are left out, and counted" \
	[ "$switched" -ge $several -a "$switched" -le $all -a \
	"$(audit backward "$work/data")" = "$switched" ]
[ $several -eq 0 ] || equal "no outlier is of the VMM that was stopped over the change" \
	"$(fields_of outlier time_ns "$work/data" $stopped | wc -l)" 0
longest=$(fields_of row max "$work/data" | sort -n | tail -n 1)
uptime_ns=$(awk '{ printf "%.0f", $1 * 1000000000 }' /proc/uptime)
equal "no pair is longer than the host is up" \
	"$([ "${#longest}" -lt 18 ] && [ "$longest" -le "$uptime_ns" ] && echo so)" so
check "clock=cycles is refused when trust is lost" refuses_cycles
set_param clock auto
equal "clock=auto stays with local_clock() when trust is lost" "$(info clock)" local_clock
finish
