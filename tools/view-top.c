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
#include "vmname.h"
#include <term.h>	/* last: its names of capabilities are macros */
#undef lines

static const struct option options[] = {
	FILTER_CPUS, FILTER_REASONS, FILTER_CAUSES, FILTER_VMS,
	{ "interval", required_argument, NULL, 'i' },
	{ "sort", required_argument, NULL, 's' },
	{ NULL, 0, NULL, 0 }
};

/* What the figures are of. */
enum span { LAST, SINCE_RESET, WHOLE };

static struct {
	struct filter f;
	struct table table;
	struct delta delta, base;	/* the snapshot before; the one at which the view was reset */
	double interval, seconds[3];
	enum span span;
	bool paused, help, was_reset, gone;
	const char *cpus, *causes;	/* the filters as text; those of reasons and VM are in f */
	char typed[4][1024];		/* what the four are once they were typed */
	const char *wrong;		/* with what was typed */
	struct snapshot now;		/* the last one read */
	struct rows rows[3];		/* its figures, of each span */
} opt = { .interval = 1 };

static const char help_text[] =
	"q      quit                       Space  pause, go on\n"
	"s      sort by the next column    d      a line a cause, or not\n"
	"t      last interval, since r, since the module's start or reset\n"
	"r      reset the view: count from now on (the module goes on)\n"
	"f      only some reasons          k      only some causes\n"
	"c      only some CPUs             v      only one VM\n"
	"n      nanoseconds or units       + -    interval longer, shorter\n"
	"h      this help, any key leaves it\n"
	"\n"
	"An empty answer takes a filter off. Of a VM percentiles are upper bounds.\n";

static void leave_screen(int status)
{
	(void)status;
	if (!isendwin())
		endwin();
}

static void take_cpu_row(struct snapshot *s, const struct row *row)
{
	(void)s;
	if (filter_cpu(&opt.f, row->where))
		row_add(rows_get(&opt.rows[WHOLE], WHERE_ALL, row->reason, row->cause, false), row);
}

static void take_vcpu_row(struct snapshot *s, const struct vcpu *v, const struct row *row)
{
	if (v->kind == VCPU_ONE && filter_who(&opt.f, &v->who, vmname_of(s, &v->who)))
		row_add(rows_get(&opt.rows[WHOLE], WHERE_ALL, row->reason, row->cause, true), row);
}

/* Figures of a VM go back when a vCPU that ended gives its room away: then they begin anew. */
static bool goes_on(const struct delta *d)
{
	size_t n;

	for (n = 0; n < d->totals.nr; n++) {
		const struct row *old = &d->totals.row[n];
		const struct row *new = rows_find(&opt.rows[WHOLE], WHERE_ALL, old->reason, old->cause);

		if (old->count && (!new || !row_covers(new, old)))
			return false;
	}
	return true;
}

static void forget(struct delta *d)
{
	delta_free(d);
	*d = (struct delta){ 0 };
}

/* The figures since @d become those of @of; @d itself goes on to now when @step. */
static void subtract(struct delta *d, enum span of, bool step)
{
	struct delta copy;
	bool reset;

	if (!goes_on(d) && filter_vms(&opt.f))
		forget(d);
	rows_copy(&opt.now.totals, &opt.rows[WHOLE]);
	if (step) {
		opt.seconds[of] = delta_step(d, &opt.now, &reset);
		opt.was_reset |= reset;		/* said until a key is pressed */
	} else {
		copy = (struct delta){ .time_ns = d->time_ns };
		strcpy(copy.generation, d->generation);
		rows_copy(&copy.totals, &d->totals);
		opt.seconds[of] = delta_step(&copy, &opt.now, &reset);
		delta_free(&copy);
		if (reset)
			forget(d);
	}
	rows_copy(&opt.rows[of], &opt.now.totals);
}

