/* SPDX-License-Identifier: GPL-2.0 */
/* A histogram and what is done with it: add, subtract, percentiles. */
#ifndef KVMLAT_HISTOGRAM_H
#define KVMLAT_HISTOGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "../module/base/bucket.h"
#include "base/number.h"
#include "model/data-words.h"

#define REASON_OTHER	(UINT32_MAX - 1)	/* the overflow row; UINT32_MAX is a code of SVM */
#define WHERE_ALL	(-1)			/* a sum over CPUs */

/*
 * A histogram, a `row` of the data; a row without pairs has count 0 and min UINT64_MAX. Sums of
 * rows stop at their greatest value rather than wrap. pow2: bucket[] holds plain powers of two,
 * else the buckets of bucket.h. wrapped: of runq_ns and offcpu_ns, parts of sum_ns, so much is
 * missing that they are known modulo 2^64 only. The module's sums are modulo 2^64; what is missing
 * of a sum of latencies the buckets tell, as long as that is more than they are uncertain of.
 */
struct row {
	int64_t where;			/* WHERE_ALL, a CPU, or what a view numbers */
	uint32_t reason;
	enum cause cause;
	bool pow2, wrapped;
	uint64_t count, min_ns, max_ns;
	wide sum_ns, runq_ns;
	wide offcpu_ns;			/* UNKNOWN_SUM: not measured */
	u64 bucket[KVMLAT_BUCKETS];
};

void row_clear(struct row *row, bool pow2);
/* What fine and pow2 rows are together is a pow2 row: @to becomes one where either is. */
void row_add(struct row *to, const struct row *from);
/* Take min and max from the edges of the buckets. */
void row_bounds(struct row *row);
/*
 * Make of sum_ns, which is modulo 2^64, the one that the buckets allow. false: they allow none,
 * even if the sums of so many pairs, which a reader may see before or after their buckets, are
 * missing.
 */
bool row_unwrap(struct row *row, uint64_t pairs);
uint64_t row_mean_ns(const struct row *row);	/* of a row with pairs */
/*
 * Has @now at least what @before has everywhere, sums that went over 2^64 meanwhile
 * notwithstanding? Then row_sub() leaves what it has more, its min and max as near as the buckets
 * know them.
 */
bool row_covers(const struct row *now, const struct row *before);
void row_sub(struct row *now, const struct row *before);
void row_pow2(const struct row *row, uint64_t pow2[KVMLAT_POW2_BUCKETS]);
/* Nearest rank. Fine rows: within 6.25 %. pow2 rows: an upper bound, at most twice the value. */
uint64_t row_percentile_ns(const struct row *row, unsigned int permille);
/* of bucket b; of b + 1: the end of b */
uint64_t row_low_ns(const struct row *row, unsigned int b);
unsigned int row_buckets(const struct row *row);
bool is_open_ns(uint64_t ns);		/* from the open bucket: only a lower bound */

#endif
