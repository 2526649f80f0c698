// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics blocks, by number: one for each vCPU, at most kvmlat_max_vcpus.
 *
 * A probe claims a number without a lock, from a ring of free numbers: each NUMA node has a ring,
 * and that of the CPU comes first. A vCPU that finds none, or whose VMM has its share, is recorded
 * in the overflow block of its CPU. Numbers come back in process context only, under kvmlat_mutex,
 * and only those of retired vCPUs: closed, or out of KVM_RUN for so long that their slots were
 * needed. Their figures stay until numbers run short. Then the blocks that were claimed first are
 * recycled: added to `departed` of the generation, cleared, and free again. So the sum over all
 * blocks, overflow blocks and departed is what was recorded. That this holds within a report too,
 * no block is recycled while a report that lists vCPUs is open, for some time.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sort.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>
#include "base/host.h"
#include "base/memory.h"
#include "base/request.h"
#include "base/share.h"
#include "store/block.h"

/* Which vCPU has a number, by value. */
struct owner {
	struct kvmlat_identity id;	/* written in kvmlat_block_claim(), before `taken` */
	u32 taken;		/* 0: free; else which claim it was, the first is 1 */
	bool retired;		/* the slot of the vCPU was reclaimed, or is another vCPU's */
};

/* The free numbers whose blocks lie on one node. */
struct free_ring {
	atomic_t head;		/* the next to claim: ring_take() in probes, by cmpxchg */
	u32 tail;		/* the next to fill: ring_put(), under kvmlat_mutex */
	u32 mask;
	u32 *number;
};

unsigned int kvmlat_max_vcpus = 1024;
static struct owner *owner;
static struct free_ring *rings __read_mostly;
static unsigned int nr_rings __read_mostly;	/* one for each node that had memory at load */
static atomic_t blocks_used, claims;
static struct kvmlat_shares shares;
/* A vCPU got no block since some were last recycled. Set by probes. */
static bool starved;

/*
 * How many reports that list vCPUs are open, when the last of them was opened, and since when
 * blocks are to be recycled. Under kvmlat_mutex; in a cache line that no probe touches.
 */
static struct {
	unsigned int nr;
	u64 opened_ns;
	u64 wanted_ns;		/* 0: they are not */
} ____cacheline_aligned pins;

/* With this many free numbers or less it is time to recycle some. */
static unsigned int low_water(void)
{
	return max(1U, kvmlat_max_vcpus / 8);
}

unsigned int kvmlat_blocks_used(void)
{
	return atomic_read(&blocks_used);
}

/* Could a vCPU of @vmm, which has none, be given a block now? Probe context. */
bool kvmlat_block_available(s32 vmm)
{
	return kvmlat_share_more(kvmlat_share_held(&shares, vmm),
				 kvmlat_max_vcpus - kvmlat_blocks_used());
}

/* The NUMA node that block @block is allocated on. */
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

		/* pairs with the release in ring_put(): number in place, block clear */
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
	/* the number in its place, its block clear: pairs with the acquire in ring_take() */
	smp_store_release(&ring->tail, ring->tail + 1);
}

/* The ring of the node of this CPU; a linear search, for rings are few. */
static unsigned int ring_here(void)
{
	unsigned int n;

	for (n = 0; n < nr_rings; n++) {
		if (kvmlat_node(n) == numa_node_id())
			return n;
	}
	return 0;
}

/* Claim a number for a vCPU that has none; KVMLAT_NO_BLOCK: it gets none. Probe context. */
u32 kvmlat_block_claim(const struct kvmlat_identity *id)
{
	unsigned int n, here = ring_here();
	u32 block = KVMLAT_NO_BLOCK;

	if (kvmlat_max_vcpus - kvmlat_blocks_used() <= low_water())
		kvmlat_request(KVMLAT_RECLAIM);
	if (kvmlat_block_available(id->vmm)) {
		for (n = 0; n < nr_rings && block == KVMLAT_NO_BLOCK; n++)
			block = ring_take(&rings[(here + n) % nr_rings]);
	}
	if (block == KVMLAT_NO_BLOCK) {
		WRITE_ONCE(starved, true);
		kvmlat_request(KVMLAT_RECLAIM);
		return block;
	}
	atomic_inc(&blocks_used);
	kvmlat_share_take(&shares, id->vmm);
	owner[block].id = *id;
	WRITE_ONCE(owner[block].retired, false);
	/* id before taken: pairs with the acquire in kvmlat_block_live() and retired_list() */
	smp_store_release(&owner[block].taken, atomic_inc_return(&claims));
	return block;
}

/* The vCPU that has @block will not write to it any more. From a probe, or under kvmlat_mutex. */
void kvmlat_block_retire(u32 block)
{
	/* after all it wrote: pairs with the acquire in retired_list(), before recycle() */
	smp_store_release(&owner[block].retired, true);
}

/*
 * Bind: the statistics block that has number @block in a generation, for the slot of its vCPU to
 * point at; NULL: it has none. The first time in a generation, write its identity. Probe context,
 * by the thread in KVM_RUN of that vCPU.
 */
