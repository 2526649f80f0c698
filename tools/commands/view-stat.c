// SPDX-License-Identifier: GPL-2.0
/* kvmlat stat: what happened between two snapshots: every SEC seconds, or while a command ran. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/error.h"
#include "base/stream.h"
#include "commands/check-selection.h"
#include "commands/select-options.h"
#include "commands/wait.h"
#include "input/source.h"
#include "model/delta.h"
#include "render/reason-table.h"
#include "render/settings-line.h"
#include "render/terminal.h"

enum { OPT_NS = OPT_VIEW, OPT_SORT, OPT_WIDTH };
static const struct option options[] = {
	SELECT_REASONS, SELECT_CAUSES,
	{ "interval", required_argument, NULL, 'i' },
	{ "count", required_argument, NULL, 'c' },
	{ "total", no_argument, NULL, 't' },
	{ "split", no_argument, NULL, 's' },
	{ "sort", required_argument, NULL, OPT_SORT },
	{ "ns", no_argument, NULL, OPT_NS },
	{ "width", required_argument, NULL, OPT_WIDTH },
	{ NULL, 0, NULL, 0 }
};

static struct {
	const struct cli *cli;
	struct selection f;
	struct table table;
	struct delta delta;
	double interval;
	uint64_t count;
	bool total, by_interval;
	uint64_t shown;
	char *changed;		/* of the settings, first, since the last table */
	uint64_t changes;
	FILE *out;
	pid_t pid;		/* of COMMAND, until its figures are shown */
	bool ended;
	int status;
} opt = { .interval = 1, .count = UINT64_MAX };

static void print(const struct snapshot *s, double seconds)
{
	uint64_t pairs = selection_count(&opt.f, s, &s->totals);

	fprintf(opt.out, "%s%.3f s, %" PRIu64 " exits, %.0f a second\n", opt.shown++ ? "\n" : "",
		seconds, pairs, seconds > 0 ? pairs / seconds : 0.0);
	settings_print(opt.out, s);
	if (opt.changes)
		fprintf(opt.out, "Settings changed meanwhile: %s%s\n", opt.changed,
			opt.changes > 1 ? ", and more" : "");
	free(opt.changed);
	opt.changed = NULL;
	opt.changes = 0;
	table_reasons(opt.out, &opt.table, s, &s->totals, &opt.f);
	flush_out(opt.out, "standard output");
}

/* The seconds since the last one. */
static double step(struct snapshot *s, bool *reset)
{
	double seconds = delta_step(&opt.delta, s, reset);

	if (opt.delta.changed && !opt.changes++)
		opt.changed = xstrdup(opt.delta.changed);
	return seconds;
}

static void show(struct snapshot *s)
{
	bool reset;
	double seconds = step(s, &reset);

	if (reset)
		warn("the module was loaded or reset anew: figures since then");
	print(s, seconds);
}

/* Live, or @known is false, what is asked for may happen from here on. */
static void first(struct snapshot *s, bool known)
{
	bool reset;

	if (!known)
		check_end(opt.cli, &opt.f, s, true);
	delta_step(&opt.delta, s, &reset);
}

static void live(struct snapshot *s)
{
	double next = now_s();

	catch_signals();
	snapshot_load(s, NULL);
	first(s, false);
	while (opt.shown < opt.count && !interrupted) {
		pause_until(&next, opt.interval);
		snapshot_free(s);
		snapshot_load(s, NULL);
		show(s);
	}
}

/* From the first snapshot to the last, all that any two neighbours have between them. */
static struct {
	struct rows rows;
	struct snapshot names;
	double seconds;
} total;

static void add_to_total(struct snapshot *s)
{
	bool reset;

	total.seconds += step(s, &reset);
	if (reset)
		warn("the module was loaded or reset anew: %s is not here",
		     "what it had counted since the snapshot before");
	rows_add(&total.rows, &s->totals);
	snapshot_keep_reasons(&total.names, s);
}

static void print_total(struct snapshot *s)
{
	rows_copy(&s->totals, &total.rows);
	snapshot_keep_reasons(s, &total.names);
	print(s, total.seconds);
	rows_free(&total.rows);
	snapshot_free(&total.names);
}

/*
 * A recording, from each snapshot to the next, or as a whole. All of it is read before any is
 * shown.
 */
static void file(struct snapshot *s, const char *path)
{
	struct source src;
	uint64_t snapshots = 0;
	size_t length;
	char *text;

	opt.out = buffer_open(&text, &length);
	source_open(&src, path);
	while (opt.shown < opt.count && source_next(&src, s)) {
		if (!snapshots++)
			first(s, true);
		else if (opt.total)
			add_to_total(s);
		else
			show(s);
	}
	source_close(&src);
	if (snapshots < 2)
		die(EXIT_DATA, "stat: %s: has one snapshot, a difference wants two", path);
	if (opt.total)
		print_total(s);
	check_end(opt.cli, &opt.f, s, false);
	buffer_print(opt.out, &text, &length);
}

