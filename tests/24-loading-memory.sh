#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: memory lies on the NUMA nodes it is used from, and comes with the CPUs that need it
# hosts: amd-tsc
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

plan 12
load_kvm
cpuid=$(name_of cpuid)

# pages_of FUNCTION: pages on node 0 and node 1 of what a function of the module mapped
pages_of() {
	awk -v f="$1" 'index($0, f "+") {
		for (n = 1; n <= NF; n++) {
			if ($n ~ /^N0=/) zero = substr($n, 4)
			if ($n ~ /^N1=/) one = substr($n, 4)
		}
	} END { print zero + 0, one + 0 }' /proc/vmallocinfo
}
check "the host has two NUMA nodes" test -d /sys/devices/system/node/node1
check "the module loads" load_kvmlat
slots=$(($(info slots) * 256 / 4096 / 2))
equal "half of the slots' pages lie on each node" "$(pages_of kvmlat_interleaved_alloc)" \
	"$slots $slots"
"$GUEST" -n 300 -c 1 cpuid >/dev/null
equal "a guest on the second node's CPU is counted" "$(count_of $cpuid)" 300
unload_kvmlat

# A CPU that is not online has no rows; it has them when it comes, before it runs anything.
only_cpu 0
check "the module loads beside a CPU that is offline" load_kvmlat
without=$(info memory_bytes)
set_bytes=$(info set_bytes)
rows=$(($(info rows) * $(info row_bytes)))
set_param reset 1
only_cpu 1
check "the rows of a CPU come with it" test $(($(info memory_bytes) - without)) -ge "$rows"
"$GUEST" -n 300 -c 1 cpuid >/dev/null
equal "a guest on a CPU that came later is counted" "$(count_of $cpuid)" 300
equal "pairs of a guest on a CPU that came later are on that CPU" "$(count_per_cpu | tr '\n' ' ')" \
	"1 "
check "both identities hold on a CPU that came later" identities_hold
set_param reset 1
check "a CPU that is online has its rows at once after a reset" \
	test $(($(info set_bytes) - set_bytes)) -ge "$rows"
"$GUEST" -n 200 -M cpuid >/dev/null
equal "a guest that moves between CPUs is counted" "$(count_of $cpuid)" 200
check "both identities hold for a guest that moves between CPUs" identities_hold
finish
