/* SPDX-License-Identifier: GPL-2.0 */
/* Do the figures of some runs lie above those of others, more than runs of one kind do? */
#ifndef KVMLAT_RANK_SUM_H
#define KVMLAT_RANK_SUM_H

#include "model/quantile.h"

#define RANKSUM_MAX 32		/* figures a side, at most */

/*
 * The rank-sum test of Wilcoxon, Mann and Whitney, exact, one-sided, and the lower confidence bound
 * that belongs to it (Moses): by how much of @a is @b surely greater? See M. Hollander, D. A. Wolfe
 * and E. Chicken, Nonparametric Statistical Methods, 3rd edition, Wiley 2014, sections 4.1 and 4.3.
 * Each figure is known to lie within its bounds; the distance of the nearer edges counts, so that a
 * bucket's width never makes a difference. Assumes nothing but that runs without a change come from
 * one law, whatever it is. Negative: that cannot be said, with @nr_a and @nr_b runs perhaps never.
 */
double ranksum_surely_more(const struct bounds *a, unsigned int nr_a, const struct bounds *b,
			   unsigned int nr_b, double alpha);
/* Can that many runs say anything at all? */
bool ranksum_can_tell(unsigned int nr_a, unsigned int nr_b, double alpha);

#endif
