// SPDX-License-Identifier: GPL-2.0
/*
 * Sums a CPU and a VM for Prometheus. VMs beyond a limit share the label "(more)".
 *
 * A counter must not fall but at a reset, or rate() takes the rest for new. Blocks of vCPUs that
 * are gone are recycled one by one, so a VM that ended is no series any more; what it had is in a
 * gauge, with what the module calls departed.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "input/vm-names.h"
#include "render/metrics-sums.h"
#include "render/metrics.h"
#include "render/quote.h"

#define MAX_VMS		256
#define NOT_IDLE	"VM exits that are not idle"	/* in the help of metrics */

struct sum {
	char *name;
	bool named;		/* by its own name, though that is one as pids and our labels are */
	uint64_t count;
	wide ns[NR_CAUSES];
};

struct vm {
	struct identity id;
	bool live;		/* a vCPU of it is */
	struct sum sum;
};

static struct {
	struct vm *vm;		/* in order of appearance */
	size_t nr_vms;
	struct sum *into;	/* where the rows of this vCPU go */
	struct sum other, ended;
	struct sum name[MAX_VMS];
	size_t nr_names;
	struct sum *cpu;
	size_t nr_cpus;
} all;

static void add_sum(struct sum *sum, const struct row *row)
{
	sum->count = add_sat(sum->count, row->count);
	sum->ns[row->cause] = add_wide(sum->ns[row->cause], row->sum_ns);
}

/* Rows of a CPU stand together. Idle time is no latency. */
static void take_cpu_row(struct snapshot *s, const struct row *row)
{
	char name[24];

	if (snapshot_idle(s, row->reason))
		return;
	snprintf(name, sizeof(name), "%" PRId64, row->where);
	if (!all.nr_cpus || strcmp(all.cpu[all.nr_cpus - 1].name, name)) {
		all.cpu = xrealloc(all.cpu, all.nr_cpus + 1, sizeof(*all.cpu));
		all.cpu[all.nr_cpus++] = (struct sum){ .name = xstrdup(name) };
	}
	add_sum(&all.cpu[all.nr_cpus - 1], row);
}

static void take_vcpu(struct snapshot *s, const struct vcpu *v)
{
	size_t n;

	(void)s;
	all.into = v->kind == VCPU_OTHER ? &all.other : &all.ended;
	if (v->kind != VCPU_ONE)
		return;
	for (n = 0; n < all.nr_vms; n++) {
		if (all.vm[n].id.vmm == v->id.vmm && all.vm[n].id.vm == v->id.vm)
			break;
	}
	if (n == all.nr_vms) {
		if (!(n & (n - 1)))
			all.vm = xrealloc(all.vm, n ? 2 * n : 1, sizeof(*all.vm));
		memset(&all.vm[n], 0, sizeof(*all.vm));
		all.vm[all.nr_vms++].id = v->id;
	}
	all.vm[n].live |= v->live;
	all.into = &all.vm[n].sum;
}

static void take_vcpu_row(struct snapshot *s, const struct vcpu *v, const struct row *row)
{
	(void)v;
	if (!snapshot_idle(s, row->reason))
		add_sum(all.into, row);
}

/* @named: it is a VM's own name, which may look like a pid or a label of ours. */
static void merge(const char *name, bool named, const struct sum *from)
{
	struct sum *to;
	size_t n;
	int c;

	if (!from->count)
		return;
	named = named && vm_name_is_like_label(name);
	for (n = 0; n < all.nr_names; n++) {
		if (all.name[n].named == named && !strcmp(all.name[n].name, name))
			break;
	}
	if (n >= MAX_VMS - 1 && n == all.nr_names) {
		n = MAX_VMS - 1;
		name = MORE;
		named = false;
	}
	to = &all.name[n];
	if (n == all.nr_names) {
		*to = (struct sum){ .name = xstrdup(name), .named = named };
		all.nr_names++;
	}
	to->count = add_sat(to->count, from->count);
	for (c = 0; c < NR_CAUSES; c++)
		to->ns[c] = add_wide(to->ns[c], from->ns[c]);
}

