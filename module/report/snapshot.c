// SPDX-License-Identifier: GPL-2.0
/*
 * The open exits and the vCPUs, as lists that are made when a report is opened, so that they can be
 * sorted, and printed piece by piece while the host goes on. And the outliers, which are read from
 * the rings. Lists may be long: walks and comparisons let other tasks run, for sort() does not.
 */
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/timex.h>
#include "arch/arch.h"
#include "base/host.h"
#include "report/snapshot.h"

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
 * Copy the open exit of @slot to @f; false when there is none, or not the same one throughout. The
 * writer counts `exits` first and writes `stamp` last, kvmlat_exit_fast(): if both are the same
 * before and after, all fields are of one exit.
 */
static bool open_exit_read(const struct kvmlat_slot *slot, struct kvmlat_open_exit *f)
{
	u64 exits = READ_ONCE(slot->exits), stamp = READ_ONCE(slot->stamp), nvcsw, nivcsw;
	struct task_struct *task;
	bool user;

	if ((s64)stamp < 0 || stamp == KVMLAT_STAMP_VOID)
		return false;
	smp_rmb();	/* exits, stamp, then the fields: partner in kvmlat_exit_fast() */
	f->reason = READ_ONCE(slot->exit.reason);
	f->id = slot->id;
	nvcsw = READ_ONCE(slot->nvcsw);
	nivcsw = READ_ONCE(slot->nivcsw);
	user = READ_ONCE(slot->user);
	smp_rmb();	/* the fields before stamp and exits again */
	if (READ_ONCE(slot->stamp) != stamp || READ_ONCE(slot->exits) != exits)
		return false;
	f->age_ns = age_ns(slot, stamp);
	f->cpu = READ_ONCE(slot->exit_cpu);
	f->cause = user ? KVMLAT_USER : KVMLAT_KERNEL;
	rcu_read_lock();
	task = pid_task(find_pid_ns(f->id.tid, &init_pid_ns), PIDTYPE_PID);
	if (task) {
		f->cpu = task_cpu(task);
		if (user)
			f->cause = KVMLAT_USER;
		else if (READ_ONCE(task->nvcsw) != nvcsw)
			f->cause = KVMLAT_BLOCKED;
		else
			f->cause = READ_ONCE(task->nivcsw) != nivcsw ? KVMLAT_PREEMPTED :
								       KVMLAT_KERNEL;
	}
	rcu_read_unlock();
	return true;
}

static int by_age(const void *a, const void *b)
{
	const struct kvmlat_open_exit *x = a, *y = b;

	cond_resched();
	return x->age_ns > y->age_ns ? -1 : x->age_ns < y->age_ns;
}

/* List all open exits, the oldest first. Under kvmlat_mutex, so that no slot is freed. */
int kvmlat_open_exits_get(struct kvmlat_report *r)
{
	lockdep_assert_held(&kvmlat_mutex);
	/* a reserve for vCPUs that get slots meanwhile */
	unsigned int room = min_t(u64, kvmlat_nr_slots, r->totals->audit.slots_used + 1024), n;

	r->open_exit = kvmalloc_array(room, sizeof(*r->open_exit), GFP_KERNEL_ACCOUNT);
	if (!r->open_exit)
		return -ENOMEM;
	for (n = 0; n < kvmlat_nr_slots && r->open_exits < room; n++) {
		if (READ_ONCE(kvmlat_slots[n].vcpu) &&
		    open_exit_read(&kvmlat_slots[n], &r->open_exit[r->open_exits]))
			r->open_exits++;
		if (!(n & 255))
			cond_resched();
	}
	sort(r->open_exit, r->open_exits, sizeof(*r->open_exit), by_age, NULL);
	return 0;
}

/* Which records there are now, by the heads of the rings. Without a lock. */
void kvmlat_outliers_get(struct kvmlat_report *r)
{
	struct kvmlat_outliers *o = &r->outliers;
	unsigned int n;

	for (n = 0; n < KVMLAT_RINGS; n++) {
		const struct kvmlat_ring *ring = &r->gen->rings.ring[n];

		o->head[n] = ring->size ? atomic64_read(&ring->head) : 0;
		o->nr += o->head[n] + 1 - kvmlat_ring_first(ring, o->head[n]);
	}
	o->at = o->nr;	/* kvmlat_outlier_read() begins with the newest */
}

#define NEWEST_TRIES 64

/*
 * Read the next older record of ring @n into peek[n], if none is there yet. In a storm a small ring
 * is overwritten fast: as long as none was read from it, start again from the newest.
 */
static void outlier_peek(struct kvmlat_report *r, unsigned int n)
{
	const struct kvmlat_ring *ring = &r->gen->rings.ring[n];
	struct kvmlat_outliers *o = &r->outliers;
	unsigned int tries;

	for (tries = 0;
	     !o->seen[n] && o->head[n] && o->next[n] == o->head[n] && tries < NEWEST_TRIES;
	     tries++) {
		o->head[n] = atomic64_read(&ring->head);
		o->next[n] = o->head[n];
		o->seen[n] = kvmlat_ring_read(ring, o->head[n], &o->peek[n]);
		o->next[n] -= o->seen[n];
	}
	while (!o->seen[n] && o->next[n] >= kvmlat_ring_first(ring, o->head[n])) {
		o->seen[n] = kvmlat_ring_read(ring, o->next[n]--, &o->peek[n]);
		if (!(o->next[n] & 255))
			cond_resched();
	}
}

