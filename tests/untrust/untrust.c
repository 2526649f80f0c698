// SPDX-License-Identifier: GPL-2.0
/*
 * untrust: have the kernel lose its trust in the TSC, until the next boot, as its watchdog would;
 * or, with khz=N, have it take another rate for the TSC's, as when it refines that after boot. For
 * machines that are thrown away: it wants to be told so.
 */
#include <linux/module.h>
#include <asm/tsc.h>

static bool throw_away;
module_param(throw_away, bool, 0);
MODULE_PARM_DESC(throw_away, "1: this machine may lose its clock");

static uint khz;
module_param(khz, uint, 0);
MODULE_PARM_DESC(khz, "the TSC's rate from now on, in place of losing the trust in it");

static int __init untrust_init(void)
{
	if (!throw_away)
		return -EPERM;
	if (khz)
		WRITE_ONCE(tsc_khz, khz);
	else
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
