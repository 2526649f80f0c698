// SPDX-License-Identifier: GPL-2.0
/* kvmlat summary: a line a reason, worst share of the latency first, idle reasons apart. */
#include <limits.h>
#include "commands/check-selection.h"
#include "commands/select-options.h"
#include "input/source.h"
#include "render/reason-table.h"
#include "render/settings-line.h"
#include "render/terminal.h"
#include "render/unmeasured.h"

enum { OPT_NS = OPT_VIEW, OPT_SORT, OPT_WIDTH };
static const struct option options[] = {
	SELECT_REASONS, SELECT_CAUSES,
	{ "all", no_argument, NULL, 'a' },
	{ "split", no_argument, NULL, 's' },
	{ "sort", required_argument, NULL, OPT_SORT },
	{ "ns", no_argument, NULL, OPT_NS },
	{ "width", required_argument, NULL, OPT_WIDTH },
	{ NULL, 0, NULL, 0 }
};

static int run(struct cli *c)
{
	struct table t = { .width = terminal_width(), .lines = INT_MAX };
	struct snapshot s = { 0 };
	struct selection f = { 0 };
	int letter;

	/*
	 * Heading, the line above idle reasons, total, the count of what was left out, the prompt.
	 */
	if (terminal_height() < INT_MAX)
		t.lines = terminal_height() > 6 ? terminal_height() - 5 : 1;
	while ((letter = cli_next(c)) != -1) {
		if (letter == 'a')
			t.lines = INT_MAX;
		else if (letter == 's')
			t.by_cause = true;
		else if (letter == OPT_SORT)
			t.sort = table_sort_named(c->view->name, optarg);
		else if (letter == OPT_NS)
			t.plain_ns = true;
		else if (letter == OPT_WIDTH)
			t.width = cli_number(c, "--width", optarg, 20, 10000);
		else
			select_option(c, &f, letter);
	}
	snapshot_load(&s, cli_file(c));
	check_end(c, &f, &s, false);
	if (t.by_cause)
		t.lines = INT_MAX;
	if (settings_print(stdout, &s) && t.lines > 1 && t.lines < INT_MAX)
		t.lines--;
	if (unmeasured_print(stdout, &s) && t.lines > 1 && t.lines < INT_MAX)
		t.lines--;
	table_reasons(stdout, &t, &s, &s.totals, &f);
	snapshot_free(&s);
	return 0;
}

static const char usage[] =
	"summary " USAGE_REASONS " [-s] [-a] [--sort KEY] [--ns] [--width N] [FILE]";
static const char help[] = "a line a reason: samples, share of time, percentiles, causes";
VIEW(summary, "summary", usage, help, options, run, .more = TABLE_MORE);
