#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: vCPUs that change threads: each exit is paired, and is its own vCPU's
# hosts: amd intel real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

plan 24
load_kvm
check "the module loads" load_kvmlat
rounds=100
[ "$(vendor)" = kvm-amd ] || rounds=60
io=$(name_of io)
said() { awk -v n="$1" '$1 == n { print $2 }' "$work/guest"; }

# run WHAT ARGUMENT...: a guest, and data when it is done
run() {
	what=$1
	shift
	set_param reset 1
	"$GUEST" "$@" >"$work/guest" &
	pid=$!
	wait $pid || not_ok "$what: the guest runs"
	cat $DATA >"$work/data"
	key=$(reason_key $io "$work/data")
}

# all_paired WHAT VCPUS: each exit that the guest caused is paired, and its vCPU's; all but the last
# of each
all_paired() {
	each=$(printf "%$2s" | sed "s/ /$rounds /g")
	equal "$1: pairs of $io are as many as the guest made" "$(count_of $io "$work/data")" \
		"$(said $io)"
	equal "$1: each vCPU has one line with its own pairs" \
		"$(pairs_of_vmm $pid "$key" user "$work/data" | cut -d ' ' -f 2 | tr '\n' ' ')" \
		"$each"
	equal "$1: no exit met another vCPU's entry" "$(audit stale "$work/data")" 0
	equal "$1: the last exit of each is abandoned" "$(audit abandoned "$work/data")" "$2"
	check "$1: both identities hold" identities_hold "$work/data"
}

run "a pool of 2 threads" -k 4 -p 2 -n $rounds io
check "4 vCPUs on 2 threads: vCPUs change threads" test "$(said handed)" -gt $rounds
all_paired "4 vCPUs on 2 threads" 4
run "a pool of 5 threads" -k 3 -p 5 -n $rounds io
all_paired "3 vCPUs on 5 threads" 3
run "one thread" -k 2 -n $rounds io
equal "2 vCPUs in turn on one thread: the thread runs another vCPU at each return" \
	"$(said switched)" $((2 * rounds + 1))
all_paired "2 vCPUs in turn on one thread" 2
run "new threads" -f -n $rounds io
equal "one vCPU by many threads: each thread runs the vCPU once" "$(said handed)" "$rounds"
all_paired "one vCPU by many threads" 1

finish
