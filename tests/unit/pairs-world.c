// SPDX-License-Identifier: GPL-2.0
/*
 * For pairs.c: a host of a few CPUs. What of the kernel, KVM and the module's other files the
 * probes call, and what vCPU threads and an operator do. Each event goes to the model of
 * pairs-model.c and to the module.
 */
#include <stdarg.h>
#include <stdio.h>
#include "store/alive.h"
#include "pairs-world.h"
/* The slow paths are counted. */
#define kvmlat_exit_slow counted_exit_slow
#define kvmlat_entry_slow counted_entry_slow
#include "probe/fast.h"
#undef kvmlat_exit_slow
#undef kvmlat_entry_slow

unsigned int unit_cpu;
int unit_vendor = X86_FEATURE_SVM;
unsigned long jiffies;
struct task_struct *current;
struct cpumask cpus_wanted = { ~0UL };
bool offcpu_wanted;
unsigned long long kvmlat_outlier_ns;
u64 kvmlat_fast_ns, kvmlat_cycles_mult = (1ULL << 32) * 2 / 5;	/* 2.5 GHz */
unsigned long kvmlat_skip[(KVMLAT_MAP + 63) / 64];

static struct task_struct idle_task;
static struct task_struct leaders[THREADS];	/* main threads of processes, by tgid */
struct thread threads[THREADS];
static struct thread *running[UNIT_CPUS];
s64 skew[UNIT_CPUS];
u64 now_ns, now_cycles;
static u64 born;
unsigned int events, slow, refused, reprobed;
bool attached, cycles_wanted, others_run, changing, always_slow, reclaim_wanted, not_direct;
const char *vet;
void (*meanwhile)(void);
u32 seed;
char wrong[400];

void fault(const char *format, ...)
{
	va_list args;

	if (*wrong)
		return;
	va_start(args, format);
	vsnprintf(wrong, sizeof(wrong), format, args);
	va_end(args);
}

u32 chance(u32 of)
{
	seed = seed * 1664525 + 1013904223;	/* Numerical Recipes, 2nd edition, 7.1 */
	return (seed >> 8) % of;
}

u64 cycles_ns(u64 cycles)
{
	return (u64)((u128)cycles * kvmlat_cycles_mult >> 32);
}

u64 kvmlat_clock_ns(void)
{
	return now_ns + skew[unit_cpu];
}

u64 get_cycles(void)
{
	return now_cycles + 5 * skew[unit_cpu] / 2;
}

u64 ktime_get_real_ns(void)
{
	return now_ns;
}

void pass(u64 ns)
{
	now_ns += ns;
	now_cycles += ns * 5 / 2;
	jiffies = now_ns >> 22;
}

bool pid_lives(u32 pid)
{
	unsigned int n;

	for (n = 0; n < THREADS; n++) {
		if (threads[n].lives && threads[n].task.pid == pid)
			return true;
	}
	return false;
}

void kvmlat_alive_check(struct kvmlat_alive *list, unsigned int nr)
{
	const struct vcpu *v;
	unsigned int n;

	for (n = 0; n < nr; n++) {
		v = container_of(list[n].vcpu, struct vcpu, vcpu);
		list[n].alive = v->alive && (s32)v->tgid == list[n].vmm &&
				leaders[v->tgid].start_time == list[n].start_time;
	}
}

struct kvmlat_policy policy_wanted(void)
{
	return (struct kvmlat_policy){
		.cycles = cycles_wanted, .guest_rip = true, .offcpu = offcpu_wanted,
		.cpus = &cpus_wanted,
	};
}

bool kvmlat_vms_filtered(s32 vmm)
{
	return leave_out_vms >> vmm & 1;
}

void kvmlat_refuse(const char *why)
{
	refused++;
}

void kvmlat_request(enum kvmlat_request what)
{
	reprobed += what == KVMLAT_REPROBE;
	reclaim_wanted |= what == KVMLAT_RECLAIM;
}

bool kvmlat_outlier_skipped(u32 reason)
{
	return test_bit(reason_index(reason), kvmlat_skip);
}

unsigned int kvmlat_arch_index(u32 reason)
{
	return reason_index(reason);
}

void kvmlat_arch_sample(struct kvm_vcpu *vcpu, struct kvmlat_exit *exit,
			struct kvmlat_context *context, u64 *count)
{
	sample_svm_direct(vcpu, exit, context, count);
}

bool kvmlat_arch_first_entry(const struct kvm_vcpu *vcpu)
{
	return !vcpu->entered;
}

bool kvmlat_arch_direct_right(struct kvm_vcpu *vcpu)
{
	return !not_direct;
}

void kvmlat_arch_context(struct kvm_vcpu *vcpu, const struct kvmlat_exit *exit, bool rip,
			 struct kvmlat_context *context)
{
	context->has_info = false;
	context->has_rip = false;
}

void kvmlat_arch_identify(const struct kvm_vcpu *vcpu, struct kvmlat_identity *id)
{
	id->vmm = current->tgid;
	id->tid = current->pid;
	id->start_time = current->group_leader->start_time;
	id->vm = vcpu->vm;
	id->vcpu = vcpu->number;
}

const char *kvmlat_arch_validate(struct kvm_vcpu *vcpu, u32 isa)
{
	return vet;
}

