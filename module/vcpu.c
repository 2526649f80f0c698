// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers of statistics blocks: one for each vCPU of each thread, at most kvmlat_max_vcpus.
 *
 * A number is given out by a probe, from a ring of free numbers, without a lock; a vCPU that finds
 * none is kept in its CPU's `other`. Numbers come back in process context only, under
 * kvmlat_mutex, and only of vCPUs whose thread has ended or gone on to another vCPU. Their figures
 * stay readable until numbers run short; then those that ended first are added to the set's
 * `departed`, cleared, and used again. So the sum over all vCPUs, others and departed stays what
 * was recorded. That a report may add up too, none is cleared while one is open that lists them, for some time.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sort.h>
#include <linux/vmalloc.h>
#include "kvmlat.h"

/* An owner of a number, known by value. */
struct owner {
	struct kvmlat_who who;	/* by the claimer, before `taken` */
	u32 taken;		/* 0: free; else the order of the claims. Release, acquire */
	bool left;		/* by the owner's thread, or for it when its slot is freed */
};

unsigned int kvmlat_max_vcpus = 1024;
static struct owner *owner;
static u32 *ring __read_mostly;
static u32 ring_mask __read_mostly;
static atomic_t ring_head;		/* next to give out: probes, by cmpxchg */
static u32 ring_tail;			/* next to put in: under kvmlat_mutex */
static atomic_t claims;

/* Open reports that list vCPUs, and since when there are any. Under kvmlat_mutex; a line that no probe touches. */
static struct {
	unsigned int nr;
	u64 since_ns;
} ____cacheline_aligned holders;

/* Fewer free ones than this: time to clear some. */
static unsigned int low_water(void)
{
	return max(1U, kvmlat_max_vcpus / 8);
}

unsigned int kvmlat_blocks_used(void)
{
	return kvmlat_max_vcpus - (READ_ONCE(ring_tail) - (u32)atomic_read(&ring_head));
}

/* A number for a vCPU, or KVMLAT_NO_BLOCK. Probe context, once a vCPU. */
u32 kvmlat_block_claim(const struct kvmlat_who *who)
{
	unsigned int tries;
	u32 block;

	if (kvmlat_max_vcpus - kvmlat_blocks_used() <= low_water())
		kvmlat_reclaim_soon();
	for (tries = 0; tries < 64; tries++) {
		u32 head = atomic_read(&ring_head);

		/* pairs with the release in put_back(): the number is in its place */
		if (head == smp_load_acquire(&ring_tail))
			return KVMLAT_NO_BLOCK;
		block = READ_ONCE(ring[head & ring_mask]);
		if ((u32)atomic_cmpxchg(&ring_head, head, head + 1) != head)
			continue;
		owner[block].who = *who;
		owner[block].left = false;
		/* a reader that sees it taken sees by whom */
		smp_store_release(&owner[block].taken, atomic_inc_return(&claims));
		return block;
	}
	return KVMLAT_NO_BLOCK;
}

/* Its thread will write to it no more. */
void kvmlat_block_leave(u32 block)
{
	/* all it wrote is there for who clears the block */
	smp_store_release(&owner[block].left, true);
}

/* Point a slot at its block in @set; the first time in a set, say whose it is. Probe context. */
void kvmlat_block_take_up(struct kvmlat_set *set, struct kvmlat_slot *slot)
{
	struct kvmlat_vcpu *v;

	slot->stats = NULL;
	if (slot->block == KVMLAT_NO_BLOCK)
		return;
	v = &set->vcpus[slot->block];
	if (!v->used) {
		v->who = slot->who;
		/* a reader that sees it used sees whose it is */
		smp_store_release(&v->used, 1);
	}
	slot->stats = v;
}

static bool ended(u32 block)
{
	/* pairs with the releases of the owner */
	return smp_load_acquire(&owner[block].left) ||
	       !kvmlat_thread_lives(owner[block].who.tid, owner[block].who.start_time);
}

