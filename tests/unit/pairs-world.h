/* SPDX-License-Identifier: GPL-2.0 */
/* For pairs.c: what the host of pairs-world.c offers. */
#ifndef KVMLAT_UNIT_PAIRS_WORLD_H
#define KVMLAT_UNIT_PAIRS_WORLD_H

#include "base/request.h"
#include "probe/probes.h"
#include "probe/slow.h"
#include "pairs-model.h"

extern struct thread threads[THREADS];
extern s64 skew[UNIT_CPUS];
extern u64 now_ns, now_cycles;
extern unsigned int events, slow, refused, reprobed;
extern bool attached, cycles_wanted, others_run, changing, always_slow, reclaim_wanted, not_direct;
extern const char *vet;
extern void (*meanwhile)(void);		/* a case's part in the middle of a change */
extern struct cpumask cpus_wanted;
extern bool offcpu_wanted;
extern u32 seed;
extern char wrong[400];

__attribute__((format(printf, 1, 2)))
void fault(const char *format, ...);
struct kvmlat_policy policy_wanted(void);
u32 chance(u32 of);
void pass(u64 ns);
bool pid_lives(u32 pid);
void counted_exit_slow(void *unused, struct kvm_vcpu *vcpu, u32 isa);
void counted_entry_slow(void *unused, struct kvm_vcpu *vcpu);
void exits(struct thread *t, unsigned int reason);
void enters(struct thread *t);
void runs(struct thread *t, struct vcpu *v);
void leaves(struct thread *t);
struct vcpu *new_vcpu(unsigned int n, u32 tgid);
void switches(unsigned int cpu, struct thread *next, bool voluntary);
void moves(struct thread *t, unsigned int cpu);
struct thread *begins(unsigned int n, u32 pid, u32 tgid);
void ends(struct thread *t);
void closes(struct vcpu *v);

#endif
