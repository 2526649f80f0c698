// SPDX-License-Identifier: GPL-2.0
/*
 * Sets of statistics: recording into them (probes), reading rows, and `reset`.
 *
 * A row is written by the probes of its own CPU only, so plain increments do. A row is published
 * by nr_rows and the map after it is ready and is never taken back while its set lives.
 */
#include <linux/cpu.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>
#include "kvmlat.h"

struct kvmlat_set __rcu *kvmlat_set;
/* Process context: the set pointer, freeing slots, attaching, parameters. */
DEFINE_MUTEX(kvmlat_mutex);
atomic64_t kvmlat_bytes = ATOMIC64_INIT(0);

const char * const kvmlat_counter_names[KVMLAT_NR_COUNTERS] = {
#define X(id, name) [KVMLAT_##id] = #name,
	KVMLAT_CPU_COUNTERS(X)
#undef X
};

/* A reason this CPU has no mapped row for: find its row by code, else start one, else the catch-all. */
static noinline struct kvmlat_row *row_slow(struct kvmlat_cpu *c, const struct kvmlat_set *set,
					    u32 reason, u8 index)
{
	struct kvmlat_row *row;
	unsigned int n;

	for (n = 0; n < c->nr_rows; n++) {
		if (c->row[n].reason == reason)
			return &c->row[n];
	}
	if (n == set->rows) {
		c->count[KVMLAT_CATCH_ALL]++;
		return &c->row[n];
	}
	row = &c->row[n];
	row->reason = reason;
	/* a reader that sees the number sees the row's reason */
	smp_store_release(&c->nr_rows, n + 1);
	if (index != KVMLAT_NO_INDEX)
		c->map[index] = n;
	return row;
}

/* Add a pair to the block of the CPU that runs this. Probe context. */
void kvmlat_record(struct kvmlat_cpu *c, const struct kvmlat_set *set, u32 reason, u8 index,
		   u64 latency_ns)
{
	u8 n = c->map[index];
	struct kvmlat_row *row;
	u64 *bucket;

	row = likely(n != KVMLAT_NO_ROW) ? &c->row[n] : row_slow(c, set, reason, index);
	bucket = &row->bucket[kvmlat_bucket(latency_ns)];
	WRITE_ONCE(*bucket, *bucket + 1);
	WRITE_ONCE(row->sum_ns, row->sum_ns + latency_ns);
	if (latency_ns < row->min_ns)
		WRITE_ONCE(row->min_ns, latency_ns);
	if (latency_ns > row->max_ns)
		WRITE_ONCE(row->max_ns, latency_ns);
}

void kvmlat_row_copy(struct kvmlat_row *to, const struct kvmlat_row *from)
{
	unsigned int b;

	to->reason = from->reason;
	for (b = 0; b < KVMLAT_BUCKETS; b++)
		to->bucket[b] = READ_ONCE(from->bucket[b]);
	to->sum_ns = READ_ONCE(from->sum_ns);
	to->min_ns = READ_ONCE(from->min_ns);
	to->max_ns = READ_ONCE(from->max_ns);
}

u64 kvmlat_row_count(const struct kvmlat_row *row)
{
	u64 count = 0;
	unsigned int b;

	for (b = 0; b < KVMLAT_BUCKETS; b++)
		count += READ_ONCE(row->bucket[b]);
	return count;
}

void kvmlat_row_add(struct kvmlat_row *to, const struct kvmlat_row *from)
{
	unsigned int b;

	for (b = 0; b < KVMLAT_BUCKETS; b++)
		to->bucket[b] += READ_ONCE(from->bucket[b]);
	to->sum_ns += READ_ONCE(from->sum_ns);
	to->min_ns = min(to->min_ns, READ_ONCE(from->min_ns));
	to->max_ns = max(to->max_ns, READ_ONCE(from->max_ns));
}

static void set_free(struct kvmlat_set *set)
{
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpu_ids; cpu++)
		kvfree(set->cpu[cpu]);
	kvmlat_ring_exit(&set->ring);
	atomic64_sub(set->bytes, &kvmlat_bytes);
	kvfree(set);
}

