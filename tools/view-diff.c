// SPDX-License-Identifier: GPL-2.0
/* kvmlat diff: did latencies change from A to B, more than chance and more than matters? */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "delta.h"
#include "filter.h"
#include "format.h"
#include "quantile.h"

#define MAX_CONDITIONS 16

enum { OPT_FAIL = OPT_VIEW, OPT_EFFECT };
static const struct option options[] = {
	FILTER_REASONS, FILTER_CAUSES,
	{ "split", no_argument, NULL, 's' },
	{ "fail-if", required_argument, NULL, OPT_FAIL },
	{ "min-effect", required_argument, NULL, OPT_EFFECT },
	{ NULL, 0, NULL, 0 }
};

struct condition {			/* [REASON:]pNN+PERCENT% */
	const char *text;
	struct filter reason;
	unsigned int permille;
	double more;
};

static const unsigned int judged[] = { 500, 900, 990, 999 };
#define NR_JUDGED 4

static struct {
	struct filter f;
	bool split;
	double effect;
	struct condition condition[MAX_CONDITIONS];
	size_t nr_conditions;
	bool failed;
} opt = { .effect = 0.1 };

static double parse_percent(const char *option, const char *text, const char *number, const char *tail)
{
	char *end;
	double value = strtod(number, &end);

	if (*number < '0' || *number > '9' || strcmp(end, tail) || !(value <= 1e6))
		die(EXIT_DATA, "diff: %s %s: not like %s", option, text,
		    *option == '-' && option[2] == 'f' ? "p99+20% or CPUID:p99.9+50%" : "10%");
	return value / 100;
}

static void parse_condition(const char *text)
{
	struct condition *c = &opt.condition[opt.nr_conditions];
	const char *colon = strrchr(text, ':'), *p = colon ? colon + 1 : text;
	char *end = NULL;
	double percentile;

	if (opt.nr_conditions == MAX_CONDITIONS)
		die(EXIT_DATA, "diff: --fail-if: %d at most", MAX_CONDITIONS);
	c->text = text;
	if (colon) {
		char *name = xstrdup(text);

		name[colon - text] = '\0';
		c->reason.reasons = name;
	}
	percentile = *p == 'p' && p[1] >= '0' && p[1] <= '9' ? strtod(p + 1, &end) : 0;
	if (!(percentile >= 0.1 && percentile <= 99.9) || *end != '+')
		end = NULL;
	c->more = parse_percent("--fail-if", text, end ? end + 1 : "", "%");
	c->permille = percentile * 10 + 0.5;
	opt.nr_conditions++;
}

static void merge(struct rows *to, const struct snapshot *s)
{
	size_t n;

	for (n = 0; n < s->totals.nr; n++) {
		const struct row *row = &s->totals.row[n];

		if (row->count && filter_cause(&opt.f, row->cause))
			row_add(rows_get(to, WHERE_ALL, row->reason, opt.split ? row->cause : CAUSE_ALL, false), row);
	}
}

static void say_change(char *verdict, size_t room, const struct row *a, const struct row *b)
{
	size_t n;

	*verdict = '\0';
	for (n = 0; n < NR_JUDGED; n++) {
		struct bounds x = quantile_bounds(a, judged[n]), y = quantile_bounds(b, judged[n]);
		double more = quantile_surely_more(x, y), less = quantile_surely_more(y, x);
		size_t used = strlen(verdict);

		if (more > opt.effect)
			snprintf(verdict + used, room - used, "%sp%g worse by >=%.0f%%", used ? ", " : "",
				 judged[n] / 10.0, 100 * more);
		else if (less > opt.effect)
			snprintf(verdict + used, room - used, "%sp%g better by >=%.0f%%", used ? ", " : "",
				 judged[n] / 10.0, 100 * (1 - 1 / (1 + less)));
	}
	if (!*verdict)
		snprintf(verdict, room, quantile_bounds(a, 500).high_ns == UINT64_MAX ||
			 quantile_bounds(b, 500).high_ns == UINT64_MAX ? "too few to say" : "same");
}

static void check_conditions(const struct snapshot *s, const struct row *a, const struct row *b, const char *name)
{
	size_t n;

	for (n = 0; n < opt.nr_conditions; n++) {
		const struct condition *c = &opt.condition[n];
		double more = quantile_surely_more(quantile_bounds(a, c->permille), quantile_bounds(b, c->permille));

		if (!filter_reason(&c->reason, s, b->reason) || more <= c->more ||
		    (!c->reason.reasons && snapshot_idle(s, b->reason)))
			continue;
		warn("diff: %s: met by %s, at least +%.0f%%", c->text, name, 100 * more);
		opt.failed = true;
	}
}

