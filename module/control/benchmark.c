// SPDX-License-Identifier: GPL-2.0
/*
 * The benchmark, what a pair costs on this machine: the fast path of both probes is timed on
 * private blocks, with hot caches. What the call sites in KVM add, and cold caches, is not in it.
 * Where KVM is asked for each reason, the time of that call as validations saw it is added.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include "arch/arch.h"
#include "base/host.h"
#include "base/muldiv.h"
#include "control/benchmark.h"
#include "generation/generation.h"
#include "probe/probes.h"

#define PAIRS	512
#define TRIES	32
#define REASON	1	/* any that has a dense index */

static u64 pair_ps;	/* of one pair of the benchmark; 0: not known; under kvmlat_mutex */

struct bench {
	struct kvmlat_slot slot;
	struct kvmlat_vcpu vcpu;
	struct kvmlat_cpu cpu;
	struct kvmlat_row row[2];
	u8 fake[KVMLAT_ARCH_FAKE_BYTES] __aligned(64);
};

/* One try, in ns; 0 when the CPU was taken away or an interrupt made a pair too long. */
static u64 bench_once(struct bench *r)
{
	u64 before_ns, ns = 0;

	preempt_disable_notrace();
	r->slot.key = (unsigned long)current;
	r->slot.switches = kvmlat_switches(current);
	r->slot.stamp = KVMLAT_STAMP_NONE;
	r->slot.exit.reason = REASON;
	before_ns = kvmlat_clock_ns();
	if (kvmlat_probe_benchmark(&r->cpu, kvmlat_arch_fake(r->fake, REASON), PAIRS))
		ns = kvmlat_clock_ns() - before_ns;
	preempt_enable_notrace();
	return ns;
}

u64 kvmlat_cost_ps(void)
{
	return pair_ps ? pair_ps + 1000 * kvmlat_arch_reason_cost_ns() : 0;
}

/*
 * Pairs a second of @gen, which has @paired of them now: since the last call that was a second or
 * more ago, else since the generation began. *over_ns is how long that is. Under kvmlat_mutex.
 */
u64 kvmlat_rate(const struct kvmlat_generation *gen, u64 now_ns, u64 paired, u64 *over_ns)
{
	static struct look {
		u32 gen_no;
		u64 ns, paired;
	} older, newer;
	struct look since = { gen->no, gen->since_ns, 0 }, now = { gen->no, now_ns, paired };

	lockdep_assert_held(&kvmlat_mutex);
	if (newer.gen_no != gen->no) {
		older = since;
		newer = now;
	} else if ((s64)(now_ns - newer.ns) >= NSEC_PER_SEC) {
		older = newer;
		newer = now;
	}
	/* if the clocks of CPUs differ this one may be behind; figures that move may be, too */
	*over_ns = max_t(s64, now_ns - older.ns, 0);
	if (!*over_ns || paired < older.paired)
		return 0;
	return kvmlat_mul_div(paired - older.paired, NSEC_PER_SEC, *over_ns);
}

/* Measure, and keep the best of some tries. Under kvmlat_mutex. */
int kvmlat_benchmark(void)
{
	struct bench *r = kvzalloc(sizeof(*r), GFP_KERNEL);
	u64 best_ns = 0, ns;
	unsigned int n;

	lockdep_assert_held(&kvmlat_mutex);
	if (!r)
		return -ENOMEM;
	kvmlat_table_init(&r->cpu.table, &r->cpu, r->row, 1, sizeof(r->row[0]));
	kvmlat_vcpu_init(&r->vcpu);
	r->cpu.last = &r->slot;
	r->slot.stats = &r->vcpu;
	/* Make the rows: a pair on the fast path must find them. */
	r->slot.exit.reason = REASON;
	kvmlat_record(&r->cpu, &r->slot, 0, KVMLAT_KERNEL, 0, 0);
	for (n = 0; n < TRIES; n++) {
		ns = bench_once(r);
		if (ns && (!best_ns || ns < best_ns))
			best_ns = ns;
	}
	pair_ps = best_ns * 1000 / PAIRS;
	kvfree(r);
	return 0;
}
