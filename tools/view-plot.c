// SPDX-License-Identifier: GPL-2.0
/* kvmlat plot: an SVG with a histogram of each of the worst reasons, stacked by cause. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "export.h"
#include "filter.h"
#include "format.h"

#define BAR_W	16		/* of a power of two */
#define BARS_H	120
#define LEFT	70
#define PANEL_H	(BARS_H + 60)

static const struct option options[] = {
	FILTER_REASONS, FILTER_CAUSES,
	{ "output", required_argument, NULL, 'o' },
	{ "number", required_argument, NULL, 'n' },
	{ "linear", no_argument, NULL, 'l' },
	{ NULL, 0, NULL, 0 }
};

/* Told apart by people who see colours differently (Okabe and Ito). */
static const char *const colors[NR_CAUSES] = { "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#999999" };

struct panel {
	uint32_t reason;
	uint64_t pow2[NR_CAUSES][KVMLAT_POW2_BUCKETS], total[KVMLAT_POW2_BUCKETS], most, count, sum_ns;
	bool idle;
};

static struct {
	struct filter f;
	bool linear;
	int first, last;	/* powers of two any panel uses: all have one scale */
} opt = { .first = KVMLAT_POW2_OPEN, .last = 0 };

static int worst_first(const void *a, const void *b)
{
	const struct panel *x = a, *y = b;

	if (x->idle != y->idle)
		return x->idle ? 1 : -1;
	return x->sum_ns > y->sum_ns ? -1 : x->sum_ns < y->sum_ns;
}

static size_t gather(const struct snapshot *s, struct panel *panels)
{
	size_t n, nr = 0;
	int c, b;

	for (n = 0; n < s->nr_reasons; n++) {
		struct panel *p = &panels[nr];

		if (!filter_reason(&opt.f, s, s->reasons[n].code) || (!opt.f.reasons && s->reasons[n].idle))
			continue;
		memset(p, 0, sizeof(*p));
		p->reason = s->reasons[n].code;
		p->idle = s->reasons[n].idle;
		for (c = 0; c < NR_CAUSES; c++) {
			const struct row *row = rows_find(&s->totals, WHERE_ALL, p->reason, c);

			if (!row || !filter_cause(&opt.f, c))
				continue;
			row_pow2(row, p->pow2[c]);
			p->count = add_sat(p->count, row->count);
			p->sum_ns = add_sat(p->sum_ns, row->sum_ns);
			for (b = 0; b < KVMLAT_POW2_BUCKETS; b++)
				p->total[b] = add_sat(p->total[b], p->pow2[c][b]);
		}
		nr += p->count != 0;
	}
	return nr;
}

static void find_scale(struct panel *panels, size_t nr)
{
	size_t n;
	int b;

	for (n = 0; n < nr; n++) {
		for (b = 0; b < KVMLAT_POW2_BUCKETS; b++) {
			if (!panels[n].total[b])
				continue;
			opt.first = b < opt.first ? b : opt.first;
			opt.last = b > opt.last ? b : opt.last;
			panels[n].most = panels[n].total[b] > panels[n].most ? panels[n].total[b] : panels[n].most;
		}
	}
}

/* log2, linear between powers: no libm. 0 for 0 and 1 for 1, so that a single exit shows. */
static double height_of(uint64_t n)
{
	int whole;

	if (opt.linear || !n)
		return n;
	whole = 63 - __builtin_clzll(n);
	return 1 + whole + (double)(n - (1ULL << whole)) / (1ULL << whole);
}

static void put_bar(FILE *out, const struct panel *p, int b, double bottom)
{
	double height = BARS_H * height_of(p->total[b]) / height_of(p->most), part;
	char low[FORMAT_BYTES], high[FORMAT_BYTES];
	int c;

	for (c = 0; c < NR_CAUSES; c++) {
		if (!p->pow2[c][b])
			continue;
		/* The bar's height says how many; its parts are in proportion. */
		part = height * p->pow2[c][b] / p->total[b];
		bottom -= part;
		if (b == KVMLAT_POW2_OPEN)
			strcpy(high, "any");
		else
			format_ns(high, kvmlat_pow2_low_ns(b + 1), false);
		fprintf(out, "<rect x=\"%d\" y=\"%.2f\" width=\"%d\" height=\"%.2f\" fill=\"%s\">",
			LEFT + (b - opt.first) * BAR_W, bottom, BAR_W - 1, part, colors[c]);
		fprintf(out, "<title>%s to %s, %s: %" PRIu64 "</title></rect>\n",
			format_ns(low, kvmlat_pow2_low_ns(b), false), high, cause_names[c], p->pow2[c][b]);
	}
}

