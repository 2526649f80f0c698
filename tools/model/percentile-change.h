/* SPDX-License-Identifier: GPL-2.0 */
/* Is a percentile of B another than that of A? */
#ifndef KVMLAT_JUDGE_H
#define KVMLAT_JUDGE_H

#include "model/runs.h"

struct side {
	const char *name;		/* of the file; NULL: the live module */
	struct runs runs;
	struct rows rows;		/* what is compared, by reason and cause */
	struct rows run[RANKSUM_MAX];	/* and of each run */
	double seconds;
};

struct test {
	/* by how the runs of a side differ, else by the exits of one run */
	bool by_runs;
	double alpha;			/* of one test by runs */
};

struct change {
	bool known;			/* false: too few exits or runs */
	/* B surely over A by so much of A; A over B by so much of B */
	double more, less;
};

/* @of: whose reason and cause; both sides have rows of it. */
struct change percentile_change(const struct test *t, const struct side *a, const struct side *b,
				const struct row *of, unsigned int permille);
/* Have both sides two runs with exits enough for the percentile? */
bool percentile_comparable(const struct side *a, const struct side *b, const struct row *of,
			   unsigned int permille);
void side_free(struct side *s);

#endif
