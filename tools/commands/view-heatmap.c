// SPDX-License-Identifier: GPL-2.0
/* kvmlat heatmap: time and latency; a line an interval in the terminal, or an SVG. Each shade is four times as many. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/error.h"
#include "base/stream.h"
#include "commands/check-selection.h"
#include "commands/select-options.h"
#include "commands/top-figures.h"
#include "commands/wait.h"
#include "input/source.h"
#include "render/output-file.h"
#include "render/settings-line.h"
#include "render/svg.h"
#include "render/terminal.h"
#include "render/units.h"

/* Columns: [0, 128 ns) ... [2^36 ns, ...) = 69 s and more. */
#define FIRST	7
#define LAST	37
#define LEVELS	10

static const struct option options[] = {
	SELECT_REASONS, SELECT_CAUSES,
	{ "interval", required_argument, NULL, 'i' },
	{ "count", required_argument, NULL, 'c' },
	{ "color", no_argument, NULL, OPT_VIEW },
	{ "output", required_argument, NULL, 'o' },
	{ NULL, 0, NULL, 0 }
};

static struct {
	struct selection f;
	struct delta delta;
	double interval;
	uint64_t count, shown;
	bool color;
	int cell_w;			/* characters of a cell: 1 on a narrow terminal */
	int powers;			/* of two in a cell: 2 on a very narrow one */
	bool brief;			/* no date there */
	const char *reset_mark, *change_mark;
	FILE *out;
	const char *output;		/* an SVG goes there */
	struct interval {
		char when[32];
		uint64_t cell[LAST + 1];
		bool reset, changed;	/* the module, its settings */
	} *kept;			/* for it */
	size_t nr;
} opt = { .interval = 1, .count = UINT64_MAX };

static int level(uint64_t n)
{
	int l = n ? 1 + (63 - __builtin_clzll(n)) / 2 : 0;

	return l < LEVELS ? l : LEVELS - 1;
}

static void put_cell(uint64_t n)
{
	static const char shades[LEVELS + 1] = " .:-=+*#%@";
	static const int colors[LEVELS] = { 0, 17, 18, 19, 55, 91, 127, 163, 203, 220 };

	const char *blank = opt.cell_w == 1 ? " " : "  ";
	char shade = shades[level(n)];

	if (opt.color)
		fprintf(opt.out, "\033[48;5;%dm%s\033[0m", n ? colors[level(n)] : 16, blank);
	else
		fprintf(opt.out, opt.cell_w == 1 ? "%c" : "%c%c", shade, shade);
}

static void put_head(const struct snapshot *s)
{
	size_t width = opt.cell_w * ((LAST - FIRST + opt.powers) / opt.powers), at, length;
	char scale[2 * (LAST - FIRST + 1) + 1] = "";
	char label[FORMAT_BYTES];
	int p;

	settings_print(opt.out, s);
	memset(scale, ' ', width);
	for (p = FIRST + 2 + opt.powers; p <= LAST; p += 10 * opt.powers / opt.cell_w) {
		at = opt.cell_w * ((p - FIRST) / opt.powers);
		length = strlen(format_ns(label, kvmlat_pow2_low_ns(p), false));
		if (at + length <= width)
			memcpy(scale + at, label, length);
	}
	fprintf(opt.out, "%-*s |%s| %s\n", opt.brief ? 8 : 19, "TIME", scale, "SAMPLES");
}

static void keep(const char *when, const uint64_t *cell, bool reset)
{
	struct interval *i;

	if (!(opt.nr & (opt.nr - 1)))
		opt.kept = xrealloc(opt.kept, opt.nr ? 2 * opt.nr : 1, sizeof(*opt.kept));
	i = &opt.kept[opt.nr++];
	snprintf(i->when, sizeof(i->when), "%s", when);
	memcpy(i->cell, cell, sizeof(i->cell));
	i->reset = reset;
	i->changed = opt.delta.changed;
}

