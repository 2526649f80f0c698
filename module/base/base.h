/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What all files of the module share: causes and counters, the identity of a vCPU, the mutex of
 * process context, and the plain add for data that has one writer.
 */
#ifndef KVMLAT_BASE_H
#define KVMLAT_BASE_H

#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/types.h>
#include "kvmlat-data.h"

/* What the time of a pair went into. Of the causes that apply, the one listed last counts. */
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
 * The identity of a vCPU, by value. vm is 0 and vcpu is -1 where they are not known. Two are the
 * same, kvmlat_identity_same(), if vmm, vm, vcpu and start_time are. tid and comm do not count:
 * another thread may run the vCPU, and a process may rename itself.
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

/*
 * Add to a datum that only the caller writes. A plain add is one instruction, and on a 64-bit
 * machine a reader (READ_ONCE()) sees the value before it or the one after it.
 */
#define kvmlat_add(what, n) data_race((what) += (n))

/*
 * The mutex of process context. It protects the current generation, the reclaiming of slots and
 * blocks, attaching and detaching, and the parameters. No probe takes it.
 */
extern struct mutex kvmlat_mutex;
extern atomic64_t kvmlat_bytes;			/* memory held by generations, slots and rings */

#endif
