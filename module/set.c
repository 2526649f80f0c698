// SPDX-License-Identifier: GPL-2.0
/*
 * Sets of statistics: what a generation of figures lies in, making one, `reset`, and telling the
 * probes that something they rely on has changed.
 */
#include <linux/cpuhotplug.h>
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

/*
 * Blocks of CPUs come and are published under this: the innermost lock, since hotplug, which holds the
 * kernel's CPU lock, takes it, and patching code under kvmlat_mutex takes that lock.
 */
static DEFINE_MUTEX(cpus_mutex);
static struct cpumask cpus_seen;	/* CPUs that were online since load; under cpus_mutex */

static size_t cpu_bytes(unsigned int rows)
{
	return struct_size((struct kvmlat_cpu *)NULL, row, rows + 1);
}

static void cpu_free(struct kvmlat_cpu *c)
{
	if (!c)
		return;
	kvfree(c->other);
	kvmlat_pages_free(c, cpu_bytes(c->table.cap));
}

static void set_free(struct kvmlat_set *set)
{
	unsigned int cpu, n;

	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		/* the one that it had before it was online, if any, has nothing in it */
		if (set->cpu[cpu])
			cpu_free(set->cpu[cpu]->before);
		cpu_free(set->cpu[cpu]);
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

/* What a CPU goes by; one without memory for what it records is left out. */
static void cpu_epoch_set(struct kvmlat_cpu *c, unsigned int cpu, u32 epoch)
{
	WRITE_ONCE(c->left_out, !c->other || !cpumask_test_cpu(cpu, &kvmlat_cpus));
	/* a probe that sees the epoch sees what it stands for */
	smp_store_release(&c->epoch, epoch);
}

/*
 * A probe that read the epoch before may make its slot the CPU's last after it was forgotten. When
 * all those are done it is forgotten for good: from then on nobody is of an older epoch for longer
 * than the probe that runs. A set that no probe has yet needs no waiting.
 */
static void epoch_set(struct kvmlat_set *set, u32 epoch)
{
	unsigned int cpu;

	mutex_lock(&cpus_mutex);
	set->epoch = epoch;
	for_each_possible_cpu(cpu)
		cpu_epoch_set(set->cpu[cpu], cpu, epoch);
	mutex_unlock(&cpus_mutex);
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

/* A block of @rows rows, and 0 rows for a CPU that is not there: nothing is recorded in that. */
static struct kvmlat_cpu *cpu_alloc(struct kvmlat_set *set, unsigned int cpu, unsigned int rows)
{
	struct kvmlat_cpu *c = account(set, kvmlat_pages_alloc(cpu_bytes(rows), cpu_to_node(cpu)),
				       PAGE_ALIGN(cpu_bytes(rows)));

	if (!c)
		return NULL;
	c->set = set;
	c->set_no = set->no;
	c->last = &kvmlat_no_slot;	/* and again with each epoch */
	kvmlat_table_init(&c->table, c, c->row, rows, sizeof(c->row[0]));
	if (!rows)
		return c;
	c->table.reserve = rows / 4;
	c->other = account(set, kvzalloc_node(sizeof(*c->other), GFP_KERNEL, cpu_to_node(cpu)),
			   sizeof(*c->other));
	if (vcpu_init(c->other))
		return c;
	cpu_free(c);
	return NULL;
}

/*
 * A CPU that comes, or has come, gets all that the others have; the block it has had until now is
 * empty, but reports may look at it. Under cpus_mutex, before any probe runs there.
 */
static void cpu_grow(struct kvmlat_set *set, unsigned int cpu)
{
	struct kvmlat_cpu *was = set->cpu[cpu], *c;

	if (was->other)
		return;
	c = cpu_alloc(set, cpu, set->rows);
	if (!c) {
		pr_err("kvmlat: no memory for CPU %u: its exits are left out\n", cpu);
		return;
	}
	c->before = was;
	cpu_epoch_set(c, cpu, set->epoch);
	/* a report that sees the block sees it whole */
	smp_store_release(&set->cpu[cpu], c);
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
		set->cpu[cpu] = cpu_alloc(set, cpu, cpumask_test_cpu(cpu, &cpus_seen) ? rows : 0);
		if (!set->cpu[cpu])
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

	mutex_lock(&cpus_mutex);
	/* that came since the set was made */
	for_each_possible_cpu(cpu) {
		if (cpumask_test_cpu(cpu, &cpus_seen))
			cpu_grow(set, cpu);
	}
	/* Before the blocks: who has met one of them finds the set. block_for() */
	rcu_assign_pointer(kvmlat_set, set);
	for_each_possible_cpu(cpu)
		/* a probe that sees the block sees it whole */
		smp_store_release(per_cpu_ptr(&kvmlat_block, cpu), set->cpu[cpu]);
	mutex_unlock(&cpus_mutex);
}

/* @cpu is about to come online. Its memory stays when it goes. */
static int cpu_prepare(unsigned int cpu)
{
	struct kvmlat_set *set;

	mutex_lock(&cpus_mutex);
	cpumask_set_cpu(cpu, &cpus_seen);
	set = rcu_dereference_protected(kvmlat_set, lockdep_is_held(&cpus_mutex));
	if (set) {
		cpu_grow(set, cpu);
		/* a probe that sees the block sees it whole */
		smp_store_release(per_cpu_ptr(&kvmlat_block, cpu), set->cpu[cpu]);
	}
	mutex_unlock(&cpus_mutex);
	return 0;	/* whatever happens here, the CPU may come */
}

static int hotplug_state;

int kvmlat_set_init(unsigned int rows, unsigned int ring)
{
	struct kvmlat_set *set;

	/* Calls for each CPU that is online, then for each that comes. */
	hotplug_state = cpuhp_setup_state(CPUHP_BP_PREPARE_DYN, "kvmlat:prepare", cpu_prepare, NULL);
	if (hotplug_state < 0)
		return hotplug_state;
	mutex_lock(&kvmlat_mutex);
	set = set_alloc(rows, ring, 1);
	if (set)
		set_publish(set);
	mutex_unlock(&kvmlat_mutex);
	if (set)
		return 0;
	cpuhp_remove_state_nocalls(hotplug_state);
	return -ENOMEM;
}

/* No probe is registered or running any more. Open reports keep their set. */
void kvmlat_set_exit(void)
{
	struct kvmlat_set *set;

	cpuhp_remove_state_nocalls(hotplug_state);
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
