// SPDX-License-Identifier: GPL-2.0
/* kvmlat status: state, memory and audit counters. */
#include "snapshot.h"

static int run(int argc, char **argv, const char *path)
{
	struct snapshot s = { 0 };
	size_t n;

	if (argc > 1)
		die(EXIT_DATA, "status: '%s': takes no argument", argv[1]);
	snapshot_load(&s, path);
	printf("%-24s %s\n", "generation", s.generation);
	for (n = 0; n < s.nr_facts; n++)
		printf("%-24s %s\n", s.facts[n].name, s.facts[n].value);
	snapshot_free(&s);
	return 0;
}

VIEW(status, "status", "status", "state, memory and audit counters", run);
