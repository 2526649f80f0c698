// SPDX-License-Identifier: GPL-2.0
/* One percentile of one reason, A against B. */
#include "model/percentile-change.h"

/* The edges of a percentile in each run that has exits enough for it. */
static unsigned int edges_of(const struct side *s, const struct row *of, unsigned int permille,
			     struct bounds edges[RANKSUM_MAX])
{
	unsigned int n, nr = 0;

	for (n = 0; n < s->runs.nr; n++) {
		const struct row *row = rows_find(&s->run[n], WHERE_ALL, of->reason, of->cause);

		if (row && quantile_edges(row, permille, &edges[nr]))
			nr++;
	}
	return nr;
}

static struct bounds x[RANKSUM_MAX], y[RANKSUM_MAX];	/* of A and of B */

bool percentile_comparable(const struct side *a, const struct side *b, const struct row *of,
			   unsigned int permille)
{
	return edges_of(a, of, permille, x) > 1 && edges_of(b, of, permille, y) > 1;
}

struct change percentile_change(const struct test *t, const struct side *a, const struct side *b,
				const struct row *of, unsigned int permille)
{
	struct change c = { false, -1, -1 };
	unsigned int nr_a, nr_b;

	if (t->by_runs) {
		nr_a = edges_of(a, of, permille, x);
		nr_b = edges_of(b, of, permille, y);
		c.known = nr_a > 1 && nr_b > 1 && ranksum_can_tell(nr_a, nr_b, t->alpha);
		if (!c.known)
			return c;
		c.more = ranksum_surely_more(x, nr_a, y, nr_b, t->alpha);
		c.less = ranksum_surely_more(y, nr_b, x, nr_a, t->alpha);
		return c;
	}
	*x = quantile_bounds(rows_find(&a->rows, WHERE_ALL, of->reason, of->cause), permille);
	*y = quantile_bounds(rows_find(&b->rows, WHERE_ALL, of->reason, of->cause), permille);
	c.known = x->high_ns != UINT64_MAX && y->high_ns != UINT64_MAX;
	c.more = quantile_surely_more(*x, *y);
	c.less = quantile_surely_more(*y, *x);
	return c;
}

void side_free(struct side *s)
{
	unsigned int n;

	for (n = 0; n < RANKSUM_MAX; n++)
		rows_free(&s->run[n]);
	rows_free(&s->rows);
	runs_free(&s->runs);
}
