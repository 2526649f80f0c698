// SPDX-License-Identifier: GPL-2.0
/*
 * Sets of statistics: what a generation of figures lies in, making one, `reset`, and telling the
 * probes that something they rely on has changed.
 */
#include <linux/cpu.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>
#include "kvmlat.h"

struct kvmlat_set __rcu *kvmlat_set;
DEFINE_PER_CPU(struct kvmlat_cpu *, kvmlat_block);
/* Process context: the set pointer, freeing slots, attaching, parameters. */
DEFINE_MUTEX(kvmlat_mutex);
atomic64_t kvmlat_bytes = ATOMIC64_INIT(0);

static size_t cpu_bytes(const struct kvmlat_set *set)
{
	return struct_size((struct kvmlat_cpu *)NULL, row, set->rows + 1);
}

static void set_free(struct kvmlat_set *set)
{
	unsigned int cpu, n;

	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		if (set->cpu[cpu])
			kvfree(set->cpu[cpu]->other);
		kvmlat_pages_free(set->cpu[cpu], cpu_bytes(set));
		cond_resched();
	}
	kvfree(set->departed);
	for (n = 0; set->vcpus && n < kvmlat_max_vcpus; n++) {
		kvmlat_pages_free(set->vcpus[n], sizeof(*set->vcpus[n]));
		cond_resched();
	}
	vfree(set->vcpus);
	kvmlat_rings_exit(set);
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

/* Of the last change of `offcpu`: an exit of an epoch before it has not all of its off-CPU time. */
u32 kvmlat_offcpu_epoch __read_mostly;

/* No CPU knows its last vCPU any more: each event is looked at fully, once. */
void kvmlat_set_forget(struct kvmlat_set *set)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		WRITE_ONCE(set->cpu[cpu]->last, &kvmlat_no_slot);
}

/*
 * A probe that read the epoch before may make its slot the CPU's last after it was forgotten. When
 * all those are done it is forgotten for good: from then on nobody is of an older epoch for longer
 * than the probe that runs. A set that no probe has yet needs no waiting.
 */
static void epoch_set(struct kvmlat_set *set, u32 epoch)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		WRITE_ONCE(set->cpu[cpu]->left_out, !cpumask_test_cpu(cpu, &kvmlat_cpus));
		/* a probe that sees the epoch sees what it stands for */
		smp_store_release(&set->cpu[cpu]->epoch, epoch);
	}
	kvmlat_set_forget(set);
	if (set != kvmlat_set_current())
		return;
	synchronize_rcu();
	kvmlat_set_forget(set);
}

/*
 * Modes or filters may have changed: a new epoch for all CPU blocks, so that each vCPU thread
 * looks at its next event. CPUs learn of it one after another; a thread that meets two epochs in
 * turn looks twice. Under kvmlat_mutex.
 */
void kvmlat_epoch_apply(struct kvmlat_set *set)
{
	static u32 step;	/* 28 bits: a thread silent for 2^28 changes might not notice the last */
	static bool offcpu;
	u32 epoch;

	step += KVMLAT_EPOCH_STEP;
	epoch = step;
	if (kvmlat_clock_cycles())
		epoch |= KVMLAT_EPOCH_CYCLES;
	if (kvmlat_guest_rip)
		epoch |= KVMLAT_EPOCH_RIP;
	if (kvmlat_offcpu)
		epoch |= KVMLAT_EPOCH_OFFCPU;
	else
		set->offcpu_whole = false;
	if (kvmlat_offcpu != offcpu) {
		offcpu = kvmlat_offcpu;
		WRITE_ONCE(kvmlat_offcpu_epoch, step);
	}
	if (kvmlat_clock_cycles() != static_key_enabled(&kvmlat_usual_cycles)) {
		struct kvmlat_set *now = kvmlat_set_current();

		if (now) {
			epoch_set(now, epoch | KVMLAT_EPOCH_FLUX);
			synchronize_rcu();	/* now whoever was on the usual way is off it */
		}
		if (kvmlat_clock_cycles())
			static_branch_enable(&kvmlat_usual_cycles);
		else
			static_branch_disable(&kvmlat_usual_cycles);
		step += KVMLAT_EPOCH_STEP;
		epoch += KVMLAT_EPOCH_STEP;
	}
	epoch_set(set, epoch);
}

static void *account(struct kvmlat_set *set, void *memory, u64 bytes)
{
	if (memory) {
		set->bytes += bytes;
		atomic64_add(bytes, &kvmlat_bytes);
	}
	return memory;
}

