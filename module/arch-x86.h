/* SPDX-License-Identifier: GPL-2.0 */
/* What arch-x86.c and arch-x86-names.c share: which vendor's virtualization this machine has. */
#ifndef KVMLAT_ARCH_X86_H
#define KVMLAT_ARCH_X86_H

#include <asm/cpufeature.h>

static inline bool is_vmx(void)
{
	return boot_cpu_has(X86_FEATURE_VMX);
}

static inline bool is_svm(void)
{
	return boot_cpu_has(X86_FEATURE_SVM);
}

#endif
