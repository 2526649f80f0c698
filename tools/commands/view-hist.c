// SPDX-License-Identifier: GPL-2.0
/* kvmlat hist: power-of-two histograms, of all CPUs together, of chosen CPUs, VMs or vCPUs. */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/error.h"
#include "commands/check-selection.h"
#include "commands/select-options.h"
#include "input/source.h"
#include "input/vm-names.h"
#include "model/recorded-settings.h"
#include "render/settings-line.h"
#include "render/terminal.h"
#include "render/units.h"

#define BAR 40			/* where there is no terminal */
#define BEFORE_BAR 52		/* columns of a line that are no bar */
/* Columns of an edge of a bucket and of its count; NARROW_: on a terminal under BEFORE_BAR columns.
 */
#define EDGE 16
#define COUNT 12
#define NARROW_EDGE 13
#define NARROW_COUNT 8

enum { OPT_ARTICLE = OPT_VIEW };
static const struct option options[] = {
	SELECT_CPUS, SELECT_REASONS, SELECT_CAUSES, SELECT_VMS,
	{ "split", no_argument, NULL, 's' },
	{ "article", no_argument, NULL, OPT_ARTICLE },
	{ NULL, 0, NULL, 0 }
};

static struct {
	struct selection f;
	bool split, article;
	/* all that will be printed: nothing is before all is read */
	struct rows rows;
	struct outlier *outlier;	/* with --article; newest first, as in the data */
	size_t nr_outliers;
	int bar, edge, count;		/* columns of these */
} opt = { .edge = EDGE, .count = COUNT };

/* The article's layout is by CPU. */
static bool by_cpu(void)
{
	return opt.f.cpus.nr || (opt.article && !selects_vms(&opt.f));
}

static void take(const struct snapshot *s, int64_t where, const struct row *row)
{
	enum cause cause = opt.split ? row->cause : CAUSE_ALL;

	if (selects_reason(&opt.f, s, row->reason) && selects_cause(&opt.f, row->cause))
		row_add(rows_get(&opt.rows, where, row->reason, cause, row->pow2), row);
}

static void take_cpu_row(struct snapshot *s, const struct row *row)
{
	if (selects_cpu(&opt.f, row->where))
		take(s, row->where, row);
}

static void take_vcpu_row(struct snapshot *s, const struct vcpu *v, const struct row *row)
{
	if (v->kind == VCPU_ONE && selects_vcpu(&opt.f, &v->id, vm_name_of(s, &v->id)))
		take(s, WHERE_ALL, row);
}

static void take_outlier(struct snapshot *s, const struct outlier *o)
{
	size_t nr = opt.nr_outliers;

	if (!selects_cpu(&opt.f, o->cpu) || !selects_reason(&opt.f, s, o->reason) ||
	    !selects_cause(&opt.f, o->cause) ||
	    !selects_vcpu(&opt.f, &o->id, vm_name_of_vmm(o->id.vmm, s->live)))
		return;
	if (!(nr & (nr - 1)))
		opt.outlier = xrealloc(opt.outlier, nr ? 2 * nr : 1, sizeof(*opt.outlier));
	opt.outlier[opt.nr_outliers++] = *o;
}

static void again(struct snapshot *s)
{
	(void)s;
	rows_free(&opt.rows);
	opt.nr_outliers = 0;
}

static void print_bar(uint64_t count, uint64_t most)
{
	int n, length = (int)((double)count / most * opt.bar + 0.5);

	if (count && !length)
		length = 1;
	printf(" |");
	for (n = 0; n < opt.bar; n++)
		putchar(n < length ? '*' : ' ');
	putchar('|');
}

static void print_buckets(const struct row *row)
{
	uint64_t pow2[KVMLAT_POW2_BUCKETS], most = 1;
	int b, first = -1, last = -1;

	row_pow2(row, pow2);
	for (b = 0; b < KVMLAT_POW2_BUCKETS; b++) {
		if (!pow2[b])
			continue;
		first = first < 0 ? b : first;
		last = b;
		most = pow2[b] > most ? pow2[b] : most;
	}
	for (b = first; b >= 0 && b <= last; b++) {
		printf("[%*" PRIu64 ", ", opt.edge, kvmlat_pow2_low_ns(b));
		if (b == KVMLAT_POW2_OPEN)
			printf("%*s) ", opt.edge, "inf");
		else
			printf("%*" PRIu64 ") ", opt.edge, kvmlat_pow2_low_ns(b + 1));
		printf("%*" PRIu64, opt.article ? 0 : opt.count, pow2[b]);
		if (!opt.article && opt.bar)
			print_bar(pow2[b], most);
		putchar('\n');
	}
	putchar('\n');
}

/* How wide it is. */
static int print_reason(const struct snapshot *s, uint32_t code)
{
	if (code == REASON_OTHER)
		return printf("Reason: [other] %s", snapshot_reason_name(s, code));
	return printf("Reason: [%" PRIu32 "] %s", code, snapshot_reason_name(s, code));
}

