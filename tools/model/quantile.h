/* SPDX-License-Identifier: GPL-2.0 */
/* How surely a histogram knows its percentiles. */
#ifndef KVMLAT_QUANTILE_H
#define KVMLAT_QUANTILE_H

#include "model/histogram.h"

struct bounds {
	uint64_t low_ns, high_ns;	/* UINT64_MAX: no upper bound can be said */
};

/*
 * A confidence interval of a percentile of one run that assumes nothing about the distribution: the
 * order statistics of ranks n p -+ z sqrt(D n p (1 - p)), see H. A. David and H. N. Nagaraja, Order
 * Statistics, 3rd edition, Wiley 2003, section 7.1; the binomial by its normal approximation, z =
 * 2.33. Exits come in bursts and are not independent: D = 16 of them count as one, which was
 * measured (kvmlat(8), STATISTICS). Outward to the edges of the buckets, so that a bucket's width
 * never makes a difference. No bounds where n / D p (1 - p) < 9: the approximation does not hold
 * then. How one run differs from the next it cannot know: runs.h does.
 */
struct bounds quantile_bounds(const struct row *row, unsigned int permille);

/* The bucket a percentile lies in; false where n p (1 - p) < 9, it would be a few single exits. */
bool quantile_edges(const struct row *row, unsigned int permille, struct bounds *edges);

/* By how much of @a is @b surely greater? Negative or 0: that cannot be said. */
double quantile_surely_more(struct bounds a, struct bounds b);

#endif
