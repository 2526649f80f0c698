// SPDX-License-Identifier: GPL-2.0
/* For pairs.c: is what the module counted what it ought to be? */
#include <stdio.h>
#include "pairs-world.h"
#include "pairs-judge.h"

static void module_figures(struct figures *f)
{
	struct kvmlat_generation *gen = kvmlat_generation;
	struct kvmlat_slot_sum slots;
	unsigned int cpu, n;

	memset(f, 0, sizeof(*f));
	kvmlat_slots_sum(&slots, gen->no);
	for (cpu = 0; cpu < UNIT_CPUS; cpu++) {
		for (n = 0; n < KVMLAT_NR_COUNTERS; n++)
			f->count[n] += gen->cpu[cpu]->count[n];
		for (n = 0; n <= gen->rows; n++)
			f->paired += kvmlat_row_count(&gen->cpu[cpu]->row[n]);
	}
	f->exits = slots.exits + gen->retired.exits + f->count[KVMLAT_EXITS_NO_SLOT];
	f->entries = slots.entries + gen->retired.entries + f->count[KVMLAT_ENTRIES_NO_SLOT];
	f->count[KVMLAT_CARRIED] += slots.carried + gen->retired.carried;
	f->abandoned = gen->retired.abandoned;
	f->in_flight = slots.in_flight;
}

static void identities(const struct figures *f)
{
	const u64 *c = f->count;

	if (f->exits + c[KVMLAT_CARRIED] != f->paired + c[KVMLAT_OVERWRITTEN] + c[KVMLAT_STALE] +
						    c[KVMLAT_BACKWARD] + f->abandoned +
						    c[KVMLAT_EXITS_NO_SLOT] + f->in_flight)
		fault("the exit side does not add up");
	if (f->entries !=
	    f->paired + c[KVMLAT_STALE_ENTRY] + c[KVMLAT_BACKWARD] + c[KVMLAT_ENTRY_WITHOUT_EXIT])
		fault("the entry side does not add up");
}

void same_number(const char *what, u64 got, u64 want)
{
	if (got != want)
		fault("%s is %llu, not %llu", what, (unsigned long long)got,
		      (unsigned long long)want);
}

static void same_figures(const struct figures *got, const struct figures *want)
{
	unsigned int n;

	same_number("exits", got->exits, want->exits);
	same_number("entries", got->entries, want->entries);
	same_number("paired", got->paired, want->paired);
	same_number("abandoned", got->abandoned, want->abandoned);
	same_number("in_flight", got->in_flight, want->in_flight);
	/* who gets a block, and who does not, is for rooms.c; vCPUs add up to CPUs all the same */
	for (n = 0; n < KVMLAT_NR_COUNTERS; n++) {
		if (n != KVMLAT_VCPUS_OTHER)
			same_number(kvmlat_counter_names[n], got->count[n], want->count[n]);
	}
	identities(got);
}

/* A CPU's rows, each of a reason and a cause. */
static void same_rows(const struct kvmlat_cpu *c, struct pairs (*want)[KVMLAT_CAUSES])
{
	u64 wanted = 0, found = 0, nr;
	unsigned int n;

	for (n = 0; n < REASONS * KVMLAT_CAUSES; n++)
		wanted += want[n / KVMLAT_CAUSES][n % KVMLAT_CAUSES].nr;
	for (n = 0; n < c->table.nr_rows && !*wrong; n++) {
		const struct kvmlat_head *h = &c->row[n].head;
		const struct pairs *p = &want[reason_at(h->reason)][h->cause];

		nr = kvmlat_row_count(&c->row[n]);
		found += nr;
		if (h->cause >= KVMLAT_CAUSES || nr != p->nr || h->sum_ns != p->sum_ns ||
		    h->min_ns != p->min_ns || h->max_ns != p->max_ns || h->runq_ns != p->runq_ns ||
		    h->offcpu_ns != p->off_ns ||
		    memcmp(c->row[n].bucket, p->bucket, sizeof(p->bucket)))
			fault("the row of reason %#x and cause %u is another: %llu pairs, not %llu",
			      h->reason, h->cause, (unsigned long long)nr,
			      (unsigned long long)p->nr);
	}
	same_number("pairs in the rows of a CPU", found, wanted);
}

