// SPDX-License-Identifier: GPL-2.0
/*
 * Totals over all CPUs: the audit counters and one row a reason, as one snapshot of numbers.
 *
 * Each audit figure comes from a source of its own: exits and entries from where the probes count
 * events, paired from the buckets, in_flight from a walk over the slots.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include "kvmlat.h"

static int by_value(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

/*
 * The codes of all published rows, each once, ascending. nr_rows[cpu] says how many rows were
 * looked at: rows that come meanwhile are left for the next snapshot, by all who use this one.
 */
static u32 *reasons_seen(const struct kvmlat_set *set, u8 *nr_rows, unsigned int *nr)
{
	unsigned int cpu, n, all = 0, distinct = 0;
	u32 *code;

	for_each_possible_cpu(cpu) {
		/* pairs with the release that publishes a row: row_slow() */
		nr_rows[cpu] = smp_load_acquire(&set->cpu[cpu]->nr_rows);
		all += nr_rows[cpu];
	}
	code = kvmalloc_array(all + 1, sizeof(*code), GFP_KERNEL);
	if (!code)
		return NULL;
	all = 0;
	for_each_possible_cpu(cpu) {
		for (n = 0; n < nr_rows[cpu]; n++)
			code[all++] = set->cpu[cpu]->row[n].reason;
	}
	sort(code, all, sizeof(*code), by_value, NULL);
	for (n = 0; n < all; n++) {
		if (!distinct || code[distinct - 1] != code[n])
			code[distinct++] = code[n];
	}
	*nr = distinct;
	return code;
}

static struct kvmlat_row *total_of(struct kvmlat_totals *t, u32 reason)
{
	unsigned int low = 0, high = t->nr - 1;	/* the last is the catch-all */

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (t->row[mid].reason < reason)
			low = mid + 1;
		else
			high = mid;
	}
	return &t->row[low];
}

static bool idle(const struct kvmlat_row *row)
{
	return row->reason != KVMLAT_OTHER && kvmlat_arch_idle(row->reason);
}

static int by_share(const void *a, const void *b, const void *rows)
{
	const struct kvmlat_row *x = (const struct kvmlat_row *)rows + *(const u32 *)a;
	const struct kvmlat_row *y = (const struct kvmlat_row *)rows + *(const u32 *)b;

	if (idle(x) != idle(y))
		return idle(x) ? 1 : -1;
	return x->sum_ns > y->sum_ns ? -1 : x->sum_ns < y->sum_ns;
}

static void audit_fill(struct kvmlat_audit *a, const struct kvmlat_set *set)
{
	struct kvmlat_slot_sum slots;
	unsigned int cpu, n;

	kvmlat_slots_sum(&slots, set->epoch);
	for_each_possible_cpu(cpu) {
		for (n = 0; n < KVMLAT_NR_COUNTERS; n++)
			a->count[n] += READ_ONCE(set->cpu[cpu]->count[n]);
	}
	a->exits = slots.exits + set->retired.exits + a->count[KVMLAT_EXITS_NO_SLOT];
	a->entries = slots.entries + set->retired.entries + a->count[KVMLAT_ENTRIES_NO_SLOT];
	a->count[KVMLAT_CARRIED] += slots.carried + set->retired.carried;
	a->abandoned = set->retired.abandoned;
	a->in_flight = slots.in_flight;
	a->slots_used = slots.used;
	a->outliers_overwritten = kvmlat_ring_overwritten(&set->ring);
	a->exit_side_right = a->paired + a->count[KVMLAT_OVERWRITTEN] + a->count[KVMLAT_STALE] +
			     a->count[KVMLAT_BACKWARD] + a->abandoned +
			     a->count[KVMLAT_EXITS_NO_SLOT] + a->in_flight;
	a->entry_side_right = a->paired + a->count[KVMLAT_STALE_ENTRY] +
			      a->count[KVMLAT_BACKWARD] + a->count[KVMLAT_ENTRY_WITHOUT_EXIT];
}

/*
 * A snapshot of @set, the current one; NULL when memory lacks. Frees slots of ended threads first,
 * so that what nobody will ever finish is not called in flight. Under kvmlat_mutex.
 */
struct kvmlat_totals *kvmlat_totals_get(struct kvmlat_set *set)
{
	struct kvmlat_totals *t = NULL;
	unsigned int cpu, n, nr;
	u8 *nr_rows;
	u32 *code;

	kvmlat_slots_reclaim(false);
	nr_rows = kvcalloc(nr_cpu_ids, sizeof(*nr_rows), GFP_KERNEL);
	if (!nr_rows)
		return NULL;
	code = reasons_seen(set, nr_rows, &nr);
	if (!code)
		goto out;
	t = kvzalloc(struct_size(t, row, nr + 1), GFP_KERNEL);
	if (!t)
		goto out;
	t->by_share = kvcalloc(nr + 1, sizeof(*t->by_share), GFP_KERNEL);
	if (!t->by_share) {
		kvfree(t);
		t = NULL;
		goto out;
	}
	t->nr = nr + 1;
	t->time_ns = kvmlat_clock_ns();
	for (n = 0; n < t->nr; n++) {
		t->row[n].reason = n < nr ? code[n] : KVMLAT_OTHER;
		t->row[n].min_ns = U64_MAX;
		t->by_share[n] = n;
	}
	for_each_possible_cpu(cpu) {
		const struct kvmlat_cpu *c = set->cpu[cpu];

		for (n = 0; n < nr_rows[cpu]; n++)
			kvmlat_row_add(total_of(t, c->row[n].reason), &c->row[n]);
		kvmlat_row_add(&t->row[nr], &c->row[set->rows]);
	}
	for (n = 0; n < t->nr; n++) {
		t->audit.paired += kvmlat_row_count(&t->row[n]);
		if (!idle(&t->row[n]))
			t->busy_sum_ns += t->row[n].sum_ns;
	}
	sort_r(t->by_share, t->nr, sizeof(*t->by_share), by_share, NULL, t->row);
	audit_fill(&t->audit, set);
out:
	kvfree(code);
	kvfree(nr_rows);
	return t;
}

void kvmlat_totals_put(struct kvmlat_totals *t)
{
	if (t)
		kvfree(t->by_share);
	kvfree(t);
}