/* As many columns as a page is wide: of more intervals neighbours are taken together. */
static void merge_columns(size_t most)
{
	size_t n, each = (opt.nr + most - 1) / most;
	int p;

	for (n = 0; each > 1 && n < opt.nr; n++) {
		struct interval *to = &opt.kept[n / each], *from = &opt.kept[n];

		if (n % each == 0)
			*to = *from;
		for (p = FIRST; n % each && p <= LAST; p++)
			to->cell[p] = add_sat(to->cell[p], from->cell[p]);
		to->reset |= from->reset;
		to->changed |= from->changed;
	}
	if (each > 1)
		opt.nr = (opt.nr + each - 1) / each;
}

/* Grey that grows darker, each level as far from the next: a printer has no colours. */
static int gray(int l)
{
	return l ? 232 - 232 * (l - 1) / (LEVELS - 2) : 255;
}

#define MAP_W	840
#define MAP_X	70
#define MAP_Y	72
#define CELL_H	16

static void put_axes(FILE *out, int low, int high, double width)
{
	int p, bottom = MAP_Y + (high - low + 1) * CELL_H;
	char label[FORMAT_BYTES];
	size_t n, every = 1;

	for (p = low; p <= high + 1; p += 2)
		fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"r\">%s</text><path class=\"a\" d=\"M%d,%d h-4\"/>\n",
			MAP_X - 8, MAP_Y + (high + 1 - p) * CELL_H + 4,
			p == FIRST ? "0" : format_ns(label, kvmlat_pow2_low_ns(p), false),
			MAP_X, MAP_Y + (high + 1 - p) * CELL_H);
	while (every * width < 130)
		every++;
	for (n = 0; n < opt.nr; n += every)
		fprintf(out, "<text x=\"%.1f\" y=\"%d\">%s</text><path stroke=\"#000\" d=\"M%.1f,%d v5\"/>\n",
			MAP_X + n * width, bottom + 17, opt.kept[n].when, MAP_X + n * width, bottom);
	fprintf(out, "<rect class=\"a\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>\n", MAP_X, MAP_Y,
		opt.nr * width, bottom - MAP_Y);
}

static void put_key(FILE *out)
{
	bool reset = false, changed = false;
	size_t n;
	int l, g;

	fputs("<text x=\"10\" y=\"54\">exits:</text>\n", out);
	for (l = 1; l < LEVELS; l++) {
		g = gray(l);
		fprintf(out, "<rect class=\"k\" x=\"%d\" y=\"44\" width=\"14\" height=\"12\" fill=\"rgb(%d,%d,%d)\"/>",
			l * 88 - 38, g, g, g);
		fprintf(out, "<text x=\"%d\" y=\"54\">%s%d%s</text>\n", l * 88 - 20, l == 1 ? "" : ">= ",
			1 << 2 * (l - 1), l == 1 ? " - 3" : "");
	}
	for (n = 0; n < opt.nr; n++) {
		reset = reset || opt.kept[n].reset;
		changed = changed || opt.kept[n].changed;
	}
	if (!reset && !changed)
		return;
	fputs("<path stroke=\"#000\" stroke-dasharray=\"3\" d=\"M655,22 v14\"/>", out);
	fprintf(out, "<text x=\"664\" y=\"34\">%s%s%s</text>\n",
		reset ? "loaded or reset anew" : "", reset && changed ? ", or " : "",
		changed ? "settings changed" : "");
}

