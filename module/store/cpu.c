// SPDX-License-Identifier: GPL-2.0
/* Recording, away from the fast path: a pair is added to the CPU's row and to the vCPU's. */
#include "store/block.h"
#include "store/cpu.h"
#include "store/slot.h"

/*
 * Add a pair to the CPU that runs this and to the vCPU: what kvmlat_entry() does inline for the
 * pairs it sees most, for any. Probe context.
 */
void kvmlat_record(struct kvmlat_cpu *c, struct kvmlat_slot *slot, u64 latency_ns,
		   enum kvmlat_cause cause, u64 runq_ns, u64 offcpu_ns)
{
	struct kvmlat_row *row = (void *)kvmlat_row_of(&c->table, slot->exit.reason, cause);
	/* of one without a block, slot->stats may be another CPU's `other` */
	struct kvmlat_vcpu *v = slot->block != KVMLAT_NO_BLOCK ? slot->stats : c->overflow;
	struct kvmlat_vrow *vrow = (void *)kvmlat_row_of(&v->table, slot->exit.reason, cause);

	kvmlat_add_pair(&row->head, &row->bucket[kvmlat_bucket(latency_ns)], latency_ns);
	kvmlat_add(row->head.runq_ns, runq_ns);
	kvmlat_add(row->head.offcpu_ns, offcpu_ns);
	kvmlat_add_pair(&vrow->head, &vrow->bucket[kvmlat_pow2(latency_ns)], latency_ns);
	kvmlat_add(vrow->head.runq_ns, runq_ns);
	kvmlat_add(vrow->head.offcpu_ns, offcpu_ns);
}
