// SPDX-License-Identifier: GPL-2.0
/* kvmlat: options and the choice of a view. */
#include <fcntl.h>
#include <string.h>
#include "base/error.h"
#include "base/stream.h"
#include "commands/command-line.h"
#include "input/root.h"
#include "kvmlat-data.h"

/* The views the linker gathered from the view-*.c files. */
extern const struct view *const __start_kvmlat_views[], *const __stop_kvmlat_views[];
#define for_each_view(v) for (v = __start_kvmlat_views; v < __stop_kvmlat_views; v++)

enum { ROOT = 256, VIEWS, OPTIONS };
static const struct option options[] = {
	{ "file", required_argument, NULL, 'f' },
	{ "root", required_argument, NULL, ROOT },
	{ "list-views", no_argument, NULL, VIEWS },
	{ "list-options", no_argument, NULL, OPTIONS },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 }
};

static void help(void)
{
	const struct view *const *v;

	puts("usage: kvmlat [-f FILE] [COMMAND [OPTIONS] [FILE]]\n"
	     "Show how long VM exits kept guests from running: of the module, or of FILE.\n");
	for_each_view(v)
		printf("  %-10s %s\n", (*v)->name, (*v)->help);
	puts("\n  -f, --file FILE  read FILE (- is standard input) instead of the live module\n"
	     "      --root DIR   look for /sys and /proc under DIR\n"
	     "  -h, --help       this text; kvmlat COMMAND --help: its options; see kvmlat(8)\n"
	     "  -V, --version    the version and what is built in\n\n"
	     "Without a command: summary. Exit status: 0 done, 1 usage or damaged data,\n"
	     "2 data not readable or output not written, 3 a --fail-if of diff is met.");
}

static const struct view *find_view(const char *name)
{
	const struct view *const *v;

	for_each_view(v) {
		if (!strcmp((*v)->name, name))
			return *v;
	}
	die(EXIT_DATA, "%s: no such command, see kvmlat --help", name);
}

static void list_views(void)
{
	const struct view *const *v;

	for_each_view(v)
		puts((*v)->name);
}

static void version(void)
{
	const struct view *const *v;

	printf("kvmlat " KVMLAT_VERSION ", reads data format %s\ncommands:", KVMLAT_DATA_VERSION);
	for_each_view(v) printf(" %s%s%s%s", (*v)->name, (*v)->library ? " (" : "",
				(*v)->library ? (*v)->library : "", (*v)->library ? ")" : "");
	puts("");
}

/* Of a view, or of kvmlat itself: what the shell's completion asks for. */
static void list_options(const char *view)
{
	const struct option *o = view ? find_view(view)->options : options;

	for (; o && o->name; o++)
		printf("--%s%s\n", o->name, o->has_arg == required_argument ? "=" : "");
	if (view)
		puts("--file=\n--help");
}

int main(int argc, char **argv)
{
	static char name[] = "kvmlat", summary[] = "summary";
	char *no_args[] = { summary, NULL };
	const char *path = NULL;
	bool done = false;
	int c, rc = 0;

	do			/* no file of ours becomes the one that errors are printed to */
		c = open("/dev/null", O_PATH);
	while (c >= 0 && c <= 2);
	if (argc)
		argv[0] = name;		/* errors of getopt begin as ours do */
	while (!done && (c = getopt_long(argc, argv, "+f:hV", options, NULL)) != -1) {
		done = c != 'f' && c != ROOT;
		if (c == 'f')
			path = optarg;
		else if (c == ROOT)
			root_dir = optarg;
		else if (c == VIEWS)
			list_views();
		else if (c == OPTIONS)
			list_options(optind < argc ? argv[optind] : NULL);
		else if (c == 'h')
			help();
		else if (c == 'V')
			version();
		else
			return EXIT_DATA;
	}
	argc -= optind;
	argv += optind;
	if (!done && !argc)
		rc = cli_run(find_view(summary), 1, no_args, path);
	else if (!done)
		rc = cli_run(find_view(argv[0]), argc, argv, path);
	flush_out(stdout, "standard output");
	return rc;
}
