// SPDX-License-Identifier: GPL-2.0
/*
 * Histograms: which row a pair goes to, and reading rows.
 *
 * A table is written by one context at a time (a CPU with preemption off, a vCPU's thread, or
 * kvmlat_mutex), so plain adds do. A row is published by nr_rows and the map after it is ready and
 * is never taken back while its generation lives, a cleared vCPU block excepted.
 */
#include <linux/string.h>
#include "store/row.h"

static struct kvmlat_head *head_at(const struct kvmlat_table *t, unsigned int n)
{
	return t->rows + n * t->stride;
}

/*
 * Make an empty table of @cap rows and a overflow row at @rows, all zero; @base is of the same
 * object.
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
 * A row for a (reason, cause): its own, else a new one, else one of the reason, which causes share
 * from then on, else the overflow row. Never a shared one where there is room: of tables that are
 * folded into others some have shared rows and some have none. The last rows of a CPU are for
 * reasons that have none, so that a guest with many causes does not put the reasons of others
 * together.
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
		/* a reader that sees the number sees the row's reason and cause */
		smp_store_release(&t->nr_rows, nr + 1);
		return nr;
	}
	if (same == nr)
		return t->cap;
	WRITE_ONCE(head_at(t, same)->cause, KVMLAT_MIXED);
	return same;
}

/* The row of a (reason, cause), by the map or into it. Writer of the table only. */
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
 * Pairs lie in the buckets from that of the least latency to that of the greatest: readers look at
 * no others, which a row of a few microseconds' spread is mostly made of. Without pairs the least
 * is U64_MAX and the greatest 0: no bucket. The newest pair's may be left for the next reader.
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

	/* a thousand idle vCPUs add up to 2^64 ns in 214 days */
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
	 * the span of @to is never narrower than what was added: read after it, and only ever wider
	 */
	head_add(&to->head, &from->head);
}

/* Make all of @v, which is zero, ready. */
void kvmlat_vcpu_init(struct kvmlat_vcpu *v)
{
	kvmlat_table_init(&v->table, v, v->row, KVMLAT_VROWS, sizeof(v->row[0]));
}

/* Add all rows of @from to those of @to, which nobody else writes. */
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

/* A copy of @from to print. The caller sees to it that @from is not cleared meanwhile. */
void kvmlat_vcpu_copy(struct kvmlat_vcpu *to, const struct kvmlat_vcpu *from)
{
	memset(to, 0, sizeof(*to));
	kvmlat_vcpu_init(to);
	to->id = from->id;
	kvmlat_vcpu_fold(to, from);
}
