// SPDX-License-Identifier: GPL-2.0
/* For pairs.c: cases that hardly happen on a host, and what is counted of each. */
#include "pairs-world.h"
#include "pairs-operator.h"
#include "pairs-judge.h"
#include "pairs-cases.h"

void pair_of(struct thread *t, unsigned int reason, u64 ns)
{
	exits(t, reason);
	pass(ns);
	enters(t);
}

/* A thread on a CPU, in the guest of its vCPU for the first time; and one that kvmlat knows. */
struct thread *new_guest_of(unsigned int n, unsigned int cpu)
{
	struct thread *t = begins(n, 1 + n, 1 + n / 2);

	runs(t, new_vcpu(n, t->task.tgid));
	moves(t, cpu);
	enters(t);
	return t;
}

struct thread *guest_of(unsigned int n, unsigned int cpu)
{
	struct thread *t = new_guest_of(n, cpu);

	pair_of(t, 0, 100);
	return t;
}

void two_exits(void)
{
	struct thread *t = guest_of(0, 0);

	FRESH();
	pair_of(t, 0, 100);
	exits(t, 0);
	pass(100);
	exits(t, 1);
	pass(50);
	enters(t);
	counted("exits 3 entries 2 paired 2 overwritten 1");
	enters(t);
	counted("exits 3 entries 3 paired 2 overwritten 1 entry_without_exit 1");
}

void other_vcpu(void)
{
	struct thread *t = guest_of(0, 0), *u = guest_of(1, 1);
	struct vcpu *a = t->vcpu, *b = u->vcpu;
	unsigned int n;

	exits(u, 0);
	leaves(u);
	exits(t, 0);
	leaves(t);
	FRESH();
	/* Both have run, and on two threads: each exit meets its own vCPU's entry. */
	for (n = 0; n < 10; n++) {
		runs(t, n & 1 ? a : b);
		enters(t);
		pair_of(t, 0, 100);
		exits(t, 1);
		leaves(t);
	}
	counted("exits 20 entries 20 paired 20 in_flight 2 carried 2 migrated 1");
	runs(t, a);
	enters(t);
	counted("exits 20 entries 21 paired 21 in_flight 1 carried 2 migrated 1");
}

u64 pairs_of_vm(u32 vm)
{
	u64 nr = 0;
	unsigned int n, row;

	for (n = 0; n < kvmlat_max_vcpus; n++) {
		for (row = 0;
		     kvmlat_generation->blocks.vcpus[n]->id.vm == vm && row <= KVMLAT_VROWS; row++)
			nr += kvmlat_vrow_count(&kvmlat_generation->blocks.vcpus[n]->row[row]);
	}
	return nr;
}

/*
 * A pair is its vCPU's, also when a thread went on to a new one where the last one was, and no
 * probe saw it enter.
 */
void whose(void)
{
	struct thread *t = guest_of(0, 0);
	u32 first = t->vcpu->vcpu.vm, second;

	attaches(false);
	exits(t, 0);
	leaves(t);
	runs(t, new_vcpu(0, t->task.tgid));
	second = t->vcpu->vcpu.vm;
	enters(t);
	attaches(true);
	pair_of(t, 0, 100);
	pair_of(t, 0, 100);
	takes_cpus(~4UL);
	exits(t, 0);
	leaves(t);
	runs(t, new_vcpu(0, t->task.tgid));
	moves(t, 1);
	pass(100);
	enters(t);
	exits(t, 0);
	leaves(t);
	runs(t, new_vcpu(0, t->task.tgid));
	moves(t, 2);
	enters(t);	/* filtered */
	moves(t, 1);
	pair_of(t, 0, 100);
	pair_of(t, 0, 100);
	pair_of(t, 0, 100);
	same_number("pairs of the first", pairs_of_vm(first), 1);
	same_number("pairs of the second", pairs_of_vm(second), 2);
	same_number("pairs of the last", pairs_of_vm(t->vcpu->vcpu.vm), 3);
}

