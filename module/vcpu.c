// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers of statistics blocks: one for each vCPU, at most kvmlat_max_vcpus.
 *
 * A number is given out by a probe, from a ring of free numbers (one for each NUMA node, and that
 * of the CPU first), without a lock; a vCPU that finds none, or whose VMM has its share, is kept in
 * its CPU's `other`. Numbers come back in process context only, under kvmlat_mutex, and only of
 * vCPUs that are gone: closed, or out of KVM_RUN for so long that their slots were needed. Their
 * figures stay readable until numbers run short; then those that were given out first are added to
 * the set's `departed`, cleared, and used again. So the sum over all vCPUs, others and departed
 * stays what was recorded. That a report may add up too, none is cleared while one is open that
 * lists them, for some time.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sort.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>
#include "share.h"

/* An owner of a number, known by value. */
struct owner {
	struct kvmlat_who who;	/* by the claimer, before `taken` */
	u32 taken;		/* 0: free; else the order of the claims. Release, acquire */
	bool left;		/* when the vCPU's slot is taken back or is another vCPU's */
};

/* Free numbers of the blocks of one node. */
struct free_ring {
	atomic_t head;		/* next to give out: probes, by cmpxchg */
	u32 tail;		/* next to put in: under kvmlat_mutex */
	u32 mask;
	u32 *number;
};

unsigned int kvmlat_max_vcpus = 1024;
static struct owner *owner;
static struct free_ring *rings __read_mostly;
static unsigned int nr_rings __read_mostly;	/* nodes with memory at load */
static atomic_t blocks_used, claims;
static struct kvmlat_shares shares;
/* A vCPU was given none since numbers last came back: written by probes. */
static bool lacking;

/*
 * Open reports that list vCPUs, the last time one was opened, and since when numbers are to be taken
 * back. Under kvmlat_mutex; a line that no probe touches.
 */
static struct {
	unsigned int nr;
	u64 opened_ns;
	u64 wanted_ns;		/* 0: they are not */
} ____cacheline_aligned holders;

/* Fewer free ones than this: time to clear some. */
static unsigned int low_water(void)
{
	return max(1U, kvmlat_max_vcpus / 8);
}

unsigned int kvmlat_blocks_used(void)
{
	return atomic_read(&blocks_used);
}

/* Could a vCPU of @vmm, which has none, be given a block now? Probe context. */
bool kvmlat_block_to_have(s32 vmm)
{
	return kvmlat_share_more(kvmlat_share_held(&shares, vmm),
				 kvmlat_max_vcpus - kvmlat_blocks_used());
}

/* The NUMA node that block @block ought to lie on. */
int kvmlat_block_node(u32 block)
{
	return kvmlat_node(block % nr_rings);
}

/* A number from @ring, or KVMLAT_NO_BLOCK. */
static u32 ring_take(struct free_ring *ring)
{
	unsigned int tries;

	for (tries = 0; tries < 64; tries++) {
		u32 block, head = atomic_read(&ring->head);

		/* pairs with the release in ring_put(): the number is in its place */
		if (head == smp_load_acquire(&ring->tail))
			break;
		block = READ_ONCE(ring->number[head & ring->mask]);
		if ((u32)atomic_cmpxchg(&ring->head, head, head + 1) == head)
			return block;
	}
	return KVMLAT_NO_BLOCK;
}

/* Under kvmlat_mutex, or at load. */
static void ring_put(struct free_ring *ring, u32 block)
{
	ring->number[ring->tail & ring->mask] = block;
	/* the number is in its place, the block clear */
	smp_store_release(&ring->tail, ring->tail + 1);
}

/* The ring of this CPU's node; rings are few. */
static unsigned int ring_here(void)
{
	unsigned int n;

	for (n = 0; n < nr_rings; n++) {
		if (kvmlat_node(n) == numa_node_id())
			return n;
	}
	return 0;
}

