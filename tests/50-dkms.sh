#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# description: plain dkms add, build, install, remove work and the installed module measures
# hosts: none; on demand, for it takes minutes: make dkms-test
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

# dkms writes a signing key and /usr/src: only where that is thrown away afterwards.
grep -q 'lab.host=full' /proc/cmdline || skip_all "changes the machine's DKMS state; run in the lab host only"
plan 8
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' ../dkms.conf)
tree=/usr/src/kvmlat-$version
mkdir -p "$tree"
cp -r ../module ../Kbuild ../Makefile ../dkms.conf "$tree/"
find "$tree" -name '*.o' -delete
check "add" dkms add "kvmlat/$version"
check "build" dkms build "kvmlat/$version"
check "install" dkms install "kvmlat/$version"
check "modprobe" modprobe kvmlat
load_kvm
equal "attached" "$(info state)" attached
"$GUEST" -n 50 cpuid >/dev/null
check "measures" test "$(audit paired)" -ge 50
unload_kvmlat
check "remove" dkms remove "kvmlat/$version" --all
sed 's/^/# /' "$work/check"
check "nothing is left" sh -c "! find /lib/modules -name 'kvmlat.ko*' | grep ."
finish
