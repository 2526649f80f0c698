// SPDX-License-Identifier: GPL-2.0
/*
 * Histograms: which row a pair goes to, and reading rows.
 *
 * A table has one writer at a time: the probes on its CPU, with preemption off; the thread in
 * KVM_RUN of its vCPU; or the holder of kvmlat_mutex. So plain adds do. A row is made ready, then
 * published by nr_rows, then entered in the map. It stays as long as the generation, unless the
 * statistics block is recycled.
 */
#include <linux/string.h>
#include "store/row.h"

static struct kvmlat_head *head_at(const struct kvmlat_table *t, unsigned int n)
{
	return t->rows + n * t->stride;
}

/*
 * Make an empty table of @cap rows and an overflow row at @rows, which are zero. `fast` counts from
 * @base, which lies before @rows in the same object.
 */
void kvmlat_table_init(struct kvmlat_table *t, void *base, void *rows, unsigned int cap,
		       size_t stride)
{
	t->base = base;
	t->rows = rows;
	t->cap = cap;
	t->stride = stride;
	t->reserve = 0;
	t->nr_rows = 0;
	memset(t->map, KVMLAT_NO_ROW, sizeof(t->map));
	memset32(t->fast, KVMLAT_UNKNOWN, ARRAY_SIZE(t->fast));
	head_at(t, cap)->reason = KVMLAT_OVERFLOW;
	head_at(t, cap)->cause = KVMLAT_MIXED;
	head_at(t, cap)->min_ns = U64_MAX;
}

/*
 * A row for a (reason, cause): its own; else a new one; else a row of the same reason, whose causes
 * are mixed from then on; else the overflow row. A mixed row of the reason is not used while a new
 * one can be had: tables are folded into others, and some of them have mixed rows and some do not.
 * The last `reserve` rows of a CPU are only for reasons that have no row yet, so that a guest with
 * many causes does not drive the reasons of others into the overflow row.
 */
static unsigned int row_find(struct kvmlat_table *t, u32 reason, u8 cause)
{
	unsigned int n, nr = t->nr_rows, same = nr;
	struct kvmlat_head *h;

	for (n = 0; n < nr; n++) {
		h = head_at(t, n);
		if (h->reason != reason)
			continue;
		if (h->cause == cause)
			return n;
		if (same == nr || h->cause == KVMLAT_MIXED)
			same = n;
	}
	if (nr < t->cap && (same == nr || t->cap - nr > t->reserve)) {
		h = head_at(t, nr);
		h->reason = reason;
		h->cause = cause;
		h->min_ns = U64_MAX;
		/* reason and cause first: pairs with the acquire in kvmlat_vcpu_fold() */
		smp_store_release(&t->nr_rows, nr + 1);
		return nr;
	}
	if (same == nr)
		return t->cap;
	WRITE_ONCE(head_at(t, same)->cause, KVMLAT_MIXED);
	return same;
}

/* The row of a (reason, cause); enters it in the map. By the writer of the table only. */
struct kvmlat_head *kvmlat_row_of(struct kvmlat_table *t, u32 reason, u8 cause)
{
	unsigned int index = kvmlat_arch_index(reason), n = t->map[cause][index];
	struct kvmlat_head *h;

	if (n != KVMLAT_NO_ROW)
		return head_at(t, n);
	n = row_find(t, reason, cause);
	h = head_at(t, n);
	if (index != KVMLAT_NO_INDEX) {
		t->map[cause][index] = n;
		if (cause == KVMLAT_KERNEL)
			t->fast[index] = (void *)h - t->base;
	}
	return h;
}

/*
 * All pairs are in the buckets from that of min_ns to that of max_ns. Readers look only at these:
 * most buckets of a row with a spread of a few microseconds are empty. Without pairs min_ns is
 * U64_MAX and max_ns is 0, which is no bucket. A pair that is just being added may be outside of
 * them: the next reader sees it.
 */