/* A number for a vCPU, or KVMLAT_NO_BLOCK. Probe context, once a vCPU. */
u32 kvmlat_block_claim(const struct kvmlat_who *who)
{
	unsigned int n, here = ring_here();
	u32 block = KVMLAT_NO_BLOCK;

	if (kvmlat_max_vcpus - kvmlat_blocks_used() <= low_water())
		kvmlat_reclaim_soon();
	if (kvmlat_block_to_have(who->vmm)) {
		for (n = 0; n < nr_rings && block == KVMLAT_NO_BLOCK; n++)
			block = ring_take(&rings[(here + n) % nr_rings]);
	}
	if (block == KVMLAT_NO_BLOCK) {
		WRITE_ONCE(lacking, true);
		kvmlat_reclaim_soon();
		return block;
	}
	atomic_inc(&blocks_used);
	kvmlat_share_take(&shares, who->vmm);
	owner[block].who = *who;
	WRITE_ONCE(owner[block].left, false);
	/* a reader that sees it taken sees by whom */
	smp_store_release(&owner[block].taken, atomic_inc_return(&claims));
	return block;
}

/* Its vCPU will write to it no more. */
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
	v = set->vcpus[slot->block];
	if (!v->used) {
		v->who = slot->who;
		/* a reader that sees it used sees whose it is */
		smp_store_release(&v->used, 1);
	} else if (v->who.tid != slot->who.tid) {
		WRITE_ONCE(v->who.tid, slot->who.tid);
	}
	slot->stats = v;
}

/* Is @who, read from block @block, a vCPU that can still be run, as of the last reclaim of slots? */
bool kvmlat_block_live(u32 block, const struct kvmlat_who *who)
{
	/* pair with the releases in kvmlat_block_claim() and kvmlat_block_leave() */
	return smp_load_acquire(&owner[block].taken) && !smp_load_acquire(&owner[block].left) &&
	       kvmlat_who_same(&owner[block].who, who);
}

/* A report that lists vCPUs was opened, or closed. Under kvmlat_mutex. */
void kvmlat_blocks_hold(void)
{
	holders.nr++;
	holders.opened_ns = kvmlat_clock_ns();
}

void kvmlat_blocks_let_go(void)
{
	holders.nr--;
}

/*
 * Does an open report keep numbers from being used again? Each does for KVMLAT_HOLD_NS, but where one
 * is opened after another, all together for no more than twice that.
 */
static bool held(void)
{
	u64 now_ns = kvmlat_clock_ns();

	if (!holders.wanted_ns)
		holders.wanted_ns = now_ns;
	return holders.nr && now_ns - holders.opened_ns < KVMLAT_HOLD_NS &&
	       now_ns - holders.wanted_ns < 2 * KVMLAT_HOLD_NS;
}

/* Add up and clear @block of the current set, and let it be claimed again. */
static void put_back(struct kvmlat_set *set, u32 block)
{
	struct kvmlat_vcpu *v = set->vcpus[block];

	if (v->used) {
		set->put_back++;
		kvmlat_vcpu_fold(set->departed, v);
		memset(v, 0, sizeof(*v));
		kvmlat_vcpu_init(v);
	}
	kvmlat_share_drop(&shares, owner[block].who.vmm);
	owner[block].taken = 0;
	atomic_dec(&blocks_used);
	ring_put(&rings[block % nr_rings], block);
}

static int by_claim(const void *a, const void *b)
{
	s32 order = owner[*(const u32 *)a].taken - owner[*(const u32 *)b].taken;

	cond_resched();
	return order < 0 ? -1 : order > 0;
}

/* Blocks that were left, the first of them the oldest. */
static unsigned int left_list(u32 *list)
{
	unsigned int n, nr = 0;

	for (n = 0; n < kvmlat_max_vcpus; n++) {
		/* pair with the releases in kvmlat_block_claim() and kvmlat_block_leave() */
		if (smp_load_acquire(&owner[n].taken) && smp_load_acquire(&owner[n].left))
			list[nr++] = n;
		if (!(n & 63))
			cond_resched();
	}
	sort(list, nr, sizeof(*list), by_claim, NULL);
	return nr;
}

