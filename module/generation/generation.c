// SPDX-License-Identifier: GPL-2.0
/*
 * Generations: allocating and publishing one, `reset`, the CPU blocks, and the epoch, by which
 * probes learn that modes or filters have changed.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpuhotplug.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>
#include "base/host.h"
#include "base/memory.h"
#include "generation/generation.h"

struct kvmlat_generation __rcu *kvmlat_generation;
DEFINE_PER_CPU(struct kvmlat_cpu *, kvmlat_block);
DEFINE_STATIC_KEY_FALSE(kvmlat_fast_cycles);
/* in force; written under kvmlat_mutex and cpus_mutex, read under either */
static struct kvmlat_policy policy;

/*
 * Protects the making and publishing of CPU blocks. It is the innermost lock: CPU hotplug takes it
 * under the kernel's CPU lock, which in turn is taken under kvmlat_mutex, to patch code.
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
	kvfree(c->overflow);
	kvmlat_pages_free(c, cpu_bytes(c->table.cap));
}

static void gen_free(struct kvmlat_generation *gen)
{
	unsigned int cpu, n;

	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		/* with the empty one that cpu_grow() replaced, if any */
		if (gen->cpu[cpu])
			cpu_free(gen->cpu[cpu]->before);
		cpu_free(gen->cpu[cpu]);
		cond_resched();
	}
	kvfree(gen->blocks.departed);
	for (n = 0; gen->blocks.vcpus && n < kvmlat_max_vcpus; n++) {
		kvmlat_pages_free(gen->blocks.vcpus[n], sizeof(*gen->blocks.vcpus[n]));
		cond_resched();
	}
	vfree(gen->blocks.vcpus);
	kvmlat_rings_exit(&gen->rings);
	atomic64_sub(gen->bytes, &kvmlat_bytes);
	kvfree(gen);
}

static void gen_release(struct kref *ref)
{
	gen_free(container_of(ref, struct kvmlat_generation, ref));
}

void kvmlat_generation_get(struct kvmlat_generation *gen)
{
	kref_get(&gen->ref);
}

void kvmlat_generation_put(struct kvmlat_generation *gen)
{
	kref_put(&gen->ref, gen_release);
}

struct kvmlat_generation *kvmlat_generation_current(void)
{
	return rcu_dereference_protected(kvmlat_generation, lockdep_is_held(&kvmlat_mutex));
}

/* The epoch of the last change of `offcpu`: to exits of older ones some off-CPU time is missing. */
u32 kvmlat_offcpu_epoch __read_mostly;

/* All CPUs forget their last vCPU: the next event on each takes the slow path. */
void kvmlat_generation_forget(struct kvmlat_generation *gen)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		WRITE_ONCE(gen->cpu[cpu]->last, &kvmlat_no_slot);
}

/* The epoch and filter of a CPU block; without memory for its rows the CPU is filtered. */
static void cpu_epoch_set(struct kvmlat_cpu *c, unsigned int cpu, u32 epoch)
{
	WRITE_ONCE(c->filtered, !c->overflow || !cpumask_test_cpu(cpu, policy.cpus));
	/* after modes and filters: pairs with the acquire in catch_up() */
	smp_store_release(&c->epoch, epoch);
}

/*
 * Set the epoch of @gen; all CPUs forget. A probe that read the old epoch may still make its slot
 * the `last` of its CPU, so they forget again after all such probes. From then on no fast path is
 * of an older epoch. A generation that is not published yet has no probes to wait for.
 */
static void epoch_set(struct kvmlat_generation *gen, u32 epoch)
{
	unsigned int cpu;

	mutex_lock(&cpus_mutex);
	gen->epoch = epoch;
	for_each_possible_cpu(cpu)
		cpu_epoch_set(gen->cpu[cpu], cpu, epoch);
	mutex_unlock(&cpus_mutex);
	kvmlat_generation_forget(gen);
	if (gen != kvmlat_generation_current())
		return;
	synchronize_rcu();
	kvmlat_generation_forget(gen);
}

/*
 * A new epoch for all CPU blocks of @gen, by the policy in force, so that the next event of each
 * vCPU takes the slow path. CPUs get it one after another; a vCPU that moves between two epochs
 * just takes the slow path more often.
 */
