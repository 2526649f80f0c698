/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What probes look at where an event is new to them, or long: the filter by VMM process, and what
 * makes an outlier. filter.c
 */
#ifndef KVMLAT_FILTER_H
#define KVMLAT_FILTER_H

#include <linux/types.h>
#include "arch/arch.h"

/*
 * VMM processes; nr 0 is not used, no filter is NULL. Replaced whole; the old one goes when no
 * probe can be looking. A process is one by its pid and its start: a pid that was given out again
 * is another's.
 */
struct kvmlat_vms {
	struct rcu_head rcu;
	unsigned int nr;
	struct kvmlat_vmm {
		s32 pid;
		u64 start_time;		/* 0: there was no such process, so it is none's */
	} of[];
};

bool kvmlat_vms_filtered(s32 vmm);		/* the current process; from a probe */
const struct kvmlat_vms *kvmlat_vms(void);	/* under kvmlat_mutex */
void kvmlat_vms_set(struct kvmlat_vms *vms);	/* likewise; the one before is freed in time */
void kvmlat_vms_exit(void);			/* no probe and no parameter is left */

/* Read by probes, at any time; written by the parameters. */
extern unsigned long long kvmlat_outlier_ns;
extern u64 kvmlat_fast_ns;	/* KVMLAT_SUB + this and more is an outlier, or very long */
extern unsigned long kvmlat_skip[];	/* by dense index: reasons that are no outliers */
bool kvmlat_outlier_skipped(u32 reason);

#endif
