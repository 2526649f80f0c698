// SPDX-License-Identifier: GPL-2.0
/*
 * The slow paths of kvm_exit and kvm_entry. The other two probes are in probe/userspace.c and
 * store/thread.c.
 * The rules of fast.h hold here too: no lock, no allocation, no print, no sleep. Preemption is off.
 */
#include <linux/rcupdate.h>
#include <linux/smp.h>
#include "base/host.h"
#include "base/request.h"
#include "generation/filter.h"
#include "generation/generation.h"
#include "probe/slow.h"

static u64 stamp_now(u32 epoch)
{
	return epoch & KVMLAT_EPOCH_CYCLES ? get_cycles() : kvmlat_clock_ns();
}

/* Has this vCPU no statistics block, while it could be given one? */
static bool wants_block(const struct kvmlat_slot *slot)
{
	return slot->block == KVMLAT_NO_BLOCK && kvmlat_block_available(slot->id.vmm);
}

/*
 * After an event: store what shows later whether, and why, the thread left its CPU; and set the key
 * for the fast path, if the slot is ready for that.
 */
static void remember(struct kvmlat_slot *slot, struct kvmlat_cpu *c)
{
	slot->nvcsw = current->nvcsw;
	slot->nivcsw = current->nivcsw;
	slot->switches = slot->nvcsw + slot->nivcsw;
	slot->run_delay_ns = kvmlat_run_delay_ns(current);
	slot->from_pid = current->pid;
	slot->from_start = current->start_time;
	slot->exit_cpu = smp_processor_id();
	slot->user = false;
	slot->offcpu_ns = slot->thread->offcpu_ns;
	slot->gap = slot->thread->gap;
	slot->offcpu_known = slot->epoch & KVMLAT_EPOCH_OFFCPU;
	/* Of this CPU: the fast path uses it only while the thread stays here. */
	if (slot->block == KVMLAT_NO_BLOCK)
		slot->stats = c->overflow;
	/*
	 * kvmlat_reclaim() makes the CPUs forget when blocks were recycled. If the next event is an
	 * entry, the exit after it must take the slow path too, for only an exit claims a block.
	 */
	slot->key = 0;
	if (slot->identified && !(slot->epoch & KVMLAT_EPOCH_CHANGING) && !wants_block(slot))
		slot->key = (unsigned long)current;
	WRITE_ONCE(c->last, slot);
}

/*
 * A filtered event is counted nowhere. But an exit that is open on this vCPU has now lost its
 * entry: it is closed, or it would pair with a later one, and is counted as @ending.
 */
static void end_filtered(struct kvmlat_slot *slot, struct kvmlat_cpu *c, enum kvmlat_counter ending)
{
	slot->key = 0;
	/* Another vCPU may get this address: the next exit looks up the identity. */
	slot->identified = false;
	if (!kvmlat_open(slot))
		return;
	/* While open, its gen_no showed that it is carried; catch_up() will find it closed. */
	if (slot->gen_no != c->gen_no)
		kvmlat_add(c->count[KVMLAT_CARRIED], 1);
	WRITE_ONCE(slot->stamp, KVMLAT_STAMP_NONE);
	kvmlat_add(c->count[ending], 1);
}

/* Is the VMM in the identity of @slot the current process? */
static bool same_process(const struct kvmlat_slot *slot)
{
	return slot->id.vmm == current->tgid &&
	       slot->id.start_time == current->group_leader->start_time;
}

