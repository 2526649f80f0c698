#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: resets and disable beside guests that run: what comes after is counted, in a
#   generation of its own
# hosts: amd intel real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

plan 12
load_kvm
check "the module loads" load_kvmlat
has_counted() { [ "$(audit paired)" -gt 0 ]; }
"$GUEST" -v 2 -n 100000000 cpuid >/dev/null &
busy=$!
eventually 20 has_counted

# Reset beside a running guest: whatever comes after is there, in a generation of its own.
generation() { sed -n '1s/.*generation //p' $DATA; }
before=$(generation)
check "a reset succeeds beside a running guest" set_param reset 1
check "a reset begins another generation" test "$(generation)" != "$before"
set_param enabled 0
equal "enabled=0 disables" "$(info state)" disabled
check "both identities hold while disabled" identities_hold
frozen=$(audit exits)
sleep 0.3
equal "no exit is counted while disabled" "$(audit exits)" "$frozen"
set_param enabled 1
equal "enabled=1 attaches the probes again" "$(info state)" attached
kill $busy
wait $busy 2>/dev/null

# A storm of resets while a guest runs: the last generation holds all that came after it.
"$GUEST" -n 1000000000 io >"$work/guest" &
busy=$!
eventually 20 has_counted
for n in 1 2 3 4 5 6 7 8 9 10; do set_param reset 1; cat $D/* >/dev/null; done
check "the guest runs through a storm of resets" grep -q '^State:.[^Z]' /proc/$busy/status
check "the guest is counted after a storm of resets" eventually 20 has_counted
kill $busy
wait $busy 2>/dev/null
busy=
check "both identities hold after a storm of resets" identities_hold
set_param reset 1
"$GUEST" -n 300 cpuid io >"$work/guest"
for name in "$(name_of cpuid)" "$(name_of io)"; do
	equal "each $name after a reset is counted" "$(count_of "$name")" 300
done
finish
