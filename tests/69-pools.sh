#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: vCPUs that change threads, VMs closed by a process that lives on, and zombies
# hosts: amd intel real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

plan 32
load_kvm
check "module loads" load_kvmlat
rounds=100
[ "$(vendor)" = kvm-amd ] || rounds=60
io=$([ "$(vendor)" = kvm-amd ] && echo io || echo IO_INSTRUCTION)
said() { awk -v n="$1" '$1 == n { print $2 }' "$work/guest"; }

# pairs_of PID KEY CAUSE: of each vCPU of a process, in the order of their ids
pairs_of() {
	awk -v p="$1" -v k="$2" -v c="$3" '
	$1 == "vcpu" { if (mine) print id, n; mine = $4 == p; id = $10; n = 0 }
	$1 == "vrow" && mine && $3 == k && $4 == c {
		for (b = 1; b <= NF && $b != "buckets"; b++)
			;
		while (++b <= NF) { split($b, q, ":"); n += q[2] }
	}
	$1 == "end" { if (mine) print id, n }' "$work/data" | sort -n | cut -d ' ' -f 2 | tr '\n' ' '
}

# run WHAT ARGUMENT...: a guest, and data when it is done
run() {
	what=$1
	shift
	set_param reset 1
	"$GUEST" "$@" >"$work/guest" &
	pid=$!
	wait $pid || not_ok "$what: the guest failed"
	cat $DATA >"$work/data"
	key=$(reason_key $io "$work/data")
}

# all_paired WHAT VCPUS: each exit that the guest caused is paired, and its vCPU's; all but the last of each
all_paired() {
	each=$(printf "%$2s" | sed "s/ /$rounds /g")
	equal "$1: pairs of $io are the guest's" "$(count_of $io "$work/data")" "$(said $io)"
	equal "$1: each vCPU has one line, and its pairs" "$(pairs_of $pid "$key" user)" "$each"
	equal "$1: no exit met another vCPU's entry" "$(audit stale "$work/data")" 0
	equal "$1: the last exit of each is abandoned" "$(audit abandoned "$work/data")" "$2"
	check "$1: identities hold" identities_hold "$work/data"
}

run "a pool of 2 threads" -k 4 -p 2 -n $rounds io
check "a pool of 2 threads: vCPUs changed threads" test "$(said handed)" -gt $rounds
all_paired "4 vCPUs on 2 threads" 4
run "a pool of 5 threads" -k 3 -p 5 -n $rounds io
all_paired "3 vCPUs on 5 threads" 3
run "one thread" -k 2 -n $rounds io
equal "one thread: it ran another vCPU at each return" "$(said switched)" $((2 * rounds + 1))
all_paired "2 vCPUs in turn on one thread" 2
run "new threads" -f -n $rounds io
equal "new threads: each ran the vCPU once" "$(said handed)" "$rounds"
all_paired "one vCPU by many threads" 1

# A process that makes and closes VMs all the time: of those closed none is in flight, and none is live.
set_param reset 1
"$GUEST" -m 1000000 -n 3 io >/dev/null &
busy=$!
many_gone() { cat $DATA >"$work/data" && [ "$(grep -c "^vcpu [0-9]* vmm $busy .* state gone " "$work/data")" -ge 10 ]; }
check "VMs that a living process closed are gone" eventually 30 many_gone
looks=0 wrong=0
while [ $looks -lt 20 ]; do
	cat $DATA >"$work/data"
	[ "$(grep -c "^vcpu [0-9]* vmm $busy .* state live " "$work/data")" -le 1 ] &&
		[ "$(grep -c "^inflight vmm $busy " "$work/data")" -le 1 ] || wrong=$((wrong + 1))
	looks=$((looks + 1))
done
equal "at most one of them is live and in flight, at each look" $wrong 0
check "the exits that they left open are abandoned" test "$(audit abandoned "$work/data")" -ge 10
kill $busy
wait $busy 2>/dev/null
busy=

# A VMM that was killed, and that nobody has waited for: a zombie. Its vCPU is not stuck, it is gone.
set_param reset 1
sh -c '"$1" -n 1000000000 io >/dev/null & echo $! >"$2"; exec sleep 1000' sh "$GUEST" "$work/pid" &
busy=$!
runs() { [ -s "$work/pid" ] && zombie=$(cat "$work/pid") && grep -q "^vcpu [0-9]* vmm $zombie .* state live " $DATA; }
eventually 30 runs
kill -9 "$zombie"
is_zombie() { grep -q '^State:.Z' "/proc/$zombie/status"; }
check "a VMM is a zombie" eventually 20 is_zombie
cat $DATA >"$work/data"
equal "its exit is not in flight" "$(grep -c "^inflight vmm $zombie " "$work/data")" 0
equal "its vCPU is gone" "$(grep -c "^vcpu [0-9]* vmm $zombie .* state gone " "$work/data")" 1
check "identities hold" identities_hold "$work/data"
check "it still is a zombie" is_zombie
finish