struct kvmlat_vcpu *kvmlat_block_bind(struct kvmlat_blocks *blocks, u32 block,
				      const struct kvmlat_identity *id)
{
	struct kvmlat_vcpu *v;

	if (block == KVMLAT_NO_BLOCK)
		return NULL;
	v = blocks->vcpus[block];
	if (!v->used) {
		v->id = *id;
		/* id before used: pairs with the acquire in kvmlat_vcpus_get() */
		smp_store_release(&v->used, 1);
	} else if (v->id.tid != id->tid) {
		WRITE_ONCE(v->id.tid, id->tid);
	}
	return v;
}

/* Is @id, read from block @block, still a live vCPU, as of the last reclaim of slots? */
bool kvmlat_block_live(u32 block, const struct kvmlat_identity *id)
{
	/* pair with the releases in kvmlat_block_claim() and kvmlat_block_retire() */
	return smp_load_acquire(&owner[block].taken) && !smp_load_acquire(&owner[block].retired) &&
	       kvmlat_identity_same(&owner[block].id, id);
}

/* A report that lists vCPUs was opened, or closed. Under kvmlat_mutex. */
void kvmlat_blocks_pin(void)
{
	lockdep_assert_held(&kvmlat_mutex);
	pins.nr++;
	pins.opened_ns = kvmlat_clock_ns();
}

void kvmlat_blocks_unpin(void)
{
	lockdep_assert_held(&kvmlat_mutex);
	pins.nr--;
}

/*
 * Does an open report keep blocks from being recycled? Each does for KVMLAT_PIN_NS. If one is
 * opened after another, all together do for no more than twice that, since the first time that
 * blocks were to be recycled.
 */
static bool pinned(void)
{
	u64 now_ns = kvmlat_clock_ns();

	if (!pins.wanted_ns)
		pins.wanted_ns = now_ns;
	return pins.nr && now_ns - pins.opened_ns < KVMLAT_PIN_NS &&
	       now_ns - pins.wanted_ns < 2 * KVMLAT_PIN_NS;
}

/* Add @block of the current generation to `departed`, clear it, and free its number. */
static void recycle(struct kvmlat_blocks *blocks, u32 block)
{
	struct kvmlat_vcpu *v = blocks->vcpus[block];

	lockdep_assert_held(&kvmlat_mutex);
	if (v->used) {
		blocks->recycled++;
		kvmlat_vcpu_fold(blocks->departed, v);
		memset(v, 0, sizeof(*v));
		kvmlat_vcpu_init(v);
	}
	kvmlat_share_drop(&shares, owner[block].id.vmm);
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

/* List the numbers of retired vCPUs, the one that was claimed first at the beginning. */
static unsigned int retired_list(u32 *list)
{
	unsigned int n, nr = 0;

	for (n = 0; n < kvmlat_max_vcpus; n++) {
		/* pair with the releases in kvmlat_block_claim() and kvmlat_block_retire() */
		if (smp_load_acquire(&owner[n].taken) && smp_load_acquire(&owner[n].retired))
			list[nr++] = n;
		if (!(n & 63))
			cond_resched();
	}
	sort(list, nr, sizeof(*list), by_claim, NULL);
	return nr;
}

/*
 * Recycle blocks of retired vCPUs, if few are free or a vCPU got none. First those of VMMs that
 * hold half of their share or more, so that a VMM that makes many VMs in turn uses its own blocks
 * again; then, if few are free, the oldest of all. After kvmlat_slots_reclaim(), which retires the
 * vCPUs that are gone. Under kvmlat_mutex.
 */
bool kvmlat_blocks_reclaim(struct kvmlat_blocks *blocks)
{
	bool were_starved = READ_ONCE(starved), low;
	unsigned int nr, n, left, before;
	u32 *gone;

	lockdep_assert_held(&kvmlat_mutex);
	low = kvmlat_max_vcpus - kvmlat_blocks_used() <= low_water();
	if ((!low && !were_starved) || !kvmlat_max_vcpus) {
		pins.wanted_ns = 0;
		return false;
	}
	if (pinned())
		return false;
	gone = kvmalloc_array(kvmlat_max_vcpus, sizeof(*gone), GFP_KERNEL);
	if (!gone)
		return false;
	nr = retired_list(gone);
	before = kvmlat_blocks_used();
	for (n = 0; n < nr; n++) {
		s32 vmm = owner[gone[n]].id.vmm;

		left = kvmlat_max_vcpus - kvmlat_blocks_used();
		/* does it hold half of what it may, or more? */
		if (!kvmlat_share_more(2 * kvmlat_share_held(&shares, vmm), left)) {
			recycle(blocks, gone[n]);
			gone[n] = KVMLAT_NO_BLOCK;
		}
		cond_resched();
	}
	for (n = 0; low && n < nr && kvmlat_max_vcpus - kvmlat_blocks_used() < 2 * low_water();
	     n++) {
		if (gone[n] != KVMLAT_NO_BLOCK)
			recycle(blocks, gone[n]);
		cond_resched();
	}
	pins.wanted_ns = 0;
	kvfree(gone);
	if (!were_starved || kvmlat_blocks_used() == before)
		return false;
	WRITE_ONCE(starved, false);
	return true;
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
	atomic64_add((u64)nr_rings * (sizeof(*rings) + size * sizeof(*rings->number)),
		     &kvmlat_bytes);
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
