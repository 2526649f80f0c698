// SPDX-License-Identifier: GPL-2.0
/*
 * Recording: which row a pair goes to, and adding it. Reading rows.
 *
 * A table is written by one context at a time (a CPU with preemption off, a vCPU's thread, or
 * kvmlat_mutex), so plain adds do. A row is published by nr_rows and the map after it is ready and
 * is never taken back while its set lives, a cleared vCPU block excepted.
 */
#include "kvmlat.h"

const char * const kvmlat_counter_names[KVMLAT_NR_COUNTERS] = {
#define X(id, name) [KVMLAT_##id] = #name,
	KVMLAT_CPU_COUNTERS(X)
#undef X
};

const char * const kvmlat_cause_names[KVMLAT_CAUSES + 1] = {
	[KVMLAT_KERNEL] = "kernel", [KVMLAT_PREEMPTED] = "preempted",
	[KVMLAT_BLOCKED] = "blocked", [KVMLAT_USER] = "user", [KVMLAT_MIXED] = "mixed",
};

static struct kvmlat_head *head_at(const struct kvmlat_table *t, unsigned int n)
{
	return t->rows + n * t->stride;
}

/* Make an empty table of @cap rows and a catch-all at @rows, all zero. */
void kvmlat_table_init(struct kvmlat_table *t, void *rows, unsigned int cap, size_t stride)
{
	t->rows = rows;
	t->cap = cap;
	t->stride = stride;
	t->nr_rows = 0;
	memset(t->map, KVMLAT_NO_ROW, sizeof(t->map));
	head_at(t, cap)->reason = KVMLAT_OTHER;
	head_at(t, cap)->cause = KVMLAT_MIXED;
}

/* A row for a pair without one: a new one, else the reason's, shared by causes, else the catch-all. */
static unsigned int row_find(struct kvmlat_table *t, u32 reason, u8 cause)
{
	unsigned int n, nr = t->nr_rows, same = KVMLAT_NO_ROW;
	struct kvmlat_head *h;

	for (n = 0; n < nr; n++) {
		h = head_at(t, n);
		if (h->reason != reason)
			continue;
		if (h->cause == cause || h->cause == KVMLAT_MIXED)
			return n;
		if (same == KVMLAT_NO_ROW)
			same = n;
	}
	if (nr < t->cap) {
		h = head_at(t, nr);
		h->reason = reason;
		h->cause = cause;
		/* a reader that sees the number sees the row's reason and cause */
		smp_store_release(&t->nr_rows, nr + 1);
		return nr;
	}
	if (same == KVMLAT_NO_ROW)
		return t->cap;
	WRITE_ONCE(head_at(t, same)->cause, KVMLAT_MIXED);
	return same;
}

/* Number of the row of a (reason, cause) that the map does not know. Writer of the table only. */
noinline unsigned int kvmlat_row_slow(struct kvmlat_table *t, u32 reason, u8 index, u8 cause)
{
	unsigned int n = row_find(t, reason, cause);

	if (index != KVMLAT_NO_INDEX)
		t->map[cause][index] = n;
	return n;
}

static __always_inline unsigned int row_number(struct kvmlat_table *t,
					       const struct kvmlat_slot *slot, u8 cause)
{
	unsigned int n = t->map[cause][slot->index];

	return likely(n != KVMLAT_NO_ROW) ? n :
					    kvmlat_row_slow(t, slot->reason, slot->index, cause);
}

static __always_inline void add_pair(struct kvmlat_head *h, u64 *bucket, u64 latency_ns)
{
	kvmlat_add(*bucket, 1);
	kvmlat_add(h->sum_ns, latency_ns);
	if (~latency_ns > h->inv_min_ns)
		WRITE_ONCE(h->inv_min_ns, ~latency_ns);
	if (latency_ns > h->max_ns)
		WRITE_ONCE(h->max_ns, latency_ns);
}

static __always_inline void record(struct kvmlat_cpu *c, struct kvmlat_slot *slot, u64 latency_ns,
				   enum kvmlat_cause cause, u64 runq_ns, u64 offcpu_ns)
{
	struct kvmlat_vcpu *v = likely(slot->stats) ? slot->stats : c->other;
	struct kvmlat_row *row = &c->row[row_number(&c->table, slot, cause)];
	unsigned int bucket = kvmlat_bucket(latency_ns);
	struct kvmlat_vrow *vrow;

