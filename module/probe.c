// SPDX-License-Identifier: GPL-2.0
/*
 * What is new or unusual about an exit or an entry, and the probes beside the two.
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
	slot->exit_cpu = smp_processor_id();
	slot->user = false;
	slot->offcpu_ns = 0;
	slot->out_ns = 0;
	slot->offcpu_known = slot->epoch & KVMLAT_EPOCH_OFFCPU;
	slot->key = 0;
	if (slot->vcpu && slot->stats && !(slot->epoch & KVMLAT_EPOCH_FLUX))
		slot->key = (unsigned long)current;
	WRITE_ONCE(c->last, slot);
}

/*
 * An event that a filter leaves out is counted nowhere, but the exit that is open on this thread
 * has now lost its entry, or it would pair with a later one.
 */
static void left_out(struct kvmlat_slot *slot, struct kvmlat_cpu *c, enum kvmlat_counter ending)
{
	slot->key = 0;
	/* It may be another vCPU's, or a new one's where an old one was: the next exit will tell whose it is. */
	slot->vcpu = NULL;
	if (!kvmlat_open(slot))
		return;
	/* Open, it was carried by its set_no; adopt() finds it closed. */
	if (slot->set_no != c->set_no)
		kvmlat_add(c->count[KVMLAT_CARRIED], 1);
	WRITE_ONCE(slot->stamp, KVMLAT_STAMP_NONE);
	kvmlat_add(c->count[ending], 1);
}

/* The set, a filter or a mode changed since this thread's last event. Owner only. */
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
	slot->left_out = kvmlat_vms_leave_out(current->tgid);
	/* Whose vCPU runs is looked at together with it, at the next exit. */
	slot->vcpu = NULL;
	if (!open || slot->left_out)
		return;
	slot->vcpu = slot->last_vcpu;
	kvmlat_block_take_up(set, slot);
}

/* Another vCPU than before runs on this thread, or a filter may have changed. */
static void meet_vcpu(struct kvmlat_slot *slot, struct kvmlat_cpu *c, struct kvm_vcpu *vcpu)
{
	struct kvmlat_who who = {};
	bool same;

	kvmlat_arch_who(vcpu, &who);
	same = slot->last_vcpu == vcpu && !memcmp(&slot->who, &who, sizeof(who));
	slot->left_out = kvmlat_vms_leave_out(who.vmm);
	slot->vcpu = slot->left_out ? NULL : vcpu;
	if (same && slot->left_out)
		return;
	if (same && slot->block != KVMLAT_NO_BLOCK) {
		kvmlat_block_take_up(c->set, slot);
		return;
	}
	slot->last_vcpu = vcpu;
	slot->who = who;
	if (slot->block != KVMLAT_NO_BLOCK)
		kvmlat_block_leave(slot->block);
	slot->block = KVMLAT_NO_BLOCK;
	if (!slot->left_out) {
		slot->block = kvmlat_block_claim(&who);
		if (slot->block == KVMLAT_NO_BLOCK)
			kvmlat_add(c->count[KVMLAT_VCPUS_OTHER], 1);
	}
	kvmlat_block_take_up(c->set, slot);
}

/* Are the arguments what this build takes them for? Else give up. */
static bool vetted(const struct kvmlat_slot *slot, struct kvm_vcpu *vcpu, u32 isa)
{
	const char *why = NULL;

	if (!slot || slot->last_vcpu != vcpu)
		why = kvmlat_arch_vet(vcpu, isa);
	if (why) {
		kvmlat_refuse(why);
		return false;
	}
	/* Now and then, since it costs little here: is the short cut to the reason right? */
	if (kvmlat_arch_direct_right(vcpu))
		return true;
	kvmlat_reprobe();
	return false;
}

/* The slot of a thread at an exit, ready for this vCPU; NULL when the exit is not to be recorded. */
static struct kvmlat_slot *exit_slot(struct kvmlat_cpu *c, struct kvmlat_slot *slot, struct kvm_vcpu *vcpu,
				     u32 isa)
{
	if (c->left_out) {
		if (slot)
			left_out(slot, c, KVMLAT_OVERWRITTEN);
		return NULL;
	}
	if (slot && slot->left_out && slot->epoch == c->epoch)
		return NULL;	/* `vms` goes by process: whatever vCPU this is */
	if (!vetted(slot, vcpu, isa)) {
		/* and what is open here must not pair with this exit's entry */
		if (slot)
			left_out(slot, c, KVMLAT_OVERWRITTEN);
		return NULL;
	}
	if (!slot) {
		slot = kvmlat_slot_claim(c->set);
		if (!slot) {
			if (!kvmlat_vms_leave_out(current->tgid))
				kvmlat_add(c->count[KVMLAT_EXITS_NO_SLOT], 1);
			return NULL;
		}
	}
	if (slot->epoch != c->epoch)
		adopt(slot, c);
	/* or it got no block, and there are some again */
	if (slot->vcpu != vcpu || (!slot->stats && kvmlat_blocks_used() < kvmlat_max_vcpus))
		meet_vcpu(slot, c, vcpu);
	if (!slot->left_out)
		return slot;
	left_out(slot, c, KVMLAT_OVERWRITTEN);
	return NULL;
}

