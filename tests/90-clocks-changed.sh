#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: the cost of a pair on either clock, and a clock that changes beside a guest
# hosts: amd amd-tsc real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

plan 4
load_kvm
load_kvmlat

# What a pair costs here, on either clock.
for clock in auto local; do
	set_param clock $clock
	set_param calibrate 1
	check "the cost of a pair is known, clock=$clock" test "$(info pair_cost_ps)" -gt 0
	diag "$(grep '^cost:' $D/status)"
done
set_param clock auto

# The two clocks, chosen and changed under a running guest.
"$GUEST" -n 1000000000 io >/dev/null &
busy=$!
sleep 1
set_param reset 1
for n in 1 2 3 4 5 6; do set_param clock local; sleep 0.3; set_param clock auto; sleep 0.3; done
set_param enabled 0
cat $DATA >"$work/data"
diag "clock $(info clock), pairs that spanned a change: $(audit clock_switched \
	"$work/data"), backward $(audit backward "$work/data")"
check "both identities hold while the clock changes beside a guest" identities_hold "$work/data"
longest=$(fields_of row max "$work/data" | sort -n | tail -n 1)
check "no pair is longer than the run while the clock changes" \
	test "$longest" -lt "$(($(info time_ns) - $(info since_ns)))"
kill $busy
wait $busy 2>/dev/null
busy=
finish
