// SPDX-License-Identifier: GPL-2.0
/*
 * A slot per vCPU thread: the exit that waits for its entry, and the thread's event counts.
 *
 * A thread is known by pid and start time, by value: a pid used again is another thread. Slots lie
 * in an open-addressed table; a thread's slot is one of WINDOW from its hash on. Nobody but the
 * owner writes a slot while the owner lives; slots of threads that ended are freed in process
 * context under kvmlat_mutex. Slots outlive a reset: their epoch tells which set their counts are
 * for, and the owner itself moves it on, at its next event.
 */
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>
#include "kvmlat.h"

#define WINDOW 32U

unsigned int kvmlat_nr_slots;		/* a power of two, at least WINDOW; fixed at load */
static struct kvmlat_slot *slots;
static unsigned int slot_shift;		/* 32 - log2(kvmlat_nr_slots) */
static atomic_t slots_used;		/* written when a slot is claimed or freed only */

static struct kvmlat_slot *slot_at(u32 pid, unsigned int n)
{
	u32 hash = pid * GOLDEN_RATIO_32;

	return &slots[((hash >> slot_shift) + n) & (kvmlat_nr_slots - 1)];
}

/* Slot of the current thread, or NULL. Probe context. */
struct kvmlat_slot *kvmlat_slot_find(void)
{
	u32 pid = current->pid;
	unsigned int n;

	for (n = 0; n < WINDOW; n++) {
		struct kvmlat_slot *slot = slot_at(pid, n);

		if (likely(READ_ONCE(slot->pid) == pid && slot->start_time == current->start_time))
			return slot;
	}
	return NULL;
}

/*
 * Take a slot for the current thread, which has none; NULL when all of its window is taken. Probe
 * context, once per thread. Another CPU may want the same slot, hence the cmpxchg.
 */
struct kvmlat_slot *kvmlat_slot_claim(const struct kvmlat_set *set)
{
	u32 pid = current->pid;
	unsigned int n;

	for (n = 0; n < WINDOW; n++) {
		struct kvmlat_slot *slot = slot_at(pid, n);

		if (READ_ONCE(slot->pid) || cmpxchg(&slot->pid, 0, pid))
			continue;
		slot->exits = 0;
		slot->entries = 0;
		slot->open = false;
		slot->epoch = set->epoch;
		/* a reader that sees only the pid yet takes the owner for alive: owner_lives() */
		smp_store_release(&slot->start_time, current->start_time);
		if (atomic_inc_return(&slots_used) > kvmlat_nr_slots / 4)
			kvmlat_reclaim_soon();
		return slot;
	}
	kvmlat_reclaim_soon();
	return NULL;
}

/* The set was replaced since this thread's last event: start its counts anew. Owner only. */
void kvmlat_slot_adopt(struct kvmlat_slot *slot, const struct kvmlat_set *set,
		       struct kvmlat_cpu *c)
{
	WRITE_ONCE(slot->exits, 0);
	WRITE_ONCE(slot->entries, 0);
	if (slot->open)
		c->count[KVMLAT_CARRIED]++;
	WRITE_ONCE(slot->epoch, set->epoch);
}

static bool owner_lives(const struct kvmlat_slot *slot)
{
	struct task_struct *task;
	u64 start_time;
	bool lives;

	/* pairs with the release in kvmlat_slot_claim() */
	start_time = smp_load_acquire(&slot->start_time);
	if (!start_time)
		return true;
	rcu_read_lock();
	task = pid_task(find_pid_ns(slot->pid, &init_pid_ns), PIDTYPE_PID);
	lives = task && task->start_time == start_time;
	rcu_read_unlock();
	return lives;
}

/*
 * Free the slots of threads that ended, or with @all every slot, which is right only when no probe
 * is registered or running. What they counted goes on in the set's `retired`. Under kvmlat_mutex.
 */
void kvmlat_slots_reclaim(bool all)
{
	struct kvmlat_set *set = kvmlat_set_current();
	struct kvmlat_slot *slot;

	for (slot = slots; slot < slots + kvmlat_nr_slots; slot++) {
		if (!READ_ONCE(slot->pid) || (!all && owner_lives(slot)))
			continue;
		if (slot->epoch == set->epoch) {
			set->retired.exits += slot->exits;
			set->retired.entries += slot->entries;
		} else if (slot->open) {
			set->retired.carried++;
		}
		if (slot->open)
			set->retired.abandoned++;
		slot->open = false;
		slot->start_time = 0;
		atomic_dec(&slots_used);
		/* all of the slot is clear before another thread can claim it */
		smp_store_release(&slot->pid, 0);
		if (!((slot - slots) & 255))
			cond_resched();
	}
}

/* What the slots hold for the set of @epoch. Under kvmlat_mutex, so that no slot is freed. */
void kvmlat_slots_sum(struct kvmlat_slot_sum *sum, u32 epoch)
{
	const struct kvmlat_slot *slot;

	memset(sum, 0, sizeof(*sum));
	for (slot = slots; slot < slots + kvmlat_nr_slots; slot++) {
		bool open;

		if (!READ_ONCE(slot->pid))
			continue;
		sum->used++;
		open = READ_ONCE(slot->open);
		sum->in_flight += open;
		if (READ_ONCE(slot->epoch) == epoch) {
			sum->exits += READ_ONCE(slot->exits);
			sum->entries += READ_ONCE(slot->entries);
		} else {
			sum->carried += open;
		}
	}
}

int kvmlat_slots_init(unsigned int wanted)
{
	kvmlat_nr_slots = roundup_pow_of_two(max(wanted, WINDOW));
	slot_shift = 32 - ilog2(kvmlat_nr_slots);
	slots = vzalloc(array_size(kvmlat_nr_slots, sizeof(*slots)));
	if (!slots)
		return -ENOMEM;
	BUILD_BUG_ON(sizeof(*slots) != 64);
	atomic64_add((u64)kvmlat_nr_slots * sizeof(*slots), &kvmlat_bytes);
	return 0;
}

void kvmlat_slots_exit(void)
{
	vfree(slots);
	slots = NULL;
}
