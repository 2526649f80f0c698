/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every file of the module knows: the words for what is counted, who a vCPU is, the lock of
 * process context, and how a datum with one writer is written.
 */
#ifndef KVMLAT_BASE_H
#define KVMLAT_BASE_H

#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/types.h>
#include "kvmlat-data.h"

/* What a pair's time went into: the first that applies, from the last to the first here. */
enum kvmlat_cause {
	KVMLAT_KERNEL,		/* never left the CPU */
	KVMLAT_PREEMPTED,	/* involuntary switches only */
	KVMLAT_BLOCKED,		/* the thread slept in the kernel */
	KVMLAT_USER,		/* KVM_RUN returned to the VMM in between */
	KVMLAT_CAUSES,
	KVMLAT_MIXED = KVMLAT_CAUSES,	/* of a row that several causes share */
};

/*
 * Audit and event counters of a CPU block, KVMLAT_CPU_COUNTERS. Written by probes on that CPU.
 */
enum kvmlat_counter {
#define X(id, name) KVMLAT_##id,
	KVMLAT_CPU_COUNTERS(X)
#undef X
	KVMLAT_NR_COUNTERS
};

extern const char * const kvmlat_counter_names[KVMLAT_NR_COUNTERS];

extern const char * const kvmlat_cause_names[KVMLAT_CAUSES + 1];

/*
 * Who a vCPU is, by value. vm is 0 and vcpu -1 where they cannot be known. The first four tell it
 * from all others, kvmlat_identity_same(); a process may rename itself, and threads change.
 */
struct kvmlat_identity {
	s32 vmm;			/* pid of the VMM process */
	u32 vm;				/* tells apart the VMs of one process */
	s32 vcpu;
	s32 tid;			/* of the thread that runs it, or ran it last */
	u64 start_time;			/* of the process */
	char comm[TASK_COMM_LEN];	/* of the process, when it was first seen */
};

static inline bool kvmlat_identity_same(const struct kvmlat_identity *a,
					const struct kvmlat_identity *b)
{
	return a->vmm == b->vmm && a->vm == b->vm && a->vcpu == b->vcpu &&
	       a->start_time == b->start_time;
}

/* A datum with one writer, this: a plain add is one instruction, and whole on a 64-bit machine. */
#define kvmlat_add(what, n) data_race((what) += (n))

/*
 * Process context: the current generation, taking back slots and blocks, attaching, and the
 * parameters. No probe takes it.
 */
extern struct mutex kvmlat_mutex;
extern atomic64_t kvmlat_bytes;			/* memory held by generations, slots and rings */

#endif
