// SPDX-License-Identifier: GPL-2.0
/*
 * untrust: have the kernel lose its trust in the TSC, until the next boot, as its watchdog would.
 * For machines that are thrown away: it wants to be told so.
 */
#include <linux/module.h>
#include <asm/tsc.h>

static bool throw_away;
module_param(throw_away, bool, 0);
MODULE_PARM_DESC(throw_away, "1: this machine may lose its clock");

static int __init untrust_init(void)
{
	if (!throw_away)
		return -EPERM;
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