static void put_panel(FILE *out, const struct snapshot *s, const struct panel *p, int top)
{
	const struct reason *reason = snapshot_reason(s, p->reason);
	char mean[FORMAT_BYTES], low[FORMAT_BYTES];
	int b;

	fprintf(out, "<g><text x=\"%d\" y=\"%d\" class=\"h\">", LEFT, top + 16);
	fprintf(out, "<tspan data-reason=");
	put_quoted(out, reason->name, QUOTE_XML);
	fputs(">", out);
	put_text(out, reason->name, QUOTE_XML);
	fprintf(out, "</tspan>: %" PRIu64 " exits, mean %s</text>\n", p->count,
		format_ns(mean, p->sum_ns / p->count, false));
	fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"r\">%" PRIu64 "</text>\n", LEFT - 6, top + 34, p->most);
	fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"r\">%s</text>\n", LEFT - 6, top + 24 + BARS_H,
		opt.linear ? "0" : "1, log");
	for (b = opt.first; b <= opt.last; b++) {
		if (p->total[b])
			put_bar(out, p, b, top + 24 + BARS_H);
		if ((b - opt.first) % 5 == 0)
			fprintf(out, "<text x=\"%d\" y=\"%d\">%s</text>\n", LEFT + (b - opt.first) * BAR_W,
				top + 38 + BARS_H, format_ns(low, kvmlat_pow2_low_ns(b), false));
	}
	fprintf(out, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#000\"/></g>\n", LEFT, top + 24 + BARS_H,
		LEFT + (opt.last - opt.first + 1) * BAR_W, top + 24 + BARS_H);
}

static void put_svg(FILE *out, const struct snapshot *s, const struct panel *panels, size_t nr)
{
	int width = LEFT + 20 + (opt.last - opt.first + 1) * BAR_W, c;
	size_t n;

	width = width < 480 ? 480 : width;
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%zu\"", width,
		50 + nr * PANEL_H);
	fputs(" font-family=\"sans-serif\" font-size=\"11\">\n", out);
	fputs("<style>.h{font-size:13px;font-weight:bold}.r{text-anchor:end}</style>\n", out);
	fputs("<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n", out);
	fputs("<text x=\"10\" y=\"18\" class=\"h\">Latency of VM exits by cause, ", out);
	put_text(out, snapshot_fact(s, "kernel") ? snapshot_fact(s, "kernel") : "", QUOTE_XML);
	fprintf(out, ", generation %s</text>\n", s->generation);
	for (c = 0; c < NR_CAUSES; c++) {
		fprintf(out, "<rect class=\"key\" x=\"%d\" y=\"28\" width=\"10\" height=\"10\" fill=\"%s\"/>",
			10 + 90 * c, colors[c]);
		fprintf(out, "<text x=\"%d\" y=\"37\">%s</text>\n", 24 + 90 * c, cause_names[c]);
	}
	for (n = 0; n < nr; n++)
		put_panel(out, s, &panels[n], 50 + (int)n * PANEL_H);
	fputs("</svg>\n", out);
}

static int run(struct cli *c)
{
	struct snapshot s = { 0 };
	const char *output = NULL;
	size_t nr, wanted = 6, length = 0;
	struct panel *panels;
	char *text = NULL;
	int letter;
	FILE *out;

	while ((letter = cli_next(c)) != -1) {
		if (letter == 'o')
			output = optarg;
		else if (letter == 'n')
			wanted = cli_number(c, "-n", optarg, 1, 1000);
		else if (letter == 'l')
			opt.linear = true;
		else
			filter_option(c, &opt.f, letter);
	}
	snapshot_load(&s, cli_file(c));
	panels = xrealloc(NULL, s.nr_reasons + 1, sizeof(*panels));
	nr = gather(&s, panels);
	if (!nr)
		die(EXIT_DATA, "plot: no such reason or cause has a pair");
	qsort(panels, nr, sizeof(*panels), worst_first);
	nr = nr < wanted ? nr : wanted;
	find_scale(panels, nr);
	out = buffer_open(&text, &length);
	put_svg(out, &s, panels, nr);
	if (fclose(out))
		die(EXIT_SOURCE, "out of memory");
	write_output(output, text, length);
	free(text);
	free(panels);
	snapshot_free(&s);
	return 0;
}

static const char usage[] = "plot [-o FILE.svg] [-n N] [-l] [-r REASONS] [--cause CAUSES] [FILE]";
VIEW(plot, "plot", usage, "an SVG: histograms of the worst reasons by cause", options, run);
