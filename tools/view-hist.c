// SPDX-License-Identifier: GPL-2.0
/* kvmlat hist: power-of-two histograms per reason, of all CPUs together or of chosen ones. */
#include <ctype.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "snapshot.h"

#define MAX_CPUS (1 << 14)

static struct {
	bool by_cpu;
	bool cpu[MAX_CPUS];
	const char *reasons;		/* names and keys, parted by commas; NULL: all */
	int core;			/* whose heading was printed last */
	bool printed;
} opt = { .core = -1 };

static void parse_cpus(const char *list)
{
	const char *p = list;

	do {
		char *end;
		unsigned long low, high;

		if (!isdigit((unsigned char)*p))
			goto bad;
		low = strtoul(p, &end, 10);
		high = low;
		if (*end == '-' && isdigit((unsigned char)end[1]))
			high = strtoul(end + 1, &end, 10);
		if ((*end && *end != ',') || low > high || high >= MAX_CPUS)
			goto bad;
		for (; low <= high; low++)
			opt.cpu[low] = true;
		p = end + 1;
		if (!*end)
			return;
	} while (1);
bad:
	die(EXIT_DATA, "hist: -C %s: not a CPU list like 0-3,8", list);
}

static bool named(const struct reason *reason, const char *word, size_t length)
{
	return (strlen(reason->name) == length && !strncasecmp(reason->name, word, length)) ||
	       (strlen(reason->key) == length && !strncasecmp(reason->key, word, length));
}

static bool wanted(const struct reason *reason)
{
	const char *word = opt.reasons;

	while (word) {
		size_t length = strcspn(word, ",");

		if (named(reason, word, length))
			return true;
		word = word[length] ? word + length + 1 : NULL;
	}
	return !opt.reasons;
}

static void print_row(const struct snapshot *s, const struct row *row)
{
	const struct reason *reason = snapshot_reason(s, row->reason);
	uint64_t pow2[KVMLAT_POW2_BUCKETS] = { 0 };
	int b, first = -1, last = -1;

	if (!wanted(reason) || (row->cpu != CPU_ALL && !(row->cpu < MAX_CPUS && opt.cpu[row->cpu])))
		return;
	for (b = 0; b < (int)KVMLAT_BUCKETS; b++)
		pow2[kvmlat_bucket_pow2(b)] += row->bucket[b];
	for (b = 0; b < KVMLAT_POW2_BUCKETS; b++) {
		if (!pow2[b])
			continue;
		first = first < 0 ? b : first;
		last = b;
	}
	if (row->cpu != CPU_ALL && row->cpu != opt.core)
		printf("Core: %d\n", row->cpu);
	opt.core = row->cpu;
	if (row->reason == REASON_OTHER)
		printf("Reason: [other] %s\n", reason->name);
	else
		printf("Reason: [%" PRIu32 "] %s\n", row->reason, reason->name);
	for (b = first; b <= last; b++) {
		if (b == KVMLAT_POW2_OPEN)
			printf("[%16" PRIu64 ", %16s) %" PRIu64 "\n", kvmlat_pow2_low_ns(b), "inf",
			       pow2[b]);
		else
			printf("[%16" PRIu64 ", %16" PRIu64 ") %" PRIu64 "\n", kvmlat_pow2_low_ns(b),
			       kvmlat_pow2_low_ns(b + 1), pow2[b]);
	}
	putchar('\n');
	opt.printed = true;
}

static int run(int argc, char **argv, const char *path)
{
	struct snapshot s = { 0 };
	size_t n;
	int c;

	while ((c = getopt(argc, argv, "C:r:")) != -1) {
		switch (c) {
		case 'C':
			opt.by_cpu = true;
			parse_cpus(optarg);
			break;
		case 'r':
			opt.reasons = optarg;
			break;
		default:
			return EXIT_DATA;
		}
	}
	if (optind < argc)
		die(EXIT_DATA, "hist: '%s': takes only options", argv[optind]);
	if (opt.by_cpu)
		s.on_cpu_row = print_row;
	snapshot_load(&s, path);
	for (n = 0; !opt.by_cpu && n < s.nr_totals; n++)
		print_row(&s, &s.totals[n]);
	if (!opt.printed && (opt.reasons || opt.by_cpu))
		die(EXIT_DATA, "hist: no such reason or CPU has a pair");
	snapshot_free(&s);
	return 0;
}

VIEW(hist, "hist", "hist [-C CPUS] [-r REASONS]", "power-of-two histograms, in ns", run);
