// SPDX-License-Identifier: GPL-2.0
/* Confidence intervals of percentiles, out of buckets. */
#include "model/quantile.h"

#define Z 2.33
#define D 16	/* exits that count as one */
#define LEAST 9

static double square_root(double x)	/* of 0 and more; libm is not linked */
{
	double root = x > 1 ? x : 1, next;

	if (!(x > 0))
		return 0;

	for (;;) {
		next = (root + x / root) / 2;
		if (!(next < root))
			return root;
		root = next;
	}
}

/* The bucket of sample number @rank, counted from 1. */
static unsigned int bucket_of(const struct row *row, double rank)
{
	unsigned int b, nr = row_buckets(row);
	double seen = 0;

	for (b = 0; b < nr - 1; b++) {
		seen += row->bucket[b];
		if (seen >= rank)
			break;
	}
	return b;
}

struct bounds quantile_bounds(const struct row *row, unsigned int permille)
{
	struct bounds b = { row->min_ns, UINT64_MAX };
	double n = row->count, p = permille / 1000.0, spread = Z * square_root(D * n * p * (1 - p));
	unsigned int last = row_buckets(row) - 1, at;

	if (n / D * p * (1 - p) < LEAST)
		return b;
	if (n * p - spread >= 1) {
		at = bucket_of(row, n * p - spread);
		b.low_ns = row_low_ns(row, at) > row->min_ns ? row_low_ns(row, at) : row->min_ns;
	}
	if (n * p + spread + 1 <= n) {
		at = bucket_of(row, n * p + spread + 1);
		b.high_ns = at == last ? row->max_ns : row_low_ns(row, at + 1);
		b.high_ns = b.high_ns < row->max_ns ? b.high_ns : row->max_ns;
	}
	return b;
}

bool quantile_edges(const struct row *row, unsigned int permille, struct bounds *edges)
{
	double n = row->count, p = permille / 1000.0;
	unsigned int at;

	if (n * p * (1 - p) < LEAST)
		return false;
	at = bucket_of(row, n * p);
	edges->low_ns = row_low_ns(row, at);
	edges->high_ns = at == row_buckets(row) - 1 ? row->max_ns : row_low_ns(row, at + 1);
	return true;
}

double quantile_surely_more(struct bounds a, struct bounds b)
{
	if (a.high_ns == UINT64_MAX || b.high_ns == UINT64_MAX)
		return 0;
	return ((double)b.low_ns - a.high_ns) / (a.high_ns ? a.high_ns : 1);
}
