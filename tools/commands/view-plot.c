// SPDX-License-Identifier: GPL-2.0
/*
 * kvmlat plot: an SVG with a histogram of each of the worst reasons, stacked by cause; before and
 * after.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/error.h"
#include "base/stream.h"
#include "commands/select-options.h"
#include "input/source.h"
#include "model/recorded-settings.h"
#include "render/output-file.h"
#include "render/quote.h"
#include "render/svg.h"
#include "render/units.h"

#define BAR_W	20		/* of a power of two */
#define BARS_H	120
#define LEFT	70
#define TOP	74
#define PANEL_H	(BARS_H + 62)
#define MIN_W	700

static const struct option options[] = {
	SELECT_REASONS, SELECT_CAUSES,
	{ "output", required_argument, NULL, 'o' },
	{ "number", required_argument, NULL, 'n' },
	{ "linear", no_argument, NULL, 'l' },
	{ "before", required_argument, NULL, 'b' },
	{ NULL, 0, NULL, 0 }
};

struct panel {
	uint32_t reason;
	uint64_t pow2[NR_CAUSES][KVMLAT_POW2_BUCKETS], total[KVMLAT_POW2_BUCKETS], most, count;
	wide sum_ns, before_sum_ns;
	uint64_t before[KVMLAT_POW2_BUCKETS], before_count;
	double scale;			/* of the highest bar */
	double rank;			/* its greatest share of the time, before or after */
	bool idle;
};

static struct {
	struct selection f;
	bool linear, compare;
	char *changed;		/* settings, from before to now */
	bool causes[NR_CAUSES];	/* drawn anywhere */
	int first, last;	/* powers of two any panel uses: all have one scale */
} opt = { .first = KVMLAT_POW2_OPEN, .last = 0 };

static int worst_first(const void *a, const void *b)
{
	const struct panel *x = a, *y = b;

	if (x->idle != y->idle)
		return x->idle ? 1 : -1;
	return x->rank > y->rank ? -1 : x->rank < y->rank;
}

static void gather_before(const struct snapshot *s, struct panel *p)
{
	uint64_t pow2[KVMLAT_POW2_BUCKETS];
	int c, b;

	for (c = 0; c < NR_CAUSES; c++) {
		const struct row *row = rows_find(&s->totals, WHERE_ALL, p->reason, c);

		if (!row || !selects_cause(&opt.f, c))
			continue;
		row_pow2(row, pow2);
		p->before_count = add_sat(p->before_count, row->count);
		p->before_sum_ns = add_wide(p->before_sum_ns, row->sum_ns);
		for (b = 0; b < KVMLAT_POW2_BUCKETS; b++)
			p->before[b] = add_sat(p->before[b], pow2[b]);
	}
}

static size_t gather(const struct snapshot *s, const struct snapshot *before, struct panel *panels)
{
	size_t n, nr = 0;
	int c, b;

	for (n = 0; n < s->nr_reasons; n++) {
		struct panel *p = &panels[nr];

		if (!selects_reason(&opt.f, s, s->reasons[n].code) ||
		    (!opt.f.reasons && s->reasons[n].idle))
			continue;
		memset(p, 0, sizeof(*p));
		p->reason = s->reasons[n].code;
		p->idle = s->reasons[n].idle;
		for (c = 0; c < NR_CAUSES; c++) {
			const struct row *row = rows_find(&s->totals, WHERE_ALL, p->reason, c);

			if (!row || !selects_cause(&opt.f, c))
				continue;
			row_pow2(row, p->pow2[c]);
			p->count = add_sat(p->count, row->count);
			p->sum_ns = add_wide(p->sum_ns, row->sum_ns);
			for (b = 0; b < KVMLAT_POW2_BUCKETS; b++)
				p->total[b] = add_sat(p->total[b], p->pow2[c][b]);
		}
		if (before)
			gather_before(before, p);
		nr += p->count || p->before_count;
	}
	return nr;
}

/* A reason that is gone can have been the worst: runs of unlike length are compared by shares. */
static void rank(struct panel *panels, size_t nr)
{
	double now = 0, before = 0, share;
	size_t n;

	for (n = 0; n < nr; n++) {
		now += (double)panels[n].sum_ns;
		before += (double)panels[n].before_sum_ns;
	}
	for (n = 0; n < nr; n++) {
		share = before > 0 ? (double)panels[n].before_sum_ns / before : 0;
		panels[n].rank = now > 0 ? (double)panels[n].sum_ns / now : 0;
		panels[n].rank = share > panels[n].rank ? share : panels[n].rank;
	}
}