/* The generation, a filter or a mode changed since the last event of this vCPU. Writer only. */
static void catch_up(struct kvmlat_slot *slot, struct kvmlat_cpu *c)
{
	/* pairs with the release in cpu_epoch_set(): filters and modes are those of the epoch */
	u32 epoch = smp_load_acquire(&c->epoch), changed = slot->epoch ^ epoch;
	struct kvmlat_generation *gen = c->gen;
	bool open = kvmlat_open(slot);

	if (slot->gen_no != c->gen_no) {
		WRITE_ONCE(slot->exits, 0);
		WRITE_ONCE(slot->entries, 0);
		if (open)
			kvmlat_add(c->count[KVMLAT_CARRIED], 1);
		WRITE_ONCE(slot->gen_no, c->gen_no);
		slot->stats = NULL;
	}
	if (changed & KVMLAT_EPOCH_CYCLES && open)
		slot->stamp = KVMLAT_STAMP_VOID;
	if ((s32)(slot->epoch - READ_ONCE(kvmlat_offcpu_epoch)) < 0)
		slot->offcpu_known = false;
	slot->epoch = epoch;
	/* if it was the vCPU of another process, identify_vcpu() decides at the next exit */
	slot->filtered = same_process(slot) && kvmlat_vms_filtered(current->tgid);
	/* The next exit looks up the identity; for an exit that is open that was done. */
	slot->identified = open && !slot->filtered && slot->identified;
	if (slot->identified)
		slot->stats = kvmlat_block_bind(&gen->blocks, slot->block, &slot->id);
}

/* Look up the identity: the vCPU is new, or may be another one, or a filter may have changed. */
static void identify_vcpu(struct kvmlat_slot *slot, struct kvmlat_cpu *c, struct kvm_vcpu *vcpu)
{
	struct kvmlat_identity id = {};
	bool same;

	kvmlat_arch_identify(vcpu, &id);
	same = kvmlat_identity_same(&slot->id, &id);
	slot->filtered = kvmlat_vms_filtered(id.vmm);
	slot->identified = !slot->filtered;
	if (same && slot->filtered)
		return;
	if (!same && slot->block != KVMLAT_NO_BLOCK) {
		kvmlat_block_retire(slot->block);
		slot->block = KVMLAT_NO_BLOCK;
	}
	kvmlat_slot_identify(slot, &id);
	if (!slot->filtered && slot->block == KVMLAT_NO_BLOCK) {
		slot->block = kvmlat_block_claim(&id);
		if (slot->block == KVMLAT_NO_BLOCK)
			kvmlat_add(c->count[KVMLAT_VCPUS_OTHER], 1);
	}
	slot->stats = kvmlat_block_bind(&c->gen->blocks, slot->block, &slot->id);
}

/* If another thread runs this vCPU than before, note it in the identity. */
static void note_thread(struct kvmlat_slot *slot, struct kvmlat_cpu *c)
{
	if (slot->id.tid == current->pid)
		return;
	slot->id.tid = current->pid;
	if (slot->identified)
		slot->stats = kvmlat_block_bind(&c->gen->blocks, slot->block, &slot->id);
}

u32 kvmlat_validate_failures;

/*
 * Are the arguments what this build takes them for? An exit that fails is counted in vet_failed and
 * nowhere else. A single one may be a whim of the hardware. On a kernel other than the one this was
 * built for all fail, and after KVMLAT_VALIDATE_TRIES in a row kvmlat refuses.
 */
static bool validated(const struct kvmlat_slot *slot, struct kvmlat_cpu *c, struct kvm_vcpu *vcpu,
		      u32 isa)
{
	u32 failures = READ_ONCE(kvmlat_validate_failures);
	const char *why = NULL;

	/* the slot may be that of a vCPU that was at this address before */
	if (!slot || !slot->identified) {
		why = kvmlat_arch_validate(vcpu, isa);
		if (!why && failures)
			WRITE_ONCE(kvmlat_validate_failures, 0);
	}
	if (why) {
		kvmlat_add(c->count[KVMLAT_VET_FAILED], 1);
		if (!*why)
			return false;
		WRITE_ONCE(kvmlat_validate_failures, failures + 1);
		if (failures + 1 >= KVMLAT_VALIDATE_TRIES)
			kvmlat_refuse(why);
		return false;
	}
	/* On the slow path it costs little to check: is the direct reading of the reason right? */
	if (kvmlat_arch_direct_right(vcpu))
		return true;
	kvmlat_request(KVMLAT_REPROBE);
	return false;
}

