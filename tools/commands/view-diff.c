// SPDX-License-Identifier: GPL-2.0
/* kvmlat diff: did latencies change from A to B, more than chance and more than matters? */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "commands/fail-if.h"
#include "commands/select-options.h"
#include "input/source.h"
#include "render/settings-line.h"
#include "render/units.h"

/* Fewer runs a side hardly ever show a change; then each side is taken as one run. */
#define LEAST_RUNS 6
#define ALPHA 0.01	/* of all tests of a diff together, shared out evenly (Bonferroni) */

enum { OPT_FAIL = OPT_VIEW, OPT_EFFECT };
static const struct option options[] = {
	SELECT_REASONS, SELECT_CAUSES,
	{ "split", no_argument, NULL, 's' },
	{ "fail-if", required_argument, NULL, OPT_FAIL },
	{ "min-effect", required_argument, NULL, OPT_EFFECT },
	{ NULL, 0, NULL, 0 }
};

static const unsigned int judged[] = { 500, 900, 990, 999 };
#define NR_JUDGED 4

static struct {
	struct selection f;
	bool split;
	double effect;			/* --min-effect; negative: not given */
	double more, less;		/* a change of A by more than that is worse, better */
	struct test test;
	unsigned int tests;
	bool after;			/* one generation: B is what came after A */
} opt = { .effect = -1 };

static void group(struct rows *to, const struct rows *from)
{
	size_t n;

	for (n = 0; n < from->nr; n++) {
		const struct row *row = &from->row[n];

		if (row->count && selects_cause(&opt.f, row->cause))
			row_add(rows_get(to, WHERE_ALL, row->reason,
					 opt.split ? row->cause : CAUSE_ALL, false),
				row);
	}
}

static void say_change(char *verdict, size_t size, const struct side *a, const struct side *b,
		       const struct row *of)
{
	bool known = false;
	size_t n;

	*verdict = '\0';
	for (n = 0; n < NR_JUDGED; n++) {
		struct change c = percentile_change(&opt.test, a, b, of, judged[n]);
		double less = c.less > 0 ? 1 - 1 / (1 + c.less) : 0;	/* of A */
		size_t used = strlen(verdict);

		known |= c.known;
		if (c.more > opt.more)
			snprintf(verdict + used, size - used, "%sp%g worse by >=%.0f%%",
				 used ? ", " : "", judged[n] / 10.0, 100 * c.more);
		else if (less > opt.less)
			snprintf(verdict + used, size - used, "%sp%g better by >=%.0f%%",
				 used ? ", " : "", judged[n] / 10.0, 100 * less);
	}
	if (!*verdict)
		snprintf(verdict, size, "%s", known ? "no change shown" : "too few to say");
}

/* How the distribution moved: where the shares of exits that take longer are furthest apart. */
static void say_moved(char *text, size_t size, const struct row *a, const struct row *b)
{
	uint64_t x[KVMLAT_POW2_BUCKETS], y[KVMLAT_POW2_BUCKETS];
	double over_a = 1, over_b = 1, most = 0;
	char edge[FORMAT_BYTES];
	int p, at = 0;

	row_pow2(a, x);
	row_pow2(b, y);
	for (p = 0; p < KVMLAT_POW2_OPEN; p++) {
		double apart;

		over_a -= (double)x[p] / a->count;
		over_b -= (double)y[p] / b->count;
		apart = over_b - over_a;
		if ((apart < 0 ? -apart : apart) > (most < 0 ? -most : most)) {
			most = apart;
			at = p;
		}
	}
	*text = '\0';
	if (most >= 0.01 || most <= -0.01)
		snprintf(text, size, "; %.0f%% %s take over %s", 100 * (most < 0 ? -most : most),
			 most < 0 ? "fewer" : "more",
			 format_ns(edge, kvmlat_pow2_low_ns(at + 1), false));
}

static void print_side(char which, const struct side *s, const struct row *row)
{
	char cell[5][FORMAT_BYTES], rate[FORMAT_BYTES] = "-";
	unsigned int n;

	if (!row)
		return;
	if (s->seconds > 0)
		snprintf(rate, sizeof(rate), "%.1f", row->count / s->seconds);
	format_ns(cell[NR_JUDGED], row_mean_ns(row), false);
	for (n = 0; n < NR_JUDGED; n++)
		format_percentile(cell[n], row, judged[n], false);
	printf("  %c %12" PRIu64 " %12s %9s %9s %9s %9s %9s\n", which, row->count, rate,
	       cell[NR_JUDGED], cell[0], cell[1], cell[2], cell[3]);
}

