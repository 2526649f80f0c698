// SPDX-License-Identifier: GPL-2.0
/*
 * What a pair costs on this very machine: the usual way of both probes, timed on private blocks
 * that nobody reads, with a hot cache. What the call sites in KVM add, and cold caches, is not in it.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include "kvmlat.h"

#define PAIRS	512
#define TRIES	32
#define REASON	1	/* any that has a dense index */

u64 kvmlat_pair_ps;	/* picoseconds a pair, 0: not known; under kvmlat_mutex */

struct rehearsal {
	struct kvmlat_slot slot;
	struct kvmlat_vcpu vcpu;
	struct kvmlat_cpu cpu;
	struct kvmlat_row row[2];
	u8 fake[KVMLAT_ARCH_FAKE_BYTES] __aligned(64);
};

/* One try, in ns; 0 when the CPU was taken away or an interrupt made a pair too long. */
static u64 rehearse(struct rehearsal *r)
{
	u64 before_ns, ns = 0;

	preempt_disable_notrace();
	r->slot.key = (unsigned long)current;
	r->slot.switches = kvmlat_switches(current);
	r->slot.stamp = KVMLAT_STAMP_NONE;
	r->slot.reason = REASON;
	before_ns = kvmlat_clock_ns();
	if (kvmlat_arch_rehearse(&r->cpu, r->fake, REASON, PAIRS))
		ns = kvmlat_clock_ns() - before_ns;
	preempt_enable_notrace();
	return ns;
}

/* Measure, and keep the best of some tries. Under kvmlat_mutex. */
int kvmlat_calibrate(void)
{
	struct rehearsal *r = kvzalloc(sizeof(*r), GFP_KERNEL);
	u64 best_ns = 0, ns;
	unsigned int n;

	if (!r)
		return -ENOMEM;
	kvmlat_table_init(&r->cpu.table, &r->cpu, r->row, 1, sizeof(r->row[0]));
	kvmlat_vcpu_init(&r->vcpu);
	r->cpu.last = &r->slot;
	r->slot.stats = &r->vcpu;
	/* The rows that the first pair would be given. */
	r->slot.reason = REASON;
	kvmlat_record(&r->cpu, &r->slot, 0, KVMLAT_KERNEL, 0, 0);
	for (n = 0; n < TRIES; n++) {
		ns = rehearse(r);
		if (ns && (!best_ns || ns < best_ns))
			best_ns = ns;
	}
	kvmlat_pair_ps = best_ns * 1000 / PAIRS;
	kvfree(r);
	return 0;
}
