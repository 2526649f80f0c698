/* SPDX-License-Identifier: GPL-2.0 */
/* What every file of the formatter shares: errors, the command line, how a view makes itself known. */
#ifndef KVMLAT_TOOL_H
#define KVMLAT_TOOL_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Exit status: wrong usage or damaged data; cannot read or write; a `diff --fail-if` is met, cannot be judged. */
enum { EXIT_DATA = 1, EXIT_SOURCE = 2, EXIT_WORSE = 3, EXIT_UNJUDGED = 4 };

/* Print `kvmlat: ...` and exit with @status; before it die_hook is called, once (and need not return: the fuzzer). */
void __attribute__((noreturn, format(printf, 2, 3))) die(int status, const char *format, ...);
void __attribute__((format(printf, 1, 2))) warn(const char *format, ...);
extern void (*die_hook)(int status);
extern bool no_warnings;		/* the screen is drawn on */

void *xrealloc(void *old, size_t nr, size_t size);	/* never NULL; dies when out of memory */
char *xstrdup(const char *text);
int utf8_length(const unsigned char *c);		/* bytes of the character at @c; 0: it is none */
/* Is the character at @text, of @length bytes, a control character, of C1 in UTF-8 or as a lone byte too? */
bool drives_terminal(const char *text, int *length);
uint64_t add_sat(uint64_t a, uint64_t b);		/* stops at UINT64_MAX: sums of hostile data */
void flush_out(FILE *out, const char *name);		/* dies when not all could be written */

/* Output that is kept until it is known to be right; never NULL. */
FILE *buffer_open(char **text, size_t *length);
void buffer_print(FILE *buffer, char **text, size_t *length);	/* to standard output; closed and freed */

/* Where /sys and /proc are looked for: "" or --root DIR. */
extern const char *root_dir;

/*
 * A way to show a snapshot. A view is one file, view-NAME.c: VIEW() makes it known to the command
 * line, and @options to --help and to the shell's completion.
 */
struct cli;
struct view {
	const char *name, *usage, *help;
	const struct option *options;	/* val: the short option's letter, or 256 and more for none */
	int (*run)(struct cli *c);
	const char *library;		/* that it was built with, for --version; NULL: libc only */
	const char *more;		/* what else --help says; NULL: nothing */
};

#define VIEW(id, ...) VIEW_WITH(id, NULL, __VA_ARGS__)
#define VIEW_WITH(id, of_library, ...)						\
	static const struct view view_##id = { __VA_ARGS__, .library = of_library };	\
	static const struct view *const view_##id##_entry			\
	__attribute__((used, section("kvmlat_views"))) = &view_##id

/* The command line of one view. -f FILE (unless the view has an -f of its own), --file and --help are common. */
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
const char *cli_file(struct cli *c);	/* after the options: the path; one plain argument may name it */
uint64_t cli_number(const struct cli *c, const char *what, const char *text, uint64_t min, uint64_t max);
double cli_seconds(const struct cli *c, const char *text);	/* of -i: 0.01 .. 86400 */

#endif
