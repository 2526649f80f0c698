// SPDX-License-Identifier: GPL-2.0
/* kvmlat top: the table of reasons, live. The only file that knows ncurses. */
#include <limits.h>
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/error.h"
#include "base/stream.h"
#include "base/text.h"
#include "commands/check-selection.h"
#include "commands/select-options.h"
#include "commands/top-figures.h"
#include "commands/wait.h"
#include "input/source.h"
#include "render/reason-table.h"
#include <term.h>	/* last: its names of capabilities are macros */
#undef lines

#define ESCAPE 27
#define TYPED_BYTES 1024

static const struct option options[] = {
	SELECT_CPUS, SELECT_REASONS, SELECT_CAUSES, SELECT_VMS,
	{ "interval", required_argument, NULL, 'i' },
	{ "sort", required_argument, NULL, 's' },
	{ NULL, 0, NULL, 0 }
};

static struct {
	struct selection f;
	struct table table;
	struct figures figures;
	double interval;
	enum span span;
	bool paused, help;
	const char *cpus, *causes;	/* the filters as text; those of reasons and VM are in f */
	char *typed[3];			/* what the three of text are once they were typed */
	const char *wrong;		/* with what was typed */
} opt = { .interval = 1, .figures.f = &opt.f };

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
	"An empty answer takes a filter off, Escape leaves it as it is.\n"
	"Of a VM percentiles are upper bounds.\n";

static void leave_screen(int status)
{
	(void)status;
	if (!isendwin())
		endwin();
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
	opt.table.pow2 = selects_vms(&opt.f);
	table_reasons(out, &opt.table, &opt.figures.now, &opt.figures.rows[opt.span], &opt.f);
	fclose(out);
	return text;
}

static void add(char *line, size_t size, const char *what, const char *text)
{
	size_t used = strlen(line);

	if (text)
		snprintf(line + used, size - used, "%s%.*s%s", what, (int)text_fit(text, 50), text,
			 strlen(text) > 50 ? "..." : "");
}

/* What would mislead comes first: a narrow screen cuts the rest off. */
static void draw_head(void)
{
	static const char *const spans[] = { "last", "since r", "whole" };
	const struct figures *s = &opt.figures;
	double exits = selection_count(&opt.f, &s->now, &s->rows[opt.span]),
	       seconds = s->seconds[opt.span];
	const char *state = check_state(&s->now), *wrong = opt.wrong ? opt.wrong : s->missing;
	const char *odd = s->now.odd_sums ? "SUMS ARE NOT WHAT BUCKETS COUNT, " : NULL;
	char line[1024] = "";

	add(line, sizeof(line), "", s->gone ? "THE MODULE IS GONE, " : NULL);
	add(line, sizeof(line), "", !s->gone && state ? "THE MODULE IS " : NULL);
	add(line, sizeof(line), "", !s->gone ? state : NULL);
	add(line, sizeof(line), "", !s->gone && state ? ", " : NULL);
	add(line, sizeof(line), "", odd);
	add(line, sizeof(line), "NOT THE WHOLE HOST: ", s->gone ? NULL : s->filter);
	add(line, sizeof(line), "", !s->gone && s->filter ? ", " : NULL);
	add(line, sizeof(line), "", s->was_changed ? "settings changed, " : NULL);
	add(line, sizeof(line), "", opt.paused ? "paused, " : NULL);
	add(line, sizeof(line), "", s->was_reset ? "was reset, " : NULL);
	add(line, sizeof(line), "", wrong);
	add(line, sizeof(line), "", wrong ? ", " : NULL);
	snprintf(line + strlen(line), sizeof(line) - strlen(line),
		 "%s%s %.1f s, %.0f exits/s, by %s", *line ? "" : "kvmlat top: ", spans[opt.span],
		 seconds, seconds > 0 ? exits / seconds : 0, table_sorts[opt.table.sort]);
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
	for (line = strtok_r(text, "\n", &save); line && y < LINES;
	     line = strtok_r(NULL, "\n", &save), y++) {
		if (y == 1 && !opt.help)
			attron(A_REVERSE);
		mvaddnstr(y, 0, line, COLS - 1);
		attroff(A_REVERSE);
	}
	free(text);
	refresh();
}

/*
 * One line at the top of the screen. false: Escape, or the terminal is gone. What there is no room
 * for is not taken.
 */
