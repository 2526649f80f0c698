#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: memory lies on the NUMA nodes it is used from, and comes with the CPUs that need it
# hosts: amd-tsc
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

plan 12
load_kvm
cpuid=$([ "$(vendor)" = kvm-amd ] && echo cpuid || echo CPUID)

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
check "module loads" load_kvmlat
slots=$(($(info slots) * 256 / 4096 / 2))
equal "half of the slots' pages lie on each node" "$(pages_of kvmlat_spread_alloc)" "$slots $slots"
"$GUEST" -n 300 -c 1 cpuid >/dev/null
equal "a guest is counted" "$(count_of $cpuid)" 300
unload_kvmlat

# A CPU that is not online has no rows; it has them when it comes, before it runs anything.
only_cpu 0
check "loads beside a CPU that is offline" load_kvmlat
without=$(info memory_bytes)
set_bytes=$(info set_bytes)
rows=$(($(info rows) * $(info row_bytes)))
set_param reset 1
only_cpu 1
check "its rows come with it" test $(($(info memory_bytes) - without)) -ge "$rows"
"$GUEST" -n 300 -c 1 cpuid >/dev/null
equal "a guest on it is counted" "$(count_of $cpuid)" 300
equal "on that CPU" "$(count_per_cpu | tr '\n' ' ')" "1 "
check "identities hold" identities_hold
set_param reset 1
check "after a reset it has them at once" test $(($(info set_bytes) - set_bytes)) -ge "$rows"
"$GUEST" -n 200 -M cpuid >/dev/null
equal "a guest that moves is counted" "$(count_of $cpuid)" 200
check "identities hold" identities_hold
finish