static void epoch_apply(struct kvmlat_generation *gen)
{
	/* counts in 28 bits: a vCPU without an event for 2^28 changes might miss them */
	static u32 step;
	static bool offcpu;
	u32 epoch;

	step += KVMLAT_EPOCH_STEP;
	epoch = step;
	if (policy.cycles)
		epoch |= KVMLAT_EPOCH_CYCLES;
	if (policy.guest_rip)
		epoch |= KVMLAT_EPOCH_RIP;
	if (policy.offcpu)
		epoch |= KVMLAT_EPOCH_OFFCPU;
	else
		gen->offcpu_whole = false;
	if (policy.offcpu != offcpu) {
		offcpu = policy.offcpu;
		WRITE_ONCE(kvmlat_offcpu_epoch, step);
	}
	if (policy.cycles != static_key_enabled(&kvmlat_fast_cycles)) {
		struct kvmlat_generation *now = kvmlat_generation_current();

		if (now) {
			epoch_set(now, epoch | KVMLAT_EPOCH_CHANGING);
			synchronize_rcu();	/* from here on no probe is on the fast path */
		}
		if (policy.cycles)
			static_branch_enable(&kvmlat_fast_cycles);
		else
			static_branch_disable(&kvmlat_fast_cycles);
		step += KVMLAT_EPOCH_STEP;
		epoch += KVMLAT_EPOCH_STEP;
	}
	epoch_set(gen, epoch);
}

/*
 * Modes or filters may have changed. Without a generation yet they are only stored. Under
 * kvmlat_mutex.
 */
void kvmlat_epoch_apply(const struct kvmlat_policy *wanted)
{
	lockdep_assert_held(&kvmlat_mutex);
	mutex_lock(&cpus_mutex);
	policy = *wanted;
	mutex_unlock(&cpus_mutex);
	if (kvmlat_generation_current())
		epoch_apply(kvmlat_generation_current());
}