static struct kvmlat_vcpu *vcpu_init(struct kvmlat_vcpu *v)
{
	if (v)
		kvmlat_vcpu_init(v);
	return v;
}

static bool cpu_alloc(struct kvmlat_set *set, unsigned int cpu)
{
	struct kvmlat_cpu *c = account(set, kvmlat_pages_alloc(cpu_bytes(set), cpu_to_node(cpu)),
				       PAGE_ALIGN(cpu_bytes(set)));

	if (!c)
		return false;
	set->cpu[cpu] = c;
	c->set = set;
	c->set_no = set->no;
	c->last = &kvmlat_no_slot;	/* and again with each epoch */
	kvmlat_table_init(&c->table, c, c->row, set->rows, sizeof(c->row[0]));
	c->other = account(set, kvzalloc_node(sizeof(*c->other), GFP_KERNEL, cpu_to_node(cpu)),
			   sizeof(*c->other));
	return vcpu_init(c->other);
}

static bool vcpus_alloc(struct kvmlat_set *set)
{
	u64 bytes = array_size(kvmlat_max_vcpus + 1, sizeof(*set->vcpus));
	unsigned int n;

	set->vcpus = account(set, vzalloc(bytes), bytes);
	set->departed = account(set, kvzalloc(sizeof(*set->departed), GFP_KERNEL),
				sizeof(*set->departed));
	if (!set->vcpus || !vcpu_init(set->departed))
		return false;
	for (n = 0; n < kvmlat_max_vcpus; n++) {
		set->vcpus[n] = account(set, kvmlat_pages_alloc(sizeof(*set->vcpus[n]),
								kvmlat_block_node(n)),
					PAGE_ALIGN(sizeof(*set->vcpus[n])));
		if (!vcpu_init(set->vcpus[n]))
			return false;
		cond_resched();
	}
	return true;
}

static struct kvmlat_set *set_alloc(unsigned int rows, unsigned int ring, u32 no)
{
	struct kvmlat_set *set;
	unsigned int cpu;

	/* What is promised to operators: 2 KiB and 2.7 KiB a row for each CPU; 64 MiB for 1024 vCPUs. */
	BUILD_BUG_ON(sizeof(struct kvmlat_cpu) + 41 * sizeof(struct kvmlat_row) > 110 << 10);
	BUILD_BUG_ON(sizeof(struct kvmlat_vrow) > U16_MAX || sizeof(struct kvmlat_row) > U16_MAX);
	BUILD_BUG_ON(sizeof(struct kvmlat_vcpu) > 32 << 10);

	set = kvzalloc(struct_size(set, cpu, nr_cpu_ids), GFP_KERNEL);
	if (!set)
		return NULL;
	account(set, set, struct_size(set, cpu, nr_cpu_ids));
	kref_init(&set->ref);
	set->no = no;
	set->rows = rows;
	if (kvmlat_rings_init(set, ring) || !vcpus_alloc(set))
		goto free_set;
	for_each_possible_cpu(cpu) {
		if (!cpu_alloc(set, cpu))
			goto free_set;
		cond_resched();
	}
	set->offcpu_whole = true;
	kvmlat_epoch_apply(set);
	set->generation = ktime_get_real_ns();
	set->since_ns = kvmlat_clock_ns();
	return set;

free_set:
	set_free(set);
	return NULL;
}

/* Hand @set to the probes, and to readers. Under kvmlat_mutex. */
static void set_publish(struct kvmlat_set *set)
{
	unsigned int cpu;

	/* Before the blocks: who has met one of them finds the set. block_for() */
	rcu_assign_pointer(kvmlat_set, set);
	for_each_possible_cpu(cpu)
		/* a probe that sees the block sees it whole */
		smp_store_release(per_cpu_ptr(&kvmlat_block, cpu), set->cpu[cpu]);
}

int kvmlat_set_init(unsigned int rows, unsigned int ring)
{
	struct kvmlat_set *set;

	mutex_lock(&kvmlat_mutex);
	set = set_alloc(rows, ring, 1);
	if (set)
		set_publish(set);
	mutex_unlock(&kvmlat_mutex);
	return set ? 0 : -ENOMEM;
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
	struct kvmlat_set *set = set_alloc(old->rows, old->ring[0].size, old->no + 1);

	if (!set)
		return -ENOMEM;
	if (set->generation <= old->generation)
		set->generation = old->generation + 1;
	set_publish(set);
	synchronize_rcu();
	kvmlat_set_put(old);
	return 0;
}