static void set_release(struct kref *ref)
{
	set_free(container_of(ref, struct kvmlat_set, ref));
}

void kvmlat_set_get(struct kvmlat_set *set)
{
	kref_get(&set->ref);
}

void kvmlat_set_put(struct kvmlat_set *set)
{
	kref_put(&set->ref, set_release);
}

struct kvmlat_set *kvmlat_set_current(void)
{
	return rcu_dereference_protected(kvmlat_set, lockdep_is_held(&kvmlat_mutex));
}

/* Pass the `cpus` filter on to the blocks the probes look at. Under kvmlat_mutex. */
void kvmlat_left_out_apply(struct kvmlat_set *set)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		WRITE_ONCE(set->cpu[cpu]->left_out, !cpumask_test_cpu(cpu, &kvmlat_cpus));
}

static struct kvmlat_set *set_alloc(unsigned int rows, unsigned int ring, u32 epoch)
{
	size_t block_bytes = struct_size((struct kvmlat_cpu *)NULL, row, rows + 1);
	struct kvmlat_set *set;
	unsigned int cpu, n;

	/* What perf.md of the project promises operators: 2 KiB and 2.7 KiB a row for each CPU. */
	BUILD_BUG_ON(sizeof(struct kvmlat_row) > 2764);
	BUILD_BUG_ON(sizeof(struct kvmlat_row) + sizeof(struct kvmlat_cpu) > 2048 + 2764);

	set = kvzalloc(struct_size(set, cpu, nr_cpu_ids), GFP_KERNEL);
	if (!set)
		return NULL;
	kref_init(&set->ref);
	set->epoch = epoch;
	set->rows = rows;
	set->bytes = struct_size(set, cpu, nr_cpu_ids);
	atomic64_add(set->bytes, &kvmlat_bytes);
	if (kvmlat_ring_init(&set->ring, ring, &set->bytes))
		goto free_set;
	for_each_possible_cpu(cpu) {
		struct kvmlat_cpu *c = kvzalloc_node(block_bytes, GFP_KERNEL, cpu_to_node(cpu));

		if (!c)
			goto free_set;
		set->cpu[cpu] = c;
		set->bytes += block_bytes;
		atomic64_add(block_bytes, &kvmlat_bytes);
		memset(c->map, KVMLAT_NO_ROW, sizeof(c->map));
		for (n = 0; n <= rows; n++)
			c->row[n].min_ns = U64_MAX;
		c->row[rows].reason = KVMLAT_OTHER;
	}
	kvmlat_left_out_apply(set);
	set->generation = ktime_get_real_ns();
	set->since_ns = kvmlat_clock_ns();
	return set;

free_set:
	set_free(set);
	return NULL;
}

int kvmlat_set_init(unsigned int rows, unsigned int ring)
{
	struct kvmlat_set *set = set_alloc(rows, ring, 1);

	if (!set)
		return -ENOMEM;
	rcu_assign_pointer(kvmlat_set, set);
	return 0;
}

/* No probe is registered or running any more. Open reports keep their set. */
void kvmlat_set_exit(void)
{
	struct kvmlat_set *set;

	mutex_lock(&kvmlat_mutex);
	set = kvmlat_set_current();
	RCU_INIT_POINTER(kvmlat_set, NULL);
	mutex_unlock(&kvmlat_mutex);
	kvmlat_set_put(set);
}

/*
 * Start from zero: publish a fresh set, let go of the old one once no probe can write to it. A
 * pair is in the one or in the other, none is lost; an exit open at this moment is `carried` into
 * the new set. For as long as both exist memory is double. Under kvmlat_mutex.
 */
int kvmlat_reset(void)
{
	struct kvmlat_set *old = kvmlat_set_current();
	struct kvmlat_set *set = set_alloc(old->rows, old->ring.size, old->epoch + 1);

	if (!set)
		return -ENOMEM;
	if (set->generation <= old->generation)
		set->generation = old->generation + 1;
	rcu_assign_pointer(kvmlat_set, set);
	synchronize_rcu();
	kvmlat_set_put(old);
	return 0;
}
