/* SPDX-License-Identifier: GPL-2.0 */
/* Histograms and what is done with them: add, subtract, percentiles, a table of them. */
#ifndef KVMLAT_ROWS_H
#define KVMLAT_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "../module/base/bucket.h"

#define REASON_OTHER	(UINT32_MAX - 1)	/* the catch-all, key `other`; UINT32_MAX is a code of SVM */
#define WHERE_ALL	(-1)			/* a sum over CPUs */
#define UNKNOWN		UINT64_MAX		/* printed as - in the data: not measured, not known */
#define UNKNOWN_SUM	(~(wide)0)

/*
 * Sums of times over many sources: 1,000 idle vCPUs fill 64 bits in 214 days. The module's are
 * modulo 2^64; what is missing of a sum of latencies the buckets tell, as long as that is more than
 * they are uncertain of.
 */
typedef unsigned __int128 wide;

/* In the order in which reports show them. CAUSE_ALL: a sum over causes. */
enum cause { KERNEL, PREEMPTED, BLOCKED, USER, MIXED, NR_CAUSES, CAUSE_ALL = NR_CAUSES };
extern const char *const cause_names[NR_CAUSES];

/*
 * A histogram; a row without pairs has count 0 and min UINT64_MAX. Sums of rows stop at their
 * greatest value rather than wrap. pow2: bucket[] holds plain powers of two, else the buckets of
 * bucket.h. wrapped: of runq_ns and offcpu_ns, parts of sum_ns, so much is left out that they are
 * known modulo 2^64 only.
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
wide add_wide(wide a, wide b);			/* stops at the greatest value */
#define WIDE_BYTES 48
const char *wide_text(char buffer[WIDE_BYTES], wide n);
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
uint64_t row_low_ns(const struct row *row, unsigned int b);	/* of bucket b; of b + 1: the end of b */
unsigned int row_buckets(const struct row *row);
bool is_open_ns(uint64_t ns);		/* from the open bucket: only a lower bound */

/* Rows by (where, reason, cause). Adding one may move them: keep no pointer over rows_get(). */
struct rows {
	struct row *row;
	size_t nr, room;
	uint32_t *slot;			/* open addressing: number of a row + 1 */
	size_t slots;
};

struct row *rows_find(const struct rows *rows, int64_t where, uint32_t reason, enum cause cause);
struct row *rows_get(struct rows *rows, int64_t where, uint32_t reason, enum cause cause, bool pow2);
void rows_add(struct rows *to, const struct rows *from);	/* fine rows; by (WHERE_ALL, reason, cause) */
void rows_copy(struct rows *to, const struct rows *from);	/* what @to held is gone */
void rows_free(struct rows *rows);

#endif
