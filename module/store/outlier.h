/* SPDX-License-Identifier: GPL-2.0 */
/* The ring of outliers. outlier.c */
#ifndef KVMLAT_OUTLIER_H
#define KVMLAT_OUTLIER_H

#include "base/base.h"
#include "base/share.h"

struct kvmlat_cpu;
struct kvmlat_slot;

/* An outlier record. seq is odd while a probe writes the record, else even. See outlier.c. */
struct kvmlat_outlier {
	u64 seq;			/* 2 * number of the record, which is 1 or more; | 1 */
	u64 time_ns;			/* local_clock() at the entry */
	u64 real_ns;			/* wall clock */
	u64 latency_ns;
	u64 runq_ns;
	u64 offcpu_ns;			/* U64_MAX: not measured */
	u64 info1, info2, rip;
	u32 reason, cause, intr_info, error_code;
	u32 exit_cpu;
	u32 cpu;			/* CPU of the entry */
	u32 has_info, has_rip;
	struct kvmlat_identity id;
};

/* Record number n is at place n modulo size. */
struct kvmlat_ring {
	atomic64_t head ____cacheline_aligned;	/* number of the newest; by cmpxchg */
	u32 size;				/* a power of two, or 0: no ring */
	struct kvmlat_outlier *rec;
};

/* The first is for all VMMs; the second for those that have their share of the first. */
#define KVMLAT_RINGS 2

/* The rings of a generation. */
struct kvmlat_rings {
	struct kvmlat_ring ring[KVMLAT_RINGS];
	struct kvmlat_shares shares;	/* of the records in the first ring */
};

u64 kvmlat_rings_bytes(const struct kvmlat_rings *rings);
int kvmlat_rings_init(struct kvmlat_rings *rings, u32 size);
void kvmlat_rings_exit(struct kvmlat_rings *rings);
/* Probe context. */
void kvmlat_outlier(struct kvmlat_rings *rings, struct kvmlat_cpu *c,
		    const struct kvmlat_slot *slot, u64 latency_ns, enum kvmlat_cause cause,
		    u64 runq_ns, u64 offcpu_ns);
bool kvmlat_ring_read(const struct kvmlat_ring *ring, u64 number, struct kvmlat_outlier *out);
u64 kvmlat_ring_first(const struct kvmlat_ring *ring, u64 head);
u64 kvmlat_rings_overwritten(const struct kvmlat_rings *rings);

#endif