/* VMs of one name are one series. */
static void name_vms(const struct snapshot *s)
{
	size_t n;
	int c;

	for (n = 0; n < all.nr_vms; n++) {
		const struct vm *vm = &all.vm[n];

		if (vm->live) {
			struct vm_name name = vm_name_of(s, &vm->id);

			merge(name.text, !name.is_pid, &vm->sum);
			continue;
		}
		all.ended.count = add_sat(all.ended.count, vm->sum.count);
		for (c = 0; c < NR_CAUSES; c++)
			all.ended.ns[c] = add_wide(all.ended.ns[c], vm->sum.ns[c]);
	}
	merge(KVMLAT_NAME_OTHER, false, &all.other);
}

/*
 * Without the brace that ends them. A name that looks like what is none is told by one label more.
 */
static void put_labels(FILE *out, const char *name, const char *label, const struct sum *sum)
{
	fprintf(out, "kvmlat_%s_total{%s=", name, label);
	put_quoted(out, sum->name, QUOTE_LABEL);
	if (sum->named)
		fputs(",by=\"name\"", out);
}

static void sums(FILE *out, const char *label, const struct sum *sum, size_t nr)
{
	char name[64];
	size_t n;
	int c;

	snprintf(name, sizeof(name), "%s_exits", label);
	metrics_family(out, name, "counter", NULL, NOT_IDLE ".");
	for (n = 0; n < nr; n++) {
		put_labels(out, name, label, &sum[n]);
		fprintf(out, "} %" PRIu64 "\n", sum[n].count);
	}
	snprintf(name, sizeof(name), "%s_exit_time_seconds", label);
	metrics_family(out, name, "counter", "seconds",
		       "Time VM exits that are not idle took, by cause.");
	for (n = 0; n < nr; n++) {
		for (c = 0; c < NR_CAUSES; c++) {
			if (!sum[n].ns[c])
				continue;
			put_labels(out, name, label, &sum[n]);
			fprintf(out, ",cause=\"%s\"} ", cause_names[c]);
			metrics_seconds(out, sum[n].ns[c]);
		}
	}
}

static const char ended_help[] =
	NOT_IDLE " of VMs without a live vCPU, and of vCPUs whose room was used again.";

static void ended(FILE *out)
{
	int c;

	metrics_family(out, "ended_exits", "gauge", NULL, ended_help);
	fprintf(out, "kvmlat_ended_exits %" PRIu64 "\n", all.ended.count);
	metrics_family(out, "ended_exit_time_seconds", "gauge", "seconds",
		       "Time these took, by cause.");
	for (c = 0; c < NR_CAUSES; c++) {
		if (!all.ended.ns[c])
			continue;
		fprintf(out, "kvmlat_ended_exit_time_seconds{cause=\"%s\"} ", cause_names[c]);
		metrics_seconds(out, all.ended.ns[c]);
	}
}

void metrics_sums_begin(struct snapshot *s, const struct export_options *o)
{
	if (o->per_cpu)
		s->visit.cpu_row = take_cpu_row;
	if (o->per_vm) {
		s->visit.vcpu = take_vcpu;
		s->visit.vcpu_row = take_vcpu_row;
	}
}

void metrics_sums_print(FILE *out, const struct snapshot *s, const struct export_options *o)
{
	size_t n;

	if (o->per_cpu)
		sums(out, "cpu", all.cpu, all.nr_cpus);
	if (o->per_vm) {
		name_vms(s);
		sums(out, "vm", all.name, all.nr_names);
		ended(out);
	}
	for (n = 0; n < all.nr_names; n++)
		free(all.name[n].name);
	for (n = 0; n < all.nr_cpus; n++)
		free(all.cpu[n].name);
	free(all.vm);
	free(all.cpu);
}
