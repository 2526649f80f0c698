/* SPDX-License-Identifier: GPL-2.0 */
/* For a copy of arch/x86.h and arch/x86.c, see drift.c: what stands where the kernel would. */
#ifndef KVMLAT_DRIFT_H
#define KVMLAT_DRIFT_H

struct kvm_vcpu;

void drift_arguments(struct kvm_vcpu **vcpu, u32 *isa);
void drift_exit_info(struct kvm_vcpu *vcpu, u32 *reason, u64 *info1, u64 *info2, u32 *intr_info,
		     u32 *error_code);
bool drift_code(u32 *code);
const char *drift_symbol(const char *name);
void drift_size(unsigned long *size_bytes);

#endif
