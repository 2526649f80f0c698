/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Histograms: rows, the table that maps a (cause, reason) to its row, and the statistics block of a
 * vCPU. row.c
 */
#ifndef KVMLAT_ROW_H
#define KVMLAT_ROW_H

#include <linux/cache.h>
#include "arch/arch.h"
#include "base/base.h"
#include "base/bucket.h"

#define KVMLAT_MAX_ROWS		254	/* row numbers are u8, 255 means none */
#define KVMLAT_NO_ROW		255
/* the reason of the overflow row; no vendor has such a code */
#define KVMLAT_OVERFLOW		0x7ffffffeU

/* What every histogram starts with. Writer: that of its table, see row.c. */
struct kvmlat_head {
	u32 reason;		/* set before the row is published, then fixed */
	u32 cause;		/* likewise, but may turn KVMLAT_MIXED later */
	u64 sum_ns;
	u64 min_ns;		/* U64_MAX before the first pair */
	u64 max_ns;
	u64 runq_ns;		/* part of sum_ns spent runnable and waiting */
	u64 offcpu_ns;		/* part of sum_ns spent not running, with offcpu=1 */
	u64 sum_high;		/* of totals only: the upper 64 bits of the sum */
};

/* A histogram of a CPU. Its count is the sum of its buckets. */
struct kvmlat_row {
	struct kvmlat_head head;
	u64 bucket[KVMLAT_BUCKETS];
} ____cacheline_aligned;

/* A histogram of a vCPU, in plain powers of two. */
struct kvmlat_vrow {
	struct kvmlat_head head;
	u64 bucket[KVMLAT_POW2_BUCKETS];
} ____cacheline_aligned;

/*
 * Which row holds a (cause, reason). There are cap rows at `rows`, and behind them the overflow
 * row. The fast path of the entry probe looks up `fast`, kvmlat_row_of() `map`. Writer: row.c.
 */
struct kvmlat_table {
	u8 nr_rows;			/* published rows: store-release in row_find() */
	u8 cap;				/* rows, not counting the overflow row */
	u8 reserve;			/* the last so many are for reasons that have no row yet */
	u16 stride;			/* bytes of a row */
	void *base;			/* what `fast` counts from: the block of the table */
	void *rows;
	u8 map[KVMLAT_CAUSES][KVMLAT_MAP];	/* dense reason index -> row */
	u32 fast[KVMLAT_MAP];		/* row of cause kernel, bytes from base; or UNKNOWN */
};

#define KVMLAT_UNKNOWN	0x80000000U
#define KVMLAT_VROWS	64

/*
 * The statistics block of one vCPU in one generation; also a CPU's overflow block. Writer: the
 * thread in KVM_RUN of the vCPU (an overflow block: probes on the CPU). recycle() clears it, under
 * kvmlat_mutex.
 */
struct kvmlat_vcpu {
	struct kvmlat_identity id;		/* written before `used`; id.tid also later */
	u32 used;			/* store-release in kvmlat_block_bind() */
	struct kvmlat_table table;
	struct kvmlat_vrow row[KVMLAT_VROWS + 1];
};

static __always_inline void kvmlat_add_pair(struct kvmlat_head *h, u64 *bucket, u64 latency_ns)
{
	kvmlat_add(*bucket, 1);
	kvmlat_add(h->sum_ns, latency_ns);
	if (latency_ns < h->min_ns)
		h->min_ns = latency_ns;
	if (latency_ns > h->max_ns)
		h->max_ns = latency_ns;
}

void kvmlat_table_init(struct kvmlat_table *t, void *base, void *rows, unsigned int cap,
		       size_t stride);
/* The row of a (reason, cause); enters it in the map. By the writer of the table only. */
struct kvmlat_head *kvmlat_row_of(struct kvmlat_table *t, u32 reason, u8 cause);
void kvmlat_row_span(const struct kvmlat_row *row, unsigned int *first, unsigned int *last);
u64 kvmlat_row_count(const struct kvmlat_row *row);
u64 kvmlat_vrow_count(const struct kvmlat_vrow *row);
void kvmlat_row_add(struct kvmlat_row *to, const struct kvmlat_row *from);
void kvmlat_vcpu_init(struct kvmlat_vcpu *v);
void kvmlat_vcpu_copy(struct kvmlat_vcpu *to, const struct kvmlat_vcpu *from);
void kvmlat_vcpu_fold(struct kvmlat_vcpu *to, const struct kvmlat_vcpu *from);

#endif
