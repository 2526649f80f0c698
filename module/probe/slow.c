// SPDX-License-Identifier: GPL-2.0
/*
 * What is new or unusual about an exit or an entry; the probes beside the two are in thread.c.
 *
 * The same rules as in fast.h hold: no lock, no allocation, no print, no sleep. Preemption is off.
 */
#include <linux/rcupdate.h>
#include <linux/smp.h>
#include "base/compat.h"
#include "base/request.h"
#include "generation/filter.h"
#include "generation/generation.h"
#include "probe/slow.h"

static u64 stamp_now(u32 epoch)
{
	return epoch & KVMLAT_EPOCH_CYCLES ? get_cycles() : kvmlat_clock_ns();
}

/* Has this vCPU no statistics block, though there is one to have? */
static bool wants_block(const struct kvmlat_slot *slot)
{
	return slot->block == KVMLAT_NO_BLOCK && kvmlat_block_available(slot->id.vmm);
}

/*
 * After an event: what tells later whether, and why, the thread left its CPU; and the key to the
 * fast path, when all is as that needs it.
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
	/* This CPU's, and the key holds as long as the thread stays on it. */
	if (slot->block == KVMLAT_NO_BLOCK)
		slot->stats = c->overflow;
	/*
	 * The CPU was made to forget when blocks came back. Where this is the entry after that, the
	 * next exit is to be looked at fully too, for only an exit looks for a block.
	 */
	slot->key = 0;
	if (slot->identified && !(slot->epoch & KVMLAT_EPOCH_CHANGING) && !wants_block(slot))
		slot->key = (unsigned long)current;
	WRITE_ONCE(c->last, slot);
}

/*
 * An event that is filtered is counted nowhere, but the exit that is open on this vCPU
 * has now lost its entry, or it would pair with a later one.
 */
static void end_filtered(struct kvmlat_slot *slot, struct kvmlat_cpu *c, enum kvmlat_counter ending)
{
	slot->key = 0;
	/* It may be a new one where an old one was: the next exit will tell who it is. */
	slot->identified = false;
	if (!kvmlat_open(slot))
		return;
	/* Open, it was carried by its gen_no; adopt() finds it closed. */
	if (slot->gen_no != c->gen_no)
		kvmlat_add(c->count[KVMLAT_CARRIED], 1);
	WRITE_ONCE(slot->stamp, KVMLAT_STAMP_NONE);
	kvmlat_add(c->count[ending], 1);
}

/* Does the current process own the vCPU that @slot is said to be of? */
static bool same_process(const struct kvmlat_slot *slot)
{
	return slot->id.vmm == current->tgid &&
	       slot->id.start_time == current->group_leader->start_time;
}

/* The generation, a filter or a mode changed since this vCPU's last event. Owner only. */
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
	/* of another process' vCPU, where this one lies now, nothing is said: identify_vcpu() */
	slot->filtered = same_process(slot) && kvmlat_vms_filtered(current->tgid);
	/* The next exit looks who it is; of an exit that is open that was done. */
	slot->identified = open && !slot->filtered && slot->identified;
	if (slot->identified)
		slot->stats = kvmlat_block_bind(&gen->blocks, slot->block, &slot->id);
}

/* Who this vCPU is: it was not seen before, or may be a new one, or a filter may have changed. */
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

/* Another thread than before runs this vCPU, of which nothing else is new. */
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
 * Are the arguments what this build takes them for? An exit that is not is counted, and nowhere
 * else. One may be a whim of the hardware; where the kernel is another than the one built for,
 * each is, and after KVMLAT_VALIDATE_TRIES with no plausible one between them kvmlat gives up.
 */
static bool validated(const struct kvmlat_slot *slot, struct kvmlat_cpu *c, struct kvm_vcpu *vcpu,
		      u32 isa)
{
	u32 failures = READ_ONCE(kvmlat_validate_failures);
	const char *why = NULL;

	/* or there is the slot of a vCPU that lay here before */
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
	/* Now and then, since it costs little here: is the short cut to the reason right? */
	if (kvmlat_arch_direct_right(vcpu))
		return true;
	kvmlat_request(KVMLAT_REPROBE);
	return false;
}

/* The slot of a vCPU at an exit, ready; NULL when the exit is not to be recorded. */
static struct kvmlat_slot *exit_slot(struct kvmlat_cpu *c, struct kvmlat_slot *slot,
				     struct kvm_vcpu *vcpu, u32 isa)
{
	if (c->filtered) {
		if (slot)
			end_filtered(slot, c, KVMLAT_OVERWRITTEN);
		return NULL;
	}
	if (slot && slot->filtered && slot->epoch == c->epoch && same_process(slot))
		return NULL;	/* `vms` goes by process: whatever vCPU this is */
	if (!validated(slot, c, vcpu, isa)) {
		/* and what is open here must not pair with this exit's entry */
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
	/* or it got no block, and there are some again */
	if (!slot->identified || wants_block(slot))
		identify_vcpu(slot, c, vcpu);
	note_thread(slot, c);
	if (!slot->filtered)
		return slot;
	end_filtered(slot, c, KVMLAT_OVERWRITTEN);
	return NULL;
}

/*
 * The block to count in. A reset hands out blocks one CPU after another: a vCPU that has met the
 * new generation and comes to a CPU that has the old one stays with the new.
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

/* An exit, looked at fully. */
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
	barrier();	/* as in kvmlat_exit() */
	WRITE_ONCE(slot->stamp, stamp_now(slot->epoch));
}

/* An entry that no exit waits for. */
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
	/* A new one that lies where an old one did: its exit will tell whose it is. */
	if (kvmlat_arch_first_entry(vcpu))
		slot->identified = false;
	remember(slot, c);
}

/*
 * How long the open exit of @slot has waited for a CPU (@runq_ns) and been off it (@offcpu_ns), and
 * whether the latter is known. Where another thread enters the guest than left it, both are the
 * first thread's, until its KVM_RUN returned: from then on no thread was the vCPU's.
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

/* A pair of a vCPU; @passed in the epoch's clock. */
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
		 * The scheduler's clock may stand since the wakeup that took the CPU away, a little
		 * before the exit; that part of the wait is not the pair's.
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

/* An entry that an exit of this vCPU waits for. */
static void entry_ends(struct kvmlat_slot *slot, struct kvmlat_cpu *c, struct kvm_vcpu *vcpu)
{
	u64 stamp = slot->stamp;
	s64 passed = stamp_now(slot->epoch) - stamp;

	kvmlat_add(slot->entries, 1);
	WRITE_ONCE(slot->stamp, KVMLAT_STAMP_NONE);
	if (kvmlat_arch_first_entry(vcpu)) {
		/* A vCPU's first ends no exit: that was of another, whose memory it has now. */
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

/* An entry, looked at fully. */
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
		/* by `vms`, since its exit, or with another VM */
		end_filtered(slot, c, KVMLAT_STALE);
	else
		entry_ends(slot, c, vcpu);
}
