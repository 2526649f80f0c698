// SPDX-License-Identifier: GPL-2.0
/* The command line of a view: its own options, and the ones all views share. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/stream.h"
#include "commands/command-line.h"

enum { OPT_FILE = 0x10000, OPT_HELP };

static void add_option(struct cli *c, const struct option *o)
{
	size_t n = 0, l = strlen(c->letters);

	while (c->options[n].name)
		n++;
	if (n == CLI_OPTIONS - 1)
		die(EXIT_DATA, "%s: more options than CLI_OPTIONS", c->view->name);
	c->options[n] = *o;
	if (o->val > ' ' && o->val < 127) {
		c->letters[l] = o->val;
		c->letters[l + 1] = o->has_arg == required_argument ? ':' : '\0';
	}
}

static void view_help(const struct view *view)
{
	printf("usage: kvmlat %s\n\n%s.\n\nOptions:", view->usage, view->help);
	for (const struct option *o = view->options; o && o->name; o++) {
		printf(" --%s%s", o->name, o->has_arg ? "=..." : "");
		if (o->val > ' ' && o->val < 127)
			printf(" (-%c)", o->val);
	}
	puts(" --file=FILE --help");
	if (view->more)
		printf("\n%s\n", view->more);
	puts("See kvmlat(8).");
	flush_out(stdout, "standard output");
	exit(0);
}

int cli_run(const struct view *view, int argc, char **argv, const char *path)
{
	static const struct option common[] = {
		{ "file", required_argument, NULL, OPT_FILE },
		{ "help", no_argument, NULL, OPT_HELP },
		{ NULL, 0, NULL, 0 }
	};
	struct cli c = { .view = view, .argc = argc, .argv = argv, .path = path, .letters = ":" };
	const struct option *o;

	for (o = view->options; o && o->name; o++)
		add_option(&c, o);
	for (o = common; o->name; o++)
		add_option(&c, o);
	if (!strchr(c.letters, 'f'))
		strcat(c.letters, "f:");
	if (!strchr(c.letters, 'h'))
		strcat(c.letters, "h");
	optind = 0;		/* glibc: start anew, main had its own options */
	return view->run(&c);
}

/* -f and -h are the common ones unless the view has a letter f or h of its own. */
static bool is_own(const struct cli *c, int letter)
{
	for (const struct option *o = c->view->options; o && o->name; o++) {
		if (o->val == letter)
			return true;
	}
	return false;
}

int cli_next(struct cli *c)
{
	int letter;

	while ((letter = getopt_long(c->argc, c->argv, c->letters, c->options, NULL)) != -1) {
		if (letter == OPT_FILE || (letter == 'f' && !is_own(c, 'f')))
			c->path = optarg;
		else if (letter == OPT_HELP || (letter == 'h' && !is_own(c, 'h')))
			view_help(c->view);
		else if (letter == ':')
			die(EXIT_DATA, "%s: %s: wants an argument", c->view->name,
			    c->argv[optind - 1]);
		else if (letter == '?' && optopt > ' ' && optopt < 127)
			die(EXIT_DATA, "%s: -%c: no such option, see kvmlat %s --help",
			    c->view->name, optopt, c->view->name);
		else if (letter == '?')
			die(EXIT_DATA, "%s: %s: no such option, see kvmlat %s --help",
			    c->view->name, c->argv[optind - 1], c->view->name);
		else
			return letter;
	}
	return -1;
}

const char *cli_file(struct cli *c)
{
	if (optind < c->argc && !c->path)
		c->path = c->argv[optind++];
	if (optind < c->argc)
		die(EXIT_DATA, "%s: %s: one FILE at most", c->view->name, c->argv[optind]);
	return c->path;
}

uint64_t cli_number(const struct cli *c, const char *what, const char *text, uint64_t min,
		    uint64_t max)
{
	uint64_t value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || value < min || value > max)
		die(EXIT_DATA, "%s: %s %s: not a number from %" PRIu64 " to %" PRIu64,
		    c->view->name, what, text, min, max);
	return value;
}

double cli_seconds(const struct cli *c, const char *text)
{
	char *end;
	double value = strtod(text, &end);

	if (*text < '0' || *text > '9' || *end || !(value >= 0.01 && value <= 86400))
		die(EXIT_DATA, "%s: -i %s: not a number of seconds from 0.01 to 86400",
		    c->view->name, text);
	return value;
}
