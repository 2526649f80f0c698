// SPDX-License-Identifier: GPL-2.0
/*
 * The names of exit reasons, by the module's own table: also those newer than KVM's headers, which
 * no host here shows.
 */
#include <stdio.h>
#include <strings.h>

/* Exceptions, of which KVM's table has an exit each: asm/kvm.h. */
enum {
	DE_VECTOR,
	DB_VECTOR,
	BP_VECTOR = 3,
	OF_VECTOR,
	BR_VECTOR,
	UD_VECTOR,
	NM_VECTOR,
	DF_VECTOR,
	TS_VECTOR = 10,
	NP_VECTOR,
	SS_VECTOR,
	GP_VECTOR,
	PF_VECTOR,
	MF_VECTOR = 16,
	AC_VECTOR,
	MC_VECTOR,
	XM_VECTOR,
};

#include "arch/x86-names.c"
#include "tap.h"

int unit_vendor;

/*
 * What manuals and newer kernels say, not the module's table. NULL: nobody names it, it keeps its
 * number.
 */
static const struct reason_name intel[] = {
	{ 0, "EXCEPTION_NMI" },	 { 12, "HLT" },		  { 33, "INVALID_STATE" },
	{ 48, "EPT_VIOLATION" }, { 67, "UMWAIT" },	  { 74, "BUS_LOCK" },
	{ 75, "NOTIFY" },	 { 78, "RDMSRLIST" },	  { 79, "WRMSRLIST" },
	{ 84, "MSR_READ_IMM" },	 { 85, "MSR_WRITE_IMM" }, { 70, NULL },
	{ 0xa5, NULL },		 { 200, NULL },		  { 0x400, NULL },
	{ 0x80000021, NULL },
};

static const struct reason_name amd[] = {
	{ 0x60, "interrupt" },
	{ 0x72, "cpuid" },
	{ 0x78, "hlt" },
	{ 0x8c, "mwait_cond" },
	{ 0x8e, "rdpru" },
	{ 0xa0, "invlpgb" },
	{ 0xa5, "buslock" },
	{ 0xa6, "idle-halt" },
	{ 0x400, "npf" },
	{ 0x403, "vmgexit" },
	{ 0xffffffff, "invalid_guest_state" },
	{ 0x51, "AC excp" },
	{ 0xc5, NULL },
	{ 0x3ff, NULL },
	{ 0x4ff, NULL },
};

static bool names_are(const struct reason_name *want, size_t nr)
{
	size_t n;

	for (n = 0; n < nr; n++) {
		const char *got = kvmlat_arch_reason_name(want[n].code);

		if (!got != !want[n].name || (got && strcmp(got, want[n].name))) {
			printf("# %#x is %s\n", want[n].code, got ? got : "unknown");
			return false;
		}
	}
	return true;
}

/*
 * Each name is found, in any case, as this machine's and as the code that has it; no two codes
 * share one.
 */
static bool names_lead_back(const struct reason_name *names, size_t nr, int vendor)
{
	char upper[64];
	size_t n, at;
	bool ours;
	u32 code;

	for (n = 0; n < nr; n++) {
		for (at = 0; names[n].name[at]; at++)
			upper[at] = names[n].name[at] >= 'a' && names[n].name[at] <= 'z' ?
					    names[n].name[at] - 32 :
					    names[n].name[at];
		upper[at] = 0;
		unit_vendor = vendor;
		if (!kvmlat_arch_name_known(upper, &ours, &code) || !ours ||
		    code != names[n].code || strcmp(kvmlat_arch_reason_name(code), names[n].name)) {
			printf("# %s\n", names[n].name);
			return false;
		}
		unit_vendor = vendor == X86_FEATURE_VMX ? X86_FEATURE_SVM : X86_FEATURE_VMX;
		if (!kvmlat_arch_name_known(upper, &ours, &code))
			return false;
		if (ours && strcasecmp(kvmlat_arch_reason_name(code), upper))
			return false;
	}
	return true;
}

/* Idle are the codes whose names are in the default of outlier_skip, and no others. */
static bool idle_is_named(const char *idle[], size_t nr)
{
	size_t n, found = 0;
	u32 code;

	for (code = 0; code < 0x1000; code++) {
		const char *name = kvmlat_arch_reason_name(code);

		if (!kvmlat_arch_idle(code))
			continue;
		for (n = 0; n < nr && !(name && !strcmp(name, idle[n])); n++)
			;
		if (n == nr || !strstr(kvmlat_arch_idle_names, name))
			return false;
		found++;
	}
	return found == nr && !kvmlat_arch_idle(SVM_EXIT_ERR);
}

/* A row's place in a map: no two codes have the same one, but the one for all that have none. */
static bool indices_differ(void)
{
	static u32 codes[KVMLAT_MAP];
	static bool taken[KVMLAT_MAP];
	u64 code;

	for (code = 0; code <= U32_MAX; code += code == 0x1000 ? U32_MAX - 0x1000 : 1) {
		unsigned long at = reason_index(code);

		if (at >= KVMLAT_MAP || (at != KVMLAT_NO_INDEX && taken[at])) {
			printf("# %#x and %#x\n", (u32)code, at < KVMLAT_MAP ? codes[at] : 0);
			return false;
		}
		taken[at] = true;
		codes[at] = (u32)code;
	}
	return codes[KVMLAT_NO_INDEX] == 0x1000 &&
	       codes[reason_index(SVM_EXIT_ERR)] == SVM_EXIT_ERR;
}

int main(void)
{
	static const char *intel_idle[] = { "HLT", "MWAIT_INSTRUCTION" };
	static const char *amd_idle[] = { "hlt", "mwait", "mwait_cond", "idle-halt" };
	bool ours;
	u32 code;

	unit_vendor = X86_FEATURE_VMX;
	result(names_are(intel, ARRAY_SIZE(intel)),
	       "names of Intel, newer ones too, are the manual's; unknown codes have none");
	result(idle_is_named(intel_idle, 2), "Intel's idle reasons are named");
	result(!kvmlat_arch_name_known("nonsense", &ours, &code) && !ours,
	       "what is no name is not taken for one on Intel");
	unit_vendor = X86_FEATURE_SVM;
	result(names_are(amd, ARRAY_SIZE(amd)),
	       "names of AMD, newer ones too, are the manual's; unknown codes have none");
	result(idle_is_named(amd_idle, 4), "AMD's idle reasons are named");
	result(!kvmlat_arch_name_known("nonsense", &ours, &code) && !ours,
	       "what is no name is not taken for one on AMD");
	result(names_lead_back(vmx_names, ARRAY_SIZE(vmx_names), X86_FEATURE_VMX),
	       "names of Intel lead back to their codes");
	result(names_lead_back(svm_names, ARRAY_SIZE(svm_names), X86_FEATURE_SVM),
	       "names of AMD lead back to their codes");
	result(indices_differ(), "every code has a place of its own");
	return results_failed() != 0;
}
