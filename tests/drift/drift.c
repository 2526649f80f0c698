// SPDX-License-Identifier: GPL-2.0
/*
 * For tests/22-loading-refuses.sh only: a kernel that is another than the module was built for.
 * tests/modules.sh has a copy of arch/x86.c and arch/x86.h call this where the module takes what it
 * checks from the
 * kernel. What the checks make of it is the module's own. The parameter `drift` says how the kernel
 * differs; it may change while guests run.
 */
#include <linux/moduleparam.h>
#include <linux/string.h>
#include "arch/x86.h"

enum { NONE, ARGUMENT, PROCESS, THREAD, NUMBER, ISA, REASON, FIRST, VMCB, SIZE, SYMBOL };

static const char *const drift_names[] = {
	"none",	  "argument", "process", "thread", "number", "isa",
	"reason", "first",    "vmcb",	 "size",   "symbol",
};

static int drift;

static int drift_set(const char *val, const struct kernel_param *kp)
{
	int n = sysfs_match_string(drift_names, val);

	if (n < 0)
		return n;
	WRITE_ONCE(drift, n);
	return 0;
}

static int drift_odd;	/* exits that were made odd ones, by `first` */
module_param(drift_odd, int, 0400);

static const struct kernel_param_ops drift_ops = { .set = drift_set };

module_param_cb(drift, &drift_ops, NULL, 0200);
MODULE_PARM_DESC(drift, "test: how this kernel differs from the one the module was built for");

/* kvm_exit's arguments. */
void drift_arguments(struct kvm_vcpu **vcpu, u32 *isa)
{
	static struct kvm_vcpu other_vcpu;
	static struct kvm other_kvm;

	switch (READ_ONCE(drift)) {
	case ARGUMENT:
		/* (exit_reason, vcpu, isa), as it was before get_exit_info() gave the reason */
		*isa = (u32)(unsigned long)*vcpu;
		*vcpu = (void *)0x72;
		break;
	case PROCESS:
	case THREAD:
	case NUMBER:
		other_kvm.mm = drift == PROCESS ? (void *)&other_kvm : current->mm;
		other_vcpu.kvm = &other_kvm;
		other_vcpu.cpu = drift == THREAD ? -1 : smp_processor_id();
		other_vcpu.vcpu_id = drift == NUMBER ? KVM_MAX_VCPU_IDS : 0;
		*vcpu = &other_vcpu;
		break;
	case ISA:
		*isa = 3 - *isa;
		break;
	}
}

void drift_exit_info(struct kvm_vcpu *vcpu, u32 *reason, u64 *info1, u64 *info2, u32 *intr_info,
		     u32 *error_code)
{
	kvmlat_x86_ops->get_exit_info(vcpu, reason, info1, info2, intr_info, error_code);
	if (READ_ONCE(drift) == REASON)
		*reason = 0x7777;
	/*
	 * Of each vCPU's first exit, which KVM has counted on SVM only. On VMX: what a TD may say
	 * then.
	 */
	if (READ_ONCE(drift) == FIRST && vcpu->stat.exits <= is_svm()) {
		*reason = is_vmx() ? U32_MAX : 0x7777;
		WRITE_ONCE(drift_odd, drift_odd + 1);
	}
}

/* The VMCB: its exit code is another field than this build takes for it. */
bool drift_code(u32 *code)
{
	*code += READ_ONCE(drift) == VMCB;
	return true;
}

const char *drift_symbol(const char *name)
{
	return drift == SYMBOL ? "kvm_x86_ops_of_old" : name;
}

void drift_size(unsigned long *size_bytes)
{
	if (drift == SIZE)
		*size_bytes += sizeof(void *);
}
