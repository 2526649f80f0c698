#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: every order in which kvm and kvmlat come and go, without guests and beside them
# hosts: amd intel real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

plan 21
state() { info state; }
small_guest() { "$GUEST" -n 50 cpuid >/dev/null; }
sees_guest() { small_guest && [ "$(audit paired)" -ge 50 ] && identities_hold; }

if unload_kvm; then
	check "the module loads without kvm" load_kvmlat
	equal "the module waits for kvm" "$(state)" waiting
	check "reports read while the module waits" sh -c "cat $D/* >/dev/null"
	load_kvm
	equal "probes are attached when kvm comes" "$(state)" attached
	check "a guest is measured after kvm came" sees_guest
	check "kvm can be unloaded while the module measures" unload_kvm
	equal "the module waits when kvm has gone" "$(state)" waiting
	check "both identities hold when kvm has gone" identities_hold
	load_kvm
	equal "probes are attached when kvm comes again" "$(state)" attached
	check "a guest is measured after kvm came again" sees_guest
	let_vm_go
	check "the vendor's module alone reloads" sh -c "rmmod $(vendor) && modprobe $(vendor)"
	hold_vm
	check "a guest is measured after the vendor's module was reloaded" sees_guest
	unload_kvmlat
else
	skip "kvmlat follows a KVM that comes and goes" "kvm is in use here" 12
fi

# Loaded and unloaded beside guests that run all the time.
load_kvm
"$GUEST" -v 2 -n 100000000 cpuid >/dev/null &
busy=$!
has_counted() { [ "$(audit paired)" -gt 0 ]; }
for n in 1 2 3; do
	check "time $n: the module loads beside a running guest" load_kvmlat
	check "time $n: exits of the guest are counted" eventually 20 has_counted
	check "time $n: the module unloads beside a running guest" unload_kvmlat
done
kill $busy
wait $busy 2>/dev/null
busy=
finish