/* log2, linear between powers: no libm. 0 for 0 and 1 for 1, so that a single exit shows. */
static double height_of(uint64_t n, uint64_t of)
{
	int whole;

	if (opt.compare)	/* runs of unlike length: shares, not counts */
		return of ? 100.0 * n / of : 0;
	if (opt.linear || !n)
		return n;
	whole = 63 - __builtin_clzll(n);
	return 1 + whole + (double)(n - (1ULL << whole)) / (1ULL << whole);
}

static void find_scale(struct panel *panels, size_t nr)
{
	size_t n;
	int b, c;

	for (n = 0; n < nr; n++) {
		struct panel *p = &panels[n];

		for (b = 0; b < KVMLAT_POW2_BUCKETS; b++) {
			double height = height_of(p->total[b], p->count);
			double before = height_of(p->before[b], p->before_count);

			if (!p->total[b] && !p->before[b])
				continue;
			opt.first = b < opt.first ? b : opt.first;
			opt.last = b > opt.last ? b : opt.last;
			p->most = p->total[b] > p->most ? p->total[b] : p->most;
			p->scale = height > p->scale ? height : p->scale;
			p->scale = before > p->scale ? before : p->scale;
			for (c = 0; c < NR_CAUSES; c++)
				opt.causes[c] |= p->pow2[c][b] != 0;
		}
	}
}

static void put_bar(FILE *out, const struct panel *p, int b, double bottom)
{
	double height = BARS_H * height_of(p->total[b], p->count) / p->scale, part;
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
		fprintf(out, "<rect class=\"k\" x=\"%d\" y=\"%.2f\" width=\"%d\" height=\"%.2f\"",
			LEFT + (b - opt.first) * BAR_W + 1, bottom, BAR_W - 2, part);
		fprintf(out, " fill=\"url(#%s)\">", cause_names[c]);
		fprintf(out, "<title>%s to %s, %s: %" PRIu64 "</title></rect>\n",
			format_ns(low, kvmlat_pow2_low_ns(b), false), high, cause_names[c],
			p->pow2[c][b]);
	}
}

/* The outline of what it was before, over the bars. */
static void put_before(FILE *out, const struct panel *p, int bottom)
{
	int b;

	fputs("<path class=\"before\" fill=\"none\" stroke=\"#000\" stroke-width=\"2\"", out);
	fprintf(out, " d=\"M%d,%d", LEFT, bottom);
	for (b = opt.first; b <= opt.last; b++)
		fprintf(out, "V%.2f h%d",
			bottom - BARS_H * height_of(p->before[b], p->before_count) / p->scale,
			BAR_W);
	fprintf(out, "V%d\"/>\n", bottom);
}

static void put_axes(FILE *out, const struct panel *p, int bottom)
{
	char most[FORMAT_BYTES], label[FORMAT_BYTES];
	int b, width = (opt.last - opt.first + 1) * BAR_W;

	if (opt.compare)
		snprintf(most, sizeof(most), "%.*f%%", p->scale < 10 ? 1 : 0, p->scale);
	else
		snprintf(most, sizeof(most), "%" PRIu64, p->most);
	fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"r\">%s</text>\n", LEFT - 8,
		bottom - BARS_H + 9, most);
	fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"r\">%s</text>\n", LEFT - 8, bottom,
		opt.compare ? "0%" : opt.linear ? "0" : "log  0");
	fprintf(out, "<path fill=\"none\" stroke=\"#000\" d=\"M%d,%d v%d h%d", LEFT,
		bottom - BARS_H, BARS_H, width);
	/* Labels at the edges of buckets, as often as they have room. */
	for (b = opt.first; b <= opt.last; b += 3)
		fprintf(out, "M%d,%d v4", LEFT + (b - opt.first) * BAR_W, bottom);
	fputs("\"/>\n", out);
	for (b = opt.first; b <= opt.last; b += 3)
		fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"m\">%s</text>\n",
			LEFT + (b - opt.first) * BAR_W, bottom + 16,
			format_ns(label, kvmlat_pow2_low_ns(b), false));
}