	add_pair(&row->head, &row->bucket[bucket], latency_ns);
	if (cause != KVMLAT_KERNEL) {
		kvmlat_add(row->head.runq_ns, runq_ns);
		kvmlat_add(row->head.offcpu_ns, offcpu_ns);
	}
	if (unlikely(!v))
		return;
	vrow = &v->row[row_number(&v->table, slot, cause)];
	add_pair(&vrow->head, &vrow->bucket[kvmlat_bucket_pow2(bucket)], latency_ns);
	if (cause != KVMLAT_KERNEL) {
		kvmlat_add(vrow->head.runq_ns, runq_ns);
		kvmlat_add(vrow->head.offcpu_ns, offcpu_ns);
	}
}

/* Add a pair that never left its CPU, to the CPU that runs this and to the vCPU. Probe context. */
void kvmlat_record(struct kvmlat_cpu *c, struct kvmlat_slot *slot, u64 latency_ns)
{
	record(c, slot, latency_ns, KVMLAT_KERNEL, 0, 0);
}

/* Add any other pair. Probe context. */
void kvmlat_record_switched(struct kvmlat_cpu *c, struct kvmlat_slot *slot, u64 latency_ns,
			    enum kvmlat_cause cause, u64 runq_ns, u64 offcpu_ns)
{
	record(c, slot, latency_ns, cause, runq_ns, offcpu_ns);
}

static u64 count_of(const u64 *bucket, unsigned int nr)
{
	u64 count = 0;
	unsigned int b;

	for (b = 0; b < nr; b++)
		count += READ_ONCE(bucket[b]);
	return count;
}

u64 kvmlat_row_count(const struct kvmlat_row *row)
{
	return count_of(row->bucket, KVMLAT_BUCKETS);
}

u64 kvmlat_vrow_count(const struct kvmlat_vrow *row)
{
	return count_of(row->bucket, KVMLAT_POW2_BUCKETS);
}

static void head_add(struct kvmlat_head *to, const struct kvmlat_head *from)
{
	to->sum_ns += READ_ONCE(from->sum_ns);
	to->inv_min_ns = max(to->inv_min_ns, READ_ONCE(from->inv_min_ns));
	to->max_ns = max(to->max_ns, READ_ONCE(from->max_ns));
	to->runq_ns += READ_ONCE(from->runq_ns);
	to->offcpu_ns += READ_ONCE(from->offcpu_ns);
}

static void buckets_add(u64 *to, const u64 *from, unsigned int nr)
{
	unsigned int b;

	for (b = 0; b < nr; b++)
		to[b] += READ_ONCE(from[b]);
}

/* Add @from to @to, whose reason and cause stay. */
void kvmlat_row_add(struct kvmlat_row *to, const struct kvmlat_row *from)
{
	buckets_add(to->bucket, from->bucket, KVMLAT_BUCKETS);
	head_add(&to->head, &from->head);
}

void kvmlat_row_copy(struct kvmlat_row *to, const struct kvmlat_row *from)
{
	memset(to, 0, sizeof(*to));
	to->head.reason = from->head.reason;
	to->head.cause = READ_ONCE(from->head.cause);
	kvmlat_row_add(to, from);
}

/* Add all rows of @from to those of @to, which nobody else writes. */
void kvmlat_vcpu_fold(struct kvmlat_vcpu *to, const struct kvmlat_vcpu *from)
{
	/* pairs with the release that publishes a row: row_find() */
	unsigned int n, m, nr = smp_load_acquire(&from->table.nr_rows);

	for (n = 0; n <= nr; n++) {
		const struct kvmlat_vrow *row = &from->row[n < nr ? n : from->table.cap];
		u32 cause = READ_ONCE(row->head.cause);

		if (n == nr)
			m = to->table.cap;
		else
			m = row_find(&to->table, row->head.reason, cause);
		buckets_add(to->row[m].bucket, row->bucket, KVMLAT_POW2_BUCKETS);
		head_add(&to->row[m].head, &row->head);
	}
}

/* A copy of @from to print. The caller sees to it that @from is not cleared meanwhile. */
void kvmlat_vcpu_copy(struct kvmlat_vcpu *to, const struct kvmlat_vcpu *from)
{
	memset(to, 0, sizeof(*to));
	kvmlat_table_init(&to->table, to->row, KVMLAT_VROWS, sizeof(to->row[0]));
	to->who = from->who;
	kvmlat_vcpu_fold(to, from);
}