/* Is @who, read from block @block, a vCPU whose thread still runs it? */
bool kvmlat_block_live(u32 block, const struct kvmlat_who *who)
{
	/* pairs with the release in kvmlat_block_claim() */
	return smp_load_acquire(&owner[block].taken) &&
	       !memcmp(&owner[block].who, who, sizeof(*who)) && !ended(block);
}

/* A report that lists vCPUs was opened, or closed. Under kvmlat_mutex. */
void kvmlat_blocks_hold(void)
{
	if (!holders.nr++)
		holders.since_ns = kvmlat_clock_ns();
}

void kvmlat_blocks_let_go(void)
{
	holders.nr--;
}

/* Add up and clear @block of the current set, and let it be claimed again. */
static void put_back(struct kvmlat_set *set, u32 block)
{
	struct kvmlat_vcpu *v = &set->vcpus[block];

	if (v->used) {
		set->put_back++;
		kvmlat_vcpu_fold(set->departed, v);
		memset(v, 0, sizeof(*v));
		kvmlat_vcpu_init(v);
	}
	owner[block].taken = 0;
	ring[ring_tail & ring_mask] = block;
	/* the number is in its place, the block clear */
	smp_store_release(&ring_tail, ring_tail + 1);
}

static int by_claim(const void *a, const void *b)
{
	s32 order = owner[*(const u32 *)a].taken - owner[*(const u32 *)b].taken;

	cond_resched();
	return order < 0 ? -1 : order > 0;
}

/*
 * When few numbers are free, take back those that were left, the oldest first. After
 * kvmlat_slots_reclaim(), which leaves for the dead. Under kvmlat_mutex.
 */
void kvmlat_blocks_reclaim(void)
{
	unsigned int free = kvmlat_max_vcpus - kvmlat_blocks_used(), nr = 0, n;
	struct kvmlat_set *set = kvmlat_set_current();
	u32 *gone;

	if (free > low_water() || (holders.nr && kvmlat_clock_ns() - holders.since_ns < KVMLAT_HOLD_NS))
		return;
	gone = kvmalloc_array(kvmlat_max_vcpus, sizeof(*gone), GFP_KERNEL);
	if (!gone)
		return;
	for (n = 0; n < kvmlat_max_vcpus; n++) {
		/*
		 * Left, not merely ended: the slot of a thread that ended since slots were looked at still has
		 * the number, and would leave it for whoever has it then. Pairs with claim and leave.
		 */
		if (smp_load_acquire(&owner[n].taken) && smp_load_acquire(&owner[n].left))
			gone[nr++] = n;
		if (!(n & 63))
			cond_resched();
	}
	sort(gone, nr, sizeof(*gone), by_claim, NULL);
	for (n = 0; n < nr && free + n < 2 * low_water(); n++) {
		put_back(set, gone[n]);
		cond_resched();
	}
	kvfree(gone);
}

int kvmlat_blocks_init(void)
{
	unsigned int size, n;
	u64 bytes;

	size = roundup_pow_of_two(kvmlat_max_vcpus);
	owner = vzalloc(array_size(kvmlat_max_vcpus, sizeof(*owner)));
	ring = vzalloc(array_size(size, sizeof(*ring)));
	if (!owner || !ring) {
		kvmlat_blocks_exit();
		return -ENOMEM;
	}
	ring_mask = size - 1;
	for (n = 0; n < kvmlat_max_vcpus; n++)
		ring[n] = n;
	ring_tail = kvmlat_max_vcpus;
	bytes = (u64)kvmlat_max_vcpus * sizeof(*owner) + (u64)size * sizeof(*ring);
	atomic64_add(bytes, &kvmlat_bytes);
	return 0;
}

void kvmlat_blocks_exit(void)
{
	vfree(owner);
	vfree(ring);
	owner = NULL;
	ring = NULL;
}
