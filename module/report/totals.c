// SPDX-License-Identifier: GPL-2.0
/*
 * Totals over all CPUs: the audit counters, a row for each reason and cause, and their sums by
 * reason, as one snapshot of numbers.
 *
 * Each audit figure comes from a source of its own: exits and entries from where the probes count
 * events, paired from the buckets, in_flight from a walk over the slots.
 *
 * Loops over CPUs, slots or rows let other tasks run: on a kernel without preemption a reader on a
 * large machine would else keep its CPU for many milliseconds.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include "arch/arch.h"
#include "base/host.h"
#include "control/benchmark.h"
#include "generation/reclaim.h"
#include "report/totals.h"

/* The key of a row, by which rows are compared and sorted: its reason and cause. */
static u64 key_of(const struct kvmlat_head *h)
{
	return (u64)h->reason << 8 | READ_ONCE(h->cause);
}

#define KEY_OTHER ((u64)KVMLAT_OVERFLOW << 8 | KVMLAT_MIXED)

/* A sorted array of different keys. */
struct keys {
	u64 *key;
	unsigned int nr, room;
};

static bool keys_grow(struct keys *k)
{
	unsigned int room = max(64U, 2 * k->room);
	u64 *key = kvmalloc_array(room, sizeof(*key), GFP_KERNEL);

	if (!key)
		return false;
	memcpy(key, k->key, k->nr * sizeof(*key));
	kvfree(k->key);
	k->key = key;
	k->room = room;
	return true;
}

static bool keys_add(struct keys *k, u64 key)
{
	unsigned int low = 0, high = k->nr;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (k->key[mid] < key)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < k->nr && k->key[low] == key)
		return true;
	if (k->nr == k->room && !keys_grow(k))
		return false;
	memmove(&k->key[low + 1], &k->key[low], (k->nr++ - low) * sizeof(key));
	k->key[low] = key;
	return true;
}

/*
 * Collect the keys of all published rows, and that of the overflow rows. nr_rows[cpu] is how many
 * rows were published: those that come later are left for the next snapshot.
 */
static bool keys_seen(struct keys *k, const struct kvmlat_generation *gen, u8 *nr_rows)
{
	unsigned int cpu, n;

	for_each_possible_cpu(cpu) {
		/* pairs with the release that publishes a row: row_find() */
		nr_rows[cpu] = smp_load_acquire(&gen->cpu[cpu]->table.nr_rows);
		for (n = 0; n < nr_rows[cpu]; n++) {
			if (!keys_add(k, key_of(&gen->cpu[cpu]->row[n].head)))
				return false;
		}
		cond_resched();
	}
	return keys_add(k, KEY_OTHER);
}

/*
 * Number of the total that @head belongs to. If the row turned mixed since the keys were collected,
 * there may be none with its key: then it is the last total of its reason.
 */
unsigned int kvmlat_total_of(const struct kvmlat_totals *t, const struct kvmlat_head *head)
{
	unsigned int low = 0, high = t->nr - 1;
	u64 key = key_of(head);

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (key_of(&t->row[mid].head) < key)
			low = mid + 1;
		else
			high = mid;
	}
	if (t->row[low].head.reason != head->reason && low)
		low--;
	return low;
}

static bool idle(u32 reason)
{
	return reason != KVMLAT_OVERFLOW && kvmlat_arch_idle(reason);
}

static int by_share(const void *a, const void *b, const void *reasons)
{
	const struct kvmlat_head *x =
		&((const struct kvmlat_reason *)reasons + *(const u32 *)a)->sum.head;
	const struct kvmlat_head *y =
		&((const struct kvmlat_reason *)reasons + *(const u32 *)b)->sum.head;

	if (idle(x->reason) != idle(y->reason))
		return idle(x->reason) ? 1 : -1;
	if (x->sum_high != y->sum_high)
		return x->sum_high > y->sum_high ? -1 : 1;
	return x->sum_ns > y->sum_ns ? -1 : x->sum_ns < y->sum_ns;
}

static void audit_fill(struct kvmlat_audit *a, const struct kvmlat_generation *gen)
{
	struct kvmlat_slot_sum slots;
	unsigned int cpu, n;

	kvmlat_slots_sum(&slots, gen->no);
	for_each_possible_cpu(cpu) {
		for (n = 0; n < KVMLAT_NR_COUNTERS; n++)
			a->count[n] += READ_ONCE(gen->cpu[cpu]->count[n]);
	}
	a->exits = slots.exits + gen->retired.exits + a->count[KVMLAT_EXITS_NO_SLOT];
	a->entries = slots.entries + gen->retired.entries + a->count[KVMLAT_ENTRIES_NO_SLOT];
	a->count[KVMLAT_CARRIED] += slots.carried + gen->retired.carried;
	a->abandoned = gen->retired.abandoned;
	a->in_flight = slots.in_flight;
	a->no_slot = a->count[KVMLAT_EXITS_NO_SLOT];
	a->slots_used = slots.used;
	a->vcpu_blocks_used = kvmlat_blocks_used();
	a->outliers_overwritten = kvmlat_rings_overwritten(&gen->rings);
	a->exit_side_right = a->paired + a->count[KVMLAT_OVERWRITTEN] + a->count[KVMLAT_STALE] +
			     a->count[KVMLAT_BACKWARD] + a->abandoned +
			     a->count[KVMLAT_EXITS_NO_SLOT] + a->in_flight;
	a->entry_side_right = a->paired + a->count[KVMLAT_STALE_ENTRY] +
			      a->count[KVMLAT_BACKWARD] + a->count[KVMLAT_ENTRY_WITHOUT_EXIT];
}

