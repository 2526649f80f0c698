/* SPDX-License-Identifier: GPL-2.0 */
/* Slots of vCPUs: the open exit of each, its counts and its identity. slot.c */
#ifndef KVMLAT_SLOT_H
#define KVMLAT_SLOT_H

#include "arch/arch.h"
#include "base/base.h"
#include "store/thread.h"


struct kvmlat_vcpu;

/*
 * The slot of a vCPU, found by the address of the vCPU. Writer: the thread in KVM_RUN of the vCPU;
 * outside of KVM_RUN whoever made the slot TAKEN; all_idle() when no probe is registered. The first
 * cache line is used at every event, `context` also at every exit where KVM is asked for the
 * reason, the rest on the slow path.
 *
 * The fast path compares `key` and `switches`: the current thread had the last event of this slot,
 * and has left neither its CPU nor KVM_RUN since. Then it still runs the same vCPU, and all that
 * the slot says holds, as long as `last` of the CPU block points to it. See probe/fast.h.
 */
struct kvmlat_slot {
	u64 key;		/* address of the thread's task; 0: take the slow path */
	u64 switches;		/* nvcsw + nivcsw at the last event; ~0: take the slow path */
	u64 stamp;		/* of the open exit; top bit set: no exit is open */
	u64 exits;
	u64 entries;
	struct kvmlat_vcpu *stats;	/* valid with a key; may be the CPU's overflow block */
	struct kvmlat_exit exit;
	u32 state;		/* enum kvmlat_run */

	const void *vcpu;	/* compared, never followed; NULL: free */
	u64 nvcsw, nivcsw;	/* these and run_delay_ns: at the last event on the slow path */
	u64 run_delay_ns;
	struct kvmlat_thread *thread;	/* the one in KVM_RUN, or that was in it last */
	/* the thread of that event, also if its exit is still open; with from_start */
	u32 from_pid;
	u32 exit_cpu;		/* of that event, and of any after it on the fast path */
	u32 epoch;		/* of the CPU block at the last event */
	u32 gen_no;		/* of the generation that exits and entries count for */
	bool identified;	/* `id` is known to be that of the vCPU */
	bool user;		/* KVM_RUN returned since that event */
	bool filtered;		/* by `vms` */
	bool offcpu_known;	/* off-CPU time has been measured since that event */

	u64 from_start;		/* start time of from_pid */
	u64 offcpu_ns;		/* thread->offcpu_ns at that event */
	u32 gap;		/* thread->gap at that event */
	u32 block;		/* number of its statistics block or KVMLAT_NO_BLOCK */
	u64 user_runq_ns;	/* run-queue time of the open exit until KVM_RUN returned */
	u64 user_offcpu_ns;	/* off-CPU time, likewise */
	unsigned long returned;	/* jiffies when KVM_RUN returned */
	struct kvmlat_context context;
	u32 runs;		/* how often KVM_RUN returned */
	struct kvmlat_identity id;
} ____cacheline_aligned;

/* No exit is open; one is, but has a stamp of the other clock: its pair will be backward. */
#define KVMLAT_STAMP_NONE	(1ULL << 63)
#define KVMLAT_STAMP_VOID	(KVMLAT_STAMP_NONE - 1)

/* What reclaimed slots had counted; part of a generation. Written under kvmlat_mutex only. */
struct kvmlat_retired {
	u64 exits, entries, carried, abandoned;
};

int kvmlat_slots_init(unsigned int slots);
void kvmlat_slots_exit(void);
struct kvmlat_slot *kvmlat_slot_run(const void *vcpu);
struct kvmlat_slot *kvmlat_slot_claim(const void *vcpu, u32 gen_no);
void kvmlat_slot_identify(struct kvmlat_slot *slot, const struct kvmlat_identity *id);
void kvmlat_slots_reclaim(struct kvmlat_retired *retired, u32 gen_no, bool detached);
extern unsigned int kvmlat_nr_slots;		/* a power of two; fixed at load */
extern struct kvmlat_slot *kvmlat_slots, kvmlat_no_slot;

/* Has the slot an open exit? */
static inline bool kvmlat_open(const struct kvmlat_slot *slot)
{
	/* a plain read: the compiler may compare in memory; never torn on a 64-bit machine */
	return (s64)data_race(slot->stamp) >= 0;
}

/* What the slots hold for a generation. */
struct kvmlat_slot_sum {
	u64 exits, entries, carried, in_flight, used;
};

void kvmlat_slots_sum(struct kvmlat_slot_sum *sum, u32 gen_no);

#endif
