// SPDX-License-Identifier: GPL-2.0
/*
 * A slot per vCPU thread: the exit that waits for its entry, and the thread's event counts.
 *
 * A thread is known by pid and start time, by value: a pid used again is another thread. Nobody but
 * the owner writes a slot while the owner lives; slots of threads that ended are freed in process
 * context under kvmlat_mutex. Slots outlive a reset: set_no tells which set their counts are for,
 * and the owner itself moves on, at its next event.
 *
 * Hopscotch hashing (Herlihy, Shavit, Tzafrir 2008), without moving: a thread's slot is one of the
 * WINDOW from its home on, and its home's bits say which of them are of threads of that home. So a
 * task that has none, which with offcpu=1 is asked for at every switch, is told by one word.
 */
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>
#include "kvmlat.h"

#define WINDOW 32U	/* bits of a home */

unsigned int kvmlat_nr_slots __read_mostly;	/* a power of two, at least WINDOW; fixed at load */
struct kvmlat_slot *kvmlat_slots __read_mostly;
/* Nobody's: what a CPU saw last before it saw anything. */
struct kvmlat_slot kvmlat_no_slot = { .switches = ~0ULL };
static unsigned int slot_shift __read_mostly;	/* 32 - log2(kvmlat_nr_slots) */
/* Both are written when a slot is claimed or freed only. */
static atomic_t *homes __read_mostly;	/* one for each slot; bit n: that slot + n is of this home */
static atomic_t slots_used;

static u32 home_of(u32 pid)
{
	return pid * GOLDEN_RATIO_32 >> slot_shift;
}

static struct kvmlat_slot *slot_at(u32 home, unsigned int n)
{
	return &kvmlat_slots[(home + n) & (kvmlat_nr_slots - 1)];
}

/* Slot of @task, or NULL. Probe context, of @task itself or of the switch to or from it. */
struct kvmlat_slot *kvmlat_slot_of(const struct task_struct *task)
{
	u32 pid = task->pid, home = home_of(pid);
	u32 left = atomic_read(&homes[home]);

