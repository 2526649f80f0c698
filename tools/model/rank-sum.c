// SPDX-License-Identifier: GPL-2.0
/* The exact rank-sum test. */
#include <stdlib.h>
#include <string.h>
#include "model/rank-sum.h"

#define MAX_PAIRS (RANKSUM_MAX * RANKSUM_MAX)

/*
 * ways[k][u]: how often k of the first figures in order can be chosen so that u pairs are won. The
 * figure in place i (from 0), chosen as number k, beats the i - k of the other side before it.
 */
static double ways[RANKSUM_MAX + 1][MAX_PAIRS + 1];

/* The least number of won pairs that happens by chance in no more than @alpha of all orders. */
static unsigned int critical(unsigned int m, unsigned int n, double alpha)
{
	static struct {
		unsigned int m, n, u;
		double alpha;
	} known;
	unsigned int i, k, u, most = m * n;
	double all = 0, seen = 0;

	if (known.m == m && known.n == n && !(known.alpha < alpha) && !(known.alpha > alpha))
		return known.u;
	memset(ways, 0, sizeof(ways));
	ways[0][0] = 1;
	for (i = 0; i < m + n; i++) {
		for (k = i < n ? i : n - 1; k + 1 > 0; k--) {
			if (i - k > m)
				break;		/* more of the other side than there are */
			for (u = 0; u + i - k <= most; u++)
				ways[k + 1][u + i - k] += ways[k][u];
		}
	}
	for (u = 0; u <= most; u++)
		all += ways[n][u];
	for (u = most + 1; u > 0 && seen + ways[n][u - 1] <= alpha * all; u--)
		seen += ways[n][u - 1];
	known.m = m;
	known.n = n;
	known.alpha = alpha;
	known.u = u;
	return u;
}

bool ranksum_can_tell(unsigned int nr_a, unsigned int nr_b, double alpha)
{
	return critical(nr_a, nr_b, alpha) <= nr_a * nr_b;
}

static int greatest_first(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x > y ? -1 : x < y;
}

double ranksum_surely_more(const struct bounds *a, unsigned int nr_a, const struct bounds *b,
			   unsigned int nr_b, double alpha)
{
	static double more[MAX_PAIRS];
	unsigned int i, j, nr = 0, won = critical(nr_a, nr_b, alpha);

	if (won > nr_a * nr_b || !won)
		return -1;
	for (i = 0; i < nr_a; i++) {
		for (j = 0; j < nr_b; j++)
			more[nr++] = ((double)b[j].low_ns - a[i].high_ns) /
				     (a[i].high_ns ? a[i].high_ns : 1);
	}
	qsort(more, nr, sizeof(more[0]), greatest_first);
	return more[won - 1];
}