static void print_reason(const struct snapshot *s, const struct row *a, const struct row *b)
{
	const struct row *any = b ? b : a;
	char name[80], verdict[256] = "only in A", cell[4][FORMAT_BYTES] = { "-", "-", "-", "-" };

	snprintf(name, sizeof(name), "%s%s%s", snapshot_reason_name(s, any->reason), opt.split ? " " : "",
		 opt.split ? cause_names[any->cause] : "");
	if (a) {
		format_percentile(cell[0], a, 500, false);
		format_percentile(cell[2], a, 990, false);
	}
	if (b) {
		format_percentile(cell[1], b, 500, false);
		format_percentile(cell[3], b, 990, false);
	}
	if (a && b) {
		say_change(verdict, sizeof(verdict), a, b);
		check_conditions(s, a, b, name);
	} else if (b) {
		strcpy(verdict, "only in B");
	}
	printf("%-24s %10" PRIu64 " %10" PRIu64 " %8s %8s %8s %8s  %s\n", name, a ? a->count : 0, b ? b->count : 0,
	       cell[0], cell[1], cell[2], cell[3], verdict);
}

/* Reasons of @s that the other one has not, or all. */
static void print_reasons(const struct snapshot *s, const struct rows *a, const struct rows *b,
			  const struct snapshot *other)
{
	int c, first = opt.split ? 0 : CAUSE_ALL, last = opt.split ? NR_CAUSES - 1 : CAUSE_ALL;
	size_t n;

	for (n = 0; n < s->nr_reasons; n++) {
		uint32_t code = s->reasons[n].code;

		if (!filter_reason(&opt.f, s, code) || (other && snapshot_reason(other, code)))
			continue;
		for (c = first; c <= last; c++) {
			const struct row *x = rows_find(a, WHERE_ALL, code, c), *y = rows_find(b, WHERE_ALL, code, c);

			if (x || y)
				print_reason(s, x, y);
		}
	}
}

static void read_both(struct snapshot *a, struct snapshot *b, const char *from, const char *to)
{
	struct delta delta = { 0 };
	const char *after = "";
	bool reset;

	snapshot_load(a, from);
	snapshot_load(b, to);
	if (!strcmp(a->generation, b->generation)) {
		/* Both since the same moment: B without what it shares with A. */
		struct snapshot copy = *a;

		copy.totals = (struct rows){ 0 };
		rows_copy(&copy.totals, &a->totals);
		delta_step(&delta, &copy, &reset);
		rows_free(&copy.totals);
		delta_step(&delta, b, &reset);
		delta_free(&delta);
		after = ", what came after A";
	}
	printf("A: %s, generation %s\nB: %s, generation %s%s\n", from, a->generation, to ? to : "now", b->generation,
	       after);
	printf("Worse, better: 98 %% intervals of the percentile are apart, by more than %.0f %%. See kvmlat(8).\n\n",
	       100 * opt.effect);
}

static int run(struct cli *c)
{
	struct snapshot a = { 0 }, b = { 0 };
	struct rows x = { 0 }, y = { 0 };
	const char *from;
	int letter;

	while ((letter = cli_next(c)) != -1) {
		if (letter == 's')
			opt.split = true;
		else if (letter == OPT_FAIL)
			parse_condition(optarg);
		else if (letter == OPT_EFFECT)
			opt.effect = parse_percent("--min-effect", optarg, optarg, strchr(optarg, '%') ? "%" : "");
		else
			filter_option(c, &opt.f, letter);
	}
	if (c->argc - optind < 1 || c->argc - optind > 2 || c->path)
		die(EXIT_DATA, "diff: wants one or two files: diff A B, or diff A to compare with the module");
	from = c->argv[optind];
	read_both(&a, &b, from, c->argv[optind + 1]);
	merge(&x, &a);
	merge(&y, &b);
	printf("%-24s %10s %10s %8s %8s %8s %8s  %s\n", "VM-EXIT", "Samples A", "Samples B", "p50 A", "p50 B", "p99 A",
	       "p99 B", "CHANGE");
	print_reasons(&b, &x, &y, NULL);
	print_reasons(&a, &x, &y, &b);
	rows_free(&x);
	rows_free(&y);
	snapshot_free(&a);
	snapshot_free(&b);
	return opt.failed ? EXIT_WORSE : 0;
}

static const char usage[] =
	"diff [-s] [-r REASONS] [--cause CAUSES] [--min-effect 10%] [--fail-if [REASON:]p99+20%]... A [B]";
VIEW(diff, "diff", usage, "did latencies change from A to B, and does it matter", options, run);