/*
 * Take back numbers that were left. When a VMM has its share, of VMMs that hold more than half of
 * theirs, so that one that makes many VMs in turn uses its own again; when few are free, then also
 * the oldest of all. After kvmlat_slots_reclaim(), which leaves for who is gone. Under kvmlat_mutex.
 */
void kvmlat_blocks_reclaim(void)
{
	struct kvmlat_set *set = kvmlat_set_current();
	bool lacked = READ_ONCE(lacking), low;
	unsigned int nr, n, left, before;
	u32 *gone;

	low = kvmlat_max_vcpus - kvmlat_blocks_used() <= low_water();
	if ((!low && !lacked) || !kvmlat_max_vcpus) {
		holders.wanted_ns = 0;
		return;
	}
	if (held())
		return;
	gone = kvmalloc_array(kvmlat_max_vcpus, sizeof(*gone), GFP_KERNEL);
	if (!gone)
		return;
	nr = left_list(gone);
	before = kvmlat_blocks_used();
	for (n = 0; n < nr; n++) {
		s32 vmm = owner[gone[n]].who.vmm;

		left = kvmlat_max_vcpus - kvmlat_blocks_used();
		/* until it holds half of what it may */
		if (!kvmlat_share_more(2 * kvmlat_share_held(&shares, vmm), left)) {
			put_back(set, gone[n]);
			gone[n] = KVMLAT_NO_BLOCK;
		}
		cond_resched();
	}
	for (n = 0; low && n < nr && kvmlat_max_vcpus - kvmlat_blocks_used() < 2 * low_water(); n++) {
		if (gone[n] != KVMLAT_NO_BLOCK)
			put_back(set, gone[n]);
		cond_resched();
	}
	holders.wanted_ns = 0;
	kvfree(gone);
	/*
	 * Who has none looks for one at its next event that is looked at fully: let that be soon. A probe
	 * that found none before may make its slot the CPU's last after that was forgotten: once more.
	 */
	if (lacked && kvmlat_blocks_used() < before) {
		WRITE_ONCE(lacking, false);
		kvmlat_set_forget(set);
		synchronize_rcu();
		kvmlat_set_forget(set);
	}
}

static int rings_init(void)
{
	unsigned int n, size;

	nr_rings = kvmlat_nodes();
	size = roundup_pow_of_two(kvmlat_max_vcpus / nr_rings + 1);
	rings = vzalloc(array_size(nr_rings, sizeof(*rings)));
	if (!rings)
		return -ENOMEM;
	for (n = 0; n < nr_rings; n++) {
		rings[n].mask = size - 1;
		rings[n].number = vzalloc(array_size(size, sizeof(*rings[n].number)));
		if (!rings[n].number)
			return -ENOMEM;
	}
	atomic64_add((u64)nr_rings * (sizeof(*rings) + size * sizeof(*rings->number)), &kvmlat_bytes);
	return 0;
}

int kvmlat_blocks_init(void)
{
	unsigned int n;

	owner = vzalloc(array_size(kvmlat_max_vcpus + 1, sizeof(*owner)));
	if (!owner || rings_init()) {
		kvmlat_blocks_exit();
		return -ENOMEM;
	}
	for (n = 0; n < kvmlat_max_vcpus; n++)
		ring_put(&rings[n % nr_rings], n);
	atomic64_add((u64)kvmlat_max_vcpus * sizeof(*owner), &kvmlat_bytes);
	return 0;
}

void kvmlat_blocks_exit(void)
{
	unsigned int n;

	for (n = 0; rings && n < nr_rings; n++)
		vfree(rings[n].number);
	vfree(rings);
	vfree(owner);
	owner = NULL;
	rings = NULL;
}
