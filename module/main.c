// SPDX-License-Identifier: GPL-2.0
/*
 * kvmlat: how long every VM exit kept its guest from running, per reason and CPU, always on.
 * Loading and unloading: a ladder and its mirror.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include "base/memory.h"
#include "base/share.h"
#include "control/attach.h"
#include "control/clock.h"
#include "control/modes.h"
#include "control/param.h"
#include "generation/generation.h"
#include "report/views.h"

/* The files of debugfs. */
static const struct kvmlat_view * const views[] = {
	&kvmlat_view_summary, &kvmlat_view_histogram, &kvmlat_view_percpu,
	&kvmlat_view_vcpus, &kvmlat_view_inflight, &kvmlat_view_outliers, &kvmlat_view_status,
	&kvmlat_view_data,
};

static int __init generation_init(void)
{
	struct kvmlat_policy policy;

	mutex_lock(&kvmlat_mutex);
	policy = kvmlat_modes_policy();
	mutex_unlock(&kvmlat_mutex);
	return kvmlat_generation_init(kvmlat_rows, kvmlat_outlier_ring, &policy);
}

static int __init kvmlat_init(void)
{
	int err;

	kvmlat_memory_init();
	kvmlat_shares_init();
	kvmlat_params_init();
	kvmlat_clock_init(kvmlat_modes_apply);
	err = kvmlat_slots_init(kvmlat_slots_wanted);
	if (err)
		goto say;
	err = kvmlat_blocks_init();
	if (err)
		goto free_slots;
	err = generation_init();
	if (err)
		goto free_blocks;
	kvmlat_params_live(true);
	err = kvmlat_attach_init();
	if (!err)
		err = kvmlat_report_init(views, ARRAY_SIZE(views), &kvmlat_view_data);
	if (err)
		goto detach;
	return 0;

detach:
	kvmlat_params_live(false);
	kvmlat_attach_exit();
	kvmlat_clock_exit();
	kvmlat_generation_exit();
free_blocks:
	kvmlat_blocks_exit();
free_slots:
	kvmlat_slots_exit();
say:
	pr_err("not loaded: error %d\n", err);
	return err;
}

static void __exit kvmlat_exit(void)
{
	kvmlat_report_exit();
	kvmlat_params_live(false);
	kvmlat_attach_exit();
	kvmlat_clock_exit();
	kvmlat_generation_exit();
	kvmlat_blocks_exit();
	kvmlat_slots_exit();
}

module_init(kvmlat_init);
module_exit(kvmlat_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KVM exit latency histograms, per CPU and exit reason");
MODULE_VERSION(KVMLAT_VERSION);