/*
 * The block to count in. A reset hands out blocks one CPU after another: a thread that has met the new set and comes to
 * a CPU that has the old one stays with the new.
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
	struct kvmlat_slot *slot = kvmlat_slot_of(current);
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
	/* Another vCPU, or a new one that lies where an old one did: its exit will tell whose it is. */
	if (slot->vcpu != vcpu || kvmlat_arch_first_entry(vcpu))
		slot->vcpu = NULL;
	remember(slot, c);
}

/* A pair of a vCPU; @passed in the epoch's clock. */
static void pair(struct kvmlat_cpu *c, struct kvmlat_slot *slot, struct kvm_vcpu *vcpu, u64 passed)
{
	u64 latency_ns = slot->epoch & KVMLAT_EPOCH_CYCLES ?
			 kvmlat_arch_cycles_to_ns(passed) : passed;
	bool offcpu_known = slot->epoch & KVMLAT_EPOCH_OFFCPU;
	enum kvmlat_cause cause = KVMLAT_KERNEL;
	u64 runq_ns = 0, offcpu_ns = 0;

	if (slot->user)
		cause = KVMLAT_USER;
	else if (current->nvcsw != slot->nvcsw)
		cause = KVMLAT_BLOCKED;
	else if (current->nivcsw != slot->nivcsw)
		cause = KVMLAT_PREEMPTED;
	if (cause != KVMLAT_KERNEL) {
		if (offcpu_known && !slot->offcpu_known)
			kvmlat_add(c->count[KVMLAT_OFFCPU_UNKNOWN], 1);
		offcpu_known = slot->offcpu_known;
		offcpu_ns = offcpu_known ? slot->offcpu_ns : 0;
		/*
		 * The scheduler's clock may stand since the wakeup that took the CPU away, a little
		 * before the exit; that part of the wait is not the pair's.
		 */
		runq_ns = min(kvmlat_run_delay_ns(current) - slot->run_delay_ns,
			      offcpu_known ? offcpu_ns : latency_ns);
	}
	kvmlat_record(c, slot, latency_ns, cause, runq_ns, offcpu_ns);
	if (slot->exit_cpu != smp_processor_id())
		kvmlat_add(c->count[KVMLAT_MIGRATED], 1);
	if (latency_ns < READ_ONCE(kvmlat_outlier_ns))
		return;
	kvmlat_arch_context(vcpu, slot);
	kvmlat_outlier(c->set, c, slot, latency_ns, cause, runq_ns,
		       offcpu_known ? offcpu_ns : U64_MAX);
}

/* An entry that an exit of this thread waits for. */
static void entry_ends(struct kvmlat_slot *slot, struct kvmlat_cpu *c, struct kvm_vcpu *vcpu)
{
	u64 stamp = slot->stamp;
	s64 passed = stamp_now(slot->epoch) - stamp;

	kvmlat_add(slot->entries, 1);
	WRITE_ONCE(slot->stamp, KVMLAT_STAMP_NONE);
	if (slot->vcpu != vcpu || kvmlat_arch_first_entry(vcpu)) {
		/* Not of that exit: another vCPU's, or a vCPU's first, which ends no exit. */
		kvmlat_add(c->count[KVMLAT_STALE], 1);
		kvmlat_add(c->count[KVMLAT_STALE_ENTRY], 1);
		slot->vcpu = NULL;
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
	struct kvmlat_slot *slot = kvmlat_slot_of(current);
	struct kvmlat_cpu *c = block_for(slot);

	if (c->left_out) {
		if (slot)
			left_out(slot, c, KVMLAT_STALE);
		return;
	}
	if (slot && slot->epoch != c->epoch)
		adopt(slot, c);
	if (!slot || !kvmlat_open(slot))
		entry_alone(slot, c, vcpu);
	else if (!slot->vcpu)
		left_out(slot, c, KVMLAT_STALE);	/* by `vms`, since its exit */
	else
		entry_ends(slot, c, vcpu);
}

/*
 * kvm_userspace_exit, at the end of KVM_RUN: whatever exit is open is now the VMM's to handle, and
 * what this thread does next it may do to another vCPU.
 */
void kvmlat_probe_userspace(void *unused, u32 reason, int error)
{
	struct kvmlat_slot *slot;

	preempt_disable_notrace();
	slot = kvmlat_slot_of(current);
	if (slot) {
		slot->user = true;
		slot->switches = ~0ULL;
	}
	preempt_enable_notrace();
}

/*
 * sched_switch, with offcpu=1 only: every switch of the host pays two look-ups. The run queue's
 * lock is held and interrupts are off; @prev or @next is a vCPU thread that runs nowhere else.
 */
void kvmlat_probe_switch(void *unused, bool preempt, struct task_struct *prev,
			 struct task_struct *next, unsigned int prev_state)
{
	struct kvmlat_slot *slot = kvmlat_slot_of(prev);

	if (slot && kvmlat_open(slot))
		slot->out_ns = kvmlat_clock_ns();
	slot = kvmlat_slot_of(next);
	if (slot && kvmlat_open(slot) && slot->out_ns) {
		s64 away_ns = kvmlat_clock_ns() - slot->out_ns;

		/* Where the kernel does not trust its clock, that of this CPU may be behind the other's. */
		if (away_ns < 0)
			slot->offcpu_known = false;
		else
			slot->offcpu_ns += away_ns;
		slot->out_ns = 0;
	}
}
