// SPDX-License-Identifier: GPL-2.0
/*
 * The outlier rings: the newest single pairs of `outlier_ns` or more. A reader gets a record whole
 * or not at all.
 *
 * Probes of all CPUs write to one ring, so each takes a number by cmpxchg; only outliers pay for
 * that. The seq of a record is odd while it is written. A writer that finds it odd has lapped
 * another one: it drops its own record and counts that.
 *
 * A VMM that holds a quarter of the first ring overwrites only its own records there. Where it
 * would overwrite the record of another VMM, its own goes to the second ring, of a quarter of the
 * size, which all such VMMs share:
 * so a guest that does nothing but slow exits leaves the outliers of its neighbours where they are.
 */
#include <linux/bitmap.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/timekeeping.h>
#include "arch/arch.h"
#include "base/host.h"
#include "base/memory.h"
#include "store/cpu.h"
#include "store/outlier.h"
#include "store/slot.h"

#define CREATE_TRACE_POINTS
#include "store/kvmlat-trace.h"

static u64 ring_bytes(u32 size)
{
	return PAGE_ALIGN(array_size(size, sizeof(struct kvmlat_outlier)));
}

static int ring_init(struct kvmlat_ring *ring, u32 size)
{
	atomic64_set(&ring->head, 0);
	ring->rec = kvmlat_pages_alloc(ring_bytes(size), NUMA_NO_NODE);
	if (!ring->rec)
		return -ENOMEM;
	ring->size = size;
	return 0;
}

int kvmlat_rings_init(struct kvmlat_rings *rings, u32 size)
{
	if (!size)
		return 0;
	size = roundup_pow_of_two(size);
	if (ring_init(&rings->ring[0], size))
		return -ENOMEM;
	return ring_init(&rings->ring[1], max(1U, size / 4));
}

/* The memory of both rings. */
u64 kvmlat_rings_bytes(const struct kvmlat_rings *rings)
{
	return ring_bytes(rings->ring[0].size) + ring_bytes(rings->ring[1].size);
}

void kvmlat_rings_exit(struct kvmlat_rings *rings)
{
	unsigned int n;

	for (n = 0; n < KVMLAT_RINGS; n++)
		kvmlat_pages_free(rings->ring[n].rec, ring_bytes(rings->ring[n].size));
}

/*
 * Take the next number of a ring for a record of @vmm. NULL: it has its share of the ring, or it
 * lost the race for a number 16 times.
 */
static struct kvmlat_outlier *place_take(struct kvmlat_rings *rings, struct kvmlat_ring *ring,
					 s32 vmm, u64 *number)
{
	bool shared = ring == &rings->ring[0];
	unsigned int tries;

	for (tries = 0; tries < 16; tries++) {
		u64 head = atomic64_read(&ring->head);
		struct kvmlat_outlier *rec = &ring->rec[(head + 1) & (ring->size - 1)];

		if (shared && READ_ONCE(rec->seq) && READ_ONCE(rec->id.vmm) != vmm &&
		    kvmlat_share_held(&rings->shares, vmm) >= ring->size / 4)
			return NULL;
		if ((u64)atomic64_cmpxchg(&ring->head, head, head + 1) == head) {
			*number = head + 1;
			return rec;
		}
	}
	return NULL;
}

/* A pair is an outlier: count it, fire the trace event, and record it. Probe context. */
void kvmlat_outlier(struct kvmlat_rings *rings, struct kvmlat_cpu *c,
		    const struct kvmlat_slot *slot, u64 latency_ns, enum kvmlat_cause cause,
		    u64 runq_ns, u64 offcpu_ns)
{
	struct kvmlat_outlier *rec;
	bool shared = true;
	u64 number, seq;

	kvmlat_add(c->count[KVMLAT_OUTLIERS], 1);
	trace_kvmlat_outlier(slot, latency_ns, cause, runq_ns, offcpu_ns);
	if (!rings->ring[0].size)
		return;
	rec = place_take(rings, &rings->ring[0], slot->id.vmm, &number);
	if (!rec) {
		shared = false;
		rec = place_take(rings, &rings->ring[1], slot->id.vmm, &number);
	}
	seq = rec ? READ_ONCE(rec->seq) : 0;
	if (!rec || (seq & 1) || seq >= 2 * number ||
	    cmpxchg(&rec->seq, seq, 2 * number | 1) != seq) {
		kvmlat_add(c->count[KVMLAT_OUTLIERS_DROPPED], 1);
		return;
	}
	if (shared && seq)
		kvmlat_share_drop(&rings->shares, rec->id.vmm);
	if (shared)
		kvmlat_share_take(&rings->shares, slot->id.vmm);
	smp_wmb();	/* odd seq before the fields: pairs with smp_rmb() in kvmlat_ring_read() */
	rec->time_ns = kvmlat_clock_ns();
	rec->real_ns = ktime_get_real_fast_ns();
	rec->latency_ns = latency_ns;
	rec->runq_ns = runq_ns;
	rec->offcpu_ns = offcpu_ns;
	rec->info1 = slot->context.info1;
	rec->info2 = slot->context.info2;
	rec->intr_info = slot->exit.intr_info;
	rec->error_code = slot->context.error_code;
	rec->rip = slot->context.rip;
	rec->has_info = slot->context.has_info;
	rec->has_rip = slot->context.has_rip;
	rec->reason = slot->exit.reason;
	rec->cause = cause;
	rec->exit_cpu = slot->exit_cpu;
	rec->cpu = smp_processor_id();
	rec->id = slot->id;
	/* the fields before the even seq: pairs with the acquire in kvmlat_ring_read() */
	smp_store_release(&rec->seq, 2 * number);
}

/* A writer needs some 100 ns, unless its CPU is virtual and is taken away meanwhile. */
#define KVMLAT_RING_TRIES 64

/*
 * Copy record @number of a ring. False when it cannot be had whole: it was overwritten or dropped,
 * or is still being written after KVMLAT_RING_TRIES looks.
 */
bool kvmlat_ring_read(const struct kvmlat_ring *ring, u64 number, struct kvmlat_outlier *out)
{
	const struct kvmlat_outlier *rec = &ring->rec[number & (ring->size - 1)];
	unsigned int tries;
	u64 seq;

	for (tries = 0; tries < KVMLAT_RING_TRIES; tries++) {
		/* pairs with the release at the end of kvmlat_outlier() */
		seq = smp_load_acquire(&rec->seq);
		if (seq > (2 * number | 1))
			return false;
		if (seq == 2 * number) {
			*out = *rec;
			smp_rmb();	/* fields before the second read of seq */
			if (READ_ONCE(rec->seq) == seq)
				return true;
		}
		cpu_relax();
	}
	return false;
}

/* Number of the oldest record that @ring can hold when @head is the number of the newest. */
u64 kvmlat_ring_first(const struct kvmlat_ring *ring, u64 head)
{
	return head > ring->size ? head - ring->size + 1 : 1;
}

/* How many records of outliers were overwritten by newer ones. */
u64 kvmlat_rings_overwritten(const struct kvmlat_rings *rings)
{
	u64 overwritten = 0;
	unsigned int n;

	for (n = 0; n < KVMLAT_RINGS; n++) {
		u64 head = atomic64_read(&rings->ring[n].head);

		if (rings->ring[n].size)
			overwritten += kvmlat_ring_first(&rings->ring[n], head) - 1;
	}
	return overwritten;
}
