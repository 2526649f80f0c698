// SPDX-License-Identifier: GPL-2.0
/* Are the two tests of diff what they say: intervals of percentiles, and the rank-sum test? */
#include <stdio.h>
#include <string.h>
#include "model/rank-sum.h"
#include "tap.h"

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
		uint64_t ns = (uint64_t)(scale *
					 quantile_of((random_bits() >> 11) * (1.0 / (1ULL << 53))));

		row->bucket[kvmlat_bucket(ns)]++;
		row->count++;
		row->min_ns = ns < row->min_ns ? ns : row->min_ns;
		row->max_ns = ns > row->max_ns ? ns : row->max_ns;
	}
}

/*
 * The rank-sum test by trying every order of m + n different figures: how many orders have B surely
 * more than A? The bits of an order say which places are B's.
 */
static unsigned int rejects(unsigned int m, unsigned int n, double alpha, unsigned int *orders)
{
	struct bounds a[RANKSUM_MAX], b[RANKSUM_MAX];
	unsigned int order, i, x, y, found = 0;

	for (*orders = 0, order = 0; order < 1U << (m + n); order++) {
		if ((unsigned int)__builtin_popcount(order) != n)
			continue;
		for (i = 0, x = 0, y = 0; i < m + n; i++) {
			struct bounds at = { 100 + 10 * i, 101 + 10 * i };

			if (order >> i & 1)
				b[y++] = at;
			else
				a[x++] = at;
		}
		++*orders;
		found += ranksum_surely_more(a, m, b, n, alpha) > 0;
	}
	return found;
}

int main(void)
{
	static const unsigned int permille[] = { 500, 900, 990, 999 };
	static struct row a, b;
	unsigned int n, p, held = 0, judged = 0, false_alarm = 0, found = 0, silent = 0;

	for (n = 0; n < 500; n++) {
		sample(&a, 48000 + n % 7 * 48000, 1);
		sample(&b, 48000 + n % 5 * 48000, 1);
		for (p = 0; p < 4; p++) {
			struct bounds x = quantile_bounds(&a, permille[p]),
				      y = quantile_bounds(&b, permille[p]);
			uint64_t exact = quantile_of(permille[p] / 1000.0);

			if (x.high_ns == UINT64_MAX)
				continue;
			judged++;
			held += x.low_ns <= exact && exact <= x.high_ns;
			false_alarm += quantile_surely_more(x, y) > 0 ||
				       quantile_surely_more(y, x) > 0;
		}
	}
	result(judged > 1000 && held >= judged * 0.98,
	       "intervals hold the true percentile, in %u of %u cases", held, judged);
	result(false_alarm <= judged / 1000,
	       "two samples of one law are not told apart, but in %u of %u cases", false_alarm,
	       judged);
	for (n = 0; n < 200; n++) {
		sample(&a, 200000, 1);
		sample(&b, 200000, 2);
		found += quantile_surely_more(quantile_bounds(&a, 990), quantile_bounds(&b, 990)) >
			 0;
	}
	result(found >= 180,
	       "a p99 that is twice as long is found nine times of ten, here %u of %u", found, 200);
	for (n = 0; n < 200; n++) {
		sample(&a, 30, 1);
		sample(&b, 30, 100);
		silent += quantile_surely_more(quantile_bounds(&a, 990),
					       quantile_bounds(&b, 990)) <= 0;
	}
	result(silent == 200,
	       "a p99 of 30 samples says nothing, in %u of %u cases", silent, 200);
	/* 23 of the 25 pairs and more are won in 4 of 252 orders, counted by hand. */
	n = rejects(5, 5, 0.02, &p);
	result(n == 4 && p == 252,
	       "of the orders of 5 and 5 runs %u of %u are told apart at 2 %%", n, p);
	for (n = 0, silent = 0; n < 6; n++)
		silent += rejects(3 + n % 4, 9 - n, 0.01, &p) <= p / 100;
	result(silent == 6,
	       "the rank-sum test tells no more of the orders apart than alpha, in %u of %u cases",
	       silent, 6);
	result(ranksum_can_tell(6, 6, 1.1 / 924) && !ranksum_can_tell(6, 6, 0.9 / 924),
	       "6 and 6 runs can tell a change by one of their 924 orders");
	result(ranksum_can_tell(RANKSUM_MAX, RANKSUM_MAX, 0.000000000001) &&
	       !ranksum_can_tell(1, 1, 0.4),
	       "the largest sets can tell a change, the smallest cannot");
	return results_failed() != 0;
}
