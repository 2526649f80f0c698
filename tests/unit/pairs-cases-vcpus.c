// SPDX-License-Identifier: GPL-2.0
/* For pairs.c: cases of vCPUs that change threads, and of what they and many causes take. */
#include "pairs-world.h"
#include "pairs-operator.h"
#include "pairs-judge.h"
#include "pairs-cases.h"

void no_slots(void)
{
	static const char before[] =
	"exits 70 entries 105 paired 64 exits_no_slot 6 entries_no_slot 41 entry_without_exit 41";
	static const char after[] =
	"exits 71 entries 106 paired 65 exits_no_slot 6 entries_no_slot 41 entry_without_exit 41";
	unsigned int n;

	for (n = 0; n < SLOTS + 3; n++)
		pair_of(guest_of(n, n % UNIT_CPUS), 0, 100);
	counted(before);
	moves(&threads[5], 1);
	closes(threads[5].vcpu);
	ends(&threads[5]);
	reclaims(false);
	pair_of(&threads[34], 0, 100);
	counted(after);
}

void no_blocks(void)
{
	struct thread *t = guest_of(0, 0), *u = guest_of(1, 1);
	unsigned int before;

	pair_of(t, 0, 100);
	pair_of(u, 0, 100);
	before = slow;
	pair_of(u, 0, 100);
	same_number("unusual events of a vCPU without a block", slow - before, 0);
	moves(u, 2);
	pair_of(u, 0, 100);
	pair_of(u, 0, 100);
	counted("exits 7 entries 9 paired 7 entries_no_slot 2 entry_without_exit 2 vcpus_other 1");
	same_number("its pairs on the first CPU",
		    kvmlat_vrow_count(&kvmlat_generation->cpu[1]->overflow->row[0]), 3);
	same_number("its pairs on the second",
		    kvmlat_vrow_count(&kvmlat_generation->cpu[2]->overflow->row[0]), 2);
}

/*
 * A vCPU without a block waits between an exit and its entry while one comes back, as when what
 * takes it back runs on the CPU that the vCPU lost: it has it from its next exit on.
 */
void block_comes_back(void)
{
	struct thread *t = guest_of(0, 0), *u = guest_of(1, 1);
	unsigned int before;

	pair_of(t, 0, 100);
	pair_of(u, 0, 100);
	exits(u, 0);
	closes(t->vcpu);
	ends(t);
	reclaims(false);
	same_number("blocks in use once the first vCPU is closed", kvmlat_blocks_used(), 0);
	pass(100);
	enters(u);
	pair_of(u, 0, 100);
	same_number("blocks in use after the next exit", kvmlat_blocks_used(), 1);
	before = slow;
	pair_of(u, 0, 100);
	same_number("unusual events after that", slow - before, 0);
	same_number("its pairs without a block",
		    kvmlat_vrow_count(&kvmlat_generation->cpu[1]->overflow->row[0]), 3);
	same_number("VMs with statistics", pairs_of_vm(u->vcpu->vcpu.vm), 2);
}

/*
 * A vCPU leaves KVM_RUN on one thread and is entered by another: what its pair waited is the
 * first's.
 */
void handed_over(void)
{
	struct thread *t = guest_of(0, 0), *u = guest_of(1, 1);
	struct vcpu *v = t->vcpu;

	leaves(u);
	measures_offcpu(true);
	pair_of(t, 0, 100);
	FRESH();
	exits(t, 1);
	switches(0, NULL, false);
	pass(70);
	moves(t, 0);
	leaves(t);
	switches(0, NULL, true);
	pass(500);
	moves(t, 0);
	switches(1, NULL, false);
	pass(30);
	moves(u, 1);
	runs(u, v);
	enters(u);
	counted("exits 1 entries 1 paired 1 migrated 1");
	same_number("its off-CPU time", kvmlat_generation->cpu[1]->row[0].head.offcpu_ns, 70);
	pair_of(u, 0, 100);
	same_number("VMs with statistics", pairs_of_vm(v->vcpu.vm), 2);
	/* The first thread runs another vCPU now, and this changes nothing for the one it left. */
	exits(u, 0);
	runs(t, &vcpus[1]);
	enters(t);
	leaves(t);
	enters(u);
	same_number("pairs handled in the kernel",
		    kvmlat_row_count(&kvmlat_generation->cpu[1]->row[1]), 2);
}

/*
 * One vCPU, run once by each of many threads, takes one slot, one block and no thread's place for
 * good.
 */
void many_threads(void)
{
	struct thread *t = guest_of(0, 0), *u;
	struct vcpu *v = t->vcpu;
	unsigned int n;

	FRESH();
	for (n = 0; n < 500; n++) {
		exits(t, 1);
		leaves(t);
		u = begins(1 + n % 30, 100 + n, t->task.tgid);
		moves(u, 0);
		runs(u, v);
		enters(u);
		t = u;
	}
	u = guest_of(35, 1);
	leaves(u);
	runs(u, v == u->last ? v : u->last);
	enters(u);
	same_number("vCPUs with statistics", kvmlat_blocks_used(), 2);
	counted("exits 501 entries 503 paired 501 entries_no_slot 1 entry_without_exit 2");
}

/*
 * A guest with many causes takes no row that a reason without one needs. Eight rows: three reasons
 * with four causes each, and then others of another guest.
 */
void many_causes(void)
{
	struct kvmlat_cpu *c = kvmlat_generation->cpu[0];
	struct thread *t = guest_of(0, 0), *u = guest_of(2, 1);
	unsigned int reason, cause, n;

	kvmlat_table_init(&c->table, c, c->row, 8, sizeof(c->row[0]));
	c->table.reserve = kvmlat_generation->cpu[1]->table.reserve * 8 / 40;
	for (n = 0; n < 12; n++) {
		reason = n % 3;
		cause = n / 3;
		moves(t, 0);
		exits(t, reason);
		if (cause)
			switches(0, NULL, cause == 2);
		moves(t, 0);
		if (cause == 3) {
			leaves(t);
			runs(t, t->last);
		}
		enters(t);
	}
	moves(u, 0);
	pair_of(u, 3, 100);
	pair_of(u, 4, 100);
	same_number("pairs in the catch-all", kvmlat_row_count(&c->row[c->table.cap]), 0);
	for (n = 0, reason = 0; n < c->table.nr_rows; n++)
		reason += c->row[n].head.reason == codes[3] || c->row[n].head.reason == codes[4];
	same_number("rows of the neighbour's reasons", reason, 2);
	kvmlat_reset();	/* the model knows of no such rows */
	memset(figures, 0, sizeof(figures));
}

/* The sum over many CPUs and vCPUs, of which each has less than 2^64 ns, has more. */
void wide_sums(void)
{
	struct kvmlat_row from = { .head = { .sum_ns = U64_MAX - 1, .min_ns = 5, .max_ns = 7 } },
			  to = {};
	unsigned int n;

	to.head.min_ns = U64_MAX;
	for (n = 0; n < 5; n++)
		kvmlat_row_add(&to, &from);
	from = to;
	kvmlat_row_add(&to, &from);
	same_number("the lower half", to.head.sum_ns, (u64)0 - 20);
	same_number("the upper half", to.head.sum_high, 9);
}
