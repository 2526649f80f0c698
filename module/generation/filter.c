// SPDX-License-Identifier: GPL-2.0
/*
 * The filter by VMM process, and what makes an outlier.
 *
 * Neither adds to the fast path: the slow path looks up the VMM when a vCPU or the epoch is new,
 * and the fast path's one comparison with kvmlat_fast_ns also leaves outliers to the slow path.
 */
#include <linux/bitmap.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include "base/bucket.h"
#include "generation/filter.h"

unsigned long long kvmlat_outlier_ns __read_mostly = 1000000;
u64 kvmlat_fast_ns __read_mostly = 1000000 - KVMLAT_SUB;
DECLARE_BITMAP(kvmlat_skip, KVMLAT_MAP) __read_mostly;
static struct kvmlat_vms __rcu *vms __read_mostly;

/*
 * Does `vms` filter the VMs of process @vmm, the current one? From a probe, or under kvmlat_mutex.
 */
bool kvmlat_vms_filtered(s32 vmm)
{
	const struct kvmlat_vms *v;
	unsigned int n;

	v = rcu_dereference_sched_check(vms, lockdep_is_held(&kvmlat_mutex));
	if (likely(!v))
		return false;
	for (n = 0; n < v->nr; n++) {
		if (v->of[n].pid == vmm && v->of[n].start_time == current->group_leader->start_time)
			return false;
	}
	return true;
}

const struct kvmlat_vms *kvmlat_vms(void)
{
	return rcu_dereference_protected(vms, lockdep_is_held(&kvmlat_mutex));
}

void kvmlat_vms_set(struct kvmlat_vms *v)
{
	lockdep_assert_held(&kvmlat_mutex);
	v = rcu_replace_pointer(vms, v, lockdep_is_held(&kvmlat_mutex));
	if (v)
		kfree_rcu(v, rcu);
}

void kvmlat_vms_exit(void)
{
	kfree(rcu_dereference_protected(vms, true));
}

/* Is a pair of @reason never an outlier? */
bool kvmlat_outlier_skipped(u32 reason)
{
	unsigned int index = kvmlat_arch_index(reason);

	return index != KVMLAT_NO_INDEX && test_bit(index, kvmlat_skip);
}
