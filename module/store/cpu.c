// SPDX-License-Identifier: GPL-2.0
/* Recording on the slow path: a pair is added to a row of the CPU and to one of the vCPU. */
#include "store/block.h"
#include "store/cpu.h"
#include "store/slot.h"

/*
 * Add a pair to the block of this CPU, @c, and to that of the vCPU. kvmlat_entry_fast() does the
 * same inline for pairs of cause kernel whose rows are known. Probe context.
 */
void kvmlat_record(struct kvmlat_cpu *c, struct kvmlat_slot *slot, u64 latency_ns,
		   enum kvmlat_cause cause, u64 runq_ns, u64 offcpu_ns)
{
	struct kvmlat_row *row = (void *)kvmlat_row_of(&c->table, slot->exit.reason, cause);
	/* without a statistics block, slot->stats may be the overflow block of another CPU */
	struct kvmlat_vcpu *v = slot->block != KVMLAT_NO_BLOCK ? slot->stats : c->overflow;
	struct kvmlat_vrow *vrow = (void *)kvmlat_row_of(&v->table, slot->exit.reason, cause);

	kvmlat_add_pair(&row->head, &row->bucket[kvmlat_bucket(latency_ns)], latency_ns);
	kvmlat_add(row->head.runq_ns, runq_ns);
	kvmlat_add(row->head.offcpu_ns, offcpu_ns);
	kvmlat_add_pair(&vrow->head, &vrow->bucket[kvmlat_pow2(latency_ns)], latency_ns);
	kvmlat_add(vrow->head.runq_ns, runq_ns);
	kvmlat_add(vrow->head.offcpu_ns, offcpu_ns);
}