/* Rows of a vCPU's, or of what has no block, are added up over all. */
static void add_vrows(struct pairs (*sum)[KVMLAT_CAUSES], const struct kvmlat_vcpu *v)
{
	unsigned int n, b;

	for (n = 0; n < v->table.nr_rows; n++) {
		struct pairs *p = &sum[reason_at(v->row[n].head.reason)][v->row[n].head.cause];

		p->sum_ns += v->row[n].head.sum_ns;
		for (b = 0; b < KVMLAT_POW2_BUCKETS; b++)
			p->bucket[b] += v->row[n].bucket[b];
	}
}

static void same_vrows(struct kvmlat_generation *gen, struct figures *want)
{
	static struct pairs got[REASONS][KVMLAT_CAUSES], sum[REASONS][KVMLAT_CAUSES];
	unsigned int n, cpu, b;

	memset(got, 0, sizeof(got));
	memset(sum, 0, sizeof(sum));
	for (n = 0; n < kvmlat_max_vcpus; n++)
		add_vrows(got, gen->blocks.vcpus[n]);
	add_vrows(got, gen->blocks.departed);
	for (cpu = 0; cpu < UNIT_CPUS; cpu++) {
		add_vrows(got, gen->cpu[cpu]->overflow);
		for (n = 0; n < REASONS * KVMLAT_CAUSES; n++) {
			unsigned int reason = n / KVMLAT_CAUSES, cause = n % KVMLAT_CAUSES;
			struct pairs *to = &sum[reason][cause],
				     *from = &want->rows[cpu][reason][cause];

			to->sum_ns += from->sum_ns;
			for (b = 0; b < KVMLAT_BUCKETS; b++)
				to->bucket[kvmlat_bucket_pow2(b)] += from->bucket[b];
		}
	}
	if (memcmp(got, sum, sizeof(got)))
		fault("vCPUs do not add up to CPUs");
}

static void same_ring(const struct kvmlat_ring *ring, const struct outlier *want, u64 nr)
{
	struct kvmlat_outlier o;
	u64 number;

	same_number("records of a ring", atomic64_read(&ring->head), nr);
	for (number = nr; number >= kvmlat_ring_first(ring, nr); number--) {
		const struct outlier *w = &want[number % ring->size];

		if (!kvmlat_ring_read(ring, number, &o) ||
		    o.latency_ns != w->ns || o.runq_ns != w->runq_ns || o.offcpu_ns != w->off_ns ||
		    o.reason != w->reason || o.cause != w->cause || o.cpu != w->cpu ||
		    o.exit_cpu != w->exit_cpu || o.id.vm != w->vm || o.id.tid != (s32)w->tid ||
		    o.intr_info != w->intr_info)
			fault("outlier %u of %u is another: of VM %u, not %u", (unsigned int)number,
			      (unsigned int)nr, o.id.vm, w->vm);
	}
}

static void same_outliers(const struct kvmlat_generation *gen, const struct figures *want)
{
	same_ring(&gen->rings.ring[0], want->outliers, want->nr_outliers);
	same_ring(&gen->rings.ring[1], want->excess, want->nr_excess);
}

struct figures met;

void as_the_model_says(bool all)
{
	static struct figures got, want;
	unsigned int cpu, n;

	module_figures(&got);
	met.abandoned |= got.abandoned;
	met.in_flight |= got.in_flight;
	for (n = 0; n < KVMLAT_NR_COUNTERS; n++)
		met.count[n] |= got.count[n];
	model_figures(&want, kvmlat_generation->no);
	same_figures(&got, &want);
	for (cpu = 0; cpu < UNIT_CPUS && all; cpu++)
		same_rows(kvmlat_generation->cpu[cpu], want.rows[cpu]);
	if (!all)
		return;
	same_vrows(kvmlat_generation, &want);
	same_outliers(kvmlat_generation, &want);
}

/* All that is not zero, in the order of the audit. */
void counted(const char *want)
{
	static struct figures got;
	char text[400] = "", *at = text;
	unsigned int n;

	module_figures(&got);
	identities(&got);
#define ADD(name, value)                                                                  \
	do {                                                                              \
		if (value)                                                                \
			at += sprintf(at, " %s %llu", name, (unsigned long long)(value)); \
	} while (0)
	ADD("exits", got.exits);
	ADD("entries", got.entries);
	ADD("paired", got.paired);
	ADD("in_flight", got.in_flight);
	ADD("abandoned", got.abandoned);
	for (n = 0; n < KVMLAT_NR_COUNTERS; n++)
		ADD(kvmlat_counter_names[n], got.count[n]);
	if (strcmp(*text ? text + 1 : text, want))
		fault("counted: %s; wanted: %s", text, want);
}
