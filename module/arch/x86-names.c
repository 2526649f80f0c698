// SPDX-License-Identifier: GPL-2.0
/*
 * The names of x86's exit reasons, and which of them mean that the guest asked to sleep. KVM's own
 * tables, from the headers the module is built with, and what newer kernels know beyond them.
 */
#include <linux/kernel.h>
#include <linux/kvm_host.h>
#include <linux/string.h>
#include <asm/svm.h>
#include <asm/vmx.h>
#include "arch/x86.h"

struct reason_name {
	u32 code;
	const char *name;
};

static const struct reason_name vmx_names[] = {
	VMX_EXIT_REASONS,
	/*
	 * Newer than some headers; the first entry of a code counts. Linux 7.x uapi/asm/vmx.h, SDM
	 * 3 app. C.
	 */
	{ 66, "SPP_EVENT" }, { 67, "UMWAIT" }, { 68, "TPAUSE" }, { 69, "LOADIWKEY" },
	{ 72, "ENQCMD_PASID" }, { 73, "ENQCMDS_PASID" }, { 74, "BUS_LOCK" }, { 75, "NOTIFY" },
	{ 76, "SEAMCALL" }, { 77, "TDCALL" }, { 78, "RDMSRLIST" }, { 79, "WRMSRLIST" },
	{ 84, "MSR_READ_IMM" }, { 85, "MSR_WRITE_IMM" },
};

static const struct reason_name svm_names[] = {
	SVM_EXIT_REASONS,
	/* Likewise. Linux 7.x uapi/asm/svm.h, AMD APM 2 app. C. */
	{ 0x8c, "mwait_cond" }, { 0x8e, "rdpru" }, { 0xa0, "invlpgb" },
	{ 0xa1, "invlpgb_illegal" }, { 0xa3, "mcommit" }, { 0xa4, "tlbsync" },
	{ 0xa5, "buslock" }, { 0xa6, "idle-halt" },
};

const char kvmlat_arch_idle_names[] = "HLT,MWAIT_INSTRUCTION,hlt,mwait,mwait_cond,idle-halt";

const char *kvmlat_arch_isa(void)
{
	return is_vmx() ? "vmx" : is_svm() ? "svm" : "none";
}

static const char *find_name(const struct reason_name *names, size_t nr, u32 code)
{
	size_t n;

	for (n = 0; n < nr; n++) {
		if (names[n].code == code)
			return names[n].name;
	}
	return NULL;
}

const char *kvmlat_arch_reason_name(u32 reason)
{
	return is_vmx() ? find_name(vmx_names, ARRAY_SIZE(vmx_names), reason) :
			  find_name(svm_names, ARRAY_SIZE(svm_names), reason);
}

bool kvmlat_arch_idle(u32 reason)
{
	if (is_vmx())
		return reason == EXIT_REASON_HLT || reason == EXIT_REASON_MWAIT_INSTRUCTION;
	return reason == SVM_EXIT_HLT || reason == SVM_EXIT_MWAIT ||
	       reason == SVM_EXIT_MWAIT_COND || reason == 0xa6;
}

static bool find_code(const struct reason_name *names, size_t nr, const char *name, u32 *code)
{
	size_t n;

	for (n = 0; n < nr; n++) {
		if (!strcasecmp(names[n].name, name)) {
			*code = names[n].code;
			return true;
		}
	}
	return false;
}

/* Is @name in the table of any vendor? @ours: in that of this machine; @reason is then its code. */
bool kvmlat_arch_name_known(const char *name, bool *ours, u32 *reason)
{
	u32 code;
	bool vmx = find_code(vmx_names, ARRAY_SIZE(vmx_names), name, &code);

	*ours = vmx && is_vmx();
	if (*ours)
		*reason = code;
	if (find_code(svm_names, ARRAY_SIZE(svm_names), name, &code)) {
		if (!is_vmx() && is_svm()) {
			*ours = true;
			*reason = code;
		}
		return true;
	}
	return vmx;
}
