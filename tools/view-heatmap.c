// SPDX-License-Identifier: GPL-2.0
/* kvmlat heatmap: a line an interval, a column a power of two; darker is more, each step four times as many. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "delta.h"
#include "filter.h"
#include "format.h"

/* Columns: [0, 128 ns) ... [2^36 ns, ...) = 69 s and more. */
#define FIRST	7
#define LAST	37
#define LEVELS	10

static const struct option options[] = {
	FILTER_REASONS, FILTER_CAUSES,
	{ "interval", required_argument, NULL, 'i' },
	{ "count", required_argument, NULL, 'c' },
	{ "color", no_argument, NULL, OPT_VIEW },
	{ NULL, 0, NULL, 0 }
};

static struct {
	struct filter f;
	struct delta delta;
	double interval;
	uint64_t count, shown;
	bool color;
	FILE *out;
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

	if (opt.color)
		fprintf(opt.out, "\033[48;5;%dm  \033[0m", n ? colors[level(n)] : 16);
	else
		fprintf(opt.out, "%c%c", shades[level(n)], shades[level(n)]);
}

static void put_head(void)
{
	char scale[2 * (LAST - FIRST + 1) + 16] = "";
	char label[FORMAT_BYTES];
	int p;

	memset(scale, ' ', sizeof(scale) - 1);
	for (p = 10; p <= LAST; p += 5) {
		size_t at = 2 * (p - FIRST), length = strlen(format_ns(label, kvmlat_pow2_low_ns(p), false));

		memcpy(scale + at, label, length);
	}
	fprintf(opt.out, "%-19s |%.*s| %s\n", "TIME", 2 * (LAST - FIRST + 1), scale, "SAMPLES");
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
		if (!filter_cause(&opt.f, row->cause) || !filter_reason(&opt.f, s, row->reason) ||
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
		strftime(when, sizeof(when), "%F %T", localtime_r(&seconds, &tm) ? &tm : memset(&tm, 0, sizeof(tm)));
	else
		snprintf(when, sizeof(when), "%.3f s", snapshot_number(s, "time_ns", 0) / 1e9);
	fprintf(opt.out, "%-19s |", when);
	for (p = FIRST; p <= LAST; p++)
		put_cell(cell[p]);
	fprintf(opt.out, "| %" PRIu64 "%s\n", samples, reset ? " (since a reset)" : "");
	flush_out(opt.out, "standard output");
	opt.shown++;
}

/* A recording is whole before any of it is shown. */
static void file(const char *path)
{
	struct snapshot s = { 0 };
	struct source src;
	uint64_t met = 0;
	size_t length;
	char *text;
	bool reset;

	opt.out = buffer_open(&text, &length);
	put_head();
	source_open(&src, path);
	while (opt.shown < opt.count && source_next(&src, &s)) {
		if (met++)
			show(&s);
		else
			delta_step(&opt.delta, &s, &reset);
	}
	source_close(&src);
	snapshot_free(&s);
	if (met < 2)
		die(EXIT_DATA, "heatmap: %s: has one snapshot, a difference wants two", path);
	buffer_print(opt.out, &text, &length);
}

static void live(void)
{
	struct snapshot s = { 0 };
	double next = now_s();
	bool reset;

	catch_signals();
	opt.out = stdout;
	put_head();
	snapshot_load(&s, NULL);
	delta_step(&opt.delta, &s, &reset);
	while (opt.shown < opt.count && !interrupted) {
		pause_until(&next, opt.interval);
		snapshot_free(&s);
		snapshot_load(&s, NULL);
		show(&s);
	}
	snapshot_free(&s);
}

static int run(struct cli *c)
{
	int letter;

	opt.color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	while ((letter = cli_next(c)) != -1) {
		if (letter == 'i')
			opt.interval = cli_seconds(c, optarg);
		else if (letter == 'c')
			opt.count = cli_number(c, "-c", optarg, 1, UINT32_MAX);
		else if (letter == OPT_VIEW)
			opt.color = true;
		else
			filter_option(c, &opt.f, letter);
	}
	cli_file(c);
	if (c->path)
		file(c->path);
	else
		live();
	delta_free(&opt.delta);
	return 0;
}

static const char usage[] = "heatmap [-i SEC] [-c N] [-r REASONS] [--cause CAUSES] [--color] [FILE]";
VIEW(heatmap, "heatmap", usage, "a line an interval, a column a power of two", options, run);
