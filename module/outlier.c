// SPDX-License-Identifier: GPL-2.0
/*
 * The ring of outliers: single pairs over `outlier_ns`, the newest of them, whole or not at all.
 *
 * Probes of all CPUs write to one ring, so a record is taken with an atomic: paid per outlier, not
 * per pair. A record's seq is odd while it is written. A writer that finds it odd has lapped
 * another writer; it drops its own record and counts it.
 */
#include <linux/bitmap.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/timekeeping.h>
#include "kvmlat.h"

#define CREATE_TRACE_POINTS
#include "kvmlat-trace.h"

int kvmlat_ring_init(struct kvmlat_ring *ring, u32 size, u64 *bytes)
{
	u64 ring_bytes;

	atomic64_set(&ring->head, 0);
	if (!size)
		return 0;
	size = roundup_pow_of_two(size);
	ring_bytes = PAGE_ALIGN(array_size(size, sizeof(*ring->rec)));
	ring->rec = kvmlat_pages_alloc(ring_bytes, NUMA_NO_NODE);
	if (!ring->rec)
		return -ENOMEM;
	ring->size = size;
	*bytes += ring_bytes;
	atomic64_add(ring_bytes, &kvmlat_bytes);
	return 0;
}

void kvmlat_ring_exit(struct kvmlat_ring *ring)
{
	kvmlat_pages_free(ring->rec, PAGE_ALIGN(array_size(ring->size, sizeof(*ring->rec))));
}

/* A pair took long: unless its reason is skipped, count it, keep it, and tell who listens. Probe context. */
void kvmlat_outlier(struct kvmlat_set *set, struct kvmlat_cpu *c, const struct kvmlat_slot *slot,
		    u64 latency_ns, enum kvmlat_cause cause, u64 runq_ns, u64 offcpu_ns)
{
	struct kvmlat_ring *ring = &set->ring;
	u8 index = kvmlat_arch_index(slot->reason);
	struct kvmlat_outlier *rec;
	u64 number, seq;

	if (index != KVMLAT_NO_INDEX && test_bit(index, kvmlat_skip))
		return;
	kvmlat_add(c->count[KVMLAT_OUTLIERS], 1);
	trace_kvmlat_outlier(slot, latency_ns, cause, runq_ns, offcpu_ns);
	if (!ring->size)
		return;
	number = atomic64_inc_return(&ring->head);
	rec = &ring->rec[number & (ring->size - 1)];
	seq = READ_ONCE(rec->seq);
	if ((seq & 1) || seq >= 2 * number || cmpxchg(&rec->seq, seq, 2 * number | 1) != seq) {
		kvmlat_add(c->count[KVMLAT_OUTLIERS_DROPPED], 1);
		return;
	}
	smp_wmb();	/* odd before the fields: pairs with the second read of seq */
	rec->time_ns = kvmlat_clock_ns();
	rec->real_ns = ktime_get_real_fast_ns();
	rec->latency_ns = latency_ns;
	rec->runq_ns = runq_ns;
	rec->offcpu_ns = offcpu_ns;
	rec->info1 = slot->info1;
	rec->info2 = slot->info2;
	rec->intr_info = slot->intr_info;
	rec->error_code = slot->error_code;
	rec->rip = slot->rip;
	rec->has_info = slot->has_info;
	rec->has_rip = slot->has_rip;
	rec->reason = slot->reason;
	rec->cause = cause;
	rec->exit_cpu = slot->exit_cpu;
	rec->cpu = smp_processor_id();
	rec->who = slot->who;
	/* the fields before an even seq: pairs with the acquire in kvmlat_ring_read() */
	smp_store_release(&rec->seq, 2 * number);
}

/* A writer is done in some 100 ns, unless its (virtual) CPU is taken away meanwhile. */
#define KVMLAT_RING_TRIES 64

/* Copy what record the @nth place of the ring holds; false when none is there whole, even when asked again. */
bool kvmlat_ring_read(const struct kvmlat_ring *ring, u32 nth, struct kvmlat_outlier *out)
{
	const struct kvmlat_outlier *rec = &ring->rec[nth];
	unsigned int tries;
	u64 seq;

	for (tries = 0; tries < KVMLAT_RING_TRIES; tries++) {
		/* pairs with the release at the end of kvmlat_outlier() */
		seq = smp_load_acquire(&rec->seq);
		if (!(seq & 1)) {
			*out = *rec;
			smp_rmb();	/* fields before the second read of seq */
			if (READ_ONCE(rec->seq) == seq)
				return seq;
		}
		cpu_relax();
	}
	return false;
}

/* Outliers that were kept once and are not any more. */
u64 kvmlat_ring_overwritten(const struct kvmlat_ring *ring)
{
	u64 head = atomic64_read(&ring->head);

	return ring->size && head > ring->size ? head - ring->size : 0;
}
