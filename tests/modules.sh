#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# modules.sh KDIR: build the modules that tests load, in copies under build.
#   kvmlat_twin.ko  kvmlat under another name, to be loaded beside it, that takes the slow way for every event: 64-twins.sh
#   untrust.ko      has the kernel lose its trust in an emulated machine's TSC: 65-clock-lost.sh
set -euo pipefail
cd "$(dirname "$0")/.."
kdir=$1
twin=build/twin
rm -rf $twin build/untrust
mkdir -p $twin
cp -r Kbuild dkms.conf module $twin/
find $twin \( -name '*.o' -o -name '.*.cmd' \) -delete
sed -i 's/^obj-m := kvmlat\.o$/obj-m := kvmlat_twin.o/; s/^kvmlat-y/kvmlat_twin-y/' $twin/Kbuild
sed -i 's/^#define TRACE_SYSTEM kvmlat$/&_twin/' $twin/module/kvmlat-trace.h
sed -i '/^static __always_inline bool kvmlat_usual(/,/^}/s/^\treturn /\treturn false \&\& /' $twin/module/probe.h
# What is to be the twin's own, and slow, is: sed finds nothing without a word.
grep -q '^obj-m := kvmlat_twin.o' $twin/Kbuild && grep -q '^kvmlat_twin-y' $twin/Kbuild &&
	grep -q '^#define TRACE_SYSTEM kvmlat_twin' $twin/module/kvmlat-trace.h &&
	[ "$(grep -c 'return false && slot->key ==' $twin/module/probe.h)" = 1 ] ||
	{ echo "kvmlat: modules.sh: the sources have changed: this cannot make their twin" >&2; exit 1; }
cp -r tests/untrust build/
for dir in $twin build/untrust; do
	make -s -C "$kdir" M="$PWD/$dir" modules
done