static void put_interval(FILE *out, const struct interval *i, double x, double width, int low, int high)
{
	int p, g;

	for (p = low; p <= high; p++) {
		if (!i->cell[p])
			continue;
		g = gray(level(i->cell[p]));
		fprintf(out, "<rect x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\" fill=\"rgb(%d,%d,%d)\">", x,
			MAP_Y + (high - p) * CELL_H, width, CELL_H, g, g, g);
		fprintf(out, "<title>%s: %" PRIu64 "</title></rect>\n", i->when, i->cell[p]);
	}
	if (!i->reset && !i->changed)
		return;
	fprintf(out, "<path class=\"reset\" stroke=\"#000\" stroke-dasharray=\"3\" d=\"M%.1f,%d v%d\">", x, MAP_Y,
		(high - low + 1) * CELL_H);
	fprintf(out, "<title>the module%s</title></path>\n",
		i->reset ? " was loaded or reset anew" : "'s settings changed");
}

static void put_svg(FILE *out, const struct snapshot *s)
{
	int p, low = LAST, high = FIRST, width;
	double cell;
	size_t n;

	merge_columns(MAP_W / 2);
	for (n = 0; n < opt.nr; n++) {
		for (p = FIRST; p <= LAST; p++) {
			low = opt.kept[n].cell[p] && p < low ? p : low;
			high = opt.kept[n].cell[p] && p > high ? p : high;
		}
	}
	low = low > high ? high : low;
	cell = (double)MAP_W / opt.nr > 24 ? 24 : (double)MAP_W / opt.nr;
	width = MAP_X + (int)(opt.nr * cell) + 130;
	svg_begin(out, width < 860 ? 860 : width, MAP_Y + (high - low + 1) * CELL_H + 30,
		  "Latency of VM exits over time", s);
	put_key(out);
	fputs("<g shape-rendering=\"crispEdges\">\n", out);	/* no seams between cells */
	for (n = 0; n < opt.nr; n++)
		put_interval(out, &opt.kept[n], MAP_X + n * cell, cell, low, high);
	fputs("</g>\n", out);
	put_axes(out, low, high, cell);
	svg_end(out);
}

static void write_svg(const struct snapshot *s)
{
	size_t length = 0;
	char *text = NULL;
	FILE *out = buffer_open(&text, &length);

	if (!opt.nr)
		die(EXIT_DATA, "heatmap: no interval was seen");
	put_svg(out, s);
	if (fclose(out))
		die(EXIT_SOURCE, "out of memory");
	write_output(opt.output, text, length);
	free(text);
	free(opt.kept);
}

static void show(struct snapshot *s)
{
	uint64_t cell[LAST + 1] = { 0 }, pow2[KVMLAT_POW2_BUCKETS], samples = 0;
	time_t seconds;
	struct tm tm;
	char when[32];
	bool reset;
	size_t n;
	int p;

	delta_step(&opt.delta, s, &reset);
	for (n = 0; n < s->totals.nr; n++) {
		const struct row *row = &s->totals.row[n];

		/* Idle reasons would hide the rest. */
		if (!selects_cause(&opt.f, row->cause) || !selects_reason(&opt.f, s, row->reason) ||
		    (!opt.f.reasons && snapshot_idle(s, row->reason)))
			continue;
		row_pow2(row, pow2);
		for (p = 0; p < KVMLAT_POW2_BUCKETS; p++) {
			int to = p < FIRST ? FIRST : p > LAST ? LAST : p;

			cell[to] = add_sat(cell[to], pow2[p]);
			samples = add_sat(samples, pow2[p]);
		}
	}
	seconds = s->live ? time(NULL) : (time_t)(s->real_ns / 1000000000);
	if (s->live || s->real_ns != UNKNOWN)
		strftime(when, sizeof(when), opt.brief ? "%T" : "%F %T",
			 localtime_r(&seconds, &tm) ? &tm : memset(&tm, 0, sizeof(tm)));
	else
		snprintf(when, sizeof(when), opt.brief ? "%.0f s" : "%.3f s",
			 snapshot_number(s, KVMLAT_INFO_TIME, 0) / 1e9);
	if (opt.output) {
		keep(when, cell, reset);
	} else {
		fprintf(opt.out, "%-*s |", opt.brief ? 8 : 19, when);
		for (p = FIRST; p <= LAST; p += opt.powers)
			put_cell(opt.powers == 2 && p < LAST ? add_sat(cell[p], cell[p + 1]) : cell[p]);
		fprintf(opt.out, "| %" PRIu64 "%s%s\n", samples, reset ? opt.reset_mark : "",
			opt.delta.changed ? opt.change_mark : "");
		flush_out(opt.out, "standard output");
	}
	opt.shown++;
}

