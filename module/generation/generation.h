/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Generations of statistics: what the figures lie in, and the epoch that tells the probes when
 * something they rely on has changed. generation.c
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
	 * nr_cpu_ids, by CPU number; NULL where not possible. An empty one may be replaced:
	 * cpu_grow()
	 */
	struct kvmlat_cpu *cpu[];
};

extern struct kvmlat_generation __rcu *kvmlat_generation;	/* writer: under kvmlat_mutex */
extern u32 kvmlat_offcpu_epoch;			/* likewise */
/* the fast path's clock: cycles, else local_clock() */
DECLARE_STATIC_KEY_FALSE(kvmlat_fast_cycles);

/*
 * The block of this CPU in the current generation; stays until preemption is on again,
 * kvmlat_reset() waits for that. CPUs get a new generation's block one after another, a vCPU
 * catches up with what it meets.
 */
DECLARE_PER_CPU(struct kvmlat_cpu *, kvmlat_block);

/* Modes and the filter by CPU, as whoever controls them hands them over. */
struct kvmlat_policy {
	bool cycles;		/* stamps are get_cycles(), else local_clock() */
	bool guest_rip;
	bool offcpu;
	const struct cpumask *cpus;	/* events on others are filtered; it stays where it is */
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
