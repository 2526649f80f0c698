// SPDX-License-Identifier: GPL-2.0
/* For rooms.c: processes, threads and vCPUs, and what the module does at their events. */
#include "base/request.h"
#include "store/alive.h"
#include "generation/generation.h"
#include "rooms-world.h"

struct vcpu vcpus[VCPUS];
struct thread threads[THREADS];
struct task_struct *current;
unsigned long jiffies;
unsigned int unit_cpu;
atomic64_t kvmlat_bytes;
struct kvmlat_generation *gen;
u64 now_ns, born, recorded, in_other;
u32 seed;
const char *wrong;

u32 chance(u32 of)
{
	seed = seed * 1664525 + 1013904223;	/* Numerical Recipes, 2nd edition, 7.1 */
	return (seed >> 8) % of;
}

u64 kvmlat_clock_ns(void)
{
	return now_ns;
}

struct kvmlat_generation *kvmlat_generation_current(void)
{
	return gen;
}

void kvmlat_request(enum kvmlat_request what)
{
}

/* Somebody may close a vCPU while the files are looked at, or right after. */
void kvmlat_alive_check(struct kvmlat_alive *list, unsigned int nr)
{
	unsigned int n;

	for (n = 0; n < nr; n++) {
		const struct vcpu *v = list[n].vcpu;

		if (!v)
			wrong = "a slot of nobody is listed";
		list[n].alive = v && v->alive && (s32)v->tgid == list[n].vmm;
		cond_resched();
	}
}

/* Pairs of a block are counted in its first row. */
void kvmlat_vcpu_init(struct kvmlat_vcpu *v)
{
	v->table.cap = KVMLAT_VROWS;
}

void kvmlat_vcpu_fold(struct kvmlat_vcpu *to, const struct kvmlat_vcpu *from)
{
	to->row[0].bucket[0] += from->row[0].bucket[0];
}

/* What identify_vcpu() in probe.c does. */
static void meets(struct vcpu *v, struct kvmlat_slot *slot)
{
	struct kvmlat_identity id = {
		.vmm = v->tgid, .vm = v->vm, .tid = current->pid, .start_time = v->tgid
	};

	if (!kvmlat_identity_same(&slot->id, &id) && slot->block != KVMLAT_NO_BLOCK) {
		kvmlat_block_retire(slot->block);
		slot->block = KVMLAT_NO_BLOCK;
	}
	slot->identified = true;
	kvmlat_slot_identify(slot, &id);
	if (slot->block == KVMLAT_NO_BLOCK) {
		slot->block = kvmlat_block_claim(&id);
		v->pairs = 0;
	}
	slot->stats = kvmlat_block_bind(&gen->blocks, slot->block, &slot->id);
}

/* KVM_RUN of @v begins on @t, and its first exit comes. */
void begins(struct thread *t, struct vcpu *v)
{
	struct kvmlat_slot *slot;

	current = &t->task;
	unit_cpu = chance(UNIT_CPUS);
	v->runner = t;
	t->vcpu = v;
	slot = kvmlat_slot_run(v);
	if (!slot) {
		slot = kvmlat_slot_claim(v, gen->no);
		v->pairs = 0;
	}
	v->slot = slot;
	if (!slot)
		return;
	if (slot->state != KVMLAT_RUNNING || slot->vcpu != v || slot->thread->slot != slot)
		wrong = "a vCPU runs, and its slot or its thread says otherwise";
	if (!slot->identified || slot->id.vm != v->vm)
		meets(v, slot);
}

/* A pair, as kvmlat_record() counts it. */
void records(struct vcpu *v)
{
	struct kvmlat_slot *slot = v->slot;
	struct kvmlat_vcpu *stats;

	if (!slot)
		return;
	current = &v->runner->task;
	if (kvmlat_slot_run(v) != slot)
		wrong = "a vCPU lost its slot in KVM_RUN";
	if (slot->block == KVMLAT_NO_BLOCK && kvmlat_block_available((s32)v->tgid))
		meets(v, slot);
	recorded++;
	if (slot->block == KVMLAT_NO_BLOCK) {
		in_other++;
		return;
	}
	stats = slot->stats;
	if (!stats->used || !kvmlat_identity_same(&stats->id, &slot->id) || stats->id.vm != v->vm)
		wrong = "a vCPU's block is another's, or cleared";
	if (stats->row[0].bucket[0] != v->pairs)
		wrong = "a vCPU's block has other pairs than its own";
	if (!kvmlat_block_live(slot->block, &slot->id))
		wrong = "a vCPU that runs is called gone";
	stats->row[0].bucket[0]++;
	v->pairs++;
}

/* KVM_RUN returns, as kvmlat_probe_userspace() sees it. */
void leaves(struct vcpu *v)
{
	if (v->slot) {
		v->slot->returned = jiffies;
		v->slot->runs++;
		v->slot->state = KVMLAT_IDLE;
		kvmlat_thread_returned(v->slot->thread);
	}
	v->runner->vcpu = NULL;
	v->runner = NULL;
}
