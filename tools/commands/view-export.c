// SPDX-License-Identifier: GPL-2.0
/* kvmlat export: a snapshot for other programs. */
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/stream.h"
#include "commands/command-line.h"
#include "input/source.h"
#include "render/export.h"
#include "render/output-file.h"

extern const struct export_format *const __start_kvmlat_formats[], *const __stop_kvmlat_formats[];

enum { FORMAT = 256, PER_CPU, PER_VM };
static const struct option options[] = {
	{ "format", required_argument, NULL, FORMAT },
	{ "output", required_argument, NULL, 'o' },
	{ "all", no_argument, NULL, 'a' },
	{ "per-cpu", no_argument, NULL, PER_CPU },
	{ "per-vm", no_argument, NULL, PER_VM },
	{ NULL, 0, NULL, 0 }
};

static const struct export_format *find_format(const char *name)
{
	const struct export_format *const *f;
	char known[128] = "";

	for (f = __start_kvmlat_formats; f < __stop_kvmlat_formats; f++) {
		if (!strcmp((*f)->name, name))
			return *f;
		snprintf(known + strlen(known), sizeof(known) - strlen(known), "%s%s",
			 *known ? ", " : "", (*f)->name);
	}
	die(EXIT_DATA, "export: --format%s%s: one of %s", *name ? " " : "", name, known);
}

static int run(struct cli *c)
{
	const struct export_format *format = NULL;
	struct export_options o = { 0 };
	struct snapshot s = { 0 };
	const char *output = NULL, *path;
	struct source src;
	size_t length = 0;
	char *text = NULL;
	bool all = false;
	int letter;
	FILE *out;

	while ((letter = cli_next(c)) != -1) {
		if (letter == FORMAT)
			format = find_format(optarg);
		else if (letter == 'o')
			output = optarg;
		else if (letter == 'a')
			all = true;
		else if (letter == PER_CPU)
			o.per_cpu = true;
		else if (letter == PER_VM)
			o.per_vm = true;
	}
	path = cli_file(c);
	if (!format)
		find_format("");
	if (all && !format->many)
		die(EXIT_DATA, "export: --all: %s holds one snapshot", format->name);
	/* Nothing leaves before all was read. */
	out = buffer_open(&text, &length);
	format->begin(out, &s, &o);
	if (all && path) {
		source_open(&src, path);
		while (source_next(&src, &s))
			format->snapshot(out, &s, &o);
		source_close(&src);
	} else {
		snapshot_load(&s, path);
		format->snapshot(out, &s, &o);
	}
	if (fclose(out))
		die(EXIT_SOURCE, "out of memory");
	write_output(output, text, length);
	free(text);
	snapshot_free(&s);
	return 0;
}

#define FORMATS "openmetrics|prometheus|json|csv"
static const char usage[] =
	"export --format " FORMATS " [-o FILE] [-a] [--per-cpu] [--per-vm] [FILE]";
VIEW(export, "export", usage, "the figures for other programs", options, run);
