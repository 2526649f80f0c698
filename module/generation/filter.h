/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the slow path looks at: the filter by VMM process, and what makes an outlier. filter.c
 */
#ifndef KVMLAT_FILTER_H
#define KVMLAT_FILTER_H

#include <linux/types.h>
#include "arch/arch.h"

/*
 * The VMM processes that are measured; no filter is NULL, never nr 0. Replaced as a whole under
 * kvmlat_mutex, and the old one is freed by kfree_rcu(), after all probes that may read it. A
 * process is known by pid and start time: a pid that is used again is another process.
 */
struct kvmlat_vms {
	struct rcu_head rcu;
	unsigned int nr;
	struct kvmlat_vmm {
		s32 pid;
		u64 start_time;		/* 0: there was no such process, so nobody matches */
	} of[];
};

bool kvmlat_vms_filtered(s32 vmm);		/* the current process; from a probe */
const struct kvmlat_vms *kvmlat_vms(void);	/* under kvmlat_mutex */
void kvmlat_vms_set(struct kvmlat_vms *vms);	/* likewise; the one before is freed in time */
void kvmlat_vms_exit(void);			/* no probe and no parameter is left */

/* Read by probes, at any time; written by the parameters. */
extern unsigned long long kvmlat_outlier_ns;
extern u64 kvmlat_fast_ns;	/* from KVMLAT_SUB + this on: for the slow path */
extern unsigned long kvmlat_skip[];	/* by dense index: reasons that are no outliers */
bool kvmlat_outlier_skipped(u32 reason);

#endif