/* What there is to say of a row, on as many lines as the terminal needs. */
static void print_facts(const struct row *row, int at)
{
	static const char *const names[] = { "mean", "p50", "p99", "max" };
	char facts[5][2 * FORMAT_BYTES], value[4][FORMAT_BYTES];
	int n, length;

	format_ns(value[0], row_mean_ns(row), false);
	format_percentile(value[1], row, 500, false);
	format_percentile(value[2], row, 990, false);
	format_ns(value[3], row->max_ns, false);
	snprintf(facts[0], sizeof(facts[0]), "%" PRIu64 " samples", row->count);
	for (n = 0; n < 4; n++)
		snprintf(facts[n + 1], sizeof(facts[0]), "%s %.31s", names[n], value[n]);
	for (n = 0; n < 5; n++) {
		length = strlen(facts[n]);
		at += printf(n ? "," : ":");
		if (at + 1 + length + (n < 4) > terminal_width())
			at = printf("\n ") - 1;
		at += printf(" %s", facts[n]);
	}
}

/* One a line, in order of time; nanoseconds of the time with all nine digits. */
static void print_outliers(const struct snapshot *s)
{
	size_t n;

	for (n = opt.nr_outliers; n-- > 0;) {
		const struct outlier *o = &opt.outlier[n];

		printf("Outlier: [%" PRIu64 ".%09" PRIu64 "] Core: %" PRIu64 " ",
		       o->time_ns / 1000000000, o->time_ns % 1000000000, o->cpu);
		print_reason(s, o->reason);
		printf(" Latency: %" PRIu64 "\n", o->latency_ns);
	}
	free(opt.outlier);
}

static void print_row(const struct snapshot *s, const struct row *row)
{
	int at = print_reason(s, row->reason);

	if (row->cause != CAUSE_ALL)
		at += printf(", %s", cause_names[row->cause]);
	if (!opt.article)
		print_facts(row, at);
	putchar('\n');
	print_buckets(row);
}

/* By CPU, then as the reasons stand in the totals. */
static const struct snapshot *sorted;

static long place(uint32_t code)
{
	const struct reason *reason = snapshot_reason(sorted, code);

	return reason ? reason - sorted->reasons : (long)sorted->nr_reasons;
}

static int in_order(const void *a, const void *b)
{
	const struct row *x = *(const struct row *const *)a, *y = *(const struct row *const *)b;

	if (x->where != y->where)
		return x->where < y->where ? -1 : 1;
	if (x->reason != y->reason)
		return place(x->reason) < place(y->reason) ? -1 : 1;
	return (int)x->cause - (int)y->cause;
}

static void print_rows(const struct snapshot *s)
{
	const struct row **order = xrealloc(NULL, opt.rows.nr, sizeof(*order));
	int64_t core = WHERE_ALL;
	size_t n;

	for (n = 0; n < opt.rows.nr; n++)
		order[n] = &opt.rows.row[n];
	sorted = s;
	qsort(order, opt.rows.nr, sizeof(*order), in_order);
	for (n = 0; n < opt.rows.nr; n++) {
		if (order[n]->where != core)
			printf("Core: %" PRId64 "\n", order[n]->where);
		core = order[n]->where;
		print_row(s, order[n]);
	}
	free(order);
}

static int run(struct cli *c)
{
	struct snapshot s = { 0 };
	char *filter;
	int letter;
	size_t n;

	while ((letter = cli_next(c)) != -1) {
		if (letter == 's')
			opt.split = true;
		else if (letter == OPT_ARTICLE)
			opt.article = true;
		else
			select_option(c, &opt.f, letter);
	}
	select_cpus_or_vms(c, &opt.f);
	opt.bar = BAR;
	if (terminal_width() < INT_MAX)
		opt.bar = terminal_width() < BEFORE_BAR + 4 ? 0 : terminal_width() - BEFORE_BAR;
	opt.bar = opt.bar > 100 ? 100 : opt.bar;
	if (terminal_width() < BEFORE_BAR && !opt.article) {
		opt.edge = NARROW_EDGE;
		opt.count = NARROW_COUNT;
	}
	if (opt.article)
		s.visit.outlier = take_outlier;
	if (selects_vms(&opt.f))
		s.visit.vcpu_row = take_vcpu_row;
	else if (by_cpu())
		s.visit.cpu_row = take_cpu_row;
	s.visit.again = again;
	check_begin(&opt.f, &s);
	snapshot_load(&s, cli_file(c));
	for (n = 0; !selects_vms(&opt.f) && !by_cpu() && n < s.totals.nr; n++)
		take(&s, WHERE_ALL, &s.totals.row[n]);
	if (!opt.rows.nr && (opt.f.cpus.nr || opt.f.reasons || opt.f.causes || selects_vms(&opt.f)))
		check_nothing(c, &opt.f, &s);
	check_end(c, &opt.f, &s, false);
	filter = settings_filter(&s);
	if (opt.article && filter)	/* whose lines are of its own kinds only */
		warn("not the whole host: %s", filter);
	else
		settings_print(stdout, &s);
	free(filter);
	print_rows(&s);
	print_outliers(&s);
	rows_free(&opt.rows);
	snapshot_free(&s);
	return 0;
}

static const char usage[] =
	"hist " USAGE_CPUS_OR_VMS " " USAGE_REASONS " [-s] [--article] [FILE]";
VIEW(hist, "hist", usage, "power-of-two histograms in ns", options, run);
