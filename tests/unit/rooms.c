// SPDX-License-Identifier: GPL-2.0
/*
 * Slots and statistics blocks of vCPUs, by the module's own slot.c, thread.c and block.c: vCPUs are
 * made, run by any thread of their process and closed, at any moment at which the kernel may let
 * them, also in the middle of taking slots and blocks back. No slot and no block ever has two
 * vCPUs, none is cleared under its vCPU, every pair is counted once and as whose it is, in the end
 * nothing is lost, and no process takes what the others need.
 */
#include <stdio.h>
#include "store/slot.c"
#define hopscotch homes_of_threads	/* of thread.c, and so on: each file has one of that name */
#define threads table_of_threads
#include "store/thread.c"
#undef hopscotch
#undef threads
#define shares shares_of_blocks
#include "store/block.c"
#undef shares
#include "generation/generation.h"
#include "rooms-world.h"
#include "tap.h"

static void judge(const char *what, unsigned int blocks)
{
	result(!wrong, "%s, of %u blocks%s%s", what, blocks, wrong ? ": " : "",
	       wrong ? wrong : "");
}

static struct task_struct leaders[PROCESSES + 1];
static bool others_run;		/* cond_resched() lets others run */

static void somebody_runs(void)
{
	struct thread *t = &threads[chance(THREADS)];
	struct vcpu *v = &vcpus[chance(VCPUS)];

	now_ns += NSEC_PER_SEC / 100;
	jiffies++;
	if (t->vcpu) {
		if (chance(4))
			records(t->vcpu);
		else
			leaves(t->vcpu);
	} else if (!chance(20)) {
		/* ends, and another begins */
		t->task.pid = 1 + chance(100);
		t->task.start_time = ++born;
	} else if (!v->runner && !chance(6)) {
		v->alive = false;
	} else if (!v->runner) {
		if (!v->alive || v->tgid != t->task.tgid) {
			v->alive = true;
			v->tgid = t->task.tgid;
			v->vm = ++born;
		}
		begins(t, v);
	}
}

void cond_resched(void)
{
	while (others_run && chance(3))
		somebody_runs();
}

static void reclaim(void)
{
	others_run = true;
	kvmlat_slots_reclaim(&gen->retired, gen->no, false);
	kvmlat_blocks_reclaim(&gen->blocks);
	others_run = false;
}

static u64 in_blocks(void)
{
	u64 pairs = gen->blocks.departed->row[0].bucket[0] + in_other;
	unsigned int n;

	for (n = 0; n < kvmlat_max_vcpus; n++)
		pairs += gen->blocks.vcpus[n]->used ? gen->blocks.vcpus[n]->row[0].bucket[0] : 0;
	return pairs;
}

static void begin(unsigned int blocks, unsigned int slots)
{
	unsigned int n;

	kvmlat_max_vcpus = blocks;
	gen->blocks.vcpus = calloc(blocks + 1, sizeof(*gen->blocks.vcpus));
	gen->blocks.departed = calloc(1, sizeof(*gen->blocks.departed));
	for (n = 0; n < blocks; n++)
		gen->blocks.vcpus[n] = calloc(1, sizeof(**gen->blocks.vcpus));
	/* as a module that was loaded just now */
	memset(&shares, 0, sizeof(shares));
	memset(&shares_of_blocks, 0, sizeof(shares_of_blocks));
	memset(&pins, 0, sizeof(pins));
	memset(vcpus, 0, sizeof(vcpus));
	claims = (atomic_t){ 0 };
	blocks_used = (atomic_t){ 0 };
	slots_used = (atomic_t){ 0 };
	if (kvmlat_slots_init(slots) || kvmlat_blocks_init())
		exit(1);
	for (n = 0; n < THREADS; n++) {
		struct task_struct *leader = &leaders[1 + n % PROCESSES];

		leader->tgid = 1 + n % PROCESSES;
		leader->start_time = leader->tgid;
		threads[n] = (struct thread){ .task = { .pid = 1000 + n,
							.tgid = leader->tgid,
							.start_time = ++born,
							.group_leader = leader } };
	}
	memset(&gen->retired, 0, sizeof(gen->retired));
	gen->blocks.recycled = 0;
	recorded = 0;
	in_other = 0;
	wrong = NULL;
}

static void end(void)
{
	unsigned int n;

	for (n = 0; n < kvmlat_max_vcpus; n++)
		free(gen->blocks.vcpus[n]);
	free(gen->blocks.vcpus);
	free(gen->blocks.departed);
	kvmlat_blocks_exit();
	kvmlat_slots_exit();
}

