// SPDX-License-Identifier: GPL-2.0
/*
 * The threads that run vCPUs, and the probe of sched_switch. sched_switch and kvm_userspace_exit
 * tell the thread but not the vCPU: the entry of the thread says which slot it writes in KVM_RUN.
 *
 * A thread is known by value, by pid and start time: a pid that is used again is another thread.
 * Outside of KVM_RUN its entry is IDLE and may be taken for another thread. That loses only how
 * long the thread was off its CPU, which is then unknown (`gap`). So entries of threads that ended
 * need not be cleared, and a process that runs a vCPU once in each of many threads takes nothing
 * from others.
 */
#include <linux/jiffies.h>
#include <linux/sched.h>
#include "base/host.h"
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
		 * pairs with the release in thread_claim(): pid and start_time are read after
		 * `state`
		 */
		if (smp_load_acquire(&t->state) != KVMLAT_TAKEN && t->pid == task->pid &&
		    t->start_time == task->start_time)
			return t;
	}
	return NULL;
}

/* Some off-CPU time may be missing from t->offcpu_ns: pairs across this have it unknown. */
void kvmlat_thread_gap(struct kvmlat_thread *t)
{
	t->gap = atomic_inc_return(&gaps);
}

/*
 * Take a place in the window of @home: a free one, else that of the IDLE entry that has been out of
 * KVM_RUN for longest. It is TAKEN. NULL: all are in KVM_RUN, or another CPU was faster.
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
	/* after all of the above: pairs with the acquire in kvmlat_thread_of() */
	smp_store_release(&t->state, KVMLAT_RUNNING);
	kvmlat_hopscotch_set(&hopscotch, home, t - threads);
	return t;
}

/*
 * The entry of the current thread, RUNNING, which is in KVM_RUN of the vCPU of @slot. NULL: it gets
 * none. Probe context.
 */
struct kvmlat_thread *kvmlat_thread_run(struct kvmlat_slot *slot)
{
	struct kvmlat_thread *t = kvmlat_thread_of(current);

	if (t && READ_ONCE(t->state) != KVMLAT_RUNNING) {
		if (cmpxchg(&t->state, KVMLAT_IDLE, KVMLAT_RUNNING) != KVMLAT_IDLE) {
			t = NULL;
		} else if (t->pid != current->pid || t->start_time != current->start_time) {
			/* since it was found it was taken for another thread, now IDLE */
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
	/* after all that the thread wrote: pairs with the cmpxchg() in thread_place() */
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
 * sched_switch, with offcpu=1 only: every context switch of the host pays for two look-ups. The
 * lock of the run queue is held and interrupts are off, so @prev and @next run nowhere else. The
 * entry may be taken for another thread after it was found, and is then written to all the same;
 * out_pid shows that.
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
		 * If the kernel's clock is not stable, this CPU's may be behind that of the CPU
		 * that wrote out_ns.
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
