// SPDX-License-Identifier: GPL-2.0
/* JSON: one object a snapshot, one line an object. Units are in the names, buckets are raw. */
#include <inttypes.h>
#include <stdlib.h>
#include "base/stream.h"
#include "input/vm-names.h"
#include "render/export.h"
#include "render/quote.h"

/* A list that is filled while the snapshot is read. */
struct list {
	const char *name;
	FILE *f;
	char *text;
	size_t length;
	bool used;
};

static struct list lists[] = {
	{ .name = "cpus" }, { .name = "vcpus" }, { .name = "inflight" }, { .name = "outliers" }
};

enum { CPUS, VCPUS, INFLIGHT, OUTLIERS, NR_LISTS };

static FILE *item(int which)
{
	struct list *l = &lists[which];

	if (!l->f)
		l->f = buffer_open(&l->text, &l->length);
	if (l->used)
		fputc(',', l->f);
	l->used = true;
	return l->f;
}

static void put_number(FILE *f, const char *name, uint64_t value)
{
	if (value == UNKNOWN)
		fprintf(f, ",\"%s\":null", name);
	else
		fprintf(f, ",\"%s\":%" PRIu64, name, value);
}

static void put_sum(FILE *f, const char *name, wide value)
{
	char text[WIDE_BYTES];

	fprintf(f, ",\"%s\":%s", name, value == UNKNOWN_SUM ? "null" : wide_text(text, value));
}

static void put_reason(FILE *f, const struct snapshot *s, uint32_t code)
{
	fputs(",\"reason\":", f);
	put_quoted(f, snapshot_reason_name(s, code), QUOTE_JSON);
	if (code != REASON_OTHER)
		fprintf(f, ",\"code\":%" PRIu32, code);
	fprintf(f, ",\"idle\":%s", snapshot_idle(s, code) ? "true" : "false");
}

static void put_who(FILE *f, const struct identity *w, struct vm_name name)
{
	put_number(f, "vmm_pid", w->vmm);
	put_number(f, "vm", w->vm);
	put_number(f, "tid", w->tid);
	put_number(f, "vcpu", w->vcpu);
	fputs(",\"name\":", f);
	put_quoted(f, name.text, QUOTE_JSON);
	fprintf(f, ",\"named\":%s", !name.is_pid ? "true" : "false");
}

static void put_row(FILE *f, const struct snapshot *s, const struct row *row)
{
	static const unsigned int permille[] = { 500, 900, 990, 999 };
	static const char *const names[] = { "p50_ns", "p90_ns", "p99_ns", "p99_9_ns" };
	unsigned int b, n, nr = row_buckets(row);
	const char *comma = "";

	fprintf(f, "\"cause\":\"%s\"", cause_names[row->cause]);
	put_reason(f, s, row->reason);
	put_number(f, "count", row->count);
	put_sum(f, "sum_ns", row->sum_ns);
	put_number(f, "min_ns", row->min_ns);
	put_number(f, "max_ns", row->max_ns);
	put_sum(f, "runq_ns", row->wrapped ? UNKNOWN_SUM : row->runq_ns);
	put_sum(f, "offcpu_ns", row->wrapped ? UNKNOWN_SUM : row->offcpu_ns);
	for (n = 0; n < 4; n++)
		put_number(f, names[n], row_percentile_ns(row, permille[n]));
	fputs(",\"buckets\":{", f);
	for (b = 0; b < nr; b++) {
		if (!row->bucket[b])
			continue;
		fprintf(f, "%s\"%" PRIu64 "\":%" PRIu64, comma, (uint64_t)row_low_ns(row, b),
			(uint64_t)row->bucket[b]);
		comma = ",";
	}
	fputs("}", f);
}

static void put_cpu_row(struct snapshot *s, const struct row *row)
{
	FILE *f = item(CPUS);

	fprintf(f, "{\"cpu\":%" PRId64 ",", row->where);
	put_row(f, s, row);
	fputc('}', f);
}

static void put_vcpu_row(struct snapshot *s, const struct vcpu *v, const struct row *row)
{
	static const char *const kinds[] = { "one", "other", "departed" };
	FILE *f = item(VCPUS);

	fprintf(f, "{\"kind\":\"%s\"", kinds[v->kind]);
	if (v->kind == VCPU_ONE) {
		put_who(f, &v->id, vm_name_of(s, &v->id));
		fprintf(f, ",\"state\":\"%s\",\"comm\":", v->live ? "live" : "gone");
		put_quoted(f, v->comm, QUOTE_JSON);
	}
	fputc(',', f);
	put_row(f, s, row);
	fputc('}', f);
}

