// SPDX-License-Identifier: GPL-2.0
/*
 * The probe bodies: pair a vCPU thread's kvm_exit with its next kvm_entry.
 *
 * Every instruction here is paid on every exit of every guest; docs/cost.md states the measured
 * cost. No lock, no allocation, no print, no sleep: interrupts may be off, and under 6.1's SVM
 * they are on. Preemption is switched off here, since kernels differ in whether the tracepoint did.
 *
 * The usual way through compares what it relies on (the slot's thread, epoch and vCPU) and records;
 * whatever is new or unusual goes through the noinline functions.
 */
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/smp.h>
#include <linux/timex.h>
#include "kvmlat.h"

static __always_inline u64 stamp_now(u32 epoch)
{
	return likely(epoch & KVMLAT_EPOCH_CYCLES) ? get_cycles() : kvmlat_clock_ns();
}

static __always_inline u64 stamp_to_ns(u32 epoch, u64 stamps)
{
	return likely(epoch & KVMLAT_EPOCH_CYCLES) ?
	       mul_u64_u64_shr(stamps, kvmlat_cycles_mult, 32) : stamps;
}

/* Remember what tells later whether, and why, the thread left its CPU. */
static void switches_remember(struct kvmlat_slot *slot)
{
	slot->nvcsw = current->nvcsw;
	slot->switches = kvmlat_switches(current);
	slot->run_delay_ns = kvmlat_run_delay_ns(current);
	slot->user = false;
	slot->offcpu_ns = 0;
	slot->out_ns = 0;
	slot->offcpu_known = slot->epoch & KVMLAT_EPOCH_OFFCPU;
}

/*
 * An event that a filter leaves out is counted nowhere, but the exit that is open on this thread
 * has now lost its entry, or it would pair with a later one.
 */
static void left_out(struct kvmlat_slot *slot, struct kvmlat_cpu *c, enum kvmlat_counter ending)
{
	if (!slot->open)
		return;
	WRITE_ONCE(slot->open, false);
	kvmlat_add(c->count[ending], 1);
}

/* The set, a filter or a mode changed since this thread's last event. Owner only. */
static void adopt(struct kvmlat_slot *slot, struct kvmlat_set *set, struct kvmlat_cpu *c)
{
	/* pairs with the release in kvmlat_epoch_apply(): filters and modes are those of the epoch */
	u32 epoch = smp_load_acquire(&c->epoch), changed = slot->epoch ^ epoch;

	if (slot->set_no != set->no) {
		WRITE_ONCE(slot->exits, 0);
		WRITE_ONCE(slot->entries, 0);
		if (slot->open)
			kvmlat_add(c->count[KVMLAT_CARRIED], 1);
		WRITE_ONCE(slot->set_no, set->no);
		kvmlat_block_take_up(set, slot);
	}
	if (changed & KVMLAT_EPOCH_CYCLES && slot->open)
		slot->stamp = 0;	/* of the other clock: the entry will say so */
	if (changed & KVMLAT_EPOCH_OFFCPU) {
		slot->offcpu_known = false;
		if (!slot->open)
			slot->switches = ~0ULL;
	}
	slot->epoch = epoch;
	/* the filter by VM is looked at with the vCPU, at the next exit */
	slot->vcpu = slot->open && !kvmlat_vms_leave_out(slot->who.vmm) ? slot->last_vcpu : NULL;
}

/* Another vCPU than before runs on this thread, or a filter may have changed. */
static void meet_vcpu(struct kvmlat_slot *slot, struct kvmlat_set *set, struct kvmlat_cpu *c,
		      struct kvm_vcpu *vcpu)
{
	struct kvmlat_who who = {};
	bool same;

	kvmlat_arch_who(vcpu, &who);
	same = slot->last_vcpu == vcpu && !memcmp(&slot->who, &who, sizeof(who));
	slot->left_out = kvmlat_vms_leave_out(who.vmm);
	slot->vcpu = slot->left_out ? NULL : vcpu;
	if (same && (slot->left_out || slot->block != KVMLAT_NO_BLOCK))
		return;
	slot->last_vcpu = vcpu;
	slot->who = who;
	if (slot->block != KVMLAT_NO_BLOCK)
		kvmlat_block_leave(slot->block);
	slot->block = KVMLAT_NO_BLOCK;
	if (!slot->left_out && kvmlat_max_vcpus) {
		slot->block = kvmlat_block_claim(&who);
		if (slot->block == KVMLAT_NO_BLOCK)
			kvmlat_add(c->count[KVMLAT_VCPUS_OTHER], 1);
	}
	kvmlat_block_take_up(set, slot);
}

