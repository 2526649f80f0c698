// SPDX-License-Identifier: GPL-2.0
/*
 * A slot per vCPU: the open exit, and the vCPU's event counts.
 *
 * A slot is found by the address of its vCPU, which is compared and never followed. The thread that
 * runs a vCPU holds KVM's mutex of it from before the first kvm_entry of a KVM_RUN until after
 * kvm_userspace_exit. So a slot has one writer at a time, and the next thread sees what the one
 * before wrote. In KVM_RUN the slot is RUNNING; outside it is IDLE, and may be reclaimed in process
 * context under kvmlat_mutex: when the vCPU was closed, or when slots run short.
 *
 * Another vCPU may be allocated at the same address; probe/slow.c notices by its first entry and by
 * its identity. Slots outlive a reset: gen_no says which generation their counts are of. The writer
 * moves them on to the next generation at its next event, catch_up().
 */
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sort.h>
#include <linux/topology.h>
#include "base/hopscotch.h"
#include "base/memory.h"
#include "base/request.h"
#include "base/share.h"
#include "store/alive.h"
#include "store/block.h"
#include "store/slot.h"

unsigned int kvmlat_nr_slots __read_mostly;	/* a power of two, at least KVMLAT_WINDOW */
struct kvmlat_slot *kvmlat_slots __read_mostly;
/* The slot of no vCPU: `last` of a CPU that has seen none, or was made to forget it. */
struct kvmlat_slot kvmlat_no_slot = { .switches = ~0ULL };
static struct kvmlat_hopscotch hopscotch __read_mostly;
/* Written when a slot is claimed, reclaimed, or turns out to be of another VMM: not per event. */
static atomic_t slots_used;
static struct kvmlat_shares shares;

static u32 home_of(const void *vcpu)
{
	return kvmlat_home(&hopscotch, (unsigned long)vcpu);
}

/*
 * The slot of @vcpu, RUNNING, for the current thread to write, which is in KVM_RUN of it; NULL: it
 * has none. Probe context.
 */
struct kvmlat_slot *kvmlat_slot_run(const void *vcpu)
{
	u32 home = home_of(vcpu), left = kvmlat_hopscotch_bits(&hopscotch, home);
	struct kvmlat_slot *slot;

	for (; left; left &= left - 1) {
		slot = &kvmlat_slots[kvmlat_place(&hopscotch, home, __ffs(left))];
		if (READ_ONCE(slot->vcpu) != vcpu)
			continue;
		/*
		 * A RUNNING slot of @vcpu is this thread's: no other is in that KVM_RUN, and nobody
		 * takes it. `vcpu` is read again after `state`: pairs with the release in
		 * slot_free(), if the slot was another vCPU's in between.
		 */
		if (smp_load_acquire(&slot->state) == KVMLAT_RUNNING &&
		    READ_ONCE(slot->vcpu) == vcpu)
			return slot;
		if (cmpxchg(&slot->state, KVMLAT_IDLE, KVMLAT_RUNNING) != KVMLAT_IDLE)
			continue;
		if (slot->vcpu == vcpu)
			slot->thread = kvmlat_thread_run(slot);
		if (slot->vcpu == vcpu && slot->thread)
			return slot;
		/* it is another vCPU's by now, or the thread gets no entry: leave it as it was */
		smp_store_release(&slot->state, KVMLAT_IDLE);
	}
	return NULL;
}

/* Claim a free slot in the window of @home, if possible on this NUMA node; then it is RUNNING. */
static struct kvmlat_slot *slot_place(u32 home)
{
	struct kvmlat_slot *slot;
	unsigned int n;

	for (n = 0; n < 2 * KVMLAT_WINDOW; n++) {
		u32 place = kvmlat_place(&hopscotch, home, n % KVMLAT_WINDOW);

		slot = &kvmlat_slots[place];
		if (n < KVMLAT_WINDOW &&
		    kvmlat_interleaved_node(place * sizeof(*slot)) != numa_node_id())
			continue;
		if (READ_ONCE(slot->state) == KVMLAT_FREE &&
		    cmpxchg(&slot->state, KVMLAT_FREE, KVMLAT_RUNNING) == KVMLAT_FREE)
			return slot;
	}
	return NULL;
}

/* Free a slot that slot_place() just claimed, or that slot_retire() made TAKEN. */
static void slot_free(struct kvmlat_slot *slot)
{
	WRITE_ONCE(slot->vcpu, NULL);
	/* after all that was written to it; pairs with the acquire in kvmlat_slot_run() */
	smp_store_release(&slot->state, KVMLAT_FREE);
}

/*
 * Claim a slot for @vcpu, which has none. NULL: its VMM has its share, or no slot or thread entry
 * is free. Probe context, once per vCPU. slot_place() claims it by cmpxchg, against other CPUs.
 */
