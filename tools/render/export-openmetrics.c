// SPDX-License-Identifier: GPL-2.0
/*
 * OpenMetrics text, and Prometheus' own, older text, which node_exporter's textfile collector
 * reads. They differ in how a counter is announced: without its _total here, with it there, where
 * OpenMetrics' way makes each counter one of unknown type and without help.
 *
 * The number of series is bounded whatever the data holds: reasons and VMs beyond a limit share the
 * label "(more)", and the edges of the histogram are the same always.
 */
#include <inttypes.h>
#include <string.h>
#include "render/metrics-sums.h"
#include "render/metrics.h"
#include "render/quote.h"

#define LE_FIRST	8	/* 2^8 ns = 256 ns ... 2^30 ns = 1.07 s; the rest is in +Inf */
#define LE_LAST		30
#define MAX_REASONS	256
static struct {
	struct row reason[MAX_REASONS][NR_CAUSES];	/* the last shares all that did not fit */
	uint64_t oldest_ns;
} all;

/* A vCPU that is stuck is in no histogram: its exit never ends. */
static void take_inflight(struct snapshot *s, const struct inflight *i)
{
	if (!snapshot_idle(s, i->reason) && i->age_ns > all.oldest_ns)
		all.oldest_ns = i->age_ns;
}

static void begin(FILE *out, struct snapshot *s, const struct export_options *o)
{
	(void)out;
	s->visit.inflight = take_inflight;
	metrics_sums_begin(s, o);
}

static void begin_older(FILE *out, struct snapshot *s, const struct export_options *o)
{
	metrics_older = true;
	begin(out, s, o);
}

static size_t nr_reasons(const struct snapshot *s)
{
	return s->nr_reasons < MAX_REASONS ? s->nr_reasons : MAX_REASONS;
}

/* The labels of reason @n, without the brace that ends them. */
static void labels(FILE *out, const struct snapshot *s, const char *name, size_t n)
{
	const char *isa = snapshot_isa(s);
	bool more = n == MAX_REASONS - 1 && s->nr_reasons > MAX_REASONS;

	fprintf(out, "kvmlat_%s{isa=", name);
	put_quoted(out, isa, QUOTE_LABEL);
	fputs(",reason=", out);
	put_quoted(out, more ? MORE : s->reasons[n].name, QUOTE_LABEL);
	fprintf(out, ",code=\"%s\",kind=\"%s\"", more ? MORE : s->reasons[n].key,
		s->reasons[n].idle && !more ? KVMLAT_WORD_IDLE : KVMLAT_WORD_BUSY);
}

static void gather(const struct snapshot *s)
{
	size_t n, to;
	int c;

	for (n = 0; n < s->nr_reasons; n++) {
		to = n < MAX_REASONS ? n : MAX_REASONS - 1;
		for (c = 0; c < NR_CAUSES; c++) {
			const struct row *row =
				rows_find(&s->totals, WHERE_ALL, s->reasons[n].code, c);

			if (n < MAX_REASONS)
				row_clear(&all.reason[to][c], false);
			if (row)
				row_add(&all.reason[to][c], row);
		}
	}
}

/*
 * Cumulative, each edge in each reason. A value of exactly 2^i ns counts above le=2^i: see
 * kvmlat(8).
 */
static void histogram(FILE *out, const struct snapshot *s, size_t n)
{
	uint64_t pow2[KVMLAT_POW2_BUCKETS], below = 0;
	struct row sum = { 0 };
	int c, p;

	row_clear(&sum, false);
	for (c = 0; c < NR_CAUSES; c++)
		row_add(&sum, &all.reason[n][c]);
	if (!sum.count)
		return;
	row_pow2(&sum, pow2);
	for (p = 0; p <= LE_LAST; p++) {
		below = add_sat(below, pow2[p]);
		if (p < LE_FIRST)
			continue;
		labels(out, s, "exit_duration_seconds_bucket", n);
		fprintf(out, ",le=\"%.10g\"} %" PRIu64 "\n", kvmlat_pow2_low_ns(p + 1) / 1e9,
			below);
	}
	labels(out, s, "exit_duration_seconds_bucket", n);
	fprintf(out, ",le=\"+Inf\"} %" PRIu64 "\n", sum.count);
	labels(out, s, "exit_duration_seconds_sum", n);
	fputs("} ", out);
	metrics_seconds(out, sum.sum_ns);
	labels(out, s, "exit_duration_seconds_count", n);
	fprintf(out, "} %" PRIu64 "\n", sum.count);
}

enum figure { EXITS, TIME, RUNQ };

static void by_cause(FILE *out, const struct snapshot *s, const char *name, enum figure figure)
{
	size_t n;
	int c;

	for (n = 0; n < nr_reasons(s); n++) {
		for (c = 0; c < NR_CAUSES; c++) {
			const struct row *row = &all.reason[n][c];

			if (!row->count)
				continue;
			labels(out, s, name, n);
			fprintf(out, ",cause=\"%s\"} ", cause_names[c]);
			if (figure == EXITS)
				fprintf(out, "%" PRIu64 "\n", row->count);
			else
				metrics_seconds(out, figure == TIME ? row->sum_ns : row->runq_ns);
		}
	}
}

