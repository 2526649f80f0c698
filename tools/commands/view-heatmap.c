// SPDX-License-Identifier: GPL-2.0
/*
 * kvmlat heatmap: time and latency; a line an interval in the terminal, or an SVG. Each shade is
 * four times as many.
 */
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
#include "commands/wait.h"
#include "input/source.h"
#include "model/delta.h"
#include "render/heatmap-svg.h"
#include "render/output-file.h"
#include "render/settings-line.h"
#include "render/terminal.h"
#include "render/units.h"

enum { FIRST = HEATMAP_FIRST, LAST = HEATMAP_LAST };

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
	struct heatmap map;		/* for it */
} opt = { .interval = 1, .count = UINT64_MAX };

static void put_cell(uint64_t n)
{
	static const char shades[HEATMAP_LEVELS + 1] = " .:-=+*#%@";
	static const int colors[HEATMAP_LEVELS] = { 0, 17, 18, 19, 55, 91, 127, 163, 203, 220 };

	const char *blank = opt.cell_w == 1 ? " " : "  ";
	char shade = shades[heatmap_level(n)];

	if (opt.color)
		fprintf(opt.out, "\033[48;5;%dm%s\033[0m", n ? colors[heatmap_level(n)] : 16,
			blank);
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

	if (!(opt.map.nr & (opt.map.nr - 1)))
		opt.map.interval = xrealloc(opt.map.interval, opt.map.nr ? 2 * opt.map.nr : 1,
					    sizeof(*opt.map.interval));
	i = &opt.map.interval[opt.map.nr++];
	snprintf(i->when, sizeof(i->when), "%s", when);
	memcpy(i->cell, cell, sizeof(i->cell));
	i->reset = reset;
	i->changed = opt.delta.changed;
}

static void write_svg(const struct snapshot *s)
{
	size_t length = 0;
	char *text = NULL;
	FILE *out = buffer_open(&text, &length);

	if (!opt.map.nr)
		die(EXIT_DATA, "heatmap: no interval was seen");
	heatmap_svg(out, &opt.map, s);
	if (fclose(out))
		die(EXIT_SOURCE, "out of memory");
	write_output(opt.output, text, length);
	free(text);
	free(opt.map.interval);
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
			put_cell(opt.powers == 2 && p < LAST ? add_sat(cell[p], cell[p + 1]) :
							       cell[p]);
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
	if (!opt.output || !opt.map.nr)
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
	opt.color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR") && term && *term &&
		    strcmp(term, "dumb");
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

static const char usage[] =
	"heatmap [-i SEC] [-c N] " USAGE_REASONS " [--color | -o FILE.svg] [FILE]";
VIEW(heatmap, "heatmap", usage, "time and latency: a line an interval, or an SVG", options, run);