static void at_random(unsigned int blocks, unsigned int slots)
{
	bool hold = false;
	u32 steps, n;

	begin(blocks, slots);
	for (steps = 0; steps < 200000 && !wrong; steps++) {
		somebody_runs();
		if (!chance(8))
			reclaim();
		if (!chance(50)) {
			if (hold)
				kvmlat_blocks_unpin();
			else
				kvmlat_blocks_pin();
			hold = !hold;
		}
		if (in_blocks() != recorded)
			wrong = "pairs are lost or counted twice";
	}
	judge("vCPUs that are made, run and closed at random keep slots and blocks apart", blocks);
	result(gen->blocks.recycled > 1000, "vCPUs at random have blocks recycled, of %u", blocks);
	/*
	 * All are closed; no slot is left, and all blocks but those kept for their figures are
	 * free.
	 */
	if (hold)
		kvmlat_blocks_unpin();
	for (n = 0; n < VCPUS; n++) {
		if (vcpus[n].runner)
			leaves(&vcpus[n]);
		vcpus[n].alive = false;
	}
	for (n = 0; n < 2 * blocks; n++) {
		kvmlat_slots_reclaim(&gen->retired, gen->no, false);
		kvmlat_blocks_reclaim(&gen->blocks);
	}
	for (n = 0, steps = 0; n < blocks; n++)
		steps += !!owner[n].taken;
	if (steps != kvmlat_blocks_used() || kvmlat_blocks_used() > blocks)
		wrong = "blocks are free twice, or lost";
	if (atomic_read(&slots_used))
		wrong = "slots are lost";
	for (n = 0; n < KVMLAT_SHARES; n++) {
		if (shares.held[0][n].v || shares.held[1][n].v)
			wrong = "a share of slots is held by nobody";
	}
	judge("every pair of vCPUs at random is there in the end", blocks);
	end();
}

/* One process makes vCPUs without end; then others come: each of them has a slot and a block. */
static void greedy(unsigned int keep_alive)
{
	struct thread *t = &threads[0];
	unsigned int n, kept = 0;

	begin(32, 64);
	for (n = 0; n < 2000 && !wrong; n++) {
		struct vcpu *v = &vcpus[n % 48];

		if (v->runner)
			continue;
		v->alive = true;
		v->tgid = t->task.tgid;
		if (!keep_alive || n < 48)
			v->vm = ++born;
		begins(t, v);
		records(v);
		leaves(v);
		v->alive = keep_alive;
	}
	for (n = 48; n < 54; n++) {
		struct vcpu *v = &vcpus[n];

		t = &threads[1 + (n & 1)];
		v->alive = true;
		v->tgid = t->task.tgid;
		v->vm = ++born;
		begins(t, v);
		records(v);
		if (!v->slot || v->slot->block == KVMLAT_NO_BLOCK)
			wrong = "a neighbour has no slot, or no block";
		leaves(v);
	}
	judge(keep_alive ? "a process that keeps 48 vCPUs leaves some for its neighbours" :
			   "a process that makes VMs in turn leaves some for its neighbours", 32);
	/* they end: their figures stay theirs, while the greedy one's are taken */
	for (n = 48; n < 54; n++)
		vcpus[n].alive = false;
	kvmlat_slots_reclaim(&gen->retired, gen->no, false);
	kvmlat_blocks_reclaim(&gen->blocks);
	for (n = 0; n < kvmlat_max_vcpus; n++)
		kept += gen->blocks.vcpus[n]->used &&
			gen->blocks.vcpus[n]->id.vmm != (s32)threads[0].task.tgid;
	if (kept != 6)
		wrong = "a neighbour's figures were put together, though others could be taken";
	judge("a process that keeps 48 vCPUs leaves the figures of its neighbours alone", 32);
	/* and what it has no use for any more, it uses again */
	kvmlat_slots_reclaim(&gen->retired, gen->no, false);
	kvmlat_blocks_reclaim(&gen->blocks);
	if (!keep_alive) {
		t = &threads[0];
		vcpus[0].alive = true;
		vcpus[0].vm = ++born;
		begins(t, &vcpus[0]);
		if (!vcpus[0].slot || vcpus[0].slot->block == KVMLAT_NO_BLOCK)
			wrong = "its own are not used again";
		judge("a process that keeps 48 vCPUs has its own blocks recycled", 32);
		leaves(&vcpus[0]);
	}
	end();
}

int main(void)
{
	gen = calloc(1, sizeof(*gen));
	if (!gen)
		return 1;
	gen->no = 1;
	kvmlat_shares_init();
	seed = 20261124;
	at_random(2, 64);
	at_random(8, 32);
	at_random(20, 64);
	at_random(64, 1024);
	greedy(0);
	greedy(1);
	free(gen);
	return results_failed() != 0;
}