struct kvmlat_slot *kvmlat_slot_claim(const void *vcpu, u32 gen_no)
{
	unsigned int left = kvmlat_nr_slots - atomic_read(&slots_used);
	struct kvmlat_slot *slot = NULL;
	u32 home = home_of(vcpu);

	if (kvmlat_share_more(kvmlat_share_held(&shares, current->tgid), left))
		slot = slot_place(home);
	if (slot) {
		slot->thread = kvmlat_thread_run(slot);
		if (!slot->thread) {
			slot_free(slot);
			slot = NULL;
		}
	}
	if (!slot) {
		kvmlat_request(KVMLAT_RECLAIM);
		return NULL;
	}
	slot->key = 0;
	slot->switches = ~0ULL;
	WRITE_ONCE(slot->stamp, KVMLAT_STAMP_NONE);
	WRITE_ONCE(slot->exits, 0);
	WRITE_ONCE(slot->entries, 0);
	slot->stats = NULL;
	slot->epoch = 0;
	WRITE_ONCE(slot->gen_no, gen_no);
	slot->identified = false;
	slot->user = false;
	slot->filtered = false;
	slot->block = KVMLAT_NO_BLOCK;
	slot->id = (struct kvmlat_identity){ .vmm = current->tgid, .vcpu = -1,
					 .start_time = current->group_leader->start_time };
	/* after all of the above: walks over all slots read `vcpu` first, kvmlat_slots_sum() */
	smp_store_release(&slot->vcpu, vcpu);
	kvmlat_hopscotch_set(&hopscotch, home, slot - kvmlat_slots);
	kvmlat_share_take(&shares, slot->id.vmm);
	if (atomic_inc_return(&slots_used) > kvmlat_nr_slots / 4)
		kvmlat_request(KVMLAT_RECLAIM);
	return slot;
}

/* In walks over all slots, of which there may be a million: let other tasks run now and then. */
static void walk_on(const struct kvmlat_slot *slot)
{
	if (!((slot - kvmlat_slots) & 255))
		cond_resched();
}

/* The open exit of @slot, if any, has lost its entry. Under kvmlat_mutex. */
static void abandon(struct kvmlat_retired *retired, u32 gen_no, struct kvmlat_slot *slot)
{
	lockdep_assert_held(&kvmlat_mutex);
	if (kvmlat_open(slot)) {
		retired->abandoned++;
		if (slot->gen_no != gen_no)
			retired->carried++;
	}
	slot->key = 0;
	WRITE_ONCE(slot->stamp, KVMLAT_STAMP_NONE);
}

/* The vCPU of @slot is @id from now on; the slot counts for the share of its VMM. Writer only. */
void kvmlat_slot_identify(struct kvmlat_slot *slot, const struct kvmlat_identity *id)
{
	if (slot->id.vmm != id->vmm) {
		kvmlat_share_drop(&shares, slot->id.vmm);
		kvmlat_share_take(&shares, id->vmm);
	}
	slot->id = *id;
}

/*
 * Reclaim a slot that is IDLE, unless it ran since it was listed as @seen. Under kvmlat_mutex.
 */
static void slot_retire(struct kvmlat_retired *retired, u32 gen_no,
			const struct kvmlat_alive *seen)
{
	struct kvmlat_slot *slot = seen->slot;

	lockdep_assert_held(&kvmlat_mutex);
	/* sees all its last writer wrote: pairs with the release in kvmlat_probe_userspace() */
	if (cmpxchg(&slot->state, KVMLAT_IDLE, KVMLAT_TAKEN) != KVMLAT_IDLE)
		return;
	if (slot->vcpu != seen->vcpu || slot->runs != seen->runs) {
		/* it ran: leave it as it was */
		smp_store_release(&slot->state, KVMLAT_IDLE);
		return;
	}
	abandon(retired, gen_no, slot);
	/* Its counts go to `retired` of the generation. */
	if (slot->gen_no == gen_no) {
		retired->exits += slot->exits;
		retired->entries += slot->entries;
	}
	if (slot->block != KVMLAT_NO_BLOCK)
		kvmlat_block_retire(slot->block);
	kvmlat_hopscotch_clear(&hopscotch, home_of(slot->vcpu), slot - kvmlat_slots);
	kvmlat_share_drop(&shares, slot->id.vmm);
	atomic_dec(&slots_used);
	slot_free(slot);
}

/*
 * No probe is registered or running: open exits have lost their entries, no thread is known to be
 * in KVM_RUN, and when probes come again another vCPU may be at the same address.
 */
static void all_idle(struct kvmlat_retired *retired, u32 gen_no)
{
	struct kvmlat_slot *slot;

	lockdep_assert_held(&kvmlat_mutex);
	for (slot = kvmlat_slots; slot < kvmlat_slots + kvmlat_nr_slots; slot++) {
		walk_on(slot);
		if (slot->state == KVMLAT_FREE)
			continue;
		abandon(retired, gen_no, slot);
		slot->identified = false;
		if (slot->state == KVMLAT_RUNNING)
			slot->returned = jiffies;
		slot->state = KVMLAT_IDLE;
	}
	kvmlat_threads_idle();
}