/* The slot of a vCPU, ready for this exit; NULL when the exit is not to be recorded. */
static struct kvmlat_slot *exit_slot(struct kvmlat_cpu *c, struct kvmlat_slot *slot,
				     struct kvm_vcpu *vcpu, u32 isa)
{
	if (c->filtered) {
		if (slot)
			end_filtered(slot, c, KVMLAT_OVERWRITTEN);
		return NULL;
	}
	if (slot && slot->filtered && slot->epoch == c->epoch && same_process(slot))
		return NULL;	/* `vms` filters by process: any vCPU of this one */
	if (!validated(slot, c, vcpu, isa)) {
		/* the exit that is open must not pair with the entry after this one */
		if (slot)
			end_filtered(slot, c, KVMLAT_OVERWRITTEN);
		return NULL;
	}
	if (!slot) {
		slot = kvmlat_slot_claim(vcpu, c->gen_no);
		if (!slot) {
			if (!kvmlat_vms_filtered(current->tgid))
				kvmlat_add(c->count[KVMLAT_EXITS_NO_SLOT], 1);
			return NULL;
		}
	}
	if (slot->epoch != c->epoch)
		catch_up(slot, c);
	/* also if it got no block before, and could be given one now */
	if (!slot->identified || wants_block(slot))
		identify_vcpu(slot, c, vcpu);
	note_thread(slot, c);
	if (!slot->filtered)
		return slot;
	end_filtered(slot, c, KVMLAT_OVERWRITTEN);
	return NULL;
}

/*
 * The CPU block to count in. A reset publishes blocks CPU by CPU: a vCPU that has met the new
 * generation, and comes to a CPU that still has the old one, stays with the new one.
 */
static struct kvmlat_cpu *block_for(const struct kvmlat_slot *slot)
{
	struct kvmlat_cpu *c = this_cpu_read(kvmlat_block);

	if (!slot || likely((s32)(slot->gen_no - c->gen_no) <= 0))
		return c;
	/* What this slot is from now on, the old block must not take for its own. */
	WRITE_ONCE(c->last, &kvmlat_no_slot);
	return rcu_dereference_sched(kvmlat_generation)->cpu[smp_processor_id()];
}

/* The slow path of an exit. */
noinline void kvmlat_exit_slow(void *unused, struct kvm_vcpu *vcpu, u32 isa)
{
	struct kvmlat_slot *slot = kvmlat_slot_run(vcpu);
	struct kvmlat_cpu *c = block_for(slot);

	slot = exit_slot(c, slot, vcpu, isa);
	if (!slot)
		return;
	kvmlat_add(slot->exits, 1);
	if (kvmlat_open(slot))
		kvmlat_add(c->count[KVMLAT_OVERWRITTEN], 1);
	WRITE_ONCE(slot->stamp, KVMLAT_STAMP_NONE);
	remember(slot, c);
	kvmlat_arch_sample(vcpu, &slot->exit, &slot->context, c->count);
	barrier();	/* as in kvmlat_exit_fast() */
	WRITE_ONCE(slot->stamp, stamp_now(slot->epoch));
}

/* An entry while no exit is open. */
static void entry_alone(struct kvmlat_slot *slot, struct kvmlat_cpu *c, struct kvm_vcpu *vcpu)
{
	if (kvmlat_vms_filtered(current->tgid))
		return;
	kvmlat_add(c->count[KVMLAT_ENTRY_WITHOUT_EXIT], 1);
	if (!slot) {
		kvmlat_add(c->count[KVMLAT_ENTRIES_NO_SLOT], 1);
		return;
	}
	kvmlat_add(slot->entries, 1);
	/* Another vCPU at the same address: the next exit looks up its identity. */
	if (kvmlat_arch_first_entry(vcpu))
		slot->identified = false;
	remember(slot, c);
}

/*
 * Run-queue time and off-CPU time of the open exit of @slot; true if the latter is known. If the
 * thread that enters the guest is not the one that left it, both are those of the latter until its
 * KVM_RUN returned: after that the vCPU had no thread.
 */
static bool waited(const struct kvmlat_slot *slot, u64 *runq_ns, u64 *offcpu_ns)
{
	const struct kvmlat_thread *t = slot->thread;

	if (slot->from_pid != current->pid || slot->from_start != current->start_time) {
		*runq_ns = slot->user_runq_ns;
		*offcpu_ns = slot->user_offcpu_ns;
		return slot->offcpu_known;
	}
	*runq_ns = kvmlat_run_delay_ns(current) - slot->run_delay_ns;
	*offcpu_ns = t->offcpu_ns - slot->offcpu_ns;
	return slot->offcpu_known && t->gap == slot->gap;
}