void new_vcpu_in_its_place(void)
{
	struct thread *t = guest_of(0, 0);

	FRESH();
	exits(t, 0);
	leaves(t);
	runs(t, new_vcpu(0, t->task.tgid));
	enters(t);
	pair_of(t, 0, 100);
	counted("exits 2 entries 2 paired 1 stale 1 stale_entry 1");
}

void backward(void)
{
	struct thread *t = guest_of(0, 0);

	FRESH();
	exits(t, 0);
	skew[0] = -1000;
	pass(999);
	enters(t);
	counted("exits 1 entries 1 backward 1");
	exits(t, 0);
	moves(t, 1);
	skew[1] = -1000 - 1;
	enters(t);
	counted("exits 2 entries 2 backward 2");
	/* no time at all is not backward */
	pair_of(t, 0, 0);
	counted("exits 3 entries 3 paired 1 backward 2");
	exits(t, 0);
	goes_by_cycles(!cycles_wanted);
	pass(100);
	enters(t);
	counted("exits 4 entries 4 paired 1 backward 3 clock_switched 1");
	pair_of(t, 0, 100);
	counted("exits 5 entries 5 paired 2 backward 3 clock_switched 1");
}

void backward_by_cycles(void)
{
	goes_by_cycles(true);
	backward();
}

void cpu_left_out(void)
{
	struct thread *t = guest_of(0, 0);

	FRESH();
	exits(t, 0);
	takes_cpus(~1UL);
	exits(t, 0);	/* ends the open one, and is not counted */
	enters(t);
	exits(t, 0);
	counted("exits 1 overwritten 1");
	moves(t, 1);
	enters(t);
	exits(t, 0);
	counted("exits 2 entries 1 in_flight 1 overwritten 1 entry_without_exit 1");
	moves(t, 0);
	pass(100);
	enters(t);	/* the like, as the entry's CPU is filtered */
	counted("exits 2 entries 1 overwritten 1 stale 1 entry_without_exit 1");
	takes_cpus(~0UL);
	pair_of(t, 0, 100);
	counted("exits 3 entries 2 paired 1 overwritten 1 stale 1 entry_without_exit 1");
	/* Open over a reset, and filtered then. */
	exits(t, 0);
	takes_cpus(~1UL);
	FRESH();
	enters(t);
	counted("carried 1 stale 1");
}

void vm_left_out(void)
{
	struct thread *t = guest_of(0, 0), *u = guest_of(2, 1);

	FRESH();
	exits(t, 0);
	exits(u, 0);
	leaves_out_vms(1 << t->task.tgid);
	exits(t, 0);
	enters(u);
	enters(t);
	pair_of(t, 0, 100);
	counted("exits 2 entries 1 paired 1 overwritten 1");
	exits(u, 0);
	leaves_out_vms(1 << u->task.tgid);
	enters(u);
	enters(t);
	pair_of(t, 0, 100);
	counted("exits 4 entries 3 paired 2 overwritten 1 stale 1 entry_without_exit 1");
}

void resets_between(void)
{
	struct thread *t = guest_of(0, 0), *u = guest_of(1, 0);

	moves(t, 0);
	exits(t, 0);
	moves(u, 0);
	exits(u, 0);
	FRESH();
	counted("in_flight 2 carried 2");
	FRESH();
	moves(t, 1);
	pass(100);
	enters(t);
	exits(u, 1);
	enters(u);
	counted("exits 1 entries 2 paired 2 carried 2 overwritten 1 migrated 1");
}

/*
 * The first CPU has the new generation, the last one not yet: who has met the new goes on with it
 * there.
 */
static void half_reset(void)
{
	struct thread *t = &threads[0];

	if (kvmlat_block[0]->gen_no == kvmlat_block[3]->gen_no)
		return;
	meanwhile = NULL;
	changing = true;
	moves(t, 0);
	pair_of(t, 0, 100);
	moves(t, 3);
	pair_of(t, 0, 100);
	pair_of(t, 0, 100);
	pair_of(t, 0, 100);
	changing = false;
}

