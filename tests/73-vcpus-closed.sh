#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: VMs that a living process closed, and a VMM that is a zombie: closed, and not in
#   flight
# hosts: amd intel real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

plan 9
load_kvm
check "the module loads" load_kvmlat

# A process that makes and closes VMs all the time: of those closed none is in flight, and none is
# live.
set_param reset 1
"$GUEST" -m 1000000 -n 3 io >/dev/null &
busy=$!
of_vmm() { grep -c "^vcpu [0-9]* vmm $1 .* state $2 " "$work/data"; }
in_flight() { fields_of inflight vmm "$work/data" "$1" | wc -l; }
many_gone() { cat $DATA >"$work/data" && [ "$(of_vmm $busy gone)" -ge 10 ]; }
check "VMs that a living process closed are shown as gone" eventually 30 many_gone
looks=0 wrong=0
while [ $looks -lt 20 ]; do
	cat $DATA >"$work/data"
	[ "$(of_vmm $busy live)" -le 1 ] && [ "$(in_flight $busy)" -le 1 ] || wrong=$((wrong + 1))
	looks=$((looks + 1))
done
equal "at most one VM of a process that closes them is live and in flight, at each look" $wrong 0
# Where a new vCPU lies in a closed one's memory, before anybody looked, its first entry finds the
# exit stale.
ended=$(($(audit abandoned "$work/data") + $(audit stale_entry "$work/data")))
diag "$(audit abandoned "$work/data") abandoned, $(audit stale_entry "$work/data") stale"
check "exits that closed VMs left open are abandoned or stale" test $ended -ge 10
kill $busy
wait $busy 2>/dev/null
busy=

# A VMM that was killed, and that nobody has waited for: a zombie. Its vCPU is not stuck, it is
# gone.
set_param reset 1
sh -c '"$1" -n 1000000000 io >/dev/null & echo $! >"$2"; exec sleep 1000' sh "$GUEST" "$work/pid" &
busy=$!
runs() {
	[ -s "$work/pid" ] && zombie=$(cat "$work/pid") &&
		grep -q "^vcpu [0-9]* vmm $zombie .* state live " $DATA
}
eventually 30 runs
kill -9 "$zombie"
is_zombie() { grep -q '^State:.Z' "/proc/$zombie/status"; }
check "a killed VMM that nobody waits for is a zombie" eventually 20 is_zombie
cat $DATA >"$work/data"
equal "the open exit of a zombie VMM is not in flight" "$(in_flight "$zombie")" 0
equal "the vCPU of a zombie VMM is shown as gone" "$(of_vmm "$zombie" gone)" 1
check "both identities hold beside a zombie VMM" identities_hold "$work/data"
check "the VMM is a zombie until the end of the test" is_zombie
finish