	for (; left; left &= left - 1) {
		struct kvmlat_slot *slot = slot_at(home, __ffs(left));

		if (likely(READ_ONCE(slot->pid) == pid && slot->start_time == task->start_time))
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
	u32 pid = current->pid, home = home_of(pid);
	unsigned int n;

	for (n = 0; n < WINDOW; n++) {
		struct kvmlat_slot *slot = slot_at(home, n);

		if (READ_ONCE(slot->pid) || cmpxchg(&slot->pid, 0, pid))
			continue;
		slot->exits = 0;
		slot->entries = 0;
		slot->stamp = KVMLAT_STAMP_NONE;
		slot->key = 0;
		slot->epoch = 0;
		slot->set_no = set->no;
		slot->vcpu = NULL;
		slot->last_vcpu = NULL;
		slot->stats = NULL;
		slot->block = KVMLAT_NO_BLOCK;
		slot->left_out = false;
		slot->switches = ~0ULL;
		slot->user = false;
		slot->out_ns = 0;
		/* a reader that sees only the pid yet takes the owner for alive: owner_lives() */
		smp_store_release(&slot->start_time, current->start_time);
		atomic_or(BIT(n), &homes[home]);
		if (atomic_inc_return(&slots_used) > kvmlat_nr_slots / 4)
			kvmlat_reclaim_soon();
		return slot;
	}
	kvmlat_reclaim_soon();
	return NULL;
}

/* Is the thread that was known by this pid and start time still there? Process context. */
bool kvmlat_thread_lives(u32 pid, u64 start_time)
{
	struct task_struct *task;
	bool lives;

	rcu_read_lock();
	task = pid_task(find_pid_ns(pid, &init_pid_ns), PIDTYPE_PID);
	lives = task && task->start_time == start_time;
	rcu_read_unlock();
	return lives;
}

static bool owner_lives(const struct kvmlat_slot *slot)
{
	/* pairs with the release in kvmlat_slot_claim() */
	u64 start_time = smp_load_acquire(&slot->start_time);

	return !start_time || kvmlat_thread_lives(slot->pid, start_time);
}

/* For walks over all slots, of which there may be a million: let others run every so often. */
static void walk_on(const struct kvmlat_slot *slot)
{
	if (!((slot - kvmlat_slots) & 255))
		cond_resched();
}

/*
 * Free the slots of threads that ended. What they counted goes on in the set's `retired`. With
 * @detached no probe is registered or running: exits still open have lost their entries, and
 * whatever runs on the threads that live may be another vCPU when probes come again. Under
 * kvmlat_mutex.
 */
void kvmlat_slots_reclaim(bool detached)
{
	struct kvmlat_set *set = kvmlat_set_current();
	struct kvmlat_slot *slot;

	for (slot = kvmlat_slots; slot < kvmlat_slots + kvmlat_nr_slots; slot++) {
		bool lives;
		u32 home;

		walk_on(slot);
		if (!READ_ONCE(slot->pid))
			continue;
		lives = owner_lives(slot);
		if (lives && !detached)
			continue;
		if (kvmlat_open(slot)) {
			set->retired.abandoned++;
			if (slot->set_no != set->no)
				set->retired.carried++;
		}
		slot->key = 0;
		slot->stamp = KVMLAT_STAMP_NONE;
		slot->vcpu = NULL;
		if (lives)
			continue;
		if (slot->set_no == set->no) {
			set->retired.exits += slot->exits;
			set->retired.entries += slot->entries;
		}
		if (slot->block != KVMLAT_NO_BLOCK)
			kvmlat_block_leave(slot->block);
		home = home_of(slot->pid);
		atomic_andnot(BIT((slot - kvmlat_slots - home) & (kvmlat_nr_slots - 1)), &homes[home]);
		slot->start_time = 0;
		atomic_dec(&slots_used);
		/* all of the slot is clear before another thread can claim it */
		smp_store_release(&slot->pid, 0);
	}
}

/* What the slots hold for the set @set_no. Under kvmlat_mutex, so that no slot is freed. */
void kvmlat_slots_sum(struct kvmlat_slot_sum *sum, u32 set_no)
{
	const struct kvmlat_slot *slot;

	memset(sum, 0, sizeof(*sum));
	for (slot = kvmlat_slots; slot < kvmlat_slots + kvmlat_nr_slots; slot++) {
		bool open;

		walk_on(slot);
		if (!READ_ONCE(slot->pid))
			continue;
		sum->used++;
		open = kvmlat_open(slot);
		sum->in_flight += open;
		if (READ_ONCE(slot->set_no) == set_no) {
			sum->exits += READ_ONCE(slot->exits);
			sum->entries += READ_ONCE(slot->entries);
		} else {
			sum->carried += open;
		}
	}
}

void kvmlat_slots_exit(void)
{
	vfree(homes);
	homes = NULL;
	vfree(kvmlat_slots);
	kvmlat_slots = NULL;
}

int kvmlat_slots_init(unsigned int wanted)
{
	kvmlat_nr_slots = roundup_pow_of_two(max(wanted, WINDOW));
	slot_shift = 32 - ilog2(kvmlat_nr_slots);
	kvmlat_slots = vzalloc(array_size(kvmlat_nr_slots, sizeof(*kvmlat_slots)));
	homes = vzalloc(array_size(kvmlat_nr_slots, sizeof(*homes)));
	if (!kvmlat_slots || !homes) {
		kvmlat_slots_exit();
		return -ENOMEM;
	}
	BUILD_BUG_ON(offsetof(struct kvmlat_slot, start_time) != 64);
	BUILD_BUG_ON(sizeof(*kvmlat_slots) != 256);
	atomic64_add((u64)kvmlat_nr_slots * (sizeof(*kvmlat_slots) + sizeof(*homes)), &kvmlat_bytes);
	return 0;
}