/*
 * The @nth of the records that were there when the report was opened, the newest of both rings
 * first; NULL when there are no more, for some were overwritten since. Readers go forward; going
 * back starts again from the newest.
 */
const struct kvmlat_outlier *kvmlat_outlier_read(struct kvmlat_report *r, unsigned int nth)
{
	struct kvmlat_outliers *o = &r->outliers;
	unsigned int n;

	if (nth == o->at)
		return o->given ? &o->last : NULL;	/* again: it did not fit the buffer */
	if (nth < o->at) {
		memcpy(o->next, o->head, sizeof(o->next));
		memset(o->seen, 0, sizeof(o->seen));
		o->at = 0;
		o->given = false;
	} else {
		o->at++;
	}
	for (;; o->at++) {
		outlier_peek(r, 0);
		outlier_peek(r, 1);
		o->given = o->seen[0] || o->seen[1];
		if (!o->given)
			return NULL;
		n = !o->seen[0] || (o->seen[1] && o->peek[1].time_ns > o->peek[0].time_ns);
		o->last = o->peek[n];
		o->seen[n] = false;
		if (o->at == nth)
			return &o->last;
	}
}

/*
 * Sort by identity, so that all blocks of one vCPU are neighbours, then by number.
 */
static int by_identity(const void *a, const void *b)
{
	const struct kvmlat_vcpu_key *x = a, *y = b;

	cond_resched();
	if (x->id.vmm != y->id.vmm)
		return x->id.vmm < y->id.vmm ? -1 : 1;
	if (x->id.vm != y->id.vm)
		return x->id.vm < y->id.vm ? -1 : 1;
	if (x->id.vcpu != y->id.vcpu)
		return x->id.vcpu < y->id.vcpu ? -1 : 1;
	if (x->id.start_time != y->id.start_time)
		return x->id.start_time < y->id.start_time ? -1 : 1;
	return x->block < y->block ? -1 : x->block > y->block;
}

/*
 * A vCPU whose slot was reclaimed while it was out of KVM_RUN may have another block since. Make
 * one entry of the list for all blocks of a vCPU, chained by r->next. Returns how many entries.
 */
static unsigned int chain(struct kvmlat_report *r)
{
	unsigned int n, nr = 0;

	for (n = 0; n < r->vcpus; n++) {
		struct kvmlat_vcpu_key *key = &r->vcpu[n];

		r->next[key->block] = KVMLAT_NO_BLOCK;
		if (nr && key->id.vm && kvmlat_identity_same(&r->vcpu[nr - 1].id, &key->id)) {
			r->next[key->block] = r->vcpu[nr - 1].block;
			r->vcpu[nr - 1] = *key;
		} else {
			r->vcpu[nr++] = *key;
		}
	}
	return nr;
}

