// SPDX-License-Identifier: GPL-2.0
/*
 * untrust: have the kernel lose its trust in the TSC, for good, as its watchdog would. Only in
 * an emulated machine, and only until that is switched off.
 */
#include <linux/module.h>
#include <asm/cpufeature.h>
#include <asm/tsc.h>

static int __init untrust_init(void)
{
	if (!boot_cpu_has(X86_FEATURE_HYPERVISOR))
		return -ENODEV;
	mark_tsc_unstable("kvmlat's test");
	return 0;
}

static void __exit untrust_exit(void)
{
}

module_init(untrust_init);
module_exit(untrust_exit);
MODULE_DESCRIPTION("have the kernel distrust an emulated machine's TSC");
MODULE_LICENSE("GPL");
