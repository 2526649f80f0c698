// SPDX-License-Identifier: GPL-2.0
/* The probe of kvm_userspace_exit: KVM_RUN returns. */
#include <linux/jiffies.h>
#include <linux/preempt.h>
#include "base/host.h"
#include "probe/probes.h"
#include "store/slot.h"
#include "store/thread.h"

/*
 * kvm_userspace_exit, at the end of KVM_RUN, while the thread still holds KVM's mutex of the vCPU.
 * From now on the cause of the open exit is `user`; the vCPU may be run by another thread next, and
 * this thread may run another vCPU.
 */
void kvmlat_probe_userspace(void *unused, u32 reason, int error)
{
	struct kvmlat_thread *t;
	struct kvmlat_slot *slot;

	preempt_disable_notrace();
	t = kvmlat_thread_of(current);
	if (t && READ_ONCE(t->state) == KVMLAT_RUNNING) {
		slot = t->slot;
		slot->user = true;
		slot->switches = ~0ULL;
		slot->user_runq_ns = kvmlat_run_delay_ns(current) - slot->run_delay_ns;
		slot->user_offcpu_ns = t->offcpu_ns - slot->offcpu_ns;
		slot->offcpu_known = slot->offcpu_known && t->gap == slot->gap;
		slot->returned = jiffies;
		slot->runs++;
		/* after all that was written: pairs with the cmpxchg() in slot_retire() */
		smp_store_release(&slot->state, KVMLAT_IDLE);
		kvmlat_thread_returned(t);
	}
	preempt_enable_notrace();
}