static void put_inflight(struct snapshot *s, const struct inflight *i)
{
	FILE *f = item(INFLIGHT);

	fprintf(f, "{\"cause\":\"%s\"", cause_names[i->cause]);
	put_who(f, &i->id, vm_name_of_vmm(i->id.vmm, s->live));
	put_reason(f, s, i->reason);
	put_number(f, "age_ns", i->age_ns);
	put_number(f, "cpu", i->cpu);
	fputs(",\"comm\":", f);
	put_quoted(f, i->comm, QUOTE_JSON);
	fputc('}', f);
}

static void put_outlier(struct snapshot *s, const struct outlier *o)
{
	FILE *f = item(OUTLIERS);

	fprintf(f, "{\"cause\":\"%s\"", cause_names[o->cause]);
	put_who(f, &o->id, vm_name_of_vmm(o->id.vmm, s->live));
	put_reason(f, s, o->reason);
	put_number(f, "time_ns", o->time_ns);
	put_number(f, "real_ns", o->real_ns);
	put_number(f, "latency_ns", o->latency_ns);
	put_number(f, "runq_ns", o->runq_ns);
	put_number(f, "offcpu_ns", o->offcpu_ns);
	put_number(f, "exit_cpu", o->exit_cpu);
	put_number(f, "cpu", o->cpu);
	put_number(f, "info1", o->info1);
	put_number(f, "info2", o->info2);
	put_number(f, "intr_info", o->intr_info);
	put_number(f, "error_code", o->error_code);
	put_number(f, "rip", o->rip);
	fputs(",\"comm\":", f);
	put_quoted(f, o->comm, QUOTE_JSON);
	fputc('}', f);
}

static void begin(FILE *out, struct snapshot *s, const struct export_options *o)
{
	(void)out;
	s->visit.inflight = put_inflight;
	s->visit.outlier = put_outlier;
	if (o->per_cpu)
		s->visit.cpu_row = put_cpu_row;
	if (o->per_vm)
		s->visit.vcpu_row = put_vcpu_row;
}

static void put_facts(FILE *out, const struct snapshot *s, bool counts)
{
	const char *comma = "";
	size_t n;

	fprintf(out, ",\"%s\":{", counts ? "count" : "info");
	for (n = 0; n < s->nr_facts; n++) {
		if (s->facts[n].is_count != counts)
			continue;
		fputs(comma, out);
		put_quoted(out, s->facts[n].name, QUOTE_JSON);
		fputc(':', out);
		if (counts)
			fprintf(out, "%" PRIu64, snapshot_number(s, s->facts[n].name, 0));
		else
			put_quoted(out, s->facts[n].value, QUOTE_JSON);
		comma = ",";
	}
	fputc('}', out);
}

/* null: the data does not tell. */
static void put_filter(FILE *out, const struct snapshot *s)
{
	static const char *const lists[] = { KVMLAT_INFO_CPUS, KVMLAT_INFO_VMS };
	uint64_t enabled = snapshot_number(s, KVMLAT_INFO_ENABLED, UNKNOWN);
	size_t n;

	fputs(",\"filter\":{", out);
	for (n = 0; n < 2; n++) {
		const char *value = snapshot_fact(s, lists[n]);

		fprintf(out, "\"%s\":", lists[n]);
		if (value)
			put_quoted(out, value, QUOTE_JSON);
		else
			fputs("null", out);
		fputc(',', out);
	}
	fprintf(out, "\"enabled\":%s", enabled == UNKNOWN ? "null" : enabled ? "true" : "false");
	put_number(out, "changes", snapshot_number(s, KVMLAT_INFO_FILTER_CHANGES, UNKNOWN));
	fputc('}', out);
}

static void snapshot(FILE *out, struct snapshot *s, const struct export_options *o)
{
	size_t n;

	fprintf(out, "{\"format\":1,\"generation\":\"%s\"", s->generation);
	put_number(out, "recorded_real_ns", s->real_ns);
	put_facts(out, s, false);
	put_facts(out, s, true);
	put_filter(out, s);
	fputs(",\"totals\":[", out);
	for (n = 0; n < s->totals.nr; n++) {
		fputs(n ? ",{" : "{", out);
		put_row(out, s, &s->totals.row[n]);
		fputc('}', out);
	}
	fputc(']', out);
	for (n = 0; n < NR_LISTS; n++) {
		struct list *l = &lists[n];

		if (l->f)
			fclose(l->f);
		if ((n != CPUS || o->per_cpu) && (n != VCPUS || o->per_vm))
			fprintf(out, ",\"%s\":[%s]", l->name, l->f ? l->text : "");
		free(l->text);
		*l = (struct list){ .name = l->name };
	}
	fputs("}\n", out);
}

EXPORT_FORMAT(json, "json", true, begin, snapshot);
