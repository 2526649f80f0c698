// SPDX-License-Identifier: GPL-2.0
/* kvmlat summary: a line a reason, worst share of the latency first, idle reasons apart. */
#include <inttypes.h>
#include <stdlib.h>
#include "snapshot.h"

static const struct snapshot *shown;

static bool idle(const struct row *row)
{
	return snapshot_reason(shown, row->reason)->idle;
}

static int by_share(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (idle(x) != idle(y))
		return idle(x) ? 1 : -1;
	return x->sum_ns > y->sum_ns ? -1 : x->sum_ns < y->sum_ns;
}

static void print_row(const struct row *row, uint64_t busy_ns)
{
	static const unsigned int permille[] = { 500, 900, 990, 999 };
	size_t n;

	printf("%-26s %12" PRIu64, snapshot_reason(shown, row->reason)->name, row->count);
	if (idle(row))
		printf(" %8s", "-");
	else
		printf(" %7.2f%%", busy_ns ? 100.0 * row->sum_ns / busy_ns : 0.0);
	printf(" %13" PRIu64 " %13" PRIu64, row->min_ns, row->sum_ns / row->count);
	for (n = 0; n < sizeof(permille) / sizeof(permille[0]); n++) {
		uint64_t ns = kvmlat_percentile_ns(row->bucket, row->count, permille[n],
						   row->min_ns, row->max_ns);

		if (ns >= kvmlat_bucket_low_ns(KVMLAT_OPEN_BUCKET))
			printf(" >=%11llu", 1ULL << (KVMLAT_MAX_LOG2 + 1));
		else
			printf(" %13" PRIu64, ns);
	}
	printf(" %13" PRIu64 "\n", row->max_ns);
}

static int run(int argc, char **argv, const char *path)
{
	struct snapshot s = { 0 };
	uint64_t busy_ns = 0, pairs = 0;
	bool in_idle = false;
	size_t n;

	if (argc > 1)
		die(EXIT_DATA, "summary: '%s': takes no argument", argv[1]);
	snapshot_load(&s, path);
	shown = &s;
	qsort(s.totals, s.nr_totals, sizeof(*s.totals), by_share);
	for (n = 0; n < s.nr_totals; n++) {
		busy_ns += idle(&s.totals[n]) ? 0 : s.totals[n].sum_ns;
		pairs += s.totals[n].count;
	}
	printf("%-26s %12s %8s %13s %13s %13s %13s %13s %13s %13s\n", "REASON (ns)", "SAMPLES",
	       "TIME%", "MIN", "MEAN", "P50", "P90", "P99", "P99.9", "MAX");
	for (n = 0; n < s.nr_totals; n++) {
		if (idle(&s.totals[n]) && !in_idle) {
			in_idle = true;
			puts("idle (the guest asked to sleep):");
		}
		print_row(&s.totals[n], busy_ns);
	}
	printf("%-26s %12" PRIu64 "\n", "total", pairs);
	snapshot_free(&s);
	return 0;
}

VIEW(summary, "summary", "summary", "a line a reason: samples, share of time, percentiles", run);
