/* SPDX-License-Identifier: GPL-2.0 */
/* Threads that run vCPUs. thread.c */
#ifndef KVMLAT_THREAD_H
#define KVMLAT_THREAD_H

#include <linux/cache.h>
#include <linux/types.h>

struct kvmlat_slot;
struct task_struct;

/*
 * State of a slot and of a thread's entry. IDLE, its owner is not in KVM_RUN, becomes RUNNING, it
 * is, by the owner's cmpxchg, or TAKEN, by that of whoever takes it away. So nothing that is
 * RUNNING is taken away, and what is TAKEN is nobody's but the taker's.
 */
enum kvmlat_run { KVMLAT_FREE, KVMLAT_IDLE, KVMLAT_RUNNING, KVMLAT_TAKEN };

/*
 * A thread that has run a vCPU, found by pid and start time: which vCPU's slot it writes, and how
 * long it has been off its CPU. Writers: the thread itself, and the scheduler's switch to and from
 * it. See thread.c.
 */
struct kvmlat_thread {
	u64 start_time;
	u32 pid;
	u32 state;		/* enum kvmlat_run */
	struct kvmlat_slot *slot;	/* while RUNNING */
	u64 offcpu_ns;		/* off-CPU time in all, while sched_switch is hooked */
	u64 out_ns;		/* local_clock() when switched out; 0: running */
	u32 out_pid;		/* who wrote out_ns */
	u32 gap;		/* another number where offcpu_ns does not go on from what it was */
	unsigned long returned;	/* jiffies when KVM_RUN returned */
} ____cacheline_aligned;

int kvmlat_threads_init(unsigned int threads);
void kvmlat_threads_exit(void);
struct kvmlat_thread *kvmlat_thread_of(const struct task_struct *task);
struct kvmlat_thread *kvmlat_thread_run(struct kvmlat_slot *slot);
void kvmlat_thread_returned(struct kvmlat_thread *thread);
void kvmlat_thread_gap(struct kvmlat_thread *thread);
void kvmlat_threads_idle(void);		/* no probe is registered or running */

/* The probe of sched_switch. */
void kvmlat_probe_switch(void *unused, bool preempt, struct task_struct *prev,
			 struct task_struct *next, unsigned int prev_state);

#endif
