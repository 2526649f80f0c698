// SPDX-License-Identifier: GPL-2.0
/*
 * The probe bodies: pair a vCPU thread's kvm_exit with its next kvm_entry.
 *
 * Every instruction here is paid on every exit of every guest; the README states the measured
 * cost. No lock, no allocation, no print, no sleep: interrupts may be off, and under 6.1's SVM
 * they are on. Preemption is switched off here, since kernels differ in whether the tracepoint did.
 */
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/smp.h>
#include "kvmlat.h"

/* The current set; stays until preemption is on again, kvmlat_reset() waits for that. */
static __always_inline struct kvmlat_set *current_set(void)
{
	return rcu_dereference_sched(kvmlat_set);
}

/*
 * A CPU that `cpus` leaves out: its events are counted nowhere, but the exit that is open on this
 * thread has now lost its entry, or it would pair with a later one.
 */
static noinline void left_out(const struct kvmlat_set *set, struct kvmlat_cpu *c,
			      enum kvmlat_counter ending)
{
	struct kvmlat_slot *slot = kvmlat_slot_find();

	if (!slot)
		return;
	if (slot->epoch != set->epoch)
		kvmlat_slot_adopt(slot, set, c);
	if (!slot->open)
		return;
	WRITE_ONCE(slot->open, false);
	c->count[ending]++;
}

void kvmlat_probe_exit(struct kvm_vcpu *vcpu, u32 isa)
{
	struct kvmlat_slot *slot;
	struct kvmlat_set *set;
	struct kvmlat_cpu *c;
	unsigned int cpu;

	preempt_disable_notrace();
	cpu = smp_processor_id();
	set = current_set();
	c = set->cpu[cpu];
	if (unlikely(c->left_out)) {
		left_out(set, c, KVMLAT_OVERWRITTEN);
		goto out;
	}
	slot = kvmlat_slot_find();
	if (unlikely(!slot)) {
		const char *why = kvmlat_arch_vet(vcpu, isa);

		if (why) {
			kvmlat_refuse(why);
			goto out;
		}
		slot = kvmlat_slot_claim(set);
		if (!slot) {
			c->count[KVMLAT_EXITS_NO_SLOT]++;
			goto out;
		}
	}
	if (unlikely(slot->epoch != set->epoch))
		kvmlat_slot_adopt(slot, set, c);
	WRITE_ONCE(slot->exits, slot->exits + 1);
	if (unlikely(slot->open))
		c->count[KVMLAT_OVERWRITTEN]++;
	slot->reason = kvmlat_arch_reason(vcpu, isa, &slot->index, c->count);
	slot->vcpu = vcpu;
	slot->exit_cpu = cpu;
	WRITE_ONCE(slot->open, true);
	slot->exit_ns = kvmlat_clock_ns();
out:
	preempt_enable_notrace();
}

void kvmlat_probe_entry(struct kvm_vcpu *vcpu)
{
	struct kvmlat_slot *slot;
	struct kvmlat_set *set;
	struct kvmlat_cpu *c;
	unsigned int cpu;
	u64 now, latency;

	preempt_disable_notrace();
	now = kvmlat_clock_ns();
	cpu = smp_processor_id();
	set = current_set();
	c = set->cpu[cpu];
	if (unlikely(c->left_out)) {
		left_out(set, c, KVMLAT_STALE);
		goto out;
	}
	slot = kvmlat_slot_find();
	if (unlikely(!slot)) {
		c->count[KVMLAT_ENTRIES_NO_SLOT]++;
		c->count[KVMLAT_ENTRY_WITHOUT_EXIT]++;
		goto out;
	}
	if (unlikely(slot->epoch != set->epoch))
		kvmlat_slot_adopt(slot, set, c);
	WRITE_ONCE(slot->entries, slot->entries + 1);
	if (unlikely(!slot->open)) {
		c->count[KVMLAT_ENTRY_WITHOUT_EXIT]++;
		goto out;
	}
	WRITE_ONCE(slot->open, false);
	/*
	 * The same thread may have closed one VM and run another, whose vCPU can lie at the same
	 * address: a vCPU's first entry ever ends no exit.
	 */
	if (unlikely(slot->vcpu != vcpu || kvmlat_arch_first_entry(vcpu))) {
		c->count[KVMLAT_STALE]++;
		c->count[KVMLAT_STALE_ENTRY]++;
		goto out;
	}
	latency = now - slot->exit_ns;
	if (unlikely((s64)latency < 0)) {
		c->count[KVMLAT_BACKWARD]++;
		goto out;
	}
	if (unlikely(slot->exit_cpu != cpu))
		c->count[KVMLAT_MIGRATED]++;
	kvmlat_record(c, set, slot->reason, slot->index, latency);
	if (unlikely(latency >= READ_ONCE(kvmlat_outlier_ns)))
		kvmlat_outlier(set, c, vcpu, slot, now, latency);
out:
	preempt_enable_notrace();
}
