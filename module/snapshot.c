// SPDX-License-Identifier: GPL-2.0
/*
 * Who is in flight, the outliers kept, and which vCPUs there are: lists taken when a report is opened, so that it can
 * be sorted, and printed piece by piece while the host goes on. Lists may be long: walks, and comparisons, since
 * sort() does not, let other tasks run.
 */
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/timex.h>
#include "report.h"

static u64 age_ns(const struct kvmlat_slot *slot, u64 stamp)
{
	s64 passed;

	if (slot->epoch & KVMLAT_EPOCH_CYCLES) {
		passed = get_cycles() - stamp;
		return passed < 0 ? 0 : kvmlat_arch_cycles_to_ns(passed);
	}
	passed = kvmlat_clock_ns() - stamp;
	return passed < 0 ? 0 : passed;
}

/*
 * What the open exit of @slot is to @f; false when it found its entry meanwhile. The owner counts
 * exits first and stamps last, so two equal counts around a stamp are of one exit.
 */
static bool flight_read(const struct kvmlat_slot *slot, struct kvmlat_flight *f)
{
	u64 exits = READ_ONCE(slot->exits), stamp = READ_ONCE(slot->stamp), nvcsw, nivcsw;
	struct task_struct *task;
	bool user;

	if ((s64)stamp < 0 || stamp == KVMLAT_STAMP_VOID)
		return false;
	smp_rmb();	/* exits and stamp before the fields */
	f->reason = READ_ONCE(slot->reason);
	f->who = slot->who;
	nvcsw = READ_ONCE(slot->nvcsw);
	nivcsw = READ_ONCE(slot->nivcsw);
	user = READ_ONCE(slot->user);
	smp_rmb();	/* the fields before stamp and exits again */
	if (READ_ONCE(slot->stamp) != stamp || READ_ONCE(slot->exits) != exits)
		return false;
	f->age_ns = age_ns(slot, stamp);
	rcu_read_lock();
	task = pid_task(find_pid_ns(slot->pid, &init_pid_ns), PIDTYPE_PID);
	if (task) {
		f->cpu = task_cpu(task);
		if (user)
			f->cause = KVMLAT_USER;
		else if (READ_ONCE(task->nvcsw) != nvcsw)
			f->cause = KVMLAT_BLOCKED;
		else
			f->cause = READ_ONCE(task->nivcsw) != nivcsw ? KVMLAT_PREEMPTED : KVMLAT_KERNEL;
	}
	rcu_read_unlock();
	return task;
}

static int by_age(const void *a, const void *b)
{
	const struct kvmlat_flight *x = a, *y = b;

	cond_resched();
	return x->age_ns > y->age_ns ? -1 : x->age_ns < y->age_ns;
}

/* All exits that wait for their entry, the oldest first. Under kvmlat_mutex: no slot is freed. */
int kvmlat_flights_get(struct kvmlat_report *r)
{
	/* threads that come meanwhile have a little room */
	unsigned int room = min_t(u64, kvmlat_nr_slots, r->totals->audit.slots_used + 1024), n;

	r->flight = kvmalloc_array(room, sizeof(*r->flight), GFP_KERNEL);
	if (!r->flight)
		return -ENOMEM;
	for (n = 0; n < kvmlat_nr_slots && r->flights < room; n++) {
		if (READ_ONCE(kvmlat_slots[n].pid) &&
		    flight_read(&kvmlat_slots[n], &r->flight[r->flights]))
			r->flights++;
		if (!(n & 255))
			cond_resched();
	}
	sort(r->flight, r->flights, sizeof(*r->flight), by_age, NULL);
	return 0;
}

static int by_number(const void *a, const void *b)
{
	const struct kvmlat_outlier *x = a, *y = b;

	cond_resched();
	return x->seq > y->seq ? -1 : x->seq < y->seq;
}

/* What the ring holds now, each record whole, the newest first. */
int kvmlat_outliers_get(struct kvmlat_report *r)
{
	const struct kvmlat_ring *ring = &r->set->ring;
	u32 n;

	if (!ring->size)
		return 0;
	r->outlier = kvmalloc_array(ring->size, sizeof(*r->outlier), GFP_KERNEL);
	if (!r->outlier)
		return -ENOMEM;
	for (n = 0; n < ring->size; n++) {
		r->outliers += kvmlat_ring_read(ring, n, &r->outlier[r->outliers]);
		if (!(n & 255))
			cond_resched();
	}
	sort(r->outlier, r->outliers, sizeof(*r->outlier), by_number, NULL);
	return 0;
}

static int by_who(const void *a, const void *b)
{
	const struct kvmlat_vcpu_key *x = a, *y = b;

	cond_resched();
	if (x->who.vmm != y->who.vmm)
		return x->who.vmm < y->who.vmm ? -1 : 1;
	if (x->who.vm != y->who.vm)
		return x->who.vm < y->who.vm ? -1 : 1;
	if (x->who.vcpu != y->who.vcpu)
		return x->who.vcpu < y->who.vcpu ? -1 : 1;
	return x->who.tid < y->who.tid ? -1 : x->who.tid > y->who.tid;
}