static bool read_line(const char *what, char text[TYPED_BYTES])
{
	size_t length = 0, shown;
	int c;

	for (;;) {
		text[length] = '\0';
		shown = strlen(what) + length;		/* of a long answer its end */
		shown = shown < (size_t)COLS ? 0 : shown + 1 - COLS;
		move(0, 0);
		clrtoeol();
		if (shown < strlen(what))
			addnstr(what + shown, COLS - 1);
		mvaddnstr(0, shown < strlen(what) ? (int)(strlen(what) - shown) : 0,
			  text + (shown > strlen(what) ? shown - strlen(what) : 0), COLS - 1);
		timeout(100);
		c = getch();
		if (interrupted || !isatty(STDIN_FILENO) || c == ESCAPE)
			return false;
		if (c == '\n' || c == '\r' || c == KEY_ENTER)
			return true;
		if ((c == KEY_BACKSPACE || c == 127 || c == '\b') && length)
			length--;
		else if (c == ('U' & 31))
			length = 0;
		else if (c >= ' ' && c < 256 && c != 127 && length < TYPED_BYTES - 1)
			text[length++] = (char)c;
		else if (c >= ' ' && c < 256 && c != 127)
			beep();
	}
}

/* Ask for a filter; figures of another part of the data are not subtracted from these. */
static void ask(const char *what, const char **filter, char **typed, const char *path)
{
	char text[TYPED_BYTES];

	if (!read_line(what, text))
		return;
	if (typed) {
		free(*typed);
		*typed = text_of_name(text);
		*filter = *text ? *typed : NULL;
	} else {
		selection_set_vm(&opt.f, *text ? text : NULL);
	}
	opt.wrong = NULL;
	opt.f.cpus.nr = 0;
	opt.f.causes = opt.causes ? selection_parse_causes(opt.causes) : 0;
	if (opt.cpus && !selection_parse_ranges(&opt.f.cpus, opt.cpus)) {
		opt.wrong = "no CPU list like 0-3,8";
		opt.cpus = NULL;
	}
	if (opt.causes && !opt.f.causes) {
		opt.wrong = "causes are kernel,preempted,blocked,user";
		opt.causes = NULL;
	}
	/* figures are kept per CPU and per vCPU, not per both */
	if (filter == &opt.cpus && opt.cpus) {
		selection_set_vm(&opt.f, NULL);
		opt.f.vcpus.nr = 0;
	} else if (selects_vms(&opt.f)) {
		opt.cpus = NULL;
		opt.f.cpus.nr = 0;
	}
	figures_forget(&opt.figures);
	figures_read(&opt.figures, path);
}

/* false: quit */
static bool key(int c, const char *path)
{
	if (c == ERR || c == KEY_RESIZE)
		return true;
	opt.figures.was_reset = false;
	opt.figures.was_changed = false;
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
		opt.span = (opt.span + 1) % NR_SPANS;
		break;
	case 'r':
		figures_mark(&opt.figures);
		opt.span = SINCE_MARK;
		break;
	case 'n':
		opt.table.plain_ns = !opt.table.plain_ns;
		break;
	case 'f':
		ask("reasons, like CPUID,0x7b (none: all): ", &opt.f.reasons, &opt.typed[0], path);
		break;
	case 'k':
		ask("causes, like preempted,user (none: all): ", &opt.causes, &opt.typed[1], path);
		break;
	case 'c':
		ask("CPUs, like 0-3,8 (none: all): ", &opt.cpus, &opt.typed[2], path);
		break;
	case 'v':
		ask("VM, by name or pid (none: all): ", NULL, NULL, path);
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
			figures_read(&opt.figures, path);
	}
}

static void open_screen(void)
{
	const char *term = getenv("TERM");
	int status;

	if (setupterm(NULL, STDOUT_FILENO, &status) == ERR || !cursor_address)
		die(EXIT_DATA, "top: TERM=%s cannot be drawn on: try kvmlat stat",
		    term ? term : "");
	del_curterm(cur_term);
	catch_signals();
	die_hook = leave_screen;
	no_warnings = true;
	set_escdelay(25);
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
			opt.table.sort = table_sort_named(c->view->name, optarg);
		else
			select_option(c, &opt.f, letter);
		if (letter == 'C')
			opt.cpus = optarg;
		else if (letter == OPT_CAUSE)
			opt.causes = optarg;
	}
	select_cpus_or_vms(c, &opt.f);
	path = cli_file(c);
	opt.span = path ? WHOLE : LAST;		/* a file does not go on, mostly */
	if (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO))
		die(EXIT_DATA, "top: no terminal: try kvmlat stat");
	/* What is wrong now is said on the screen as it is. */
	figures_read(&opt.figures, path);
	if (opt.figures.gone)
		snapshot_load(&opt.figures.now, path);
	open_screen();
	loop(path);
	leave_screen(0);
	die_hook = NULL;
	no_warnings = false;
	figures_free(&opt.figures);
	return 0;
}

static const char usage[] =
	"top [-i SEC] [-s KEY] " USAGE_CPUS_OR_VMS " " USAGE_REASONS " [FILE]";
static const char help[] = "the summary, live", library[] = "ncurses " NCURSES_VERSION;
VIEW_WITH(top, library, "top", usage, help, options, run, .more = TABLE_MORE);
