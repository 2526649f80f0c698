/* SPDX-License-Identifier: GPL-2.0 */
/* For pairs.c: the host as the model of pairs-model.c knows it, and what is counted of it. */
#ifndef KVMLAT_UNIT_PAIRS_MODEL_H
#define KVMLAT_UNIT_PAIRS_MODEL_H

#include "arch/x86.h"
#include "generation/filter.h"
#include "generation/generation.h"

#define THREADS 40
#define VCPUS 40
#define SLOTS 32U
#define REASONS 6
#define RING 64
#define FIGURES 4U

/* What is known of the vCPU, or of those one after another, at an address. */
struct model {
	bool slot, open;
	bool runs;		/* an event of this KVM_RUN was seen */
	u32 gen, epoch;		/* of its last event */
	u32 vmm;		/* of its last exit */
	unsigned long left;	/* jiffies when KVM_RUN returned */
	/* of the open exit, and since */
	u64 born, stamp, thread_born, runq_ns, off_ns;
	u32 reason, intr_info, gap;
	unsigned int cpu;
	bool spoilt;		/* the clock is another since */
	bool user, blocked, preempted, known;
	u64 user_runq_ns, user_off_ns;	/* of its thread, until KVM_RUN returned */
};

/* In KVM, behind the vCPU: where arch/x86.h looks for it. */
struct vcpu {
	struct kvm_vcpu vcpu;
	struct vmcb *vmcb;
	struct vmcb its_vmcb;
	struct thread *runner;	/* is in KVM_RUN with it */
	u32 tgid;		/* of its process */
	bool alive;		/* not closed */
	struct model m;
};

struct thread {
	struct task_struct task;
	bool lives;
	int cpu;		/* -1: does not run */
	struct vcpu *vcpu;	/* in KVM_RUN */
	struct vcpu *last;	/* that it ran */
	bool in_guest;
	u64 out_ns, off_ns;	/* off-CPU time in all, while that is measured */
};

struct outlier {
	u64 ns, runq_ns, off_ns;
	u32 reason, cause, cpu, exit_cpu, vm, intr_info, tid, vmm;
};

struct pairs {
	u64 nr, sum_ns, min_ns, max_ns, runq_ns, off_ns;
	u64 bucket[KVMLAT_BUCKETS];
};

/* What is counted in a generation. */
struct figures {
	u64 exits, entries, paired, abandoned, in_flight;
	u64 count[KVMLAT_NR_COUNTERS];
	struct pairs rows[UNIT_CPUS][REASONS][KVMLAT_CAUSES];
	struct outlier outliers[RING], excess[RING / 4];
	u64 nr_outliers, nr_excess;
};

extern const u32 codes[REASONS];
extern struct vcpu vcpus[VCPUS];
extern struct figures figures[FIGURES];	/* of the generation of that number, modulo FIGURES */
extern u64 leave_out_vms;		/* bits of tgids */
extern bool switch_hooked;

u64 cycles_ns(u64 cycles);		/* of the world, which the model shares */

struct figures *figures_of(u32 gen);
unsigned int reason_at(u32 code);
struct kvmlat_cpu *block_of(const struct model *m);
unsigned int slots_taken(void);
void model_left_out(struct model *m, const struct kvmlat_cpu *c, enum kvmlat_counter ending);
void model_exit(struct thread *t, u32 reason, bool old);
void model_entry(struct thread *t, bool old);
void model_leave(struct thread *t);
void model_switch(struct thread *prev, struct thread *next, bool voluntary);
void model_figures(struct figures *f, u32 gen);

/* pairs-model-reclaim.c */
void model_detach(u32 gen);
const char *model_reclaim(u32 gen, const bool *has);

#endif