static void put_panel(FILE *out, const struct snapshot *s, const struct panel *p, int top)
{
	const struct reason *reason = snapshot_reason(s, p->reason);
	int b, bottom = top + 24 + BARS_H;
	char mean[FORMAT_BYTES];

	fprintf(out, "<g><text x=\"%d\" y=\"%d\"><tspan class=\"h\" data-reason=", LEFT, top + 14);
	put_quoted(out, reason->name, QUOTE_XML);
	fputs(">", out);
	put_text(out, reason->name, QUOTE_XML);
	if (p->count)
		fprintf(out, "</tspan>: %" PRIu64 " exits, mean %s", p->count,
			format_ns(mean, (uint64_t)(p->sum_ns / p->count), false));
	else
		fputs("</tspan>: none", out);
	if (opt.compare && p->before_count)
		fprintf(out, "; before %" PRIu64 ", mean %s", p->before_count,
			format_ns(mean, (uint64_t)(p->before_sum_ns / p->before_count), false));
	else if (opt.compare)
		fputs("; before none", out);
	fputs("</text>\n", out);
	for (b = opt.first; b <= opt.last; b++) {
		if (p->total[b])
			put_bar(out, p, b, bottom);
	}
	if (p->before_count)
		put_before(out, p, bottom);
	put_axes(out, p, bottom);
	fputs("</g>\n", out);
}

static void put_svg(FILE *out, const struct snapshot *s, const struct panel *panels, size_t nr)
{
	int width = LEFT + 40 + (opt.last - opt.first + 1) * BAR_W, c, x = 10;
	size_t n;

	width = width < MIN_W ? MIN_W : width;
	svg_begin(out, width, TOP + (int)nr * PANEL_H,
		  opt.compare ? "Latency of VM exits, before and after, by cause" :
				"Latency of VM exits by cause",
		  s);
	svg_causes(out);
	for (c = 0; c < NR_CAUSES; c++) {
		if (!opt.causes[c])
			continue;
		svg_cause_key(out, x, 54, c);
		x += 95;
	}
	if (opt.compare)
		fprintf(out, "<path d=\"M%d,50 h22\" stroke=\"#000\" stroke-width=\"2\"/>\n", x);
	if (opt.compare)
		fprintf(out, "<text x=\"%d\" y=\"54\">before; heights are shares</text>\n", x + 27);
	if (opt.changed) {
		fputs("<text x=\"10\" y=\"68\">Not measured alike, from before to now: ", out);
		put_text(out, opt.changed, QUOTE_XML);
		fputs("</text>\n", out);
	}
	for (n = 0; n < nr; n++)
		put_panel(out, s, &panels[n], TOP - 6 + (int)n * PANEL_H);
	svg_end(out);
}

static void compare_settings(const struct snapshot *before, const struct snapshot *now)
{
	struct settings a = { 0 }, b = { 0 };

	settings_keep(&a, before);
	settings_keep(&b, now);
	opt.changed = settings_changed(&a, &b, OF_LATENCIES);
	if (opt.changed)
		warn("plot: not measured alike, from before to now: %s", opt.changed);
	settings_free(&a);
	settings_free(&b);
}

static int run(struct cli *c)
{
	struct snapshot s = { 0 }, before = { 0 };
	const char *output = NULL, *from = NULL;
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
		else if (letter == 'b')
			from = optarg;
		else
			select_option(c, &opt.f, letter);
	}
	cli_file(c);
	opt.compare = from;
	snapshot_load(&s, c->path);
	if (from) {
		snapshot_load(&before, from);
		if (!snapshot_same_isa(snapshot_isa(&s), snapshot_isa(&before)))
			die(EXIT_DATA, "plot: -b %s is of %s, what is drawn of %s: %s", from,
			    snapshot_isa(&before), snapshot_isa(&s),
			    "their exit reasons are not the same");
		snapshot_keep_reasons(&s, &before);
		compare_settings(&before, &s);
	}
	panels = xrealloc(NULL, s.nr_reasons + 1, sizeof(*panels));
	nr = gather(&s, from ? &before : NULL, panels);
	if (!nr)
		die(EXIT_DATA, "plot: no such reason or cause has a pair");
	rank(panels, nr);
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
	free(opt.changed);
	snapshot_free(&before);
	snapshot_free(&s);
	return 0;
}

static const char usage[] =
	"plot [-o FILE.svg] [-n N] [-l] [-b BEFORE] " USAGE_REASONS " [FILE]";
static const char help[] =
	"an SVG: histograms of the worst reasons by cause, before and after";
VIEW(plot, "plot", usage, help, options, run);
