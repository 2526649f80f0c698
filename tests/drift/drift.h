/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For tests/22-loading-refuses.sh only: a kernel that is another than the module was built for. tests/modules.sh puts this into
 * a copy of arch-x86.c, where the module takes what it checks from the kernel. What the checks make of it is the
 * module's own. The parameter `drift` says how the kernel differs; it may change while guests run.
 */
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
