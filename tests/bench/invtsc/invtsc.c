// SPDX-License-Identifier: GPL-2.0
/*
 * invtsc: say of the emulated CPU what is true of it and of every real hypervisor: its TSC neither
 * changes its rate nor stops.
 *
 * QEMU's TCG cannot announce the bit (CPUID 0x80000007 EDX 8, "invtsc"), so the kernel does not set
 * the two features it stands for, and code that looks at them would take the slow path that no
 * real host takes. Never for a real machine. Loaded before KVM; stays loaded.
 */
#include <linux/module.h>
#include <asm/cpufeature.h>

static int __init invtsc_init(void)
{
	if (!boot_cpu_has(X86_FEATURE_HYPERVISOR))
		return -ENODEV;
	set_cpu_cap(&boot_cpu_data, X86_FEATURE_CONSTANT_TSC);
	set_cpu_cap(&boot_cpu_data, X86_FEATURE_NONSTOP_TSC);
	return 0;
}

module_init(invtsc_init);
MODULE_DESCRIPTION("announce the emulated CPU's invariant TSC");
MODULE_LICENSE("GPL");