/* A recording is whole before any of it is shown. */
static void file(const struct cli *c, const char *path)
{
	struct snapshot s = { 0 };
	struct source src;
	uint64_t snapshots = 0;
	size_t length;
	char *text;
	bool reset;

	opt.out = buffer_open(&text, &length);
	source_open(&src, path);
	while (opt.shown < opt.count && source_next(&src, &s)) {
		if (snapshots++) {
			show(&s);
			continue;
		}
		delta_step(&opt.delta, &s, &reset);
		put_head(&s);
	}
	source_close(&src);
	if (snapshots < 2)
		die(EXIT_DATA, "heatmap: %s: has one snapshot, a difference wants two", path);
	check_end(c, &opt.f, &s, false);
	if (opt.output) {
		fclose(opt.out);
		free(text);
		write_svg(&s);
	} else {
		buffer_print(opt.out, &text, &length);
	}
	snapshot_free(&s);
}

/* A picture of an hour is not lost because the module goes. */
static const struct snapshot *seen;

static void save(int status)
{
	(void)status;
	if (!opt.output || !opt.nr)
		return;
	write_svg(seen);
	warn("heatmap: %s: what was seen until now", opt.output);
}

static void live(const struct cli *c)
{
	struct snapshot s[2] = { 0 };	/* the one that was shown, and the one being read */
	double next = now_s();
	int at = 0;
	bool reset;

	catch_signals();
	seen = &s[0];
	die_hook = save;
	opt.out = stdout;
	snapshot_load(&s[0], NULL);
	check_end(c, &opt.f, &s[0], true);
	if (!opt.output)
		put_head(&s[0]);
	delta_step(&opt.delta, &s[0], &reset);
	while (opt.shown < opt.count && !interrupted) {
		pause_until(&next, opt.interval);
		snapshot_free(&s[!at]);
		snapshot_load(&s[!at], NULL);
		at = !at;
		seen = &s[at];
		show(&s[at]);
	}
	die_hook = NULL;
	if (opt.output)
		write_svg(seen);
	snapshot_free(&s[0]);
	snapshot_free(&s[1]);
}

static int run(struct cli *c)
{
	const char *term = getenv("TERM");
	int width = terminal_width(), letter;

	opt.cell_w = width < 100 ? 1 : 2;
	opt.powers = width < 52 ? 2 : 1;
	opt.reset_mark = width < 112 ? " new" : " (since a reset)";
	opt.change_mark = width < 112 ? " set" : " (settings changed)";
	opt.color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR") && term && *term && strcmp(term, "dumb");
	while ((letter = cli_next(c)) != -1) {
		if (letter == 'i')
			opt.interval = cli_seconds(c, optarg);
		else if (letter == 'c')
			opt.count = cli_number(c, "-c", optarg, 1, UINT32_MAX);
		else if (letter == OPT_VIEW)
			opt.color = true;
		else if (letter == 'o')
			opt.output = optarg;
		else
			select_option(c, &opt.f, letter);
	}
	cli_file(c);
	opt.brief = width < 78 && !opt.output;
	if (c->path)
		file(c, c->path);
	else
		live(c);
	delta_free(&opt.delta);
	return 0;
}

static const char usage[] = "heatmap [-i SEC] [-c N] [-r REASONS] [--cause CAUSES] [--color | -o FILE.svg] [FILE]";
VIEW(heatmap, "heatmap", usage, "time and latency: a line an interval, or an SVG", options, run);
