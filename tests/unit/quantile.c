// SPDX-License-Identifier: GPL-2.0
/* Do the intervals of diff hold the true percentile as often as they say, and do two samples of one law differ? */
#include <stdio.h>
#include <string.h>
#include "../../tools/quantile.h"

static uint64_t random_bits(void)
{
	static uint64_t x = 88172645463325252ULL;	/* xorshift64, fixed: runs repeat */

	x ^= x << 13;
	x ^= x >> 7;
	return x ^= x << 17;
}

/* Pareto-like, in steps fine enough: quantile p of it is quantile_of(p). */
static uint64_t quantile_of(double p)
{
	return (uint64_t)(1000 / (1 - p));
}

static void sample(struct row *row, unsigned int n, double scale)
{
	row_clear(row, false);
	while (n--) {
		uint64_t ns = (uint64_t)(scale * quantile_of((random_bits() >> 11) * (1.0 / (1ULL << 53))));

		row->bucket[kvmlat_bucket(ns)]++;
		row->count++;
		row->min_ns = ns < row->min_ns ? ns : row->min_ns;
		row->max_ns = ns > row->max_ns ? ns : row->max_ns;
	}
}

static int result(int number, int ok, const char *what, unsigned int got, unsigned int of)
{
	printf("%s %d %s (%u of %u)\n", ok ? "ok" : "not ok", number, what, got, of);
	return !ok;
}

int main(void)
{
	static const unsigned int permille[] = { 500, 900, 990, 999 };
	static struct row a, b;
	unsigned int n, p, held = 0, judged = 0, false_alarm = 0, found = 0, silent = 0;
	int failed = 0;

	for (n = 0; n < 2000; n++) {
		sample(&a, 3000 + n % 7 * 3000, 1);
		sample(&b, 3000 + n % 5 * 3000, 1);
		for (p = 0; p < 4; p++) {
			struct bounds x = quantile_bounds(&a, permille[p]), y = quantile_bounds(&b, permille[p]);
			uint64_t exact = quantile_of(permille[p] / 1000.0);

			if (x.high_ns == UINT64_MAX)
				continue;
			judged++;
			held += x.low_ns <= exact && exact <= x.high_ns;
			false_alarm += quantile_surely_more(x, y) > 0 || quantile_surely_more(y, x) > 0;
		}
	}
	failed |= result(1, judged > 4000 && held >= judged * 0.98, "intervals hold the true percentile", held, judged);
	failed |= result(2, false_alarm <= judged / 1000, "two samples of one law are not told apart",
			 false_alarm, judged);
	for (n = 0; n < 200; n++) {
		sample(&a, 20000, 1);
		sample(&b, 20000, 2);
		found += quantile_surely_more(quantile_bounds(&a, 990), quantile_bounds(&b, 990)) > 0;
	}
	failed |= result(3, found >= 180, "p99 of 20000 samples, twice as long, is found nine times of ten",
			 found, 200);
	for (n = 0; n < 200; n++) {
		sample(&a, 30, 1);
		sample(&b, 30, 100);
		silent += quantile_surely_more(quantile_bounds(&a, 990), quantile_bounds(&b, 990)) <= 0;
	}
	failed |= result(4, silent == 200, "p99 of 30 samples says nothing", silent, 200);
	return failed;
}
