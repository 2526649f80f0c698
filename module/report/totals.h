/* SPDX-License-Identifier: GPL-2.0 */
/* One snapshot of all totals. totals.c */
#ifndef KVMLAT_TOTALS_H
#define KVMLAT_TOTALS_H

#include "generation/generation.h"

struct kvmlat_audit {
	/* named as the counts of `data` */
	u64 exits, entries, paired, abandoned, in_flight, no_slot, slots_used, vcpu_blocks_used;
	u64 count[KVMLAT_NR_COUNTERS];	/* of all CPUs; to `carried` add slots and `retired` */
	u64 catch_all, mixed;		/* pairs in overflow rows; in rows of mixed causes */
	u64 outliers_overwritten;
	u64 exit_side_right, entry_side_right;
};

/* A reason of the totals: its rows by cause, and their sum. */
struct kvmlat_reason {
	unsigned int first, nr;		/* rows in kvmlat_totals.row */
	struct kvmlat_row sum;
};

struct kvmlat_totals {
	u64 time_ns;
	struct kvmlat_audit audit;
	u64 busy_sum_ns, busy_sum_high;	/* of all reasons that are not idle; beyond 64 bits */
	u64 rate, rate_ns;		/* pairs a second, over so many ns */
	/* rows, ascending by reason and cause, with the overflow row */
	unsigned int nr;
	unsigned int nr_reasons;	/* with the overflow row */
	struct kvmlat_row *row;
	struct kvmlat_reason *reason;
	/* nr_reasons indices of `reason`: busy ones by falling sum, then idle ones likewise */
	u32 *by_share;
};

struct kvmlat_totals *kvmlat_totals_get(struct kvmlat_generation *gen);	/* under kvmlat_mutex */
void kvmlat_totals_put(struct kvmlat_totals *t);
unsigned int kvmlat_total_of(const struct kvmlat_totals *t, const struct kvmlat_head *head);

#endif