static void print_reason(const struct side *a, const struct side *b, const struct row *x,
			 const struct row *y)
{
	const struct row *any = y ? y : x;
	const struct snapshot *s = y ? &b->runs.last : &a->runs.last;
	char name[80], verdict[256], moved[80] = "";

	snprintf(name, sizeof(name), "%.60s%s%s", snapshot_reason_name(s, any->reason),
		 opt.split ? " " : "", opt.split ? cause_names[any->cause] : "");
	if (x && y) {
		say_change(verdict, sizeof(verdict), a, b, any);
		say_moved(moved, sizeof(moved), x, y);
		fail_if_check(&opt.test, a, b, any, name);
	} else {
		strcpy(verdict, y ? "only in B" : opt.after ? "none after A" : "only in A");
	}
	printf("%s: %s%s\n", name, verdict, moved);
	print_side('A', a, x);
	print_side('B', b, y);
}

static void count_tests(const struct side *a, const struct side *b, const struct row *x,
			const struct row *y)
{
	size_t n;

	for (n = 0; x && y && n < NR_JUDGED; n++)
		opt.tests += 2 * percentile_comparable(a, b, x, judged[n]);
	if (x && y)
		opt.tests += fail_if_tests(&b->runs.last, x->reason);
}

/* Reasons of @s that the other one has not, or all. */
static void each_reason(const struct side *a, const struct side *b, const struct snapshot *s,
			const struct snapshot *other,
			void (*work)(const struct side *a, const struct side *b,
				     const struct row *x, const struct row *y))
{
	int c, first = opt.split ? 0 : CAUSE_ALL, last = opt.split ? NR_CAUSES - 1 : CAUSE_ALL;
	size_t n;

	for (n = 0; n < s->nr_reasons; n++) {
		uint32_t code = s->reasons[n].code;

		if (!selects_reason(&opt.f, s, code) || (other && snapshot_reason(other, code)))
			continue;
		for (c = first; c <= last; c++) {
			const struct row *x = rows_find(&a->rows, WHERE_ALL, code, c);
			const struct row *y = rows_find(&b->rows, WHERE_ALL, code, c);

			if (x || y)
				work(a, b, x, y);
		}
	}
}

/*
 * One run each: the last generations, as their last snapshots have them; B without what it shares
 * with A when both are of one generation.
 */
static void take_last(struct side *a, struct side *b)
{
	struct snapshot copy = a->runs.last;
	struct delta delta = { 0 };
	bool reset;

	copy.totals = (struct rows){ 0 };
	rows_copy(&copy.totals, &a->runs.last.totals);
	a->seconds = delta_step(&delta, &copy, &reset);
	rows_free(&copy.totals);
	opt.after = !strcmp(a->runs.last.generation, b->runs.last.generation);
	if (!opt.after) {
		delta_free(&delta);
		delta = (struct delta){ 0 };
	}
	b->seconds = delta_step(&delta, &b->runs.last, &reset);
	delta_free(&delta);
	group(&a->rows, &a->runs.last.totals);
	group(&b->rows, &b->runs.last.totals);
}

static void load_runs(struct side *side, const struct runs *before)
{
	struct snapshot s = { 0 };
	struct source src;

	runs_begin(&side->runs, side->name, before);
	source_open(&src, side->name);
	while (source_next(&src, &s)) {
		runs_add(&side->runs, &s);
		if (src.live)
			break;
	}
	source_close(&src);
	runs_end(&side->runs, &s);
}

static void take_runs(struct side *s)
{
	unsigned int n;

	s->seconds = s->runs.seconds;
	group(&s->rows, &s->runs.all);
	for (n = 0; n < s->runs.nr; n++)
		group(&s->run[n], &s->runs.run[n]);
}

static void print_side_head(char which, const struct side *s, const char *more)
{
	const struct runs *r = &s->runs;

	printf("%c: %s, generation %s", which, s->name ? s->name : "now", r->last.generation);
	if (opt.test.by_runs)
		printf(", %u runs", r->nr);
	else if (r->generations > 1)
		printf(", the last of %zu runs", r->generations);
	if (opt.test.by_runs && r->shared)
		printf(" without %zu that A has", r->shared);
	else if (!opt.test.by_runs && r->of_last > 1)
		printf(", %" PRIu64 " intervals of one run", r->of_last);
	printf("%s\n", more);
	settings_print(stdout, &r->last);
	if (r->changed)
		printf("Not all of %c was measured alike: %s\n", which, r->changed);
}