static bool is_gauge(const char *name)
{
	return !strcmp(name, count_names[COUNT_IN_FLIGHT]) ||
	       !strcmp(name, count_names[COUNT_SLOTS_USED]) ||
	       !strcmp(name, count_names[COUNT_VCPU_BLOCKS_USED]);
}

/* A label that the data does not tell is not there. */
static void filter(FILE *out, const struct snapshot *s)
{
	static const char *const told[] = { KVMLAT_INFO_CPUS, KVMLAT_INFO_VMS,
					    KVMLAT_INFO_ENABLED };
	const char *comma = "";
	size_t n;

	metrics_family(out, "filter_info", "gauge", NULL,
		       "1; the settings that leave exits out, as labels.");
	fputs("kvmlat_filter_info{", out);
	for (n = 0; n < sizeof(told) / sizeof(told[0]); n++) {
		const char *value = snapshot_fact(s, told[n]);

		if (!value)
			continue;
		fprintf(out, "%s%s=", comma, told[n]);
		put_quoted(out, value, QUOTE_LABEL);
		comma = ",";
	}
	fputs("} 1\n", out);
	if (!snapshot_fact(s, KVMLAT_INFO_FILTER_CHANGES))
		return;
	metrics_family(out, "filter_changes", "counter", NULL,
		       "How often these changed since all figures were zero.");
	fprintf(out, "kvmlat_filter_changes_total %" PRIu64 "\n",
		snapshot_number(s, KVMLAT_INFO_FILTER_CHANGES, 0));
}

static const char oldest[] =
	"Age of the longest exit that is not idle and still waits for its entry; 0: none does.";

static void facts(FILE *out, const struct snapshot *s)
{
	static const char *const told[] = { KVMLAT_INFO_VERSION, KVMLAT_INFO_KERNEL,
					    KVMLAT_INFO_ISA, KVMLAT_INFO_STATE };
	size_t n;

	metrics_family(out, "build_info", "gauge", NULL, "1; what runs here, as labels.");
	fputs("kvmlat_build_info{", out);
	for (n = 0; n < sizeof(told) / sizeof(told[0]); n++) {
		const char *value = snapshot_fact(s, told[n]);

		fprintf(out, "%s%s=", n ? "," : "", told[n]);
		put_quoted(out, value ? value : "", QUOTE_LABEL);
	}
	fputs("} 1\n", out);
	filter(out, s);
	if (snapshot_number(s, KVMLAT_INFO_SINCE, UNKNOWN) <=
	    snapshot_number(s, KVMLAT_INFO_TIME, 0)) {
		metrics_family(out, "age_seconds", "gauge", "seconds",
			       "Since all figures were zero: the load or a reset.");
		fputs("kvmlat_age_seconds ", out);
		metrics_seconds(out, snapshot_number(s, KVMLAT_INFO_TIME, 0) -
					     snapshot_number(s, KVMLAT_INFO_SINCE, 0));
	}
	metrics_family(out, "oldest_exit_seconds", "gauge", "seconds", oldest);
	fputs("kvmlat_oldest_exit_seconds ", out);
	metrics_seconds(out, all.oldest_ns);
	metrics_family(out, "memory_bytes", "gauge", "bytes", "Memory the module holds.");
	fprintf(out, "kvmlat_memory_bytes %" PRIu64 "\n",
		snapshot_number(s, KVMLAT_INFO_MEMORY_BYTES, 0));
	metrics_family(out, "events", "counter", NULL, "Audit and event counters, see kvmlat(4).");
	for (n = 0; n < s->nr_facts; n++) {
		if (!s->facts[n].is_count || is_gauge(s->facts[n].name))
			continue;
		fputs("kvmlat_events_total{event=", out);
		put_quoted(out, s->facts[n].name, QUOTE_LABEL);
		fprintf(out, "} %s\n", s->facts[n].value);
	}
	metrics_family(out, "now", "gauge", NULL, "Audit figures that go up and down.");
	for (n = 0; n < s->nr_facts; n++) {
		if (s->facts[n].is_count && is_gauge(s->facts[n].name))
			fprintf(out, "kvmlat_now{what=\"%s\"} %s\n", s->facts[n].name,
				s->facts[n].value);
	}
}

static void snapshot(FILE *out, struct snapshot *s, const struct export_options *o)
{
	size_t n;

	gather(s);
	metrics_family(out, "exit_duration_seconds", "histogram", "seconds",
		       "From a VM exit to the next entry of the same vCPU.");
	for (n = 0; n < nr_reasons(s); n++)
		histogram(out, s, n);
	metrics_family(out, "exits", "counter", NULL, "VM exits by reason and cause.");
	by_cause(out, s, "exits_total", EXITS);
	metrics_family(out, "exit_time_seconds", "counter", "seconds",
		       "Time from exit to entry by reason and cause.");
	by_cause(out, s, "exit_time_seconds_total", TIME);
	metrics_family(out, "exit_runqueue_seconds", "counter", "seconds",
		       "Part of that time the thread waited for a CPU.");
	by_cause(out, s, "exit_runqueue_seconds_total", RUNQ);
	metrics_sums_print(out, s, o);
	facts(out, s);
	if (!metrics_older)
		fputs("# EOF\n", out);
}

EXPORT_FORMAT(openmetrics, "openmetrics", false, begin, snapshot);
EXPORT_FORMAT(prometheus, "prometheus", false, begin_older, snapshot);
