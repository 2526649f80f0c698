#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: the list of `vms` is given back with the module, and by a load that fails
# hosts: amd real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

plan 4
load_kvm

# The list of `vms` goes with the module, and with a load that fails. It takes half a page; how many
# of those are in use is known nearly to the piece when no CPU keeps any at hand.
halves() {
	for slab in /sys/kernel/slab/kmalloc-2k /sys/kernel/slab/kmalloc-2048; do [ ! -e $slab ] ||
		echo 1 >$slab/shrink; done
	awk '$1 == "kmalloc-2k" || $1 == "kmalloc-2048" { print $2 }' /proc/slabinfo
}
loads() { n=20; while [ $((n -= 1)) -ge 0 ]; do "$@" || return 1; done; }
fails() { ! load_kvmlat vms=1 rows=0 2>/dev/null; }
comes_and_goes() { load_kvmlat vms=1 && unload_kvmlat; }
before=$(halves)
check "20 loads with vms and a bad parameter fail" loads fails
after_failed=$(halves)
check "20 loads with vms, and unloads, succeed" loads comes_and_goes
after=$(halves)
diag "in use of kmalloc-2k: $before, $after_failed after the failed loads, $after after the others"
check "20 loads with vms that fail leave no memory behind" test "$after_failed" -lt $((before + 10))
check "20 loads with vms, and unloads, leave no memory behind" \
	test "$after" -lt $((after_failed + 10))
finish