/* Record a pair; @passed is its latency by the clock of the epoch. */
static void pair(struct kvmlat_cpu *c, struct kvmlat_slot *slot, struct kvm_vcpu *vcpu, u64 passed)
{
	u64 latency_ns = slot->epoch & KVMLAT_EPOCH_CYCLES ?
			 kvmlat_arch_cycles_to_ns(passed) : passed;
	bool measured = slot->epoch & KVMLAT_EPOCH_OFFCPU, known = measured;
	enum kvmlat_cause cause = KVMLAT_KERNEL;
	u64 runq_ns = 0, offcpu_ns = 0;

	if (slot->user)
		cause = KVMLAT_USER;
	else if (current->nvcsw != slot->nvcsw)
		cause = KVMLAT_BLOCKED;
	else if (current->nivcsw != slot->nivcsw)
		cause = KVMLAT_PREEMPTED;
	if (cause != KVMLAT_KERNEL) {
		known = waited(slot, &runq_ns, &offcpu_ns);
		if (measured && !known)
			kvmlat_add(c->count[KVMLAT_OFFCPU_UNKNOWN], 1);
		if (!known)
			offcpu_ns = 0;
		/*
		 * The scheduler's clock may have last been updated by the wakeup that preempted the
		 * thread, a little before the exit: that part of the wait is not in the pair.
		 */
		runq_ns = min(runq_ns, known ? offcpu_ns : latency_ns);
	}
	kvmlat_record(c, slot, latency_ns, cause, runq_ns, offcpu_ns);
	if (slot->exit_cpu != smp_processor_id())
		kvmlat_add(c->count[KVMLAT_MIGRATED], 1);
	if (latency_ns < READ_ONCE(kvmlat_outlier_ns))
		return;
	if (kvmlat_outlier_skipped(slot->exit.reason))
		return;
	kvmlat_arch_context(vcpu, &slot->exit, slot->epoch & KVMLAT_EPOCH_RIP, &slot->context);
	kvmlat_outlier(&c->gen->rings, c, slot, latency_ns, cause, runq_ns,
		       known ? offcpu_ns : U64_MAX);
}

/* An entry while an exit of this vCPU is open. */
static void entry_ends(struct kvmlat_slot *slot, struct kvmlat_cpu *c, struct kvm_vcpu *vcpu)
{
	u64 stamp = slot->stamp;
	s64 passed = stamp_now(slot->epoch) - stamp;

	kvmlat_add(slot->entries, 1);
	WRITE_ONCE(slot->stamp, KVMLAT_STAMP_NONE);
	if (kvmlat_arch_first_entry(vcpu)) {
		/* The first entry of a vCPU ends no exit: another at this address had it. */
		kvmlat_add(c->count[KVMLAT_STALE], 1);
		kvmlat_add(c->count[KVMLAT_STALE_ENTRY], 1);
		slot->identified = false;
	} else if (passed < 0) {
		kvmlat_add(c->count[KVMLAT_BACKWARD], 1);
		if (stamp == KVMLAT_STAMP_VOID)
			kvmlat_add(c->count[KVMLAT_CLOCK_SWITCHED], 1);
	} else {
		pair(c, slot, vcpu, passed);
	}
	remember(slot, c);
}

/* The slow path of an entry. */
noinline void kvmlat_entry_slow(void *unused, struct kvm_vcpu *vcpu)
{
	struct kvmlat_slot *slot = kvmlat_slot_run(vcpu);
	struct kvmlat_cpu *c = block_for(slot);

	if (c->filtered) {
		if (slot)
			end_filtered(slot, c, KVMLAT_STALE);
		return;
	}
	if (slot && slot->epoch != c->epoch)
		catch_up(slot, c);
	if (slot)
		note_thread(slot, c);
	if (!slot || !kvmlat_open(slot))
		entry_alone(slot, c, vcpu);
	else if (!slot->identified || kvmlat_vms_filtered(current->tgid))
		/* filtered by `vms` since its exit, or the vCPU is another one */
		end_filtered(slot, c, KVMLAT_STALE);
	else
		entry_ends(slot, c, vcpu);
}
