#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# modules.sh KDIR: build the modules that tests load, in copies under build.
#   kvmlat_twin.ko  kvmlat under another name, to be loaded beside it, that takes the slow path for
#                   every event: 13-pairing-twins.sh
#   kvmlat.ko, in build/drift  kvmlat on a kernel that is another than it was built for:
#                   22-loading-refuses.sh
#   untrust.ko      has the kernel lose its trust in an emulated machine's TSC: 91-clocks-lost.sh
set -euo pipefail
cd "$(dirname "$0")/.."
kdir=$1
twin=build/twin
drift=build/drift
rm -rf $twin $drift build/untrust
for copy in $twin $drift; do
	mkdir -p $copy
	cp -r Kbuild dkms.conf include module $copy/
	find $copy \( -name '*.o' -o -name '.*.cmd' \) -delete
done
sed -i 's/^obj-m := kvmlat\.o$/obj-m := kvmlat_twin.o/; s/^kvmlat-y/kvmlat_twin-y/' $twin/Kbuild
sed -i 's/^#define TRACE_SYSTEM kvmlat$/&_twin/' $twin/module/store/kvmlat-trace.h
fast=$twin/module/probe/fast.h
sed -i '/^static __always_inline bool kvmlat_fast(/,/^}/s/^\treturn /\treturn false \&\& /' $fast
# What is to be the twin's own, and slow, is: sed finds nothing without a word.
grep -q '^obj-m := kvmlat_twin.o' $twin/Kbuild && grep -q '^kvmlat_twin-y' $twin/Kbuild &&
	grep -q '^#define TRACE_SYSTEM kvmlat_twin' $twin/module/store/kvmlat-trace.h &&
	[ "$(grep -c 'return false && slot->key ==' $fast)" = 1 ] || {
		echo "kvmlat: modules.sh: the sources have changed: this cannot make their twin" >&2
		exit 1
	}
# Each drift where the module takes what it checks, once: in kvmlat_arch_validate(), at calls, and
# in kvmlat_arch_bind().
arch=$drift/module/arch
cp tests/drift/drift.[ch] $arch/
echo 'kvmlat-y += module/arch/drift.o' >>$drift/Kbuild
sed -i 's/\bkvmlat_x86_ops->get_exit_info(vcpu/drift_exit_info(vcpu/' $arch/x86.[ch]
sed -i -e '/^#include "arch\/arch.h"/a #include "arch/drift.h"' \
	-e '/^static .* void sample_svm_direct/,/^}/s/^}/\tdrift_code(\&exit->reason);\n&/' \
	$arch/x86.h
arguments='drift_arguments(\&vcpu, \&isa);'
sed -i "/^const char \*kvmlat_arch_validate(/,/^}/s/^\tint cpu, id;$/&\n\n\t$arguments/" $arch/x86.c
size='drift_size(\&size_bytes);'
symbol='kvmlat_module_symbol(mod, drift_symbol("kvm_x86_ops"), \&size_bytes)'
sed -i -e 's/PEEK(code, vmcb->control.exit_code)/& \&\& drift_code(\&code)/' \
	-e "s/kvmlat_module_symbol(mod, \"kvm_x86_ops\", .*/$symbol;\n\t$size/" \
	$arch/x86.c
# sed finds nothing without a word: each drift has its place.
has() {
	grep -qF "$2" "$arch/$1" || {
		echo "kvmlat: modules.sh: the sources have changed: no place for $2 in $1" >&2
		exit 1
	}
}
has x86.h '#include "arch/drift.h"'
has x86.h 'drift_code(&exit->reason)'
has x86.h 'drift_exit_info(vcpu, &exit->reason'
has x86.c 'drift_exit_info(vcpu, reason'
has x86.c 'drift_exit_info(vcpu, &reason'
has x86.c 'drift_arguments(&'
has x86.c 'drift_code(&'
has x86.c 'drift_symbol("'
has x86.c 'drift_size(&'
! grep -q '\bkvmlat_x86_ops->get_exit_info(' $arch/x86.[ch] || {
	echo "kvmlat: modules.sh: a call that does not drift" >&2
	exit 1
}
cp -r tests/untrust build/
for dir in $twin $drift build/untrust; do
	make -s -C "$kdir" M="$PWD/$dir" modules
done
