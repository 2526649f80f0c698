/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Generations: what all statistics lie in, and the epoch, by which probes learn that modes or
 * filters have changed. generation.c
 */
#ifndef KVMLAT_GENERATION_H
#define KVMLAT_GENERATION_H

#include <linux/jump_label.h>
#include <linux/kref.h>
#include <linux/percpu-defs.h>
#include "store/block.h"
#include "store/cpu.h"
#include "store/outlier.h"
#include "store/slot.h"

struct cpumask;

/*
 * A generation of statistics. Published through kvmlat_generation; `reset` publishes another one.
 * The current generation holds one reference, each open report one more.
 */
struct kvmlat_generation {
	struct kref ref;
	u32 no;
	u32 rows;
	u32 epoch;			/* of all its CPUs */
	bool offcpu_whole;		/* offcpu=1 since the generation began */
	u64 unique;
	u64 since_ns;
	u64 bytes;
	struct kvmlat_retired retired;
	struct kvmlat_rings rings;
	struct kvmlat_blocks blocks;
	/*
	 * nr_cpu_ids pointers, by CPU number; NULL: not a possible CPU. cpu_grow() may replace an
	 * empty block.
	 */
	struct kvmlat_cpu *cpu[];
};

extern struct kvmlat_generation __rcu *kvmlat_generation;	/* writer: under kvmlat_mutex */
extern u32 kvmlat_offcpu_epoch;			/* likewise */
/* the clock of the fast path: cycles, else local_clock(); patched in epoch_apply() */
DECLARE_STATIC_KEY_FALSE(kvmlat_fast_cycles);

/*
 * The block of this CPU in the current generation, valid while preemption is off: kvmlat_reset()
 * waits for that by synchronize_rcu(). CPUs get the block of a new generation one after another; a
 * vCPU changes to the newest generation that it has met, catch_up() and block_for().
 */
DECLARE_PER_CPU(struct kvmlat_cpu *, kvmlat_block);

/* Modes and the filter by CPU, as whoever controls them hands them over. */
struct kvmlat_policy {
	bool cycles;		/* stamps are get_cycles(), else local_clock() */
	bool guest_rip;
	bool offcpu;
	const struct cpumask *cpus;	/* events on others are filtered; not copied: stays valid */
};

struct kvmlat_generation *kvmlat_generation_current(void);	/* under kvmlat_mutex */
int kvmlat_generation_init(unsigned int rows, unsigned int ring,
			   const struct kvmlat_policy *policy);
void kvmlat_generation_exit(void);
int kvmlat_reset(void);						/* under kvmlat_mutex */
void kvmlat_generation_get(struct kvmlat_generation *gen);
void kvmlat_generation_put(struct kvmlat_generation *gen);
void kvmlat_epoch_apply(const struct kvmlat_policy *policy);	/* under kvmlat_mutex */
void kvmlat_generation_forget(struct kvmlat_generation *gen);

#endif