static void read_now(const char *path)
{
	size_t n;

	opt.gone = !path && !source_is_live();
	if (opt.gone)
		return;
	snapshot_free(&opt.now);
	rows_free(&opt.rows[WHOLE]);
	opt.now.visit = (struct visitor){ 0 };
	opt.table.pow2 = filter_vms(&opt.f);
	if (opt.table.pow2)
		opt.now.visit.vcpu_row = take_vcpu_row;
	else if (opt.f.cpus.nr)
		opt.now.visit.cpu_row = take_cpu_row;
	snapshot_load(&opt.now, path);
	for (n = 0; !opt.table.pow2 && !opt.f.cpus.nr && n < opt.now.totals.nr; n++) {
		const struct row *row = &opt.now.totals.row[n];

		*rows_get(&opt.rows[WHOLE], WHERE_ALL, row->reason, row->cause, false) = *row;
	}
	subtract(&opt.base, SINCE_RESET, false);
	subtract(&opt.delta, LAST, true);
	opt.seconds[WHOLE] = ((double)snapshot_number(&opt.now, "time_ns", 0) -
			      (double)snapshot_number(&opt.now, "since_ns", 0)) / 1e9;
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
	out = buffer_open(&text, &length);
	table_reasons(out, &opt.table, &opt.now, &opt.rows[opt.span], &opt.f);
	fclose(out);
	return text;
}

static void add(char *line, size_t room, const char *what, const char *text)
{
	size_t used = strlen(line);

	if (text)
		snprintf(line + used, room - used, "%s%.50s%s", what, text, strlen(text) > 50 ? "..." : "");
}

static void draw_head(void)
{
	static const char *const spans[] = { "last", "since r", "whole" };
	double exits = filter_count(&opt.f, &opt.now, &opt.rows[opt.span]), seconds = opt.seconds[opt.span];
	char line[512];

	snprintf(line, sizeof(line), "kvmlat top: %s %.1f s, %.0f exits/s, by %s", spans[opt.span], seconds,
		 seconds > 0 ? exits / seconds : 0, table_sorts[opt.table.sort]);
	add(line, sizeof(line), "", opt.gone ? ", THE MODULE IS GONE" : "");
	add(line, sizeof(line), "", opt.paused ? ", paused" : "");
	add(line, sizeof(line), "", opt.was_reset ? ", was reset" : "");
	add(line, sizeof(line), ", ", opt.wrong);
	add(line, sizeof(line), ", only ", opt.f.reasons);
	add(line, sizeof(line), ", CPUs ", opt.cpus);
	add(line, sizeof(line), ", VM ", opt.f.vm);
	add(line, sizeof(line), ", ", opt.causes);
	add(line, sizeof(line), "", "  h: help");
	mvaddnstr(0, 0, line, COLS);
}

static void draw(void)
{
	char *text = render(), *line, *save = NULL;
	int y = 1;

	erase();
	draw_head();
	for (line = strtok_r(text, "\n", &save); line && y < LINES; line = strtok_r(NULL, "\n", &save), y++) {
		if (y == 1 && !opt.help)
			attron(A_REVERSE);
		mvaddnstr(y, 0, line, COLS - 1);
		attroff(A_REVERSE);
	}
	free(text);
	refresh();
}

/* Ask for a filter; figures of another part of the data are not subtracted from these. */
static void ask(const char *what, const char **filter, char typed[sizeof(opt.typed[0])], const char *path)
{
	timeout(-1);
	echo();
	move(0, 0);
	clrtoeol();
	mvaddnstr(0, 0, what, COLS - 1);
	getnstr(typed, sizeof(opt.typed[0]) - 1);	/* more is not taken, with a beep */
	noecho();
	*filter = *typed ? vmname_clean(typed) : NULL;
	opt.wrong = NULL;
	opt.f.cpus.nr = 0;
	opt.f.causes = opt.causes ? filter_parse_causes(opt.causes) : 0;
	if (opt.cpus && !filter_parse_ranges(&opt.f.cpus, opt.cpus)) {
		opt.wrong = "no CPU list like 0-3,8";
		opt.cpus = NULL;
	}
	if (opt.causes && !opt.f.causes) {
		opt.wrong = "causes are kernel,preempted,blocked,user";
		opt.causes = NULL;
	}
	if (filter == &opt.cpus && opt.cpus) {		/* figures are kept per CPU and per vCPU, not per both */
		opt.f.vm = NULL;
		opt.f.vcpus.nr = 0;
	} else if (filter_vms(&opt.f)) {
		opt.cpus = NULL;
		opt.f.cpus.nr = 0;
	}
	forget(&opt.delta);
	forget(&opt.base);
	read_now(path);
}

