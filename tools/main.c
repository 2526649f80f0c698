// SPDX-License-Identifier: GPL-2.0
/* kvmlat: options and the choice of a view. */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include "snapshot.h"

/* The views the linker gathered from the view-*.c files. */
extern const struct view *const __start_kvmlat_views[], *const __stop_kvmlat_views[];

static void help(void)
{
	const struct view *const *v;

	puts("usage: kvmlat [-f FILE] [COMMAND [OPTIONS]]\n\n"
	     "Show how long VM exits kept guests from running, from the kvmlat module\n"
	     "(/sys/kernel/debug/kvmlat/data, else /proc/kvmlat) or a saved copy of that file.\n");
	for (v = __start_kvmlat_views; v < __stop_kvmlat_views; v++)
		printf("  %-30s %s\n", (*v)->usage, (*v)->help);
	puts("\n  -f, --file FILE   read FILE instead of the live module\n"
	     "  -h, --help        this text\n"
	     "  -V, --version     the version\n\n"
	     "Without a command: summary. Exit status: 0 done; 1 wrong usage or damaged data;\n"
	     "2 the data cannot be read, or the output not written.");
}

static void flush(void)
{
	if (fflush(stdout) || ferror(stdout))
		die(EXIT_SOURCE, "standard output: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "file", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 }
	};
	static char summary[] = "summary";
	char *no_args[] = { summary, NULL };
	const char *path = NULL;
	const struct view *const *v;
	int c, rc;

	while ((c = getopt_long(argc, argv, "+f:hV", options, NULL)) != -1) {
		switch (c) {
		case 'f':
			path = optarg;
			break;
		case 'h':
			help();
			flush();
			return 0;
		case 'V':
			puts("kvmlat " KVMLAT_VERSION);
			flush();
			return 0;
		default:
			return EXIT_DATA;
		}
	}
	argc -= optind;
	argv += optind;
	if (!argc) {
		argc = 1;
		argv = no_args;
	}
	optind = 0;		/* glibc: start anew with the view's own options */
	for (v = __start_kvmlat_views; v < __stop_kvmlat_views; v++) {
		if (!strcmp((*v)->name, argv[0])) {
			rc = (*v)->run(argc, argv, path);
			flush();
			return rc;
		}
	}
	die(EXIT_DATA, "'%s': no such command, see kvmlat --help", argv[0]);
}
