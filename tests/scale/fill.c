// SPDX-License-Identifier: GPL-2.0
/*
 * For the scale test only: vCPUs that never ran. tests/scale/run.sh compiles this into kvmlat.ko in
 * a copy of the tree; the module as built otherwise does not know of it.
 *
 * Writing N to the parameter `fill` starts N kernel threads. Each takes a slot and a statistics
 * block as one that runs a vCPU does, and adds pairs of REASONS reasons, 4 causes and ROUNDS
 * latencies to its own block and to the block of one possible CPU, online or not, in turn; all by
 * the functions that probes call. It ends with an open exit, and sleeps in its KVM_RUN. Writing 0
 * ends them. run.sh sees to it that each possible CPU has all its rows.
 *
 * What thread v records, and tests/scale/expect.c knows:
 *	CPU v % CPUs; VM v / VM_VCPUS; latency ((1000 + 16 * reason + cause) << round) + v ns;
 *	run-queue time, unless the cause is `kernel`, round ns.
 * Where a table has too few rows the order decides what shares one: even v add all causes of a
 * reason before the next reason, odd v all reasons of a cause before the next cause.
 */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/timex.h>
#include "base/host.h"
#include "generation/filter.h"
#include "generation/generation.h"
#include "probe/probes.h"
#include "store/thread.h"

#define REASONS		30
#define FIRST_REASON	0x60	/* SVM's codes from here on have names */
/* the last of them: codes that nobody names, which have no dense index */
#define UNKNOWN		2
#define ROUNDS		8
#define VM_VCPUS	20
#define VMM		100000	/* pid of the first VM's process */
#define MOST		4096

static struct task_struct **thread;
static unsigned int threads;
static atomic_t failed;
static DECLARE_COMPLETION(filled);

static u32 code_of(unsigned int reason)
{
	static const u32 unknown[UNKNOWN] = { 0xc5, 0x3ff };

	return reason < REASONS - UNKNOWN ? FIRST_REASON + reason :
					    unknown[reason - (REASONS - UNKNOWN)];
}

static void add_pair(struct kvmlat_cpu *c, struct kvmlat_slot *slot, unsigned int v,
		     unsigned int reason, unsigned int cause, unsigned int round)
{
	u64 ns = ((1000ULL + 16 * reason + cause) << round) + v;
	u64 runq_ns = cause == KVMLAT_KERNEL ? 0 : round;

	slot->exit.reason = code_of(reason);
	slot->exits++;
	slot->entries++;
	preempt_disable();
	kvmlat_record(c, slot, ns, cause, runq_ns, 0);
	if (ns >= READ_ONCE(kvmlat_outlier_ns) && !kvmlat_outlier_skipped(slot->exit.reason))
		kvmlat_outlier(&c->gen->rings, c, slot, ns, cause, runq_ns, U64_MAX);
	preempt_enable();
}

static bool be_vcpu(struct kvmlat_generation *gen, struct kvmlat_slot *slot, unsigned int v)
{
	struct kvmlat_identity id = {
		.vmm = VMM + v / VM_VCPUS, .vm = 1 + v / VM_VCPUS, .vcpu = v % VM_VCPUS,
		.tid = current->pid, .start_time = current->start_time,
	};

	snprintf(id.comm, sizeof(id.comm), "vm %u", v / VM_VCPUS);
	kvmlat_slot_identify(slot, &id);
	slot->block = kvmlat_block_claim(&id);
	slot->stats = kvmlat_block_bind(&gen->blocks, slot->block, &slot->id);
	return slot->block != KVMLAT_NO_BLOCK;
}

/* An open exit. */
static void leave_open(struct kvmlat_cpu *c, struct kvmlat_slot *slot, unsigned int v)
{
	slot->exit.reason = code_of(v % REASONS);
	slot->epoch = c->epoch;
	slot->nvcsw = current->nvcsw;
	slot->nivcsw = current->nivcsw;
	slot->user = v & 1;
	slot->exits++;
	barrier();
	slot->stamp = slot->epoch & KVMLAT_EPOCH_CYCLES ? get_cycles() : kvmlat_clock_ns();
}

/* Under kvmlat_mutex: a CPU's block has one writer at a time. */
static void fill(unsigned int v)
{
	struct kvmlat_generation *gen = kvmlat_generation_current();
	struct kvmlat_cpu *c = gen->cpu[cpumask_nth(v % num_possible_cpus(), cpu_possible_mask)];
	struct kvmlat_slot *slot;
	unsigned int n, round;

	preempt_disable();
	/* a vCPU lies nowhere else than this thread */
	slot = kvmlat_slot_claim(current, gen->no);
	preempt_enable();
	if (!slot) {
		atomic_inc(&failed);
		return;
	}
	if (!be_vcpu(gen, slot, v))
		c->count[KVMLAT_VCPUS_OTHER]++;
	for (n = 0; n < REASONS * KVMLAT_CAUSES; n++) {
		for (round = 0; round < ROUNDS; round++) {
			if (v & 1)
				add_pair(c, slot, v, n % REASONS, n / REASONS, round);
			else
				add_pair(c, slot, v, n / KVMLAT_CAUSES, n % KVMLAT_CAUSES, round);
		}
	}
	leave_open(c, slot, v);
}

static int vcpu_thread(void *data)
{
	mutex_lock(&kvmlat_mutex);
	fill((unsigned long)data);
	mutex_unlock(&kvmlat_mutex);
	complete(&filled);
	for (;;) {
		set_current_state(TASK_IDLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	kvmlat_probe_userspace(NULL, 0, 0);
	return 0;
}

static void threads_stop(void)
{
	while (threads)
		kthread_stop(thread[--threads]);
	kvfree(thread);
	thread = NULL;
}

static int threads_start(unsigned int nr)
{
	struct task_struct *task;

	atomic_set(&failed, 0);
	thread = kvcalloc(nr, sizeof(*thread), GFP_KERNEL);
	if (!thread)
		return -ENOMEM;
	while (threads < nr) {
		task = kthread_run(vcpu_thread, (void *)(unsigned long)threads, "vcpu/%u", threads);
		if (IS_ERR(task))
			return PTR_ERR(task);
		thread[threads++] = task;
		wait_for_completion(&filled);
	}
	return atomic_read(&failed) ? -ENOSPC : 0;
}

/* Parameters are set one at a time: the kernel's lock of parameters is held. */
static int set_fill(const char *val, const struct kernel_param *kp)
{
	unsigned int nr;
	int err;

	if (kstrtouint(val, 0, &nr) || nr > MOST)
		return -EINVAL;
	if (!nr == !threads)
		return -EBUSY;
	if (nr) {
		/* not to be unloaded while threads run in it */
		__module_get(THIS_MODULE);
		err = threads_start(nr);
		if (!err)
			return 0;
	}
	threads_stop();
	module_put(THIS_MODULE);
	return nr ? err : 0;
}

static const struct kernel_param_ops fill_ops = { .set = set_fill };

module_param_cb(fill, &fill_ops, NULL, 0200);
MODULE_PARM_DESC(fill, "test: vCPUs that never ran; 0 ends their threads");