/* All vCPUs that have figures, by VMM, VM and number, then the others and the departed. */
int kvmlat_vcpus_get(struct kvmlat_report *r)
{
	unsigned int n;

	r->block = kvmalloc(sizeof(*r->block), GFP_KERNEL);
	r->vm = kvmalloc(sizeof(*r->vm), GFP_KERNEL);
	if (r->block && r->vm)
		r->vcpu = kvmalloc_array(kvmlat_max_vcpus + 2, sizeof(*r->vcpu), GFP_KERNEL | __GFP_ZERO);
	if (!r->vcpu)
		return -ENOMEM;
	kvmlat_blocks_hold();
	r->put_back = r->set->put_back;
	for (n = 0; n < kvmlat_max_vcpus; n++) {
		const struct kvmlat_vcpu *v = &r->set->vcpus[n];

		if (!(n & 255))
			cond_resched();
		/* pairs with the release in kvmlat_block_take_up() */
		if (!smp_load_acquire(&v->used))
			continue;
		r->vcpu[r->vcpus].block = n;
		r->vcpu[r->vcpus++].who = v->who;
	}
	sort(r->vcpu, r->vcpus, sizeof(*r->vcpu), by_who, NULL);
	r->vcpu[r->vcpus++].block = KVMLAT_VCPU_OTHER;
	r->vcpu[r->vcpus++].block = KVMLAT_VCPU_DEPARTED;
	return 0;
}

static void other_add(struct kvmlat_report *r, unsigned long *seen, u32 reason)
{
	unsigned int index = reason == KVMLAT_OTHER ? KVMLAT_NO_INDEX : kvmlat_arch_index(reason);

	/* of one without a dense index there is no more to say than its number */
	if ((index == KVMLAT_NO_INDEX && reason != KVMLAT_OTHER) || __test_and_set_bit(index, seen))
		return;
	r->other[r->others++] = reason;
}

static void vcpu_others(struct kvmlat_report *r, unsigned long *seen, const struct kvmlat_vcpu *v)
{
	/* pairs with the release that publishes a row: row_find() */
	unsigned int n, nr = smp_load_acquire(&v->table.nr_rows);

	for (n = 0; n < nr; n++)
		other_add(r, seen, v->row[n].head.reason);
	if (kvmlat_vrow_count(&v->row[v->table.cap]))
		other_add(r, seen, KVMLAT_OTHER);
	cond_resched();
}

/*
 * Reasons that are in the catch-all of each CPU that saw them, or were not paired yet, but that a vCPU has rows of, or
 * an exit in flight or an outlier is of: whoever reads of these must be told their names all the same.
 */
void kvmlat_others_get(struct kvmlat_report *r)
{
	DECLARE_BITMAP(seen, KVMLAT_MAP) = {};
	unsigned int cpu, n;

	for (n = 0; n < r->totals->nr_reasons; n++) {
		if (kvmlat_row_count(&r->totals->reason[n].sum))
			other_add(r, seen, r->totals->reason[n].sum.head.reason);
	}
	r->others = 0;
	for (n = 0; n < r->flights; n++)
		other_add(r, seen, r->flight[n].reason);
	for (n = 0; n < r->outliers; n++)
		other_add(r, seen, r->outlier[n].reason);
	if (!r->view->vcpus)
		return;
	for (n = 0; n < r->vcpus && r->vcpu[n].block < KVMLAT_VCPU_OTHER; n++)
		vcpu_others(r, seen, &r->set->vcpus[r->vcpu[n].block]);
	vcpu_others(r, seen, r->set->departed);
	for_each_possible_cpu(cpu)
		vcpu_others(r, seen, r->set->cpu[cpu]->other);
}

/* The report will read no more vCPUs. */
void kvmlat_vcpus_put(struct kvmlat_report *r)
{
	if (!r->vcpu)
		return;
	mutex_lock(&kvmlat_mutex);
	kvmlat_blocks_let_go();
	mutex_unlock(&kvmlat_mutex);
	kvfree(r->vcpu);
}

static void others_read(struct kvmlat_report *r)
{
	unsigned int cpu;

	memset(r->block, 0, sizeof(*r->block));
	kvmlat_vcpu_init(r->block);
	for_each_possible_cpu(cpu) {
		kvmlat_vcpu_fold(r->block, r->set->cpu[cpu]->other);
		cond_resched();
	}
}

/*
 * Copy the @nth vCPU's figures to r->block, whole and of that vCPU only: numbers are taken back
 * under the mutex. False when there is nothing to print: when numbers were taken back since the report was opened,
 * which is not done before KVMLAT_HOLD_NS, a vCPU may have been printed that is now with the departed. The read then
 * ends with -ESTALE, rather than count it twice.
 */
bool kvmlat_vcpu_read(struct kvmlat_report *r, unsigned int nth, bool *live)
{
	const struct kvmlat_vcpu_key *key = &r->vcpu[nth];

	cond_resched();		/* a VM's sum is read from all its vCPUs in turn */
	*live = false;
	mutex_lock(&kvmlat_mutex);
	if (r->set->put_back != r->put_back) {
		r->err = -ESTALE;
	} else if (key->block == KVMLAT_VCPU_OTHER) {
		others_read(r);
	} else if (key->block == KVMLAT_VCPU_DEPARTED) {
		kvmlat_vcpu_copy(r->block, r->set->departed);
	} else {
		kvmlat_vcpu_copy(r->block, &r->set->vcpus[key->block]);
		*live = kvmlat_block_live(key->block, &key->who);
	}
	mutex_unlock(&kvmlat_mutex);
	return !r->err;
}
