// SPDX-License-Identifier: GPL-2.0
/*
 * hist: load and attach hist.bpf.o, wait for a line on stdin (or its end), print what was counted.
 *
 *   hist [-r] OBJECT
 *
 * -r: the reason by exit_right instead of exit_fast. Prints "attached" when it is; at the end for
 * each reason "reason CODE COUNT" and "memory BYTES" (of the maps). Status 0 or 1.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "hist.h"

static void die(const char *what)
{
	fprintf(stderr, "hist: %s\n", what);
	exit(1);
}

static void print_counts(const struct hist_cpu *cpus)
{
	unsigned int cpu, reason, bucket;

	for (reason = 0; reason < HIST_REASONS; reason++) {
		unsigned long long n = 0;

		for (cpu = 0; cpu < HIST_CPUS; cpu++)
			for (bucket = 0; bucket < HIST_BUCKETS; bucket++)
				n += cpus[cpu].count[reason][bucket];
		if (n)
			printf("reason 0x%x %llu\n", reason, n);
	}
}

int main(int argc, char **argv)
{
	const char *left_out = "exit_right";
	unsigned long long bytes = 0;
	struct bpf_program *program;
	struct bpf_object *object;
	struct bpf_map *map;
	struct hist_cpu *cpus = calloc(HIST_CPUS, sizeof(*cpus));
	unsigned int zero = 0;
	int c, fd = -1;

	while ((c = getopt(argc, argv, "r")) != -1) {
		if (c != 'r')
			return 1;
		left_out = "exit_fast";
	}
	if (optind != argc - 1)
		die("usage: hist [-r] OBJECT");
	object = bpf_object__open_file(argv[optind], NULL);
	if (!object)
		die("cannot open the object");
	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, strcmp(bpf_program__name(program), left_out));
	if (bpf_object__load(object))
		die("cannot load");
	bpf_object__for_each_program(program, object) {
		if (bpf_program__autoload(program) && !bpf_program__attach(program))
			die("cannot attach");
	}
	bpf_object__for_each_map(map, object) {
		bytes += (unsigned long long)bpf_map__value_size(map) * bpf_map__max_entries(map);
		if (strstr(bpf_map__name(map), ".bss"))
			fd = bpf_map__fd(map);
	}
	puts("attached");
	fflush(stdout);
	c = getchar();
	if (!cpus || bpf_map_lookup_elem(fd, &zero, cpus))
		die("cannot read the histograms");
	print_counts(cpus);
	printf("memory %llu\n", bytes);
	return 0;
}
