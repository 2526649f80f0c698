// SPDX-License-Identifier: GPL-2.0
/*
 * kvmlat: how long every VM exit kept its guest from running, per reason and CPU, always on.
 * Loading and unloading: a ladder and its mirror.
 */
#include <linux/module.h>
#include "report.h"

static int __init kvmlat_init(void)
{
	int err;

	kvmlat_memory_init();
	kvmlat_params_init();
	kvmlat_clock_init();
	err = kvmlat_slots_init(kvmlat_slots_wanted);
	if (err)
		goto say;
	err = kvmlat_blocks_init();
	if (err)
		goto free_slots;
	err = kvmlat_set_init(kvmlat_rows, kvmlat_outlier_ring);
	if (err)
		goto free_blocks;
	kvmlat_params_live(true);
	err = kvmlat_attach_init();
	if (!err)
		err = kvmlat_report_init();
	if (err)
		goto detach;
	return 0;

detach:
	kvmlat_params_live(false);
	kvmlat_attach_exit();
	kvmlat_clock_exit();
	kvmlat_set_exit();
free_blocks:
	kvmlat_blocks_exit();
free_slots:
	kvmlat_slots_exit();
say:
	pr_err("kvmlat: not loaded: error %d\n", err);
	return err;
}

static void __exit kvmlat_exit(void)
{
	kvmlat_report_exit();
	kvmlat_params_live(false);
	kvmlat_attach_exit();
	kvmlat_clock_exit();
	kvmlat_set_exit();
	kvmlat_blocks_exit();
	kvmlat_slots_exit();
}

module_init(kvmlat_init);
module_exit(kvmlat_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KVM exit latency histograms, per CPU and exit reason");
MODULE_VERSION(KVMLAT_VERSION);