void in_a_reset(void)
{
	struct thread *t = guest_of(0, 3);

	pair_of(t, 0, 100);
	meanwhile = half_reset;
	FRESH();
	counted("exits 4 entries 4 paired 4");
	pair_of(t, 0, 100);
	counted("exits 5 entries 5 paired 5");
}

void without_entry(void)
{
	struct thread *t = guest_of(0, 0), *u = guest_of(1, 1), *v = guest_of(2, 2);

	exits(t, 0);
	exits(u, 0);
	pair_of(v, 0, 100);
	FRESH();
	ends(t);
	reclaims(false);
	counted("in_flight 2 carried 2");	/* another thread may run it */
	closes(&vcpus[0]);
	counted("in_flight 2 carried 2");
	reclaims(false);
	counted("in_flight 1 abandoned 1 carried 2");
	exits(v, 0);
	attaches(false);
	counted("exits 1 abandoned 3 carried 2");
	enters(u);
	exits(v, 0);
	attaches(true);
	enters(v);
	pair_of(u, 0, 100);
	counted("exits 2 entries 2 paired 1 abandoned 3 carried 2 entry_without_exit 1");
}

void two_on_a_cpu(void)
{
	struct thread *t = guest_of(0, 0), *u = guest_of(1, 0);

	FRESH();
	moves(t, 0);
	exits(t, 0);
	moves(u, 0);
	exits(u, 1);
	pass(100);
	enters(u);
	moves(t, 0);
	enters(t);
	exits(t, 1);
	moves(t, 3);
	enters(t);
	counted("exits 3 entries 3 paired 3 migrated 1");
}

void modes_between(void)
{
	struct thread *t = guest_of(0, 0);

	FRESH();
	exits(t, 0);
	measures_offcpu(true);
	switches(0, NULL, true);
	pass(100);
	moves(t, 0);
	enters(t);
	counted("exits 1 entries 1 paired 1 offcpu_unknown 1");
	exits(t, 0);
	switches(0, NULL, true);
	pass(2000000);
	moves(t, 0);
	enters(t);
	pair_of(t, 2, 2000000);
	pair_of(t, 3, kvmlat_outlier_ns - 1);
	pair_of(t, 3, kvmlat_outlier_ns);
	counted("exits 5 entries 5 paired 5 offcpu_unknown 1 outliers 2");
}

void not_vetted(void)
{
	struct thread *t = new_guest_of(0, 0), *u = new_guest_of(1, 1);
	unsigned int n;

	/* Neither what is no sign of drift nor less than a row of the others is refused. */
	vet = "";
	for (n = 0; n < KVMLAT_VALIDATE_TRIES; n++)
		exits(t, 0);
	vet = "drift";
	for (n = 1; n < KVMLAT_VALIDATE_TRIES; n++)
		exits(n % 2 ? t : u, 0);
	vet = NULL;
	guest_of(4, 2);
	vet = "drift";
	for (n = 1; n < KVMLAT_VALIDATE_TRIES; n++)
		exits(n % 2 ? t : u, 0);
	if (refused)
		fault("refused too soon");
	exits(u, 0);
	if (refused != 1)
		fault("not refused");
	counted("exits 1 entries 4 paired 1 entries_no_slot 3 entry_without_exit 3 vet_failed 191");
	FRESH();
	vet = NULL;
	not_direct = true;
	exits(t, 0);
	if (reprobed != 1)
		fault("not probed anew");
	counted("");
	not_direct = false;
	exits(u, 0);
	counted("exits 1 in_flight 1");
	/* One that is not taken: its entry is not that of the exit that was open. */
	not_direct = true;
	exits(u, 0);
	enters(u);
	not_direct = false;
	counted("exits 1 entries 1 overwritten 1 entry_without_exit 1");
}
