/* SPDX-License-Identifier: GPL-2.0 */
/* What one CPU records, and the epoch that it goes by. */
#ifndef KVMLAT_CPU_H
#define KVMLAT_CPU_H

#include "store/row.h"

/*
 * What tells that all a thread keeps of the generation, the filters and the modes is still so: low
 * bits are modes, the others change whenever anything does. See kvmlat_epoch_apply().
 */
#define KVMLAT_EPOCH_CYCLES	1U	/* stamps are get_cycles(), else local_clock() */
#define KVMLAT_EPOCH_RIP	2U	/* guest_rip=1 */
#define KVMLAT_EPOCH_OFFCPU	4U	/* offcpu=1 */
#define KVMLAT_EPOCH_CHANGING	8U	/* the clock is being changed: nobody takes the fast path */
#define KVMLAT_EPOCH_STEP	16U

struct kvmlat_generation;
struct kvmlat_slot;

/*
 * Everything one CPU records: a header, then rows, on the CPU's own node; reserved at load for each
 * CPU that is online, and when one comes. Of a CPU that never came there is the header and one row.
 */
struct kvmlat_cpu {
	/*
	 * Of the thread seen last here, whose slot is of this epoch; else kvmlat_no_slot, never
	 * NULL. Writers: probes on this CPU, and to forget it, whoever changes the epoch.
	 */
	struct kvmlat_slot *last;
	u32 epoch;			/* writer: under kvmlat_mutex */
	u32 gen_no;			/* of `gen`, whose own line readers write: its references */
	bool filtered;			/* by `cpus`; writer: under kvmlat_mutex */
	struct kvmlat_generation *gen;		/* what it is a part of */
	/* of vCPUs without a block, on this CPU; NULL: it is not there */
	struct kvmlat_vcpu *overflow;
	struct kvmlat_cpu *before;	/* the block it had before it came online, or NULL */
	struct kvmlat_table table;
	u64 count[KVMLAT_NR_COUNTERS];
	struct kvmlat_row row[] ____cacheline_aligned;	/* rows + 1, the last is the overflow row */
};

void kvmlat_record(struct kvmlat_cpu *c, struct kvmlat_slot *slot, u64 latency_ns,
		   enum kvmlat_cause cause, u64 runq_ns, u64 offcpu_ns);

#endif