static void *account(struct kvmlat_generation *gen, void *memory, u64 bytes)
{
	if (memory) {
		gen->bytes += bytes;
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

/* A block of @rows rows; 0 rows, for a CPU that was never online: nothing is recorded in it. */
static struct kvmlat_cpu *cpu_alloc(struct kvmlat_generation *gen, unsigned int cpu,
				    unsigned int rows)
{
	struct kvmlat_cpu *c = account(gen, kvmlat_pages_alloc(cpu_bytes(rows), cpu_to_node(cpu)),
				       PAGE_ALIGN(cpu_bytes(rows)));

	if (!c)
		return NULL;
	c->gen = gen;
	c->gen_no = gen->no;
	c->last = &kvmlat_no_slot;	/* and again with each epoch */
	kvmlat_table_init(&c->table, c, c->row, rows, sizeof(c->row[0]));
	if (!rows)
		return c;
	c->table.reserve = rows / 4;
	c->overflow = kvzalloc_node(sizeof(*c->overflow), GFP_KERNEL, cpu_to_node(cpu));
	if (vcpu_init(account(gen, c->overflow, sizeof(*c->overflow))))
		return c;
	account(gen, c, -(u64)PAGE_ALIGN(cpu_bytes(rows)));
	cpu_free(c);
	return NULL;
}

/*
 * A CPU that comes online gets a block with rows. The old one is empty, but is kept as `before`,
 * for reports may read it. Under cpus_mutex, before any probe runs there.
 */
static void cpu_grow(struct kvmlat_generation *gen, unsigned int cpu)
{
	struct kvmlat_cpu *was = gen->cpu[cpu], *c;

	if (was->overflow)
		return;
	c = cpu_alloc(gen, cpu, gen->rows);
	if (!c) {
		pr_err("no memory for CPU %u: its exits are left out\n", cpu);
		return;
	}
	c->before = was;
	cpu_epoch_set(c, cpu, gen->epoch);
	/* after all of the block: readers reach it through this pointer */
	smp_store_release(&gen->cpu[cpu], c);
}

static bool vcpus_alloc(struct kvmlat_generation *gen)
{
	struct kvmlat_blocks *b = &gen->blocks;
	u64 bytes = array_size(kvmlat_max_vcpus + 1, sizeof(*b->vcpus));
	unsigned int n;

	b->vcpus = account(gen, vzalloc(bytes), bytes);
	b->departed = account(gen, kvzalloc(sizeof(*b->departed), GFP_KERNEL),
			      sizeof(*b->departed));
	if (!b->vcpus || !vcpu_init(b->departed))
		return false;
	for (n = 0; n < kvmlat_max_vcpus; n++) {
		b->vcpus[n] = account(gen, kvmlat_pages_alloc(sizeof(*b->vcpus[n]),
							      kvmlat_block_node(n)),
				      PAGE_ALIGN(sizeof(*b->vcpus[n])));
		if (!vcpu_init(b->vcpus[n]))
			return false;
		cond_resched();
	}
	return true;
}

static struct kvmlat_generation *gen_alloc(unsigned int rows, unsigned int ring, u32 no)
{
	struct kvmlat_generation *gen;
	unsigned int cpu;

	/* Documented: 2 KiB, and 2.7 KiB a row, for each CPU; 64 MiB for 1024 vCPUs. */
	BUILD_BUG_ON(sizeof(struct kvmlat_cpu) + 41 * sizeof(struct kvmlat_row) > 110 << 10);
	BUILD_BUG_ON(sizeof(struct kvmlat_vrow) > U16_MAX || sizeof(struct kvmlat_row) > U16_MAX);
	BUILD_BUG_ON(sizeof(struct kvmlat_vcpu) > 32 << 10);

	gen = kvzalloc(struct_size(gen, cpu, nr_cpu_ids), GFP_KERNEL);
	if (!gen)
		return NULL;
	account(gen, gen, struct_size(gen, cpu, nr_cpu_ids));
	kref_init(&gen->ref);
	gen->no = no;
	gen->rows = rows;
	if (kvmlat_rings_init(&gen->rings, ring) || !vcpus_alloc(gen))
		goto free_gen;
	account(gen, gen, kvmlat_rings_bytes(&gen->rings));
	for_each_possible_cpu(cpu) {
		gen->cpu[cpu] = cpu_alloc(gen, cpu, cpumask_test_cpu(cpu, &cpus_seen) ? rows : 0);
		if (!gen->cpu[cpu])
			goto free_gen;
		cond_resched();
	}
	gen->offcpu_whole = true;
	epoch_apply(gen);
	gen->unique = ktime_get_real_ns();
	gen->since_ns = kvmlat_clock_ns();
	return gen;

free_gen:
	gen_free(gen);
	return NULL;
}

/* Hand @gen to the probes, and to readers. Under kvmlat_mutex. */
static void gen_publish(struct kvmlat_generation *gen)
{
	unsigned int cpu;

	lockdep_assert_held(&kvmlat_mutex);
	mutex_lock(&cpus_mutex);
	/* CPUs that came online since the generation was allocated */
	for_each_possible_cpu(cpu) {
		if (cpumask_test_cpu(cpu, &cpus_seen))
			cpu_grow(gen, cpu);
	}
	/* Before the blocks: a vCPU that met one finds this generation in block_for(). */
	rcu_assign_pointer(kvmlat_generation, gen);
	for_each_possible_cpu(cpu)
		/* after all of the block: probes reach it by this_cpu_read() */
		smp_store_release(per_cpu_ptr(&kvmlat_block, cpu), gen->cpu[cpu]);
	mutex_unlock(&cpus_mutex);
}

/* CPU hotplug: @cpu is about to come online. When it goes offline its block stays. */
static int cpu_prepare(unsigned int cpu)
{
	struct kvmlat_generation *gen;

	mutex_lock(&cpus_mutex);
	cpumask_set_cpu(cpu, &cpus_seen);
	gen = rcu_dereference_protected(kvmlat_generation, lockdep_is_held(&cpus_mutex));
	if (gen) {
		cpu_grow(gen, cpu);
		/* after all of the block: probes reach it by this_cpu_read() */
		smp_store_release(per_cpu_ptr(&kvmlat_block, cpu), gen->cpu[cpu]);
	}
	mutex_unlock(&cpus_mutex);
	return 0;	/* also without memory: the CPU is filtered then */
}

static int hotplug_state;

int kvmlat_generation_init(unsigned int rows, unsigned int ring, const struct kvmlat_policy *wanted)
{
	struct kvmlat_generation *gen;

	/* Calls cpu_prepare() for each CPU that is online, then for each that comes. */
	hotplug_state =
		cpuhp_setup_state(CPUHP_BP_PREPARE_DYN, "kvmlat:prepare", cpu_prepare, NULL);
	if (hotplug_state < 0)
		return hotplug_state;
	mutex_lock(&kvmlat_mutex);
	policy = *wanted;
	gen = gen_alloc(rows, ring, 1);
	if (gen)
		gen_publish(gen);
	mutex_unlock(&kvmlat_mutex);
	if (gen)
		return 0;
	cpuhp_remove_state_nocalls(hotplug_state);
	return -ENOMEM;
}

/* When no probe is registered or running. An open report has a reference of its own. */
void kvmlat_generation_exit(void)
{
	struct kvmlat_generation *gen;

	cpuhp_remove_state_nocalls(hotplug_state);
	mutex_lock(&kvmlat_mutex);
	gen = kvmlat_generation_current();
	RCU_INIT_POINTER(kvmlat_generation, NULL);
	mutex_unlock(&kvmlat_mutex);
	kvmlat_generation_put(gen);
}

/*
 * Publish a new generation, and put the old one once no probe can write to it. Each pair is in one
 * of the two, none is lost; an exit that is open is carried into the new one. As long as both exist
 * they take twice the memory. Under kvmlat_mutex.
 */
int kvmlat_reset(void)
{
	struct kvmlat_generation *old = kvmlat_generation_current();
	struct kvmlat_generation *gen = gen_alloc(old->rows, old->rings.ring[0].size, old->no + 1);

	lockdep_assert_held(&kvmlat_mutex);
	if (!gen)
		return -ENOMEM;
	if (gen->unique <= old->unique)
		gen->unique = old->unique + 1;
	gen_publish(gen);
	synchronize_rcu();
	kvmlat_generation_put(old);
	return 0;
}
