// SPDX-License-Identifier: GPL-2.0
/*
 * The report `vcpus`: for each VM the sum over its vCPUs, then each of them, by reason and cause.
 */
#include <linux/sched.h>
#include "report/data-lines.h"
#include "report/summary.h"
#include "report/views.h"

static void show_vrow(struct seq_file *m, const struct kvmlat_generation *gen,
		      const struct kvmlat_vrow *row)
{
	char buf[16];

	cond_resched();
	if (!kvmlat_vrow_count(row))
		return;
	if (row->head.reason == KVMLAT_OVERFLOW)
		seq_puts(m, "Reason: [other] (other)");
	else
		seq_printf(m, "Reason: [%u] %s", row->head.reason,
			   kvmlat_reason_name(row->head.reason, buf));
	seq_printf(m, ", cause %s", kvmlat_cause_names[row->head.cause]);
	kvmlat_report_times(m, gen, &row->head);
	kvmlat_report_histogram(m, row->bucket);
}

static void show_rows(struct seq_file *m, const struct kvmlat_generation *gen,
		      const struct kvmlat_vcpu *v)
{
	unsigned int n;

	for (n = 0; n < v->table.nr_rows; n++)
		show_vrow(m, gen, &v->row[n]);
	show_vrow(m, gen, &v->row[v->table.cap]);
}

static bool same_vm(const struct kvmlat_identity *a, const struct kvmlat_identity *b)
{
	return a->vmm == b->vmm && a->vm == b->vm;
}

/* Heading and sum of the VM whose first vCPU in the list is @nth. */
static void show_vm(struct seq_file *m, struct kvmlat_report *r, unsigned int nth)
{
	const struct kvmlat_identity *id = &r->vcpu[nth].id;
	unsigned int vcpus = 0, lives = 0;
	bool live;

	memset(r->vm, 0, sizeof(*r->vm));
	kvmlat_vcpu_init(r->vm);
	for (; nth < r->vcpus - 2 && same_vm(&r->vcpu[nth].id, id); nth++) {
		if (!kvmlat_vcpu_read(r, nth, &live))
			continue;
		vcpus++;
		lives += live;
		kvmlat_vcpu_fold(r->vm, r->block);
	}
	if (!vcpus)
		return;
	seq_printf(m, "VM: VMM %d, VM %u, %s, ", id->vmm, id->vm, lives ? "live" : "gone");
	kvmlat_report_text(m, id->comm, sizeof(id->comm));
	seq_printf(m, ": sum of %u vCPUs\n\n", vcpus);
	show_rows(m, r->gen, r->vm);
}

/* Title; then a record a vCPU, the first of each VM with the VM before it. */
static loff_t vcpus_records(const struct kvmlat_report *r)
{
	return r->vcpus + 1;
}

static void vcpus_show(struct seq_file *m, struct kvmlat_report *r, loff_t record)
{
	unsigned int nth = record - 1;
	const struct kvmlat_vcpu_key *key;
	bool live;

	if (!record) {
		kvmlat_report_title(m, r, "pairs by latency in ns, by VM and vCPU");
		kvmlat_report_losses(m, r);
		return;
	}
	key = &r->vcpu[nth];
	if (key->block < KVMLAT_VCPU_OVERFLOW && (!nth || !same_vm(&key->id, &r->vcpu[nth - 1].id)))
		show_vm(m, r, nth);
	if (!kvmlat_vcpu_read(r, nth, &live))
		return;
	if (key->block == KVMLAT_VCPU_OVERFLOW)
		seq_puts(m, "vCPUs that found no room (max_vcpus)\n\n");
	else if (key->block == KVMLAT_VCPU_DEPARTED)
		seq_puts(m, "vCPUs gone whose room was used again\n\n");
	else
		seq_printf(m, "vCPU: %d of VMM %d, VM %u, thread %d, %s\n\n", key->id.vcpu,
			   key->id.vmm, key->id.vm, key->id.tid, live ? "live" : "gone");
	show_rows(m, r->gen, r->block);
}

const struct kvmlat_view kvmlat_view_vcpus = {
	"vcpus", vcpus_records, vcpus_show, .vcpus = true,
};