u64 kvmlat_arch_cycles_to_ns(u64 cycles)
{
	return cycles_to_ns(cycles);
}

void counted_exit_slow(void *unused, struct kvm_vcpu *vcpu, u32 isa)
{
	slow++;
	kvmlat_exit_slow(unused, vcpu, isa);
}

void counted_entry_slow(void *unused, struct kvm_vcpu *vcpu)
{
	slow++;
	kvmlat_entry_slow(unused, vcpu);
}

/* Events, on a CPU that has its thread. */
static void on(struct thread *t)
{
	if (t->cpu < 0) {
		puts("Bail out! pairs: a thread without a CPU has an event");
		exit(1);
	}
	unit_cpu = t->cpu;
	current = &t->task;
}

/*
 * While a change is being made, and then only, a CPU that has not forgotten its last vCPU yet may
 * go by what that knew: the fast path. The model is told.
 */
void exits(struct thread *t, unsigned int reason)
{
	unsigned int before = slow;
	struct vcpu *v = t->vcpu;
	bool fails;

	on(t);
	t->in_guest = false;
	v->its_vmcb.control.exit_code = codes[reason];
	v->its_vmcb.control.exit_int_info = chance(1 << 20);
	if (!attached)
		return;
	/* a vCPU that has a slot was validated */
	fails = (vet && !v->m.slot) || not_direct;
	events++;
	if (always_slow)
		counted_exit_slow(NULL, &v->vcpu, 2);
	else if (kvmlat_fast_cycles)
		kvmlat_exit(&v->vcpu, 2, sample_svm_direct, true);
	else
		kvmlat_exit(&v->vcpu, 2, sample_svm_direct, false);
	if (vet && !v->m.slot)
		figures_of(block_of(&v->m)->gen_no)->count[KVMLAT_VET_FAILED]++;
	if (fails)
		model_left_out(&v->m, block_of(&v->m), KVMLAT_OVERWRITTEN);
	else
		model_exit(t, codes[reason], changing && slow == before);
	/* What KVM may do before the entry. */
	v->its_vmcb.control.exit_int_info = 0;
}

void enters(struct thread *t)
{
	unsigned int before = slow;
	struct vcpu *v = t->vcpu;

	on(t);
	t->in_guest = true;
	if (attached) {
		events++;
		if (always_slow)
			counted_entry_slow(NULL, &v->vcpu);
		else if (kvmlat_fast_cycles)
			kvmlat_entry(&v->vcpu, true, reason_index, cycles_to_ns);
		else
			kvmlat_entry(&v->vcpu, false, reason_index, cycles_to_ns);
		model_entry(t, changing && slow == before);
	}
	v->vcpu.entered = true;
}

/* KVM_RUN begins, and ends. */
void runs(struct thread *t, struct vcpu *v)
{
	t->vcpu = v;
	t->last = v;
	v->runner = t;
}

void leaves(struct thread *t)
{
	on(t);
	t->in_guest = false;
	if (attached) {
		kvmlat_probe_userspace(NULL, 0, 0);
		model_leave(t);
	}
	t->vcpu->runner = NULL;
	t->vcpu = NULL;
}

/* A vCPU of process @tgid where there was none, or one that is gone. */
struct vcpu *new_vcpu(unsigned int n, u32 tgid)
{
	struct vcpu *v = &vcpus[n];

	v->vcpu = (struct kvm_vcpu){ .vm = ++born, .number = n, .born = born };
	v->vmcb = &v->its_vmcb;
	v->tgid = tgid;
	v->alive = true;
	return v;
}

void switches(unsigned int cpu, struct thread *next, bool voluntary)
{
	struct thread *prev = running[cpu];

	if (prev == next)
		return;
	unit_cpu = cpu;
	if (prev) {
		prev->task.nvcsw += voluntary;
		prev->task.nivcsw += !voluntary;
		prev->cpu = -1;
	}
	if (next) {
		next->task.sched_info.run_delay += chance(5000);
		next->cpu = cpu;
	}
	running[cpu] = next;
	model_switch(prev, next, voluntary);
	if (switch_hooked)
		kvmlat_probe_switch(NULL, !voluntary, prev ? &prev->task : &idle_task,
				    next ? &next->task : &idle_task, 0);
}

/* @t runs on @cpu from now on. */
void moves(struct thread *t, unsigned int cpu)
{
	if (t->cpu >= 0 && t->cpu != (int)cpu)
		switches(t->cpu, NULL, false);
	switches(cpu, t, false);
}

struct thread *begins(unsigned int n, u32 pid, u32 tgid)
{
	struct thread *t = &threads[n];

	leaders[tgid].start_time = 1000 + tgid;
	*t = (struct thread){
		.task = { .pid = pid,
			  .tgid = tgid,
			  .start_time = ++born,
			  .group_leader = &leaders[tgid] },
		.lives = true,
		.cpu = -1,
	};
	return t;
}

/* Its vCPU stays. */
void ends(struct thread *t)
{
	if (t->vcpu)
		leaves(t);
	switches(t->cpu, NULL, true);
	t->lives = false;
}

void closes(struct vcpu *v)
{
	v->alive = false;
}