static void reset_view(void)
{
	forget(&opt.base);
	rows_copy(&opt.base.totals, &opt.rows[WHOLE]);
	strcpy(opt.base.generation, opt.now.generation);
	opt.base.time_ns = snapshot_number(&opt.now, "time_ns", 0);
	rows_free(&opt.rows[SINCE_RESET]);
	opt.seconds[SINCE_RESET] = 0;
	opt.span = SINCE_RESET;
}

/* false: quit */
static bool key(int c, const char *path)
{
	if (c == ERR || c == KEY_RESIZE)
		return true;
	opt.was_reset = false;
	if (opt.help) {
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
	case 'd':
		opt.table.by_cause = !opt.table.by_cause;
		break;
	case 't':
		opt.span = (opt.span + 1) % 3;
		break;
	case 'r':
		reset_view();
		break;
	case 'n':
		opt.table.plain_ns = !opt.table.plain_ns;
		break;
	case 'f':
		ask("reasons, like CPUID,0x7b (none: all): ", &opt.f.reasons, opt.typed[0], path);
		break;
	case 'k':
		ask("causes, like preempted,user (none: all): ", &opt.causes, opt.typed[1], path);
		break;
	case 'c':
		ask("CPUs, like 0-3,8 (none: all): ", &opt.cpus, opt.typed[2], path);
		break;
	case 'v':
		ask("VM, by name or pid (none: all): ", &opt.f.vm, opt.typed[3], path);
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

	/* A terminal that is gone is none, and getch() waits no more. */
	while (!interrupted && isatty(STDIN_FILENO)) {
		draw();
		timeout(due > now_s() ? (int)((due - now_s()) * 1000) + 1 : 0);
		if (!key(getch(), path))
			return;
		if (now_s() < due)
			continue;
		due = now_s() + opt.interval;
		if (!opt.paused)
			read_now(path);
	}
}

static void open_screen(void)
{
	const char *term = getenv("TERM");
	int status;

	if (setupterm(NULL, STDOUT_FILENO, &status) == ERR || !cursor_address)
		die(EXIT_DATA, "top: TERM=%s cannot be drawn on: try kvmlat stat", term ? term : "");
	del_curterm(cur_term);
	catch_signals();
	die_hook = leave_screen;
	if (!initscr())
		die(EXIT_SOURCE, "top: the terminal cannot be used, is TERM right?");
	cbreak();
	noecho();
	curs_set(0);
	keypad(stdscr, TRUE);
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
		if (letter == 'C')
			opt.cpus = optarg;
		else if (letter == OPT_CAUSE)
			opt.causes = optarg;
	}
	if (opt.f.cpus.nr && filter_vms(&opt.f))
		die(EXIT_DATA, "top: -C with --vm or --vcpu: figures are kept per CPU and per vCPU, not per both");
	path = cli_file(c);
	opt.span = path ? WHOLE : LAST;		/* a file does not go on, mostly */
	if (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO))
		die(EXIT_DATA, "top: no terminal: try kvmlat stat");
	/* What is wrong now is said on the screen as it is. */
	if (!path && !source_is_live())
		snapshot_load(&opt.now, path);
	read_now(path);
	open_screen();
	loop(path);
	leave_screen(0);
	die_hook = NULL;
	forget(&opt.delta);
	forget(&opt.base);
	rows_free(&opt.rows[LAST]);
	rows_free(&opt.rows[SINCE_RESET]);
	rows_free(&opt.rows[WHOLE]);
	snapshot_free(&opt.now);
	return 0;
}

static const char usage[] =
	"top [-i SEC] [-s KEY] [-C CPUS | --vm VM | --vcpu IDS] [-r REASONS] [--cause CAUSES] [FILE]";
VIEW_WITH(top, "ncurses " NCURSES_VERSION, "top", usage, "the summary, live", options, run);
