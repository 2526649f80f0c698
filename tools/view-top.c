// SPDX-License-Identifier: GPL-2.0
/* kvmlat top: the table of reasons, live. The only file that knows ncurses. */
#include <limits.h>
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "delta.h"
#include "format.h"
#include "table.h"

static const struct option options[] = {
	FILTER_REASONS, FILTER_CAUSES,
	{ "interval", required_argument, NULL, 'i' },
	{ "sort", required_argument, NULL, 's' },
	{ NULL, 0, NULL, 0 }
};

static struct {
	struct filter f;
	struct table table;
	struct delta delta;
	double interval, interval_s;
	bool whole, paused, help, reset;
	char reasons[128];		/* typed with f */
	struct snapshot now;		/* the last one read; its totals are those of the interval */
	struct rows all;		/* and its totals as they were read */
} opt = { .interval = 1 };

static const char help_text[] =
	"q      quit                        Space  pause\n"
	"s      sort by the next column     c      causes on lines of their own\n"
	"t      whole or the last interval  n      nanoseconds or units\n"
	"f      only some reasons           + -    interval longer, shorter\n"
	"h      this help, any key leaves it\n";

static void leave_screen(int status)
{
	(void)status;
	if (!isendwin())
		endwin();
}

static void read_now(const char *path)
{
	snapshot_free(&opt.now);
	snapshot_load(&opt.now, path);
	rows_copy(&opt.all, &opt.now.totals);
	opt.interval_s = delta_step(&opt.delta, &opt.now, &opt.reset);
}

/* The table, or the help, as text. */
static char *render(void)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out;

	if (opt.help)
		return xstrdup(help_text);
	opt.table.width = COLS - 1;
	opt.f.reasons = *opt.reasons ? opt.reasons : NULL;
	out = buffer_open(&text, &length);
	table_reasons(out, &opt.table, &opt.now, opt.whole ? &opt.all : &opt.now.totals, &opt.f);
	fclose(out);
	return text;
}

static void draw(void)
{
	const struct rows *rows = opt.whole ? &opt.all : &opt.now.totals;
	double exits = 0, seconds = opt.interval_s;
	char *text = render(), *line, *save = NULL;
	size_t n;
	int y = 1;

	if (opt.whole)
		seconds = ((double)snapshot_number(&opt.now, "time_ns", 0) -
			   (double)snapshot_number(&opt.now, "since_ns", 0)) / 1e9;
	for (n = 0; n < rows->nr; n++)
		exits += rows->row[n].count;
	erase();
	mvprintw(0, 0, "kvmlat top: %s %.1f s, %.0f exits/s, by %s%s%s%s%s  h: help", opt.whole ? "whole" : "last",
		 seconds, seconds > 0 ? exits / seconds : 0, table_sorts[opt.table.sort],
		 *opt.reasons ? ", only " : "", opt.reasons, opt.paused ? ", paused" : "",
		 opt.reset ? ", was reset" : "");
	for (line = strtok_r(text, "\n", &save); line && y < LINES; line = strtok_r(NULL, "\n", &save), y++) {
		if (y == 1 && !opt.help)
			attron(A_REVERSE);
		mvaddnstr(y, 0, line, COLS - 1);
		attroff(A_REVERSE);
	}
	free(text);
	refresh();
}

static void ask_reasons(void)
{
	timeout(-1);
	echo();
	mvprintw(0, 0, "reasons, like CPUID,0x7b (none: all): ");
	clrtoeol();
	getnstr(opt.reasons, sizeof(opt.reasons) - 1);
	noecho();
}

/* false: quit */
static bool key(int c)
{
	if (opt.help && c != ERR) {
		opt.help = false;
		return true;
	}
	switch (c) {
	case 'q': case 'Q': case KEY_F(10):
		return false;
	case ' ':
		opt.paused = !opt.paused;
		break;
	case 's': case '>':
		opt.table.sort = (opt.table.sort + 1) % NR_SORTS;
		break;
	case '<':
		opt.table.sort = (opt.table.sort + NR_SORTS - 1) % NR_SORTS;
		break;
	case 'c':
		opt.table.by_cause = !opt.table.by_cause;
		break;
	case 't':
		opt.whole = !opt.whole;
		break;
	case 'n':
		opt.table.plain_ns = !opt.table.plain_ns;
		break;
	case 'f':
		ask_reasons();
		break;
	case '+':
		opt.interval = opt.interval < 30 ? 2 * opt.interval : 60;
		break;
	case '-':
		opt.interval = opt.interval > 0.2 ? opt.interval / 2 : 0.1;
		break;
	case 'h': case '?': case KEY_F(1):
		opt.help = true;
		break;
	default:
		break;
	}
	return true;
}

static void loop(const char *path)
{
	double due = now_s() + opt.interval;

	while (!interrupted) {
		draw();
		timeout(due > now_s() ? (int)((due - now_s()) * 1000) + 1 : 0);
		if (!key(getch()))
			return;
		if (now_s() < due)
			continue;
		due = now_s() + opt.interval;
		if (!opt.paused)
			read_now(path);
	}
}

static int run(struct cli *c)
{
	const char *path;
	int letter;

	opt.table = (struct table){ .lines = INT_MAX };
	while ((letter = cli_next(c)) != -1) {
		if (letter == 'i')
			opt.interval = cli_seconds(c, optarg);
		else if (letter == 's')
			opt.table.sort = table_sort_named(c, optarg);
		else
			filter_option(c, &opt.f, letter);
	}
	snprintf(opt.reasons, sizeof(opt.reasons), "%s", opt.f.reasons ? opt.f.reasons : "");
	path = cli_file(c);
	if (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO))
		die(EXIT_DATA, "top: no terminal: try kvmlat stat");
	/* What is wrong now is said on the screen as it is. */
	read_now(path);
	catch_signals();
	die_hook = leave_screen;
	if (!initscr())
		die(EXIT_SOURCE, "top: the terminal cannot be used, is TERM right?");
	cbreak();
	noecho();
	curs_set(0);
	keypad(stdscr, TRUE);
	loop(path);
	leave_screen(0);
	die_hook = NULL;
	delta_free(&opt.delta);
	rows_free(&opt.all);
	snapshot_free(&opt.now);
	return 0;
}

static const char usage[] = "top [-i SEC] [-s KEY] [-r REASONS] [--cause CAUSES] [FILE]";
VIEW(top, "top", usage, "the summary, live (ncurses)", options, run);
