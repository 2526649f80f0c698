/* SPDX-License-Identifier: GPL-2.0 */
/* For rooms.c: processes, threads and vCPUs, and what the module does at their events. */
#ifndef KVMLAT_UNIT_ROOMS_WORLD_H
#define KVMLAT_UNIT_ROOMS_WORLD_H

#define VCPUS 64
#define THREADS 24
#define PROCESSES 4

struct vcpu {
	struct thread *runner;	/* in its KVM_RUN */
	struct kvmlat_slot *slot;	/* then */
	bool alive;
	u32 tgid, vm;
	u64 pairs, set_pairs;	/* in its block; while it had none, in `other` */
	bool paired;		/* since it was made: its block is not another's */
};

struct thread {
	struct task_struct task;
	struct vcpu *vcpu;
};

extern struct vcpu vcpus[VCPUS];
extern struct thread threads[THREADS];
extern struct kvmlat_generation *gen;
extern u64 now_ns, born, recorded, in_other;
extern u32 seed;
extern const char *wrong;

u32 chance(u32 of);
void begins(struct thread *t, struct vcpu *v);
void records(struct vcpu *v);
void leaves(struct vcpu *v);

#endif
