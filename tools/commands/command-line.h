/* SPDX-License-Identifier: GPL-2.0 */
/* The command line, and how a command makes itself known to it. */
#ifndef KVMLAT_COMMAND_LINE_H
#define KVMLAT_COMMAND_LINE_H

#include <getopt.h>
#include <stdint.h>

/*
 * A way to show a snapshot. A view is one file, view-NAME.c: VIEW() makes it known to the command
 * line, and @options to --help and to the shell's completion.
 */
struct cli;
struct view {
	const char *name, *usage, *help;
	/* val: the short option's letter, or 256 and more for none */
	const struct option *options;
	int (*run)(struct cli *c);
	const char *library;		/* that it was built with, for --version; NULL: libc only */
	const char *more;		/* what else --help says; NULL: nothing */
};

#define VIEW(id, ...) VIEW_WITH(id, NULL, __VA_ARGS__)
#define VIEW_WITH(id, of_library, ...)						\
	static const struct view view_##id = { __VA_ARGS__, .library = of_library };	\
	static const struct view *const view_##id##_entry			\
	__attribute__((used, section("kvmlat_views"))) = &view_##id

/*
 * The command line of one view. -f FILE (unless the view has an -f of its own), --file and --help
 * are common.
 */
#define CLI_OPTIONS 40
struct cli {
	const struct view *view;
	int argc;
	char **argv;
	const char *path;		/* NULL: the live module */
	struct option options[CLI_OPTIONS];
	char letters[2 * CLI_OPTIONS];
};

int cli_run(const struct view *view, int argc, char **argv, const char *path);
int cli_next(struct cli *c);		/* the next option of the view, -1 after the last */
/* after the options: the path; one plain argument may name it */
const char *cli_file(struct cli *c);
uint64_t cli_number(const struct cli *c, const char *what, const char *text, uint64_t min,
		    uint64_t max);
double cli_seconds(const struct cli *c, const char *text);	/* of -i: 0.01 .. 86400 */

#endif
