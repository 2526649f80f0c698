// SPDX-License-Identifier: GPL-2.0
/*
 * The threads that run vCPUs, and the probe of sched_switch, which tells a thread, not a vCPU: here
 * is which slot the thread in KVM_RUN writes.
 *
 * A thread is known by pid and start time, by value: a pid used again is another thread. Its entry
 * is IDLE outside of KVM_RUN, and may then be taken for another thread. That loses nothing but how
 * long the thread was off its CPU, which then is said to be unknown (`gap`). So threads that end
 * need no clearing away, and a process that runs a vCPU once by each of many threads takes nothing
 * from others.
 */
#include <linux/jiffies.h>
#include <linux/sched.h>
#include "base/compat.h"
#include "base/hopscotch.h"
#include "store/thread.h"

static struct kvmlat_thread *threads __read_mostly;
static struct kvmlat_hopscotch hopscotch __read_mostly;
static atomic_t gaps;	/* each gap has a number of its own */

/* Entry of @task, or NULL. Probe context, of @task itself or of the switch to or from it. */
struct kvmlat_thread *kvmlat_thread_of(const struct task_struct *task)
{
	u32 home = kvmlat_home(&hopscotch, task->pid),
	    left = kvmlat_hopscotch_bits(&hopscotch, home);

	for (; left; left &= left - 1) {
		struct kvmlat_thread *t = &threads[kvmlat_place(&hopscotch, home, __ffs(left))];

		/*
		 * pairs with the release in thread_claim(): whose it is, is read after that it is
		 * somebody's
		 */
		if (smp_load_acquire(&t->state) != KVMLAT_TAKEN && t->pid == task->pid &&
		    t->start_time == task->start_time)
			return t;
	}
	return NULL;
}

/* From now on t->offcpu_ns does not go on from what it was. Probe context. */
void kvmlat_thread_gap(struct kvmlat_thread *t)
{
	t->gap = atomic_inc_return(&gaps);
}

/*
 * A place for the current thread, RUNNING once it is filled; NULL: all of its window is in KVM_RUN.
 */
static struct kvmlat_thread *thread_place(u32 home)
{
	struct kvmlat_thread *t, *oldest = NULL;
	unsigned int n;

	for (n = 0; n < KVMLAT_WINDOW; n++) {
		t = &threads[kvmlat_place(&hopscotch, home, n)];
		if (READ_ONCE(t->state) == KVMLAT_FREE &&
		    cmpxchg(&t->state, KVMLAT_FREE, KVMLAT_TAKEN) == KVMLAT_FREE)
			return t;
		if (READ_ONCE(t->state) == KVMLAT_IDLE &&
		    (!oldest || (long)(READ_ONCE(t->returned) - READ_ONCE(oldest->returned)) < 0))
			oldest = t;
	}
	if (!oldest || cmpxchg(&oldest->state, KVMLAT_IDLE, KVMLAT_TAKEN) != KVMLAT_IDLE)
		return NULL;
	kvmlat_hopscotch_clear(&hopscotch, kvmlat_home(&hopscotch, oldest->pid), oldest - threads);
	return oldest;
}

static struct kvmlat_thread *thread_claim(void)
{
	u32 home = kvmlat_home(&hopscotch, current->pid);
	struct kvmlat_thread *t = thread_place(home);

	if (!t)
		return NULL;
	t->pid = current->pid;
	t->start_time = current->start_time;
	t->out_ns = 0;
	kvmlat_thread_gap(t);
	/* all is said before it can be found, and before it is this thread's: kvmlat_thread_of() */
	smp_store_release(&t->state, KVMLAT_RUNNING);
	kvmlat_hopscotch_set(&hopscotch, home, t - threads);
	return t;
}

/*
 * The current thread is in the KVM_RUN of the vCPU of @slot. NULL: there is no place. Probe
 * context.
 */
struct kvmlat_thread *kvmlat_thread_run(struct kvmlat_slot *slot)
{
	struct kvmlat_thread *t = kvmlat_thread_of(current);

	if (t && READ_ONCE(t->state) != KVMLAT_RUNNING) {
		if (cmpxchg(&t->state, KVMLAT_IDLE, KVMLAT_RUNNING) != KVMLAT_IDLE) {
			t = NULL;
		} else if (t->pid != current->pid || t->start_time != current->start_time) {
			/* it was taken, and is idle again, since it was found */
			smp_store_release(&t->state, KVMLAT_IDLE);
			t = NULL;
		}
	}
	if (!t)
		t = thread_claim();
	if (t)
		t->slot = slot;
	return t;
}

/* KVM_RUN returns. Probe context, of that thread. */
void kvmlat_thread_returned(struct kvmlat_thread *t)
{
	t->slot = NULL;
	WRITE_ONCE(t->returned, jiffies);
	/* all that the thread wrote is there for whoever takes its entry */
	smp_store_release(&t->state, KVMLAT_IDLE);
}

void kvmlat_threads_idle(void)
{
	unsigned int n;

	for (n = 0; n <= hopscotch.mask; n++) {
		if (threads[n].state == KVMLAT_RUNNING)
			kvmlat_thread_returned(&threads[n]);
		if (!(n & 255))
			cond_resched();
	}
}

/*
 * sched_switch, with offcpu=1 only: every switch of the host pays two look-ups. The run queue's
 * lock is held and interrupts are off; @prev or @next is a vCPU thread that runs nowhere else.
 * An entry that is given to another thread at this very moment may be written to all the same: who
 * wrote is written too.
 */
void kvmlat_probe_switch(void *unused, bool preempt, struct task_struct *prev,
			 struct task_struct *next, unsigned int prev_state)
{
	struct kvmlat_thread *t = kvmlat_thread_of(prev);

	if (t) {
		t->out_ns = kvmlat_clock_ns();
		t->out_pid = prev->pid;
	}
	t = kvmlat_thread_of(next);
	if (t && t->out_ns) {
		s64 away_ns = kvmlat_clock_ns() - t->out_ns;

		/*
		 * Where the kernel does not trust its clock, that of this CPU may be behind the
		 * other's.
		 */
		if (away_ns < 0 || t->out_pid != next->pid)
			kvmlat_thread_gap(t);
		else
			t->offcpu_ns += away_ns;
		t->out_ns = 0;
	}
}

void kvmlat_threads_exit(void)
{
	kvmlat_hopscotch_exit(&hopscotch);
	vfree(threads);
	threads = NULL;
}

/* @nr: a power of two, at least KVMLAT_WINDOW. */
int kvmlat_threads_init(unsigned int nr)
{
	BUILD_BUG_ON(sizeof(*threads) != 64);
	threads = vzalloc(array_size(nr, sizeof(*threads)));
	if (!threads || kvmlat_hopscotch_init(&hopscotch, nr)) {
		kvmlat_threads_exit();
		return -ENOMEM;
	}
	atomic64_add((u64)nr * sizeof(*threads), &kvmlat_bytes);
	return 0;
}