void kvmlat_row_span(const struct kvmlat_row *row, unsigned int *first, unsigned int *last)
{
	*first = kvmlat_bucket(READ_ONCE(row->head.min_ns));
	*last = kvmlat_bucket(READ_ONCE(row->head.max_ns));
}

static void vrow_span(const struct kvmlat_vrow *row, unsigned int *first, unsigned int *last)
{
	*first = kvmlat_pow2(READ_ONCE(row->head.min_ns));
	*last = kvmlat_pow2(READ_ONCE(row->head.max_ns));
}

static u64 count_of(const u64 *bucket, unsigned int first, unsigned int last)
{
	u64 count = 0;

	for (; first <= last; first++)
		count += READ_ONCE(bucket[first]);
	return count;
}

u64 kvmlat_row_count(const struct kvmlat_row *row)
{
	unsigned int first, last;

	kvmlat_row_span(row, &first, &last);
	return count_of(row->bucket, first, last);
}

u64 kvmlat_vrow_count(const struct kvmlat_vrow *row)
{
	unsigned int first, last;

	vrow_span(row, &first, &last);
	return count_of(row->bucket, first, last);
}

static void head_add(struct kvmlat_head *to, const struct kvmlat_head *from)
{
	u64 sum_ns = READ_ONCE(from->sum_ns);

	/* it wraps: a thousand idle vCPUs add up to 2^64 ns in 214 days */
	to->sum_ns += sum_ns;
	to->sum_high += from->sum_high + (to->sum_ns < sum_ns);
	to->min_ns = min(to->min_ns, READ_ONCE(from->min_ns));
	to->max_ns = max(to->max_ns, READ_ONCE(from->max_ns));
	to->runq_ns += READ_ONCE(from->runq_ns);
	to->offcpu_ns += READ_ONCE(from->offcpu_ns);
}

static void buckets_add(u64 *to, const u64 *from, unsigned int first, unsigned int last)
{
	for (; first <= last; first++)
		to[first] += READ_ONCE(from[first]);
}

/* Add @from to @to, whose reason and cause stay. */
void kvmlat_row_add(struct kvmlat_row *to, const struct kvmlat_row *from)
{
	unsigned int first, last;

	kvmlat_row_span(from, &first, &last);
	buckets_add(to->bucket, from->bucket, first, last);
	/*
	 * After the buckets: by now min_ns and max_ns of @from span at least those that were added,
	 * for they only ever widen.
	 */
	head_add(&to->head, &from->head);
}

/* Make @v, which is all zero, ready for pairs. */
void kvmlat_vcpu_init(struct kvmlat_vcpu *v)
{
	kvmlat_table_init(&v->table, v, v->row, KVMLAT_VROWS, sizeof(v->row[0]));
}

/* Add all rows of @from to those of @to. Nobody else writes @to meanwhile. */
void kvmlat_vcpu_fold(struct kvmlat_vcpu *to, const struct kvmlat_vcpu *from)
{
	/* pairs with the release that publishes a row: row_find() */
	unsigned int n, m, first, last, nr = smp_load_acquire(&from->table.nr_rows);

	for (n = 0; n <= nr; n++) {
		const struct kvmlat_vrow *row = &from->row[n < nr ? n : from->table.cap];
		u32 cause = READ_ONCE(row->head.cause);

		if (n == nr)
			m = to->table.cap;
		else
			m = row_find(&to->table, row->head.reason, cause);
		vrow_span(row, &first, &last);
		buckets_add(to->row[m].bucket, row->bucket, first, last);
		head_add(&to->row[m].head, &row->head);
	}
}

/* Copy @from, to print it. The caller holds kvmlat_mutex, so @from is not recycled meanwhile. */
void kvmlat_vcpu_copy(struct kvmlat_vcpu *to, const struct kvmlat_vcpu *from)
{
	memset(to, 0, sizeof(*to));
	kvmlat_vcpu_init(to);
	to->id = from->id;
	kvmlat_vcpu_fold(to, from);
}
