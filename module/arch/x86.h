/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86: which vendor's virtualization this machine has, and what is inlined into the probes.
 */
#ifndef KVMLAT_ARCH_X86_H
#define KVMLAT_ARCH_X86_H

#include <linux/build_bug.h>
#include <linux/kvm_host.h>
#include <asm/cpufeature.h>
#include <asm/svm.h>
#include "arch/arch.h"

static inline bool is_vmx(void)
{
	return boot_cpu_has(X86_FEATURE_VMX);
}

static inline bool is_svm(void)
{
	return boot_cpu_has(X86_FEATURE_SVM);
}

/*
 * Dense index of a reason code, for the map of a table. VMX: the code itself. SVM: codes are
 * sparse. A code without an index has its row all the same, but row_find() searches for it.
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
 * SVM, the direct sampler. Behind struct kvm_vcpu lies the pointer to the VMCB that the guest, or
 * its nested guest, ran on (svm.h, struct vcpu_svm: the same place from 5.10 to 7.3).
 * svm_get_exit_info() reads the same fields; each exit that is validated on the slow path also
 * checks that the two agree, kvmlat_arch_direct_right(). Only what KVM may overwrite before the
 * entry is read here, the rest by kvmlat_arch_context().
 */
static __always_inline struct vmcb *vmcb_of(const struct kvm_vcpu *vcpu)
{
	return *(struct vmcb **)(vcpu + 1);
}

static __always_inline void sample_svm_direct(struct kvm_vcpu *vcpu, struct kvmlat_exit *exit,
					      struct kvmlat_context *context, u64 *count)
{
	const struct vmcb_control_area *control = &vmcb_of(vcpu)->control;

	exit->reason = control->exit_code;
	/* exit_int_info and exit_int_info_err, side by side there and here */
	BUILD_BUG_ON(offsetof(struct vmcb_control_area, exit_int_info_err) !=
		     offsetof(struct vmcb_control_area, exit_int_info) + 4);
	BUILD_BUG_ON(offsetof(struct kvmlat_exit, intr_info));
	*(u64 *)&exit->intr_info = *(const u64 *)&control->exit_int_info;
}

/* kvm.ko's; set before probes are registered */
extern const struct kvm_x86_ops *kvmlat_x86_ops;

/* VMX reason: bits 15:0 the basic reason, above them flags (Intel SDM 3, table 25-18). */
#define VMX_BASIC_MASK		0xffffU
#define VMX_FAILED_ENTRY	BIT(31)

/*
 * Ask KVM: on VMX, and on SVM where sample_svm_direct() is not right. get_exit_info() reads through
 * KVM's register cache, which is valid at kvm_exit.
 */
static __always_inline void sample_svm_call(struct kvm_vcpu *vcpu, struct kvmlat_exit *exit,
					    struct kvmlat_context *context, u64 *count)
{
	kvmlat_x86_ops->get_exit_info(vcpu, &exit->reason, &context->info1, &context->info2,
				      &exit->intr_info, &exit->intr_error_code);
}

static __always_inline void sample_vmx(struct kvm_vcpu *vcpu, struct kvmlat_exit *exit,
				       struct kvmlat_context *context, u64 *count)
{
	sample_svm_call(vcpu, exit, context, count);
	if (unlikely(exit->reason & ~VMX_BASIC_MASK)) {
		if (exit->reason & VMX_FAILED_ENTRY)
			kvmlat_add(count[KVMLAT_FAILED_ENTRIES], 1);
		if (exit->reason & ~(VMX_BASIC_MASK | VMX_FAILED_ENTRY))
			kvmlat_add(count[KVMLAT_REASON_FLAGS], 1);
		exit->reason &= VMX_BASIC_MASK;
	}
}

/* Each NAME has a sample_NAME(), and an exit probe made of it. kvmlat_arch_sampler(): which. */
#define KVMLAT_ARCH_SAMPLERS(X) X(vmx) X(svm_call) X(svm_direct)
/* The sampler of the benchmark, on any vendor: it does not call KVM. */
#define kvmlat_arch_sample_fake sample_svm_direct

/*
 * cycles * kvmlat_cycles_mult >> 32: mul_u64_u64_shr() in two instructions, for the compiler would
 * align the stack before a 128-bit product. The ns of the latency of a pair fit in 64 bits. Where
 * no exit is open, or the clock went back, the result is no latency; holds() in control/clock.c
 * admits only multipliers with which it never looks like one.
 */
static __always_inline u64 cycles_to_ns(u64 cycles)
{
	u64 high;

	asm("mulq %2" : "+a"(cycles), "=d"(high) : "m"(kvmlat_cycles_mult) : "cc");
	asm("shrdq $32, %1, %0" : "+r"(cycles) : "r"(high) : "cc");
	return cycles;
}

#endif
