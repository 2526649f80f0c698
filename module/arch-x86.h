/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of arch-x86 share: which vendor's virtualization this machine has, and what is
 * inlined into the probes.
 */
#ifndef KVMLAT_ARCH_X86_H
#define KVMLAT_ARCH_X86_H

#include <linux/build_bug.h>
#include <linux/kvm_host.h>
#include <asm/cpufeature.h>
#include <asm/svm.h>
#include "kvmlat.h"

static inline bool is_vmx(void)
{
	return boot_cpu_has(X86_FEATURE_VMX);
}

static inline bool is_svm(void)
{
	return boot_cpu_has(X86_FEATURE_SVM);
}

/*
 * Dense index of a code, for the per-CPU map. VMX: the code. SVM: codes are sparse.
 * A code that is not here is kept by number all the same, it is only found a little slower.
 */
#define SVM_DENSE		0xc0U
#define SVM_HIGH		0x400U
#define SVM_HIGH_NR		0x10U
#define SVM_ERR_INDEX		(SVM_DENSE + SVM_HIGH_NR)

static __always_inline unsigned long svm_high_index(u32 reason)
{
	if (reason - SVM_HIGH < SVM_HIGH_NR)
		return SVM_DENSE + (reason - SVM_HIGH);
	return reason == SVM_EXIT_ERR ? SVM_ERR_INDEX : KVMLAT_NO_INDEX;
}

static __always_inline unsigned long reason_index(u32 reason)
{
	return likely(reason < SVM_DENSE) ? reason : svm_high_index(reason);
}

/*
 * SVM, the short cut: behind struct kvm_vcpu lies the pointer to the VMCB that the guest, or its
 * guest, ran on (svm.h, struct vcpu_svm: the same place from 5.10 to 7.3). svm_get_exit_info() reads
 * the same fields; that they agree is checked at every exit that is looked at fully.
 * Only what KVM may overwrite before the entry is taken here, the rest by kvmlat_arch_context().
 */
static __always_inline struct vmcb *vmcb_of(const struct kvm_vcpu *vcpu)
{
	return *(struct vmcb **)(vcpu + 1);
}

static __always_inline void sample_svm_direct(struct kvm_vcpu *vcpu, struct kvmlat_slot *slot,
					      u64 *count)
{
	const struct vmcb_control_area *control = &vmcb_of(vcpu)->control;

	slot->reason = control->exit_code;
	/* exit_int_info and exit_int_info_err, side by side there and here */
	BUILD_BUG_ON(offsetof(struct vmcb_control_area, exit_int_info_err) !=
		     offsetof(struct vmcb_control_area, exit_int_info) + 4);
	BUILD_BUG_ON(offsetof(struct kvmlat_slot, intr_info) % 8);
	*(u64 *)&slot->intr_info = *(const u64 *)&control->exit_int_info;
}

/*
 * kvmlat_cycles_mult and the shift by 32, mul_u64_u64_shr() in two instructions: the compiler's
 * 128-bit product would align the stack first. That ns of a true difference fit is certain; what it
 * gives where there is none is shown in clock.c, which takes no multiplier that would make a pair of it.
 */
static __always_inline u64 cycles_to_ns(u64 cycles)
{
	u64 high;

	asm("mulq %2" : "+a"(cycles), "=d"(high) : "m"(kvmlat_cycles_mult) : "cc");
	asm("shrdq $32, %1, %0" : "+r"(cycles) : "r"(high) : "cc");
	return cycles;
}

#endif