/* A table each interval, to -c, until COMMAND ends or a signal comes. */
static void watch(struct snapshot *s, const char *path)
{
	double due = now_s() + opt.interval, soon;
	bool gone = false;

	while (!interrupted) {
		opt.ended = waitpid(opt.pid, &opt.status, WNOHANG);
		if (opt.ended)
			return;
		if (now_s() < due) {
			soon = now_s();
			pause_until(&soon, 0.02);
			continue;
		}
		due += opt.interval;
		if (opt.shown + 1 >= opt.count)
			continue;
		snapshot_free(s);
		if (snapshot_load_if_there(s, path))
			show(s);
		else if (!gone)
			warn("stat: the module is gone: no intervals until it is back");
		gone = !*s->generation;
	}
}

static int wait_for_command(void)
{
	while (!opt.ended && waitpid(opt.pid, &opt.status, 0) < 0 && errno == EINTR)
		;
	opt.ended = true;
	return WIFEXITED(opt.status) ? WEXITSTATUS(opt.status) : 128 + WTERMSIG(opt.status);
}

/* The figures cannot be had, as was said: COMMAND is waited for even so. */
static void wait_at_exit(void)
{
	if (opt.pid)
		warn("stat: the command's status: %d", wait_for_command());
}

/*
 * As `perf stat -- COMMAND`: the status is the command's. The rest of what happened is shown at the
 * end.
 */
static int command(struct snapshot *s, const char *path, char **argv)
{
	int rc;

	snapshot_load(s, path);
	first(s, false);
	opt.pid = fork();
	if (!opt.pid) {
		execvp(*argv, argv);
		fprintf(stderr, "kvmlat: stat: %s: %s\n", *argv, strerror(errno));
		_exit(127);
	}
	if (opt.pid < 0)
		die(EXIT_SOURCE, "stat: %s: %s", *argv, strerror(errno));
	atexit(wait_at_exit);
	catch_signals();
	if (opt.by_interval)
		watch(s, path);
	rc = wait_for_command();
	snapshot_free(s);
	snapshot_load(s, path);
	show(s);
	opt.pid = 0;
	return rc;
}

/* Where the command begins; getopt moves a FILE before the `--` behind it. */
static char **command_of(const struct cli *c)
{
	int n;

	for (n = 1; n < c->argc; n++) {
		if (!strcmp(c->argv[n], "--"))
			return c->argv + n + 1;
	}
	return NULL;
}

static int run(struct cli *c)
{
	char **dashes = command_of(c), *begins = dashes ? *dashes : NULL;
	struct snapshot s = { 0 };
	int letter, rc = 0;

	opt.cli = c;
	opt.out = stdout;
	opt.table = (struct table){ .width = terminal_width(), .lines = INT_MAX };
	while ((letter = cli_next(c)) != -1) {
		opt.by_interval |= letter == 'i';
		if (letter == 'i')
			opt.interval = cli_seconds(c, optarg);
		else if (letter == 'c')
			opt.count = cli_number(c, "-c", optarg, 1, UINT32_MAX);
		else if (letter == 't')
			opt.total = true;
		else if (letter == 's')
			opt.table.by_cause = true;
		else if (letter == OPT_NS)
			opt.table.plain_ns = true;
		else if (letter == OPT_SORT)
			opt.table.sort = table_sort_named(c->view->name, optarg);
		else if (letter == OPT_WIDTH)
			opt.table.width = cli_number(c, "--width", optarg, 20, 10000);
		else
			select_option(c, &opt.f, letter);
	}
	if (dashes && !begins)
		die(EXIT_DATA, "stat: --: which command?");
	if (begins && optind < c->argc && !strcmp(c->argv[optind - 1], "--") &&
	    c->argv[optind] != begins)
		die(EXIT_DATA, "stat: %s: wants FILE or -- COMMAND, not both", c->argv[optind]);
	if (opt.total && (begins || !cli_file(c)))
		die(EXIT_DATA,
		    "stat: -t: only with FILE, a recording; without it each run shows a total");
	if (optind < c->argc && !strcmp(c->argv[optind - 1], "--"))
		rc = command(&s, c->path, c->argv + optind);
	else if (cli_file(c))
		file(&s, c->path);
	else
		live(&s);
	delta_free(&opt.delta);
	snapshot_free(&s);
	return rc;
}

static const char usage[] =
	"stat [-i SEC] [-c N] [-t] [-s] " USAGE_REASONS " [--sort KEY] [--ns] [FILE | -- COMMAND]";
static const char help[] = "what happened in each interval, or while COMMAND ran";
VIEW(stat, "stat", usage, help, options, run, .more = TABLE_MORE);
