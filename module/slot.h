/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Slots of vCPUs, and the threads that run them: slot.c, thread.c, alive.c. Included by kvmlat.h.
 */
#ifndef KVMLAT_SLOT_H
#define KVMLAT_SLOT_H

struct kvmlat_set;
struct task_struct;

/*
 * State of a slot and of a thread's entry. IDLE, its owner is not in KVM_RUN, becomes RUNNING, it is,
 * by the owner's cmpxchg, or TAKEN, by that of whoever takes it away. So nothing that is RUNNING is
 * taken away, and what is TAKEN is nobody's but the taker's.
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
	unsigned long left;	/* jiffies when KVM_RUN returned */
} ____cacheline_aligned;

/*
 * A slot per vCPU, found by its address. Written by the thread in its KVM_RUN. First line: every
 * event; the others: when the thread left its CPU or KVM_RUN, and seldom.
 *
 * `key` and `switches` are what the usual way through a probe compares: that the thread is this
 * one, and has not left its CPU nor KVM_RUN since the last event. Then the vCPU is the same too, and
 * all else that the slot says, as long as the CPU has it for its last. See probe.h.
 */
struct kvmlat_slot {
	u64 key;		/* the task's address; 0: look at everything */
	u64 switches;		/* nvcsw + nivcsw at the last event; ~0: look at everything */
	u64 stamp;		/* of the exit that waits for its entry; top bit set: none waits */
	u64 exits;
	u64 entries;
	struct kvmlat_vcpu *stats;	/* with a key; of one without a block, the CPU's `other` */
	u32 intr_info;
	u32 intr_error_code;	/* as the hardware gave it, valid or not */
	u32 reason;
	u32 state;		/* enum kvmlat_run */

	const void *vcpu;	/* compared, never followed; NULL: free */
	u64 nvcsw, nivcsw;	/* and the next: at the last event that looked at everything */
	u64 run_delay_ns;
	struct kvmlat_thread *thread;	/* in KVM_RUN, or the last that was */
	u32 from_pid;		/* the thread of that event; with the next: of an exit that is open */
	u32 exit_cpu;		/* of the exit: a thread cannot change its CPU without a switch */
	u32 epoch;		/* of the CPU block at the last event */
	u32 set_no;		/* of the set that exits and entries count for */
	bool known;		/* who it is was looked at since it may have become another */
	bool user;		/* KVM_RUN returned since the exit */
	bool left_out;		/* by `vms` */
	bool offcpu_known;	/* since the exit */
	bool has_info;		/* info1 and info2 are of the exit that just ended */
	bool has_rip;

	u64 from_start;		/* start time of from_pid */
	u64 offcpu_ns;		/* thread->offcpu_ns then */
	u32 gap;		/* thread->gap then */
	u32 block;		/* number of its statistics block or KVMLAT_NO_BLOCK */
	u64 user_runq_ns;	/* of the open exit, until KVM_RUN returned */
	u64 user_offcpu_ns;	/* likewise */
	unsigned long left;	/* jiffies when KVM_RUN returned */
	u64 info1;		/* as get_exit_info() gives them */
	u64 info2;
	u64 rip;		/* of the exit that just ended, with has_rip */
	u32 error_code;
	u32 runs;		/* how often KVM_RUN returned */
	struct kvmlat_who who;
} ____cacheline_aligned;

/* No exit waits; and one does, but was stamped by another clock. */
#define KVMLAT_STAMP_NONE	(1ULL << 63)
#define KVMLAT_STAMP_VOID	(KVMLAT_STAMP_NONE - 1)

/* slot.c */
int kvmlat_slots_init(unsigned int slots);
void kvmlat_slots_exit(void);
struct kvmlat_slot *kvmlat_slot_run(const void *vcpu);
struct kvmlat_slot *kvmlat_slot_claim(const void *vcpu, const struct kvmlat_set *set);
void kvmlat_slot_named(struct kvmlat_slot *slot, const struct kvmlat_who *who);
void kvmlat_slots_reclaim(bool detached);	/* under kvmlat_mutex */
extern unsigned int kvmlat_nr_slots;		/* a power of two; fixed at load */
extern struct kvmlat_slot *kvmlat_slots, kvmlat_no_slot;

/* Does an exit wait for its entry? */
static inline bool kvmlat_open(const struct kvmlat_slot *slot)
{
	/* a plain read, which compares in memory; whole on a 64-bit machine */
	return (s64)data_race(slot->stamp) >= 0;
}

struct kvmlat_slot_sum {
	u64 exits, entries, carried, in_flight, used;
};

void kvmlat_slots_sum(struct kvmlat_slot_sum *sum, u32 set_no);	/* under kvmlat_mutex */

/* thread.c */
int kvmlat_threads_init(unsigned int threads);
void kvmlat_threads_exit(void);
struct kvmlat_thread *kvmlat_thread_of(const struct task_struct *task);
struct kvmlat_thread *kvmlat_thread_run(struct kvmlat_slot *slot);
void kvmlat_thread_left(struct kvmlat_thread *thread);
void kvmlat_thread_gap(struct kvmlat_thread *thread);
void kvmlat_threads_idle(void);		/* no probe is registered or running */

/* alive.c: which vCPUs can still be run */
struct kvmlat_alive {
	const void *vcpu;
	s32 vmm;
	u64 start_time;
	struct kvmlat_slot *slot;
	unsigned long left;
	u32 runs;
	bool alive;
};

void kvmlat_alive_check(struct kvmlat_alive *list, unsigned int nr);

#endif
