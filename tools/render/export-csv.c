// SPDX-License-Identifier: GPL-2.0
/* CSV in long form: a line a bucket, as pandas and gnuplot want it. */
#include <inttypes.h>
#include <stdlib.h>
#include "model/recorded-settings.h"
#include "render/export.h"
#include "render/quote.h"

/* Lines of CPUs and vCPUs are written as they come; those of the totals after them. */
static FILE *to;

static void put_row(const struct snapshot *s, const char *place, const struct row *row)
{
	const struct reason *reason = snapshot_reason(s, row->reason);
	const char *isa = snapshot_isa(s);
	unsigned int b, nr = row_buckets(row);
	char *filter = settings_filter(s);

	for (b = 0; b < nr; b++) {
		if (!row->bucket[b])
			continue;
		/* recorded, or else the module's own clock; generation tells resets apart */
		if (s->real_ns != UNKNOWN)
			fprintf(to, "%" PRIu64, s->real_ns);
		fprintf(to, ",%" PRIu64 ",%s,", snapshot_number(s, KVMLAT_INFO_TIME, 0),
			s->generation);
		put_quoted(to, isa, QUOTE_CSV);
		fprintf(to, ",%s,%s,", place, reason->key);
		put_quoted(to, reason->name, QUOTE_CSV);
		fprintf(to, ",%s,%s,%" PRIu64 ",", reason->idle ? "idle" : "busy",
			cause_names[row->cause], row_low_ns(row, b));
		if (b < nr - 1)
			fprintf(to, "%" PRIu64, row_low_ns(row, b + 1));
		fprintf(to, ",%" PRIu64 ",", row->bucket[b]);
		if (filter)
			put_quoted(to, filter, QUOTE_CSV);
		fputc('\n', to);
	}
	free(filter);
}

static void put_cpu_row(struct snapshot *s, const struct row *row)
{
	char place[32];

	snprintf(place, sizeof(place), "cpu %" PRId64, row->where);
	put_row(s, place, row);
}

static void put_vcpu_row(struct snapshot *s, const struct vcpu *v, const struct row *row)
{
	char place[96], vm[24] = "-", id[24] = "-";

	if (v->id.vm != UNKNOWN)
		snprintf(vm, sizeof(vm), "%" PRIu64, v->id.vm);
	if (v->id.vcpu != UNKNOWN)
		snprintf(id, sizeof(id), "%" PRIu64, v->id.vcpu);
	if (v->kind == VCPU_ONE)
		snprintf(place, sizeof(place), "vmm %" PRIu64 " vm %s vcpu %s tid %" PRIu64,
			 v->id.vmm, vm, id, v->id.tid);
	else
		snprintf(place, sizeof(place), "vcpu %s",
			 v->kind == VCPU_OTHER ? "other" : "departed");
	put_row(s, place, row);
}

/* Makes the whole snapshot be read, so that its `recorded` time is known. */
static void ignore_inflight(struct snapshot *s, const struct inflight *i)
{
	(void)s;
	(void)i;
}

static void begin(FILE *out, struct snapshot *s, const struct export_options *o)
{
	to = out;
	s->visit.inflight = ignore_inflight;
	if (o->per_cpu)
		s->visit.cpu_row = put_cpu_row;
	if (o->per_vm)
		s->visit.vcpu_row = put_vcpu_row;
	fputs("real_ns,time_ns,generation,isa,where,code,reason,kind,cause,", out);
	fputs("low_ns,high_ns,count,filter\n", out);
}

static void snapshot(FILE *out, struct snapshot *s, const struct export_options *o)
{
	size_t n;

	(void)out;
	(void)o;
	for (n = 0; n < s->totals.nr; n++)
		put_row(s, "all", &s->totals.row[n]);
}

EXPORT_FORMAT(csv, "csv", true, begin, snapshot);
