// SPDX-License-Identifier: GPL-2.0
/*
 * What is new or unusual about an exit or an entry; the probes beside the two are in thread.c.
 *
 * The same rules as in probe.h hold: no lock, no allocation, no print, no sleep. Preemption is off.
 */
#include <linux/rcupdate.h>
#include <linux/smp.h>
#include "probe.h"

static u64 stamp_now(u32 epoch)
{
	return epoch & KVMLAT_EPOCH_CYCLES ? get_cycles() : kvmlat_clock_ns();
}

/* Has this vCPU no statistics block, though there is one to have? */
static bool lacks_block(const struct kvmlat_slot *slot)
{
	return slot->block == KVMLAT_NO_BLOCK && kvmlat_block_to_have(slot->who.vmm);
}

/*
 * After an event: what tells later whether, and why, the thread left its CPU; and the key to the
 * usual way, when all is as that needs it.
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
		slot->stats = c->other;
	/*
	 * The CPU was made to forget when blocks came back. Where this is the entry after that, the next
	 * exit is to be looked at fully too, for only an exit looks for a block.
	 */
	slot->key = 0;
	if (slot->known && !(slot->epoch & KVMLAT_EPOCH_FLUX) && !lacks_block(slot))
		slot->key = (unsigned long)current;
	WRITE_ONCE(c->last, slot);
}

/*
 * An event that a filter leaves out is counted nowhere, but the exit that is open on this vCPU
 * has now lost its entry, or it would pair with a later one.
 */
static void left_out(struct kvmlat_slot *slot, struct kvmlat_cpu *c, enum kvmlat_counter ending)
{
	slot->key = 0;
	/* It may be a new one where an old one was: the next exit will tell who it is. */
	slot->known = false;
	if (!kvmlat_open(slot))
		return;
	/* Open, it was carried by its set_no; adopt() finds it closed. */
	if (slot->set_no != c->set_no)
		kvmlat_add(c->count[KVMLAT_CARRIED], 1);
	WRITE_ONCE(slot->stamp, KVMLAT_STAMP_NONE);
	kvmlat_add(c->count[ending], 1);
}

/* Does the current process own the vCPU that @slot is said to be of? */
static bool same_process(const struct kvmlat_slot *slot)
{
	return slot->who.vmm == current->tgid &&
	       slot->who.start_time == current->group_leader->start_time;
}

/* The set, a filter or a mode changed since this vCPU's last event. Owner only. */
static void adopt(struct kvmlat_slot *slot, struct kvmlat_cpu *c)
{
	/* pairs with the release in kvmlat_epoch_apply(): filters and modes are those of the epoch */
	u32 epoch = smp_load_acquire(&c->epoch), changed = slot->epoch ^ epoch;
	struct kvmlat_set *set = c->set;
	bool open = kvmlat_open(slot);

	if (slot->set_no != c->set_no) {
		WRITE_ONCE(slot->exits, 0);
		WRITE_ONCE(slot->entries, 0);
		if (open)
			kvmlat_add(c->count[KVMLAT_CARRIED], 1);
		WRITE_ONCE(slot->set_no, c->set_no);
		slot->stats = NULL;
	}
	if (changed & KVMLAT_EPOCH_CYCLES && open)
		slot->stamp = KVMLAT_STAMP_VOID;
	if ((s32)(slot->epoch - READ_ONCE(kvmlat_offcpu_epoch)) < 0)
		slot->offcpu_known = false;
	slot->epoch = epoch;
	/* of another process' vCPU, where this one lies now, nothing is said: meet_vcpu() */
	slot->left_out = same_process(slot) && kvmlat_vms_leave_out(current->tgid);
	/* The next exit looks who it is; of an exit that is open that was done. */
	slot->known = open && !slot->left_out && slot->known;
	if (slot->known)
		kvmlat_block_take_up(set, slot);
}

/* Who this vCPU is: it was not seen before, or may be a new one, or a filter may have changed. */
static void meet_vcpu(struct kvmlat_slot *slot, struct kvmlat_cpu *c, struct kvm_vcpu *vcpu)
{
	struct kvmlat_who who = {};
	bool same;

	kvmlat_arch_who(vcpu, &who);
	same = kvmlat_who_same(&slot->who, &who);
	slot->left_out = kvmlat_vms_leave_out(who.vmm);
	slot->known = !slot->left_out;
	if (same && slot->left_out)
		return;
	if (!same && slot->block != KVMLAT_NO_BLOCK) {
		kvmlat_block_leave(slot->block);
		slot->block = KVMLAT_NO_BLOCK;
	}
	kvmlat_slot_named(slot, &who);
	if (!slot->left_out && slot->block == KVMLAT_NO_BLOCK) {
		slot->block = kvmlat_block_claim(&who);
		if (slot->block == KVMLAT_NO_BLOCK)
			kvmlat_add(c->count[KVMLAT_VCPUS_OTHER], 1);
	}
	kvmlat_block_take_up(c->set, slot);
}

/* Another thread than before runs this vCPU, of which nothing else is new. */
static void meet_thread(struct kvmlat_slot *slot, struct kvmlat_cpu *c)
{
	if (slot->who.tid == current->pid)
		return;
	slot->who.tid = current->pid;
	if (slot->known)
		kvmlat_block_take_up(c->set, slot);
}

