/* SPDX-License-Identifier: GPL-2.0 */
/* By how much does a percentile of B differ from that of A, beyond chance? */
#ifndef KVMLAT_PERCENTILE_CHANGE_H
#define KVMLAT_PERCENTILE_CHANGE_H

#include "model/runs.h"

/* One of the two things that diff compares. */
struct side {
	const char *name;		/* of the file; NULL: the live module */
	struct runs runs;
	struct rows rows;		/* what is compared, by reason and cause */
	struct rows run[RANKSUM_MAX];	/* and of each run */
	double seconds;
};

struct test {
	/* Chance is how the runs of a side differ; else how exits of one run scatter. */
	bool by_runs;
	double alpha;			/* the error that one test by runs may have */
};

struct change {
	bool known;			/* false: too few exits or runs */
	double more;			/* B is over A by at least this share of A */
	double less;			/* A is over B by at least this share of B */
};

/* Of the rows that have the reason and cause of @of; both sides have one. */
struct change percentile_change(const struct test *t, const struct side *a, const struct side *b,
				const struct row *of, unsigned int permille);
/* Has each side at least two runs with enough exits for the percentile? */
bool percentile_comparable(const struct side *a, const struct side *b, const struct row *of,
			   unsigned int permille);
void side_free(struct side *s);

#endif