/* An exit with something new about it; its slot when it is to be recorded, else NULL. */
static noinline struct kvmlat_slot *exit_new(struct kvmlat_set *set, struct kvmlat_cpu *c,
					     struct kvmlat_slot *slot, struct kvm_vcpu *vcpu, u32 isa)
{
	const char *why;

	if (c->left_out) {
		if (slot)
			left_out(slot, c, KVMLAT_OVERWRITTEN);
		return NULL;
	}
	if (slot && slot->left_out && slot->epoch == c->epoch)
		return NULL;	/* `vms` goes by process: whatever vCPU this is */
	if (!slot || slot->last_vcpu != vcpu) {
		why = kvmlat_arch_vet(vcpu, isa);
		if (why) {
			kvmlat_refuse(why);
			return NULL;
		}
	}
	if (!slot) {
		slot = kvmlat_slot_claim(set);
		if (!slot) {
			if (!kvmlat_vms_leave_out(current->tgid))
				kvmlat_add(c->count[KVMLAT_EXITS_NO_SLOT], 1);
			return NULL;
		}
	}
	if (slot->epoch != c->epoch)
		adopt(slot, set, c);
	if (slot->vcpu != vcpu)
		meet_vcpu(slot, set, c, vcpu);
	if (!slot->left_out)
		return slot;
	left_out(slot, c, KVMLAT_OVERWRITTEN);
	return NULL;
}

void kvmlat_probe_exit(struct kvm_vcpu *vcpu, u32 isa)
{
	struct kvmlat_slot *slot;
	struct kvmlat_set *set;
	struct kvmlat_cpu *c;
	unsigned int cpu;

	preempt_disable_notrace();
	cpu = smp_processor_id();
	set = kvmlat_set_probe();
	c = set->cpu[cpu];
	slot = kvmlat_slot_of(current);
	if (unlikely(!slot || slot->epoch != READ_ONCE(c->epoch) || slot->vcpu != vcpu)) {
		slot = exit_new(set, c, slot, vcpu, isa);
		if (!slot)
			goto out;
	}
	kvmlat_add(slot->exits, 1);
	if (unlikely(slot->open))
		kvmlat_add(c->count[KVMLAT_OVERWRITTEN], 1);
	if (unlikely(slot->switches != kvmlat_switches(current)))
		switches_remember(slot);
	slot->exit_cpu = cpu;
	kvmlat_arch_sample(vcpu, isa, slot, c->count);
	slot->stamp = stamp_now(slot->epoch);
	WRITE_ONCE(slot->open, true);
out:
	preempt_enable_notrace();
}

/* An entry with something new about it; its slot when it may end a pair, else NULL. */
static noinline struct kvmlat_slot *entry_new(struct kvmlat_set *set, struct kvmlat_cpu *c,
					      struct kvmlat_slot *slot)
{
	if (c->left_out) {
		if (slot)
			left_out(slot, c, KVMLAT_STALE);
		return NULL;
	}
	if (!slot) {
		if (!kvmlat_vms_leave_out(current->tgid)) {
			kvmlat_add(c->count[KVMLAT_ENTRIES_NO_SLOT], 1);
			kvmlat_add(c->count[KVMLAT_ENTRY_WITHOUT_EXIT], 1);
		}
		return NULL;
	}
	adopt(slot, set, c);
	if (slot->vcpu || !slot->open)
		return slot;
	left_out(slot, c, KVMLAT_STALE);
	return NULL;
}

/* An entry that no exit waits for. */
static noinline void entry_alone(struct kvmlat_slot *slot, struct kvmlat_cpu *c,
				 struct kvm_vcpu *vcpu)
{
	if (kvmlat_vms_leave_out(current->tgid))
		return;
	kvmlat_add(slot->entries, 1);
	kvmlat_add(c->count[KVMLAT_ENTRY_WITHOUT_EXIT], 1);
	/* A new VM's vCPU may lie where the old one's was: its exit will tell whose it is. */
	if (slot->vcpu == vcpu && kvmlat_arch_first_entry(vcpu))
		slot->vcpu = NULL;
}

