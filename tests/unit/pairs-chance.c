// SPDX-License-Identifier: GPL-2.0
/* For pairs.c: threads and an operator who do as chance has it. */
#include "pairs-world.h"
#include "pairs-operator.h"
#include "pairs-chance.h"

unsigned int nr_threads;

static u64 some_ns(void)
{
	switch (chance(8)) {
	case 0:
		return 0;
	case 1:
		return chance(16);
	case 2:
		return 1ULL << chance(chance(50) ? 24 : 45);
	default:
		return chance(3000);
	}
}

/*
 * A thread outside KVM_RUN ends, or runs a vCPU of its process that nobody runs: often the one it
 * ran last, or any, as threads of a pool do, at times a new one in the place of any.
 */
static void outside(struct thread *t)
{
	struct vcpu *v = t->last && chance(3) ? t->last : &vcpus[chance(VCPUS)];

	if (!chance(12)) {
		ends(t);
		return;
	}
	if (v->runner)
		return;
	if (!v->alive || v->tgid != t->task.tgid || !chance(6))
		new_vcpu(v - vcpus, t->task.tgid);
	runs(t, v);
	if (chance(20))
		enters(t);
}

static void inside(struct thread *t)
{
	if (!t->in_guest && !chance(6))
		leaves(t);
	else if (t->vcpu->vcpu.entered && (t->in_guest ? chance(20) : !chance(20)))
		exits(t, chance(REASONS));
	else
		enters(t);
}

void somebody_acts(void)
{
	static struct thread *t = threads;
	u32 pid = 1 + chance(2 * THREADS);
	struct vcpu *v = &vcpus[chance(VCPUS)];

	if (!chance(12))
		t = &threads[chance(nr_threads)];
	pass(some_ns());
	if (!chance(200) && !v->runner)
		closes(v);
	if (!t->lives) {
		if (!pid_lives(pid))
			begins(t - threads, pid, 1 + chance(4));
	} else if (t->cpu < 0 || !chance(30)) {
		moves(t, chance(UNIT_CPUS));
	} else if (!chance(10)) {
		switches(t->cpu, NULL, chance(2));
	} else if (t->vcpu) {
		inside(t);
	} else {
		outside(t);
	}
}

/*
 * Where the kernel would let others run: other threads do, and no operator; or what a case has them
 * do.
 */
void cond_resched(void)
{
	unsigned int n;

	if (meanwhile)
		meanwhile();
	if (!others_run)
		return;
	others_run = false;
	changing = true;
	for (n = chance(chance(4) ? 4 : 40); n; n--)
		somebody_acts();
	changing = false;
	others_run = true;
}

void operator_acts(void)
{
	unsigned int n;

	others_run = chance(2);
	switch (chance(8)) {
	case 0:
		resets();
		break;
	case 1:
		takes_cpus(chance(3) ? ~0UL : chance(1 << UNIT_CPUS));
		break;
	case 2:
		leaves_out_vms(chance(3) ? 0 : chance(32));
		break;
	case 3:
		goes_by_cycles(chance(2));
		break;
	case 4:
		measures_offcpu(chance(2));
		break;
	case 5:
		attaches(false);
		for (n = chance(50); n; n--)
			somebody_acts();
		attaches(true);
		break;
	case 6:
		reclaims(false);
		break;
	case 7:
		skew[chance(UNIT_CPUS)] = (s64)chance(2000) - 1000;
		break;
	}
	others_run = false;
}