static bool is_empty(const struct rows *rows)
{
	size_t n;

	for (n = 0; n < rows->nr; n++) {
		if (rows->row[n].count)
			return false;
	}
	return true;
}

static void print_method(void)
{
	double more = 100 * opt.more, less = 100 * opt.less;

	if (opt.test.by_runs) {
		fputs("Worse, better: percentiles of the runs of A and B, ", stdout);
		printf("by more than %.0f %% (rank-sum test,\n", more);
		puts("1 % for all of this together). See kvmlat(8).");
		return;
	}
	fputs("Worse, better: the intervals of a percentile are apart by more than ", stdout);
	printf("%.0f, %.0f %% of A. How\n", more, less);
	fputs("one run differs from the next is not known: record ", stdout);
	printf("%d or more, each after a reset. See\nkvmlat(8).\n", LEAST_RUNS);
}

static void take(struct side *a, struct side *b)
{
	const char *came = "";
	char *changed;

	load_runs(a, NULL);
	load_runs(b, &a->runs);
	if (!snapshot_same_isa(a->runs.isa, b->runs.isa))
		die(EXIT_DATA, "diff: A is of %s, B of %s: their exit reasons are not the same",
		    a->runs.isa, b->runs.isa);
	fail_if_find(&opt.f, &a->runs.last, &b->runs.last);
	opt.test.by_runs = a->runs.nr >= LEAST_RUNS && b->runs.nr >= LEAST_RUNS;
	if (opt.test.by_runs) {
		take_runs(a);
		take_runs(b);
		each_reason(a, b, &b->runs.last, NULL, count_tests);
		opt.test.alpha = ALPHA / (opt.tests ? opt.tests : 1);
	} else {
		take_last(a, b);
	}
	/* Of one run a factor of two, either way. */
	opt.more = opt.effect >= 0 ? opt.effect : opt.test.by_runs ? 0.1 : 1;
	opt.less = opt.effect >= 0 ? opt.effect : opt.test.by_runs ? 0.1 : 0.5;
	print_side_head('A', a, "");
	if (opt.after)
		came = is_empty(&b->runs.last.totals) ? ", nothing came after A" :
							", what came after A";
	print_side_head('B', b, came);
	changed = settings_changed(&a->runs.settings, &b->runs.settings, OF_LATENCIES);
	if (changed)
		printf("A and B were not measured alike: %s\n", changed);
	free(changed);
	print_method();
	if (opt.test.by_runs && opt.tests &&
	    !ranksum_can_tell(a->runs.nr, b->runs.nr, opt.test.alpha))
		printf("With so few runs and so many reasons no change can be shown: %s.\n",
		       "record more, or choose with -r");
	putchar('\n');
}

static int run(struct cli *c)
{
	static struct side a, b;
	int letter;

	while ((letter = cli_next(c)) != -1) {
		if (letter == 's')
			opt.split = true;
		else if (letter == OPT_FAIL)
			fail_if_add(optarg);
		else if (letter == OPT_EFFECT)
			opt.effect = percent_option("--min-effect", optarg, optarg,
						    strchr(optarg, '%') ? "%" : "");
		else
			select_option(c, &opt.f, letter);
	}
	/* -f stands, as everywhere, for the live module. */
	if (c->argc - optind < 1 || c->argc - optind > (c->path ? 1 : 2))
		die(EXIT_DATA, "diff: wants one or two files: %s, or diff A for the live module",
		    "diff A B, diff -f B A");
	a.name = c->argv[optind];
	b.name = c->path ? c->path : c->argv[optind + 1];
	take(&a, &b);
	printf("%-3s %12s %12s %9s %9s %9s %9s %9s\n", "", "Samples", "Samples/s", "Avg time",
	       "p50", "p90", "p99", "p99.9");
	each_reason(&a, &b, &b.runs.last, NULL, print_reason);
	each_reason(&a, &b, &a.runs.last, &b.runs.last, print_reason);
	side_free(&a);
	side_free(&b);
	return fail_if_status();
}

static const char usage[] =
	"diff [-s] " USAGE_REASONS " [--min-effect 10%] [--fail-if [REASON:]p99+20%]... A [B]";
VIEW(diff, "diff", usage, "did latencies change from A to B, and does it matter", options, run);