/* A pair whose thread left its CPU, or went back to the VMM. */
static noinline void pair_switched(struct kvmlat_set *set, struct kvmlat_cpu *c,
				   struct kvmlat_slot *slot, u64 latency_ns)
{
	u64 runq_ns = kvmlat_run_delay_ns(current) - slot->run_delay_ns;
	u64 offcpu_ns = slot->offcpu_ns;
	bool offcpu_known = slot->offcpu_known;
	enum kvmlat_cause cause = KVMLAT_PREEMPTED;

	if (slot->user)
		cause = KVMLAT_USER;
	else if (current->nvcsw != slot->nvcsw)
		cause = KVMLAT_BLOCKED;
	if (slot->exit_cpu != smp_processor_id())
		kvmlat_add(c->count[KVMLAT_MIGRATED], 1);
	switches_remember(slot);
	kvmlat_record_switched(c, slot, latency_ns, cause, runq_ns, offcpu_ns);
	if (latency_ns >= READ_ONCE(kvmlat_outlier_ns))
		kvmlat_outlier(set, c, slot, latency_ns, cause, runq_ns,
			       offcpu_known ? offcpu_ns : U64_MAX);
}

static noinline void pair_slow(struct kvmlat_set *set, struct kvmlat_cpu *c,
			       const struct kvmlat_slot *slot, u64 latency_ns)
{
	kvmlat_outlier(set, c, slot, latency_ns, KVMLAT_KERNEL, 0,
		       slot->epoch & KVMLAT_EPOCH_OFFCPU ? 0 : U64_MAX);
}

/* The entry is not that of the exit: another vCPU's, or a vCPU's first, which ends no exit. */
static noinline void pair_stale(struct kvmlat_cpu *c, struct kvmlat_slot *slot)
{
	kvmlat_add(c->count[KVMLAT_STALE], 1);
	kvmlat_add(c->count[KVMLAT_STALE_ENTRY], 1);
	slot->vcpu = NULL;
}

/* The clock went backward, or another clock was chosen meanwhile. */
static noinline void pair_backward(struct kvmlat_cpu *c, const struct kvmlat_slot *slot)
{
	kvmlat_add(c->count[KVMLAT_BACKWARD], 1);
	if (!slot->stamp)
		kvmlat_add(c->count[KVMLAT_CLOCK_SWITCHED], 1);
}

void kvmlat_probe_entry(struct kvm_vcpu *vcpu)
{
	struct kvmlat_slot *slot;
	struct kvmlat_set *set;
	struct kvmlat_cpu *c;
	u64 passed;

	preempt_disable_notrace();
	set = kvmlat_set_probe();
	c = set->cpu[smp_processor_id()];
	slot = kvmlat_slot_of(current);
	if (unlikely(!slot || slot->epoch != READ_ONCE(c->epoch))) {
		slot = entry_new(set, c, slot);
		if (!slot)
			goto out;
	}
	if (unlikely(!slot->open)) {
		entry_alone(slot, c, vcpu);
		goto out;
	}
	kvmlat_add(slot->entries, 1);
	WRITE_ONCE(slot->open, false);
	if (unlikely(slot->vcpu != vcpu || kvmlat_arch_first_entry(vcpu))) {
		pair_stale(c, slot);
		goto out;
	}
	passed = stamp_now(slot->epoch) - slot->stamp;
	if (unlikely((s64)passed < 0 || !slot->stamp)) {
		pair_backward(c, slot);
		goto out;
	}
	passed = stamp_to_ns(slot->epoch, passed);
	if (unlikely(slot->switches != kvmlat_switches(current))) {
		pair_switched(set, c, slot, passed);
		goto out;
	}
	kvmlat_record(c, slot, passed);
	if (unlikely(passed >= READ_ONCE(kvmlat_outlier_ns)))
		pair_slow(set, c, slot, passed);
out:
	preempt_enable_notrace();
}

/* kvm_userspace_exit, at the end of KVM_RUN: whatever exit is open is now the VMM's to handle. */
void kvmlat_probe_userspace(void *unused, u32 reason, int error)
{
	struct kvmlat_slot *slot;

	preempt_disable_notrace();
	slot = kvmlat_slot_of(current);
	if (slot && slot->open) {
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
	u64 now_ns = kvmlat_clock_ns();

	if (slot && slot->open)
		slot->out_ns = now_ns;
	slot = kvmlat_slot_of(next);
	if (slot && slot->open && slot->out_ns) {
		slot->offcpu_ns += now_ns - slot->out_ns;
		slot->out_ns = 0;
	}
}
