/* SPDX-License-Identifier: GPL-2.0 */
/* How surely a histogram knows its percentiles. */
#ifndef KVMLAT_QUANTILE_H
#define KVMLAT_QUANTILE_H

#include "rows.h"

struct bounds {
	uint64_t low_ns, high_ns;	/* UINT64_MAX: no upper bound can be said */
};

/*
 * A confidence interval of a percentile that assumes nothing about the distribution: the order
 * statistics of ranks n p -+ z sqrt(n p (1 - p)), see H. A. David and H. N. Nagaraja, Order
 * Statistics, 3rd edition, Wiley 2003, section 7.1; the binomial by its normal approximation.
 * z = 2.33: 98 %; two such intervals of equal samples from one law are apart in less than one of a
 * thousand cases (their difference is then over 2 * 2.33 / sqrt(2) = 3.29 standard errors).
 * Outward to the edges of the buckets, so that a bucket's width never makes a difference. Assumes
 * independent samples; exits in a row are not quite, hence a least effect beside it. No bounds
 * where n p (1 - p) < 9: the approximation does not hold then.
 */
struct bounds quantile_bounds(const struct row *row, unsigned int permille);

/* By how much of @a is @b surely greater? Negative or 0: that cannot be said. */
double quantile_surely_more(struct bounds a, struct bounds b);

#endif
