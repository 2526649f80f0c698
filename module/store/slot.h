/* SPDX-License-Identifier: GPL-2.0 */
/* Slots of vCPUs: the open exit of each, and what it counted. slot.c */
#ifndef KVMLAT_SLOT_H
#define KVMLAT_SLOT_H

#include "arch/arch.h"
#include "base/base.h"
#include "store/thread.h"


struct kvmlat_vcpu;

/*
 * A slot per vCPU, found by its address. Written by the thread in its KVM_RUN. First line: every
 * event; the others: when the thread left its CPU or KVM_RUN, and seldom.
 *
 * `key` and `switches` are what the fast path through a probe compares: that the thread is this
 * one, and has not left its CPU nor KVM_RUN since the last event. Then the vCPU is the same too,
 * and all else that the slot says, as long as the CPU has it for its last. See probe.h.
 */
struct kvmlat_slot {
	u64 key;		/* the task's address; 0: look at everything */
	u64 switches;		/* nvcsw + nivcsw at the last event; ~0: look at everything */
	u64 stamp;		/* of the open exit; top bit set: none waits */
	u64 exits;
	u64 entries;
	struct kvmlat_vcpu *stats;	/* with a key; of one without a block, the CPU's `other` */
	struct kvmlat_exit exit;
	u32 state;		/* enum kvmlat_run */

	const void *vcpu;	/* compared, never followed; NULL: free */
	u64 nvcsw, nivcsw;	/* and the next: at the last event that looked at everything */
	u64 run_delay_ns;
	struct kvmlat_thread *thread;	/* in KVM_RUN, or the last that was */
	/* the thread of that event; with the next: of an exit that is open */
	u32 from_pid;
	u32 exit_cpu;		/* of the exit: a thread cannot change its CPU without a switch */
	u32 epoch;		/* of the CPU block at the last event */
	u32 gen_no;		/* of the generation that exits and entries count for */
	bool identified;	/* who it is was looked at since it may have become another */
	bool user;		/* KVM_RUN returned since the exit */
	bool filtered;		/* by `vms` */
	bool offcpu_known;	/* since the exit */

	u64 from_start;		/* start time of from_pid */
	u64 offcpu_ns;		/* thread->offcpu_ns then */
	u32 gap;		/* thread->gap then */
	u32 block;		/* number of its statistics block or KVMLAT_NO_BLOCK */
	u64 user_runq_ns;	/* of the open exit, until KVM_RUN returned */
	u64 user_offcpu_ns;	/* likewise */
	unsigned long returned;	/* jiffies when KVM_RUN returned */
	struct kvmlat_context context;
	u32 runs;		/* how often KVM_RUN returned */
	struct kvmlat_identity id;
} ____cacheline_aligned;

/* No exit waits; and one does, but was stamped by another clock. */
#define KVMLAT_STAMP_NONE	(1ULL << 63)
#define KVMLAT_STAMP_VOID	(KVMLAT_STAMP_NONE - 1)

/* Totals of slots that are gone; part of a generation. Written under kvmlat_mutex only. */
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

/* Does an exit wait for its entry? */
static inline bool kvmlat_open(const struct kvmlat_slot *slot)
{
	/* a plain read, which compares in memory; whole on a 64-bit machine */
	return (s64)data_race(slot->stamp) >= 0;
}

/* What the slots hold for a generation. */
struct kvmlat_slot_sum {
	u64 exits, entries, carried, in_flight, used;
};

void kvmlat_slots_sum(struct kvmlat_slot_sum *sum, u32 gen_no);

#endif
