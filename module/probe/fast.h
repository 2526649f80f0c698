/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fast path through the two probes, inlined into the architecture's probe functions: pair a
 * vCPU thread's kvm_exit with its next kvm_entry.
 *
 * Every exit of every guest pays for each instruction here; docs/cost.md states the measured cost.
 * No lock, no allocation, no print, no sleep: interrupts may be off, and under 6.1's SVM they are
 * on.
 *
 * Two comparisons guard it. `key`: the last event on this CPU was of this task, and its slot was
 * ready for the fast path, remember(). All CPUs forget their last slot when the epoch changes.
 * `switches`: since that event the task has not left its CPU, and KVM_RUN has not returned, for
 * kvmlat_probe_userspace() overwrites it. So the task still runs the same vCPU, which cannot have
 * been freed and its address given to another. If a comparison fails the event takes the slow path
 * in slow.c, which does all that is done here, and more.
 */
#ifndef KVMLAT_PROBE_H
#define KVMLAT_PROBE_H

#include <linux/bitops.h>
#include <linux/math64.h>
#include <linux/percpu.h>
#include <linux/timex.h>
#include "base/compat.h"
#include "base/host.h"
#include "generation/filter.h"
#include "generation/generation.h"
#include "probe/slow.h"

static __always_inline bool kvmlat_fast(const struct kvmlat_slot *slot)
{
	return slot->key == (unsigned long)current && slot->switches == kvmlat_switches(current);
}

/* Close the exit: set the top bit of its stamp, which no reading of a clock has. */
static __always_inline void kvmlat_close(struct kvmlat_slot *slot)
{
	((u8 *)&slot->stamp)[IS_ENABLED(CONFIG_CPU_BIG_ENDIAN) ? 0 : 7] = 0x80;
}

/* Samples an exit: its reason, without flags, and what KVM may overwrite before the entry. */
typedef void (*kvmlat_sample_fn)(struct kvm_vcpu *vcpu, struct kvmlat_exit *exit,
	      struct kvmlat_context *context, u64 *count);

/* A stamp of the clock that this fast path is compiled for: in cycles, else in ns. */
static __always_inline u64 kvmlat_fast_stamp(bool cycles)
{
	return cycles ? get_cycles() : kvmlat_clock_ns();
}

/* An exit on the CPU of @c; false: nothing was done, it is to take the slow path. */
static __always_inline bool kvmlat_exit_fast(struct kvmlat_cpu *c, struct kvm_vcpu *vcpu,
					     kvmlat_sample_fn sample, bool cycles)
{
	struct kvmlat_slot *slot = READ_ONCE(c->last);

	if (unlikely(!kvmlat_fast(slot) || kvmlat_open(slot)))
		return false;
	kvmlat_add(slot->exits, 1);
	sample(vcpu, &slot->exit, &slot->context, c->count);
	barrier();	/* all else before the stamp: pairs with smp_rmb() in open_exit_read() */
	slot->stamp = kvmlat_fast_stamp(cycles);
	return true;
}

static __always_inline void kvmlat_exit(struct kvm_vcpu *vcpu, u32 isa, kvmlat_sample_fn sample,
					bool cycles)
{
	kvmlat_probe_begin();
	if (!kvmlat_exit_fast(this_cpu_read(kvmlat_block), vcpu, sample, cycles))
		kvmlat_exit_slow(NULL, vcpu, isa);
	kvmlat_probe_end();
}

/*
 * An entry on the CPU of @c; false: nothing was done, it is to take the slow path. @index: the
 * dense index of a reason; @ns_of: cycles to ns.
 */
static __always_inline bool kvmlat_entry_fast(struct kvmlat_cpu *c, bool cycles,
					      unsigned long (*index)(u32 reason),
					      u64 (*ns_of)(u64 cycles))
{
	struct kvmlat_slot *slot = READ_ONCE(c->last);
	unsigned long log2, at;
	struct kvmlat_vrow *vrow;
	struct kvmlat_row *row;
	u32 row_at, vrow_at;
	u64 ns;

	if (unlikely(!kvmlat_fast(slot)))
		return false;
	ns = kvmlat_fast_stamp(cycles) - slot->stamp;
	if (cycles)
		ns = ns_of(ns);
	/*
	 * Backward, or no exit is open: ns is huge, see holds() in control/clock.c. Under 8 ns the
	 * subtraction wraps, so those take the slow path too. A plain read of kvmlat_fast_ns, for
	 * the compiler to compare in memory; while it changes either value is right.
	 */
	if (unlikely(ns - KVMLAT_SUB >= data_race(kvmlat_fast_ns)))
		return false;
	at = index(slot->exit.reason);
	row_at = c->table.fast[at];
	vrow_at = slot->stats->table.fast[at];
	if (unlikely((row_at | vrow_at) & KVMLAT_UNKNOWN))
		return false;
	kvmlat_add(slot->entries, 1);
	kvmlat_close(slot);
	row = (void *)c + row_at;
	vrow = (void *)slot->stats + vrow_at;
	/* kvmlat_bucket_closed() and kvmlat_pow2() of 8 ns and more, with one __fls() for both */
	log2 = __fls(ns);
	at = log2 - KVMLAT_SUB_BITS;
	kvmlat_add_pair(&row->head, &row->bucket[KVMLAT_SUB * at + (ns >> at)], ns);
	kvmlat_add_pair(&vrow->head, &vrow->bucket[log2 + 1], ns);
	return true;
}

static __always_inline void kvmlat_entry(struct kvm_vcpu *vcpu, bool cycles,
					 unsigned long (*index)(u32 reason),
					 u64 (*ns_of)(u64 cycles))
{
	kvmlat_probe_begin();
	if (!kvmlat_entry_fast(this_cpu_read(kvmlat_block), cycles, index, ns_of))
		kvmlat_entry_slow(NULL, vcpu);
	kvmlat_probe_end();
}

#endif