/* List all vCPUs with statistics, by VMM, VM and number; then overflow and departed. */
int kvmlat_vcpus_get(struct kvmlat_report *r)
{
	unsigned int n;

	lockdep_assert_held(&kvmlat_mutex);
	r->block = kvmalloc(sizeof(*r->block), GFP_KERNEL_ACCOUNT);
	r->vm = kvmalloc(sizeof(*r->vm), GFP_KERNEL_ACCOUNT);
	if (r->block && r->vm)
		r->vcpu = kvmalloc_array(kvmlat_max_vcpus + 2, sizeof(*r->vcpu),
					 GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	r->next = kvmalloc_array(kvmlat_max_vcpus + 1, sizeof(*r->next), GFP_KERNEL_ACCOUNT);
	if (!r->vcpu || !r->next) {
		kvfree(r->vcpu);
		r->vcpu = NULL;
		return -ENOMEM;
	}
	kvmlat_blocks_pin();
	r->recycled = r->gen->blocks.recycled;
	for (n = 0; n < kvmlat_max_vcpus; n++) {
		const struct kvmlat_vcpu *v = r->gen->blocks.vcpus[n];

		if (!(n & 255))
			cond_resched();
		/* pairs with the release in kvmlat_block_bind() */
		if (!smp_load_acquire(&v->used))
			continue;
		r->vcpu[r->vcpus].block = n;
		r->vcpu[r->vcpus++].id = v->id;
	}
	sort(r->vcpu, r->vcpus, sizeof(*r->vcpu), by_identity, NULL);
	r->vcpus = chain(r);
	r->vcpu[r->vcpus++].block = KVMLAT_VCPU_OVERFLOW;
	r->vcpu[r->vcpus++].block = KVMLAT_VCPU_DEPARTED;
	return 0;
}

static void other_add(struct kvmlat_report *r, unsigned long *seen, u32 reason)
{
	unsigned int index = reason == KVMLAT_OVERFLOW ? KVMLAT_NO_INDEX :
							 kvmlat_arch_index(reason);

	/* a reason without a dense index has no name, only its code */
	if ((index == KVMLAT_NO_INDEX && reason != KVMLAT_OVERFLOW) ||
	    __test_and_set_bit(index, seen))
		return;
	r->other[r->others++] = reason;
}

static void vcpu_others(struct kvmlat_report *r, unsigned long *seen, const struct kvmlat_vcpu *v)
{
	unsigned int n, nr;

	if (!v)
		return;		/* of a CPU that was never online */
	/* pairs with the release that publishes a row: row_find() */
	nr = smp_load_acquire(&v->table.nr_rows);
	for (n = 0; n < nr; n++)
		other_add(r, seen, v->row[n].head.reason);
	if (kvmlat_vrow_count(&v->row[v->table.cap]))
		other_add(r, seen, KVMLAT_OVERFLOW);
	cond_resched();
}

/*
 * List the reasons that no CPU has a row of (all are in overflow rows, or not paired yet), but a
 * vCPU, an open exit or an outlier does: the report must name these too. Without a lock: a block
 * that is recycled meanwhile may add a name that nobody needs.
 */
void kvmlat_others_get(struct kvmlat_report *r)
{
	DECLARE_BITMAP(seen, KVMLAT_MAP) = {};
	const struct kvmlat_outlier *o;
	unsigned int cpu, n;

	for (n = 0; n < r->totals->nr_reasons; n++) {
		if (kvmlat_row_count(&r->totals->reason[n].sum))
			other_add(r, seen, r->totals->reason[n].sum.head.reason);
	}
	r->others = 0;
	for (n = 0; n < r->open_exits; n++)
		other_add(r, seen, r->open_exit[n].reason);
	for (n = 0; (o = r->view->outliers ? kvmlat_outlier_read(r, n) : NULL); n++)
		other_add(r, seen, o->reason);
	if (!r->view->vcpus)
		return;
	for (n = 0; n < r->vcpus && r->vcpu[n].block < KVMLAT_VCPU_OVERFLOW; n++)
		vcpu_others(r, seen, r->gen->blocks.vcpus[r->vcpu[n].block]);
	vcpu_others(r, seen, r->gen->blocks.departed);
	for_each_possible_cpu(cpu)
		vcpu_others(r, seen, READ_ONCE(r->gen->cpu[cpu])->overflow);
}

/* The report reads no more vCPUs: unpin the blocks. */
void kvmlat_vcpus_put(struct kvmlat_report *r)
{
	if (!r->vcpu)
		return;
	mutex_lock(&kvmlat_mutex);
	kvmlat_blocks_unpin();
	mutex_unlock(&kvmlat_mutex);
	kvfree(r->vcpu);
}

static void others_read(struct kvmlat_report *r)
{
	unsigned int cpu;

	memset(r->block, 0, sizeof(*r->block));
	kvmlat_vcpu_init(r->block);
	for_each_possible_cpu(cpu) {
		const struct kvmlat_cpu *c = READ_ONCE(r->gen->cpu[cpu]);

		if (c->overflow)
			kvmlat_vcpu_fold(r->block, c->overflow);
		cond_resched();
	}
}

/* Sum up all blocks of a vCPU in r->block; true: it is live. Under kvmlat_mutex. */
static bool blocks_read(struct kvmlat_report *r, const struct kvmlat_vcpu_key *key)
{
	u32 block = key->block;
	bool live = false;

	lockdep_assert_held(&kvmlat_mutex);
	kvmlat_vcpu_copy(r->block, r->gen->blocks.vcpus[block]);
	for (; block != KVMLAT_NO_BLOCK; block = r->next[block]) {
		if (block != key->block)
			kvmlat_vcpu_fold(r->block, r->gen->blocks.vcpus[block]);
		live |= kvmlat_block_live(block, &key->id);
	}
	return live;
}

/*
 * Copy the figures of the @nth vCPU to r->block, under kvmlat_mutex, so that its blocks are not
 * recycled meanwhile. False, and the read ends with -ESTALE, if any block was recycled since the
 * report was opened (not before KVMLAT_PIN_NS): a vCPU that was printed already may now be in
 * `departed` as well, and would be counted twice.
 */
bool kvmlat_vcpu_read(struct kvmlat_report *r, unsigned int nth, bool *live)
{
	const struct kvmlat_vcpu_key *key = &r->vcpu[nth];

	cond_resched();		/* the sum of a VM calls this for all its vCPUs in turn */
	*live = false;
	mutex_lock(&kvmlat_mutex);
	if (r->gen->blocks.recycled != r->recycled)
		r->err = -ESTALE;
	else if (key->block == KVMLAT_VCPU_OVERFLOW)
		others_read(r);
	else if (key->block == KVMLAT_VCPU_DEPARTED)
		kvmlat_vcpu_copy(r->block, r->gen->blocks.departed);
	else
		*live = blocks_read(r, key);
	mutex_unlock(&kvmlat_mutex);
	return !r->err;
}
