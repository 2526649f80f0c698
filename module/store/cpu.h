/* SPDX-License-Identifier: GPL-2.0 */
/* What one CPU records, and the epoch in force on it. */
#ifndef KVMLAT_CPU_H
#define KVMLAT_CPU_H

#include "store/row.h"

/*
 * Bits of an epoch. The low ones are modes; those from KVMLAT_EPOCH_STEP on count the changes of
 * modes and filters. What a slot keeps of modes and filters is valid as long as its epoch is that
 * of the CPU block; else catch_up() reads them anew. See kvmlat_epoch_apply().
 */
#define KVMLAT_EPOCH_CYCLES	1U	/* stamps are get_cycles(), else local_clock() */
#define KVMLAT_EPOCH_RIP	2U	/* guest_rip=1 */
#define KVMLAT_EPOCH_OFFCPU	4U	/* offcpu=1 */
#define KVMLAT_EPOCH_CHANGING	8U	/* the clock is being changed: remember() sets no key */
#define KVMLAT_EPOCH_STEP	16U

struct kvmlat_generation;
struct kvmlat_slot;

/*
 * A CPU block, all that one CPU records: a header, then rows, on the NUMA node of the CPU. It is
 * reserved at load for each CPU that is online, and for others when they come online, cpu_grow().
 * A CPU that was never online has a header and an overflow row only.
 */
struct kvmlat_cpu {
	/*
	 * The slot of the last event here, if it is of this epoch; else &kvmlat_no_slot, never
	 * NULL. Writers: remember() and block_for() in probes on this CPU; and from any CPU
	 * kvmlat_generation_forget().
	 */
	struct kvmlat_slot *last;
	u32 epoch;			/* writer: cpu_epoch_set(), under cpus_mutex */
	u32 gen_no;			/* gen->no, without reading the line of gen->ref */
	bool filtered;			/* by `cpus`, or without memory; writer: cpu_epoch_set() */
	struct kvmlat_generation *gen;		/* whose block this is */
	/* of vCPUs that have no statistics block; NULL: this CPU was never online */
	struct kvmlat_vcpu *overflow;
	struct kvmlat_cpu *before;	/* the empty one that cpu_grow() replaced, or NULL */
	struct kvmlat_table table;
	u64 count[KVMLAT_NR_COUNTERS];
	struct kvmlat_row row[] ____cacheline_aligned;	/* rows + 1, the last is the overflow row */
};

void kvmlat_record(struct kvmlat_cpu *c, struct kvmlat_slot *slot, u64 latency_ns,
		   enum kvmlat_cause cause, u64 runq_ns, u64 offcpu_ns);

#endif