/* Empty totals, with a row for each key of @k. */
static struct kvmlat_totals *totals_alloc(const struct keys *k)
{
	struct kvmlat_totals *t = kzalloc(sizeof(*t), GFP_KERNEL);
	unsigned int n, reasons = 0;

	if (!t)
		return NULL;
	for (n = 0; n < k->nr; n++)
		reasons += !n || k->key[n] >> 8 != k->key[n - 1] >> 8;
	t->nr = k->nr;
	t->row = kvcalloc(k->nr, sizeof(*t->row), GFP_KERNEL);
	t->reason = kvcalloc(reasons, sizeof(*t->reason), GFP_KERNEL);
	t->by_share = kvcalloc(reasons, sizeof(*t->by_share), GFP_KERNEL);
	if (!t->row || !t->reason || !t->by_share) {
		kvmlat_totals_put(t);
		return NULL;
	}
	for (n = 0; n < k->nr; n++) {
		t->row[n].head.reason = k->key[n] >> 8;
		t->row[n].head.cause = k->key[n] & 0xff;
		t->row[n].head.min_ns = U64_MAX;
	}
	return t;
}

/* Sum up the rows of each reason. */
static void reasons_fill(struct kvmlat_totals *t)
{
	struct kvmlat_audit *a = &t->audit;
	struct kvmlat_reason *reason = NULL;
	unsigned int n;

	for (n = 0; n < t->nr; n++) {
		const struct kvmlat_head *h = &t->row[n].head;
		u64 count = kvmlat_row_count(&t->row[n]);

		if (!reason || reason->sum.head.reason != h->reason) {
			t->by_share[t->nr_reasons] = t->nr_reasons;
			reason = &t->reason[t->nr_reasons++];
			reason->first = n;
			reason->sum.head.reason = h->reason;
			reason->sum.head.cause = KVMLAT_MIXED;
			reason->sum.head.min_ns = U64_MAX;
		}
		reason->nr++;
		kvmlat_row_add(&reason->sum, &t->row[n]);
		a->paired += count;
		if (h->reason == KVMLAT_OVERFLOW)
			a->catch_all += count;
		else if (h->cause == KVMLAT_MIXED)
			a->mixed += count;
		if (!idle(h->reason)) {
			t->busy_sum_ns += h->sum_ns;
			t->busy_sum_high += h->sum_high + (t->busy_sum_ns < h->sum_ns);
		}
		cond_resched();
	}
}

static void rows_add(struct kvmlat_totals *t, const struct kvmlat_generation *gen,
		     const u8 *nr_rows)
{
	unsigned int cpu, n;

	for_each_possible_cpu(cpu) {
		const struct kvmlat_cpu *c = gen->cpu[cpu];

		for (n = 0; n < nr_rows[cpu]; n++)
			kvmlat_row_add(&t->row[kvmlat_total_of(t, &c->row[n].head)], &c->row[n]);
		n = c->table.cap;
		kvmlat_row_add(&t->row[kvmlat_total_of(t, &c->row[n].head)], &c->row[n]);
		cond_resched();
	}
}

/*
 * A snapshot of @gen, which is the current generation; NULL without memory. First the slots of
 * closed vCPUs are reclaimed, so that exits that get no entry any more do not count as in flight.
 * Under kvmlat_mutex.
 */
struct kvmlat_totals *kvmlat_totals_get(struct kvmlat_generation *gen)
{
	struct kvmlat_totals *t = NULL;
	struct keys keys = {};
	u8 *nr_rows;

	lockdep_assert_held(&kvmlat_mutex);
	kvmlat_reclaim(false);
	nr_rows = kvcalloc(nr_cpu_ids, sizeof(*nr_rows), GFP_KERNEL);
	if (!nr_rows)
		return NULL;
	if (keys_seen(&keys, gen, nr_rows))
		t = totals_alloc(&keys);
	if (t) {
		t->time_ns = kvmlat_clock_ns();
		rows_add(t, gen, nr_rows);
		reasons_fill(t);
		sort_r(t->by_share, t->nr_reasons, sizeof(*t->by_share), by_share, NULL, t->reason);
		audit_fill(&t->audit, gen);
		t->rate = kvmlat_rate(gen, t->time_ns, t->audit.paired, &t->rate_ns);
	}
	kvfree(keys.key);
	kvfree(nr_rows);
	return t;
}

void kvmlat_totals_put(struct kvmlat_totals *t)
{
	if (!t)
		return;
	kvfree(t->by_share);
	kvfree(t->reason);
	kvfree(t->row);
	kfree(t);
}
