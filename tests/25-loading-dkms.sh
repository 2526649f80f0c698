#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# description: plain dkms add, build, install, remove work and the installed module measures
# hosts: none; it takes minutes: make dkms-test, and .ci/run
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

# dkms writes a signing key and /usr/src: only where that is thrown away afterwards.
grep -q 'lab.host=full' /proc/cmdline ||
	skip_all "changes the machine's DKMS state; run in the lab host only"
plan 10
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' ../dkms.conf)
tree=/usr/src/kvmlat-$version
# What a fresh checkout holds, as the README copies it, and nothing that was built here.
mkdir -p "$tree"
(cd .. && git -c safe.directory='*' ls-files -z | xargs -0 cp --parents -t "$tree")
check "dkms adds the module" dkms add "kvmlat/$version"
check "dkms builds the module" dkms build "kvmlat/$version"
check "dkms installs the module" dkms install "kvmlat/$version"
# As at a boot, configured by the examples.
examples=$tree/tools/contrib
cp "$examples/modprobe.d/kvmlat.conf" /etc/modprobe.d/
check "systemd loads the module by the example of modules-load.d" \
	/lib/systemd/systemd-modules-load "$examples/modules-load.d/kvmlat.conf"
options=$(sed -n 's/^options kvmlat //p' /etc/modprobe.d/kvmlat.conf | tr ' ' '\n')
equal "the module's parameters are those of modprobe.d" \
	"$(for option in $options; do echo \
	"${option%%=*}=$(sed 's,^Y$,1,; s,^N$,0,' <"$P/${option%%=*}")"; done)" "$options"
load_kvm
equal "probes are attached" "$(info state)" attached
"$GUEST" -n 50 cpuid >/dev/null
equal "a guest is measured" "$(count_of cpuid)" 50
equal "the module that runs is what dkms installed" "$(cat /sys/module/kvmlat/srcversion)" \
	"$(modinfo -F srcversion "/lib/modules/$(uname -r)/updates/dkms/kvmlat.ko")"
unload_kvmlat
check "dkms removes the module" dkms remove "kvmlat/$version" --all
diag_file "$tap_said"
check "dkms leaves nothing behind" sh -c \
	"! find /lib/modules /var/lib/dkms -name 'kvmlat*' | grep ."
finish