/* The slots of vCPUs that are not in KVM_RUN. */
static unsigned int idle_list(struct kvmlat_alive *list, unsigned int room)
{
	struct kvmlat_slot *slot;
	unsigned int nr = 0;

	for (slot = kvmlat_slots; slot < kvmlat_slots + kvmlat_nr_slots && nr < room; slot++) {
		walk_on(slot);
		/* pairs with the release in kvmlat_probe_userspace() */
		if (smp_load_acquire(&slot->state) != KVMLAT_IDLE)
			continue;
		list[nr].slot = slot;
		list[nr].vcpu = slot->vcpu;
		list[nr].returned = slot->returned;
		list[nr].runs = slot->runs;
		list[nr].vmm = slot->id.vmm;
		list[nr].start_time = slot->id.start_time;
		nr++;
	}
	return nr;
}

static int by_returned(const void *a, const void *b)
{
	long order = ((const struct kvmlat_alive *)a)->returned -
		     ((const struct kvmlat_alive *)b)->returned;

	cond_resched();
	return order < 0 ? -1 : order > 0;
}

/*
 * Reclaim the slots of vCPUs that were closed. If more than half of all slots are still in use,
 * also those that have been out of KVM_RUN for longest, until three eighths are in use. With
 * @detached no probe is registered or running. Under kvmlat_mutex.
 */
void kvmlat_slots_reclaim(struct kvmlat_retired *retired, u32 gen_no, bool detached)
{
	unsigned int room, nr, n, left = 0;
	struct kvmlat_alive *list;

	lockdep_assert_held(&kvmlat_mutex);
	if (detached)
		all_idle(retired, gen_no);
	/* slots that are claimed meanwhile can wait for the next time */
	room = min_t(unsigned int, kvmlat_nr_slots, atomic_read(&slots_used));
	list = room ? kvmalloc_array(room, sizeof(*list), GFP_KERNEL) : NULL;
	if (!list)
		return;
	nr = idle_list(list, room);
	kvmlat_alive_check(list, nr);
	for (n = 0; n < nr; n++) {
		if (list[n].alive)
			list[left++] = list[n];
		else
			slot_retire(retired, gen_no, &list[n]);
	}
	if (atomic_read(&slots_used) > kvmlat_nr_slots / 2) {
		sort(list, left, sizeof(*list), by_returned, NULL);
		for (n = 0; n < left && atomic_read(&slots_used) > kvmlat_nr_slots / 8 * 3; n++)
			slot_retire(retired, gen_no, &list[n]);
	}
	kvfree(list);
}

/*
 * Sum up the slots for the generation @gen_no. Under kvmlat_mutex, so that no slot is reclaimed.
 */
void kvmlat_slots_sum(struct kvmlat_slot_sum *sum, u32 gen_no)
{
	const struct kvmlat_slot *slot;

	lockdep_assert_held(&kvmlat_mutex);
	memset(sum, 0, sizeof(*sum));
	for (slot = kvmlat_slots; slot < kvmlat_slots + kvmlat_nr_slots; slot++) {
		bool open;

		walk_on(slot);
		if (!READ_ONCE(slot->vcpu))
			continue;
		sum->used++;
		open = kvmlat_open(slot);
		sum->in_flight += open;
		if (READ_ONCE(slot->gen_no) == gen_no) {
			sum->exits += READ_ONCE(slot->exits);
			sum->entries += READ_ONCE(slot->entries);
		} else {
			sum->carried += open;
		}
	}
}

void kvmlat_slots_exit(void)
{
	kvmlat_threads_exit();
	kvmlat_hopscotch_exit(&hopscotch);
	kvmlat_interleaved_free(kvmlat_slots);
	kvmlat_slots = NULL;
}

int kvmlat_slots_init(unsigned int wanted)
{
	size_t bytes;

	BUILD_BUG_ON(offsetof(struct kvmlat_slot, vcpu) != 64);
	BUILD_BUG_ON(sizeof(*kvmlat_slots) != 256);
	kvmlat_nr_slots = roundup_pow_of_two(max(wanted, KVMLAT_WINDOW));
	bytes = array_size(kvmlat_nr_slots, sizeof(*kvmlat_slots));
	kvmlat_slots = kvmlat_interleaved_alloc(bytes);
	if (!kvmlat_slots || kvmlat_hopscotch_init(&hopscotch, kvmlat_nr_slots) ||
	    kvmlat_threads_init(kvmlat_nr_slots)) {
		kvmlat_slots_exit();
		return -ENOMEM;
	}
	atomic64_add(bytes, &kvmlat_bytes);
	return 0;
}
