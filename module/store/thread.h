/* SPDX-License-Identifier: GPL-2.0 */
/* Threads that run vCPUs. thread.c */
#ifndef KVMLAT_THREAD_H
#define KVMLAT_THREAD_H

#include <linux/cache.h>
#include <linux/types.h>

struct kvmlat_slot;
struct task_struct;

/*
 * State of a slot and of a thread entry. IDLE: its owner is not in KVM_RUN. The owner makes it
 * RUNNING by cmpxchg, for the time of KVM_RUN. Whoever reclaims it makes it TAKEN, also by cmpxchg
 * from IDLE. So what is RUNNING is never reclaimed, and what is TAKEN only the taker writes.
 */
enum kvmlat_run { KVMLAT_FREE, KVMLAT_IDLE, KVMLAT_RUNNING, KVMLAT_TAKEN };

/*
 * The entry of a thread that has run a vCPU, found by pid and start time: which slot it writes, and
 * how long it has been off its CPU. Writers: the thread itself, and the scheduler's switch to and
 * from it. See thread.c.
 */
struct kvmlat_thread {
	u64 start_time;
	u32 pid;
	u32 state;		/* enum kvmlat_run */
	struct kvmlat_slot *slot;	/* while RUNNING */
	u64 offcpu_ns;		/* all off-CPU time while sched_switch was hooked */
	u64 out_ns;		/* local_clock() when switched out; 0: running */
	u32 out_pid;		/* pid of the thread that was switched out then */
	u32 gap;		/* changes whenever some off-CPU time may be missing */
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