u32 kvmlat_vet_failures;

/*
 * Are the arguments what this build takes them for? An exit that is not is counted, and nowhere
 * else. One may be a whim of the hardware; where the kernel is another than the one built for,
 * each is, and after KVMLAT_VET_TRIES with no plausible one between them kvmlat gives up.
 */
static bool vetted(const struct kvmlat_slot *slot, struct kvmlat_cpu *c, struct kvm_vcpu *vcpu,
		   u32 isa)
{
	u32 failures = READ_ONCE(kvmlat_vet_failures);
	const char *why = NULL;

	/* or there is the slot of a vCPU that lay here before */
	if (!slot || !slot->known) {
		why = kvmlat_arch_vet(vcpu, isa);
		if (!why && failures)
			WRITE_ONCE(kvmlat_vet_failures, 0);
	}
	if (why) {
		kvmlat_add(c->count[KVMLAT_VET_FAILED], 1);
		if (!*why)
			return false;
		WRITE_ONCE(kvmlat_vet_failures, failures + 1);
		if (failures + 1 >= KVMLAT_VET_TRIES)
			kvmlat_refuse(why);
		return false;
	}
	/* Now and then, since it costs little here: is the short cut to the reason right? */
	if (kvmlat_arch_direct_right(vcpu))
		return true;
	kvmlat_reprobe();
	return false;
}

/* The slot of a vCPU at an exit, ready; NULL when the exit is not to be recorded. */
static struct kvmlat_slot *exit_slot(struct kvmlat_cpu *c, struct kvmlat_slot *slot,
				     struct kvm_vcpu *vcpu, u32 isa)
{
	if (c->left_out) {
		if (slot)
			left_out(slot, c, KVMLAT_OVERWRITTEN);
		return NULL;
	}
	if (slot && slot->left_out && slot->epoch == c->epoch && same_process(slot))
		return NULL;	/* `vms` goes by process: whatever vCPU this is */
	if (!vetted(slot, c, vcpu, isa)) {
		/* and what is open here must not pair with this exit's entry */
		if (slot)
			left_out(slot, c, KVMLAT_OVERWRITTEN);
		return NULL;
	}
	if (!slot) {
		slot = kvmlat_slot_claim(vcpu, c->set);
		if (!slot) {
			if (!kvmlat_vms_leave_out(current->tgid))
				kvmlat_add(c->count[KVMLAT_EXITS_NO_SLOT], 1);
			return NULL;
		}
	}
	if (slot->epoch != c->epoch)
		adopt(slot, c);
	/* or it got no block, and there are some again */
	if (!slot->known || lacks_block(slot))
		meet_vcpu(slot, c, vcpu);
	meet_thread(slot, c);
	if (!slot->left_out)
		return slot;
	left_out(slot, c, KVMLAT_OVERWRITTEN);
	return NULL;
}

/*
 * The block to count in. A reset hands out blocks one CPU after another: a vCPU that has met the new
 * set and comes to a CPU that has the old one stays with the new.
 */
static struct kvmlat_cpu *block_for(const struct kvmlat_slot *slot)
{
	struct kvmlat_cpu *c = this_cpu_read(kvmlat_block);

	if (!slot || likely((s32)(slot->set_no - c->set_no) <= 0))
		return c;
	/* What this slot is from now on, the old block must not take for its own. */
	WRITE_ONCE(c->last, &kvmlat_no_slot);
	return rcu_dereference_sched(kvmlat_set)->cpu[smp_processor_id()];
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
	kvmlat_arch_sample(vcpu, slot, c->count);
	barrier();	/* as in kvmlat_exit() */
	WRITE_ONCE(slot->stamp, stamp_now(slot->epoch));
}

/* An entry that no exit waits for. */
static void entry_alone(struct kvmlat_slot *slot, struct kvmlat_cpu *c, struct kvm_vcpu *vcpu)
{
	if (kvmlat_vms_leave_out(current->tgid))
		return;
	kvmlat_add(c->count[KVMLAT_ENTRY_WITHOUT_EXIT], 1);
	if (!slot) {
		kvmlat_add(c->count[KVMLAT_ENTRIES_NO_SLOT], 1);
		return;
	}
	kvmlat_add(slot->entries, 1);
	/* A new one that lies where an old one did: its exit will tell whose it is. */
	if (kvmlat_arch_first_entry(vcpu))
		slot->known = false;
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
	kvmlat_arch_context(vcpu, slot);
	kvmlat_outlier(c->set, c, slot, latency_ns, cause, runq_ns, known ? offcpu_ns : U64_MAX);
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
		slot->known = false;
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

	if (c->left_out) {
		if (slot)
			left_out(slot, c, KVMLAT_STALE);
		return;
	}
	if (slot && slot->epoch != c->epoch)
		adopt(slot, c);
	if (slot)
		meet_thread(slot, c);
	if (!slot || !kvmlat_open(slot))
		entry_alone(slot, c, vcpu);
	else if (!slot->known || kvmlat_vms_leave_out(current->tgid))
		left_out(slot, c, KVMLAT_STALE);	/* by `vms`, since its exit, or with another VM */
	else
		entry_ends(slot, c, vcpu);
}
