// SPDX-License-Identifier: GPL-2.0
/* Histograms: arithmetic that hostile figures cannot bring to overflow. */
#include <string.h>
#include "model/histogram.h"

/* Of a difference: each of the two may have been read while so many were added. */
#define SLACK_PAIRS (1 << 20)

unsigned int row_buckets(const struct row *row)
{
	return row->pow2 ? KVMLAT_POW2_BUCKETS : KVMLAT_BUCKETS;
}

uint64_t row_low_ns(const struct row *row, unsigned int b)
{
	return row->pow2 ? kvmlat_pow2_low_ns(b) : kvmlat_bucket_low_ns(b);
}

bool is_open_ns(uint64_t ns)
{
	return ns >= kvmlat_bucket_low_ns(KVMLAT_OPEN_BUCKET);
}

void row_clear(struct row *row, bool pow2)
{
	row->pow2 = pow2;
	row->wrapped = false;
	row->count = 0;
	row->sum_ns = 0;
	row->max_ns = 0;
	row->runq_ns = 0;
	row->offcpu_ns = 0;
	row->min_ns = UINT64_MAX;
	memset(row->bucket, 0, row_buckets(row) * sizeof(row->bucket[0]));
}

/* Fine buckets are added up to plain powers of two; the reverse cannot be. */
static void become_pow2(struct row *row)
{
	uint64_t pow2[KVMLAT_POW2_BUCKETS];

	row_pow2(row, pow2);
	memcpy(row->bucket, pow2, sizeof(pow2));
	row->pow2 = true;
}

void row_add(struct row *to, const struct row *from)
{
	unsigned int b, nr = row_buckets(from);

	if (from->pow2 && !to->pow2)
		become_pow2(to);
	to->count = add_sat(to->count, from->count);
	to->sum_ns = add_wide(to->sum_ns, from->sum_ns);
	to->runq_ns = add_wide(to->runq_ns, from->runq_ns);
	to->offcpu_ns = to->offcpu_ns == UNKNOWN_SUM || from->offcpu_ns == UNKNOWN_SUM ?
			UNKNOWN_SUM : add_wide(to->offcpu_ns, from->offcpu_ns);
	to->wrapped |= from->wrapped;
	if (from->min_ns < to->min_ns)
		to->min_ns = from->min_ns;
	if (from->max_ns > to->max_ns)
		to->max_ns = from->max_ns;
	for (b = 0; b < nr; b++) {
		unsigned int into = to->pow2 && !from->pow2 ? kvmlat_bucket_pow2(b) : b;

		if (from->bucket[b])
			to->bucket[into] = add_sat(to->bucket[into], from->bucket[b]);
	}
}

static void within_buckets(struct row *row)
{
	unsigned int b, low = 0, high = 0, nr = row_buckets(row);
	uint64_t end;

	for (b = nr; b-- > 0;)
		low = row->bucket[b] ? b : low;
	for (b = 0; b < nr; b++)
		high = row->bucket[b] ? b : high;
	end = high == nr - 1 ? UINT64_MAX : row_low_ns(row, high + 1) - 1;
	row->max_ns = end < row->max_ns ? end : row->max_ns;
	end = row_low_ns(row, low);
	row->min_ns = end > row->min_ns ? end : row->min_ns;
}

void row_bounds(struct row *row)
{
	row->min_ns = 0;
	row->max_ns = UINT64_MAX;
	within_buckets(row);
	if (row->max_ns == UINT64_MAX)	/* the open bucket: no more is known */
		row->max_ns = row_low_ns(row, row_buckets(row) - 1);
}

/* The least and the greatest sum that the buckets, and where they agree min and max, allow. */
static void sum_bounds(const struct row *row, wide *least, wide *most)
{
	unsigned int b, nr = row_buckets(row);

	*least = 0;
	*most = 0;
	for (b = 0; b < nr; b++) {
		uint64_t high = b == nr - 1 ? UINT64_MAX : row_low_ns(row, b + 1) - 1;
		uint64_t low = row_low_ns(row, b);

		if (!row->bucket[b])
			continue;
		low = row->min_ns > low && row->min_ns <= high ? row->min_ns : low;
		high = row->max_ns < high && row->max_ns >= low ? row->max_ns : high;
		*least += (wide)row->bucket[b] * low;
		*most += (wide)row->bucket[b] * high;
	}
}

/*
 * The one nearest to the middle of what the buckets allow, of all that are @row->sum_ns modulo
 * 2^64. false: it is less than nothing, as the difference of sums that went back is.
 */
static bool nearest_sum(struct row *row, wide *least, wide *most)
{
	wide middle, up;
	uint64_t off;

	sum_bounds(row, least, most);
	middle = *least + (*most - *least) / 2;
	off = (uint64_t)row->sum_ns - (uint64_t)middle;
	up = middle + off;
	if (off >> 63 && up >> 64)
		up -= (wide)1 << 64;
	else if (off >> 63)
		return false;
	row->sum_ns = up;
	row->wrapped = up >> 64;
	return true;
}

/* The pairs that may be in one of sum and buckets only take up to @max_ns. */
static bool unwrap(struct row *row, uint64_t pairs, uint64_t max_ns)
{
	wide least, most, slack = (wide)pairs * max_ns;

	if (!nearest_sum(row, &least, &most))
		return false;
	/*
	 * A reader that is held up between the buckets and the sum sees as many more pairs in the
	 * sum.
	 */
	return add_wide(row->sum_ns, slack) >= least &&
	       row->sum_ns <= add_wide(add_wide(most, most), slack);
}

bool row_unwrap(struct row *row, uint64_t pairs)
{
	return unwrap(row, pairs, row->max_ns);
}

uint64_t row_mean_ns(const struct row *row)
{
	wide mean = row->sum_ns / row->count;

	return mean > UINT64_MAX ? UINT64_MAX : (uint64_t)mean;
}

/*
 * @now - @before modulo 2^64; *@back: it went back, for it is a part of a sum that is less than
 * that.
 */
static wide sub_part(wide now, wide before, const struct row *of, bool *back)
{
	uint64_t part = (uint64_t)now - (uint64_t)before;

	*back = part >> 63 && !(of->sum_ns >> 63);
	return part;
}

/* false: @now has less than @before anywhere; its figures are of no use then. */
static bool subtract(struct row *now, const struct row *before)
{
	unsigned int b, nr = row_buckets(now);
	uint64_t max_ns = now->max_ns;
	bool back;

	if (now->pow2 != before->pow2 || now->count < before->count)
		return false;
	for (b = 0; b < nr; b++) {
		if (now->bucket[b] < before->bucket[b])
			return false;
		now->bucket[b] -= before->bucket[b];
	}
	now->count -= before->count;
	if (before->count && now->count)
		within_buckets(now);
	now->sum_ns = (uint64_t)now->sum_ns - (uint64_t)before->sum_ns;
	if (!unwrap(now, SLACK_PAIRS, max_ns))
		return false;
	now->runq_ns = sub_part(now->runq_ns, before->runq_ns, now, &back);
	if (back)
		return false;
	if (now->offcpu_ns == UNKNOWN_SUM || before->offcpu_ns == UNKNOWN_SUM)
		now->offcpu_ns = UNKNOWN_SUM;
	else
		now->offcpu_ns = sub_part(now->offcpu_ns, before->offcpu_ns, now, &back);
	if (back)
		now->offcpu_ns = UNKNOWN_SUM;
	return true;
}

bool row_covers(const struct row *now, const struct row *before)
{
	struct row rest = *now;

	return subtract(&rest, before);
}

void row_sub(struct row *now, const struct row *before)
{
	subtract(now, before);
}

void row_pow2(const struct row *row, uint64_t pow2[KVMLAT_POW2_BUCKETS])
{
	unsigned int b, into, nr = row_buckets(row);

	memset(pow2, 0, KVMLAT_POW2_BUCKETS * sizeof(pow2[0]));
	for (b = 0; b < nr; b++) {
		into = row->pow2 ? b : kvmlat_bucket_pow2(b);
		pow2[into] = add_sat(pow2[into], row->bucket[b]);
	}
}

uint64_t row_percentile_ns(const struct row *row, unsigned int permille)
{
	uint64_t rank = row->count / 1000 * permille + (row->count % 1000 * permille + 999) / 1000;
	uint64_t seen = 0, end;
	unsigned int p;

	if (!row->pow2)
		return kvmlat_percentile_ns(row->bucket, row->count, permille, row->min_ns,
					    row->max_ns);
	if (!row->count)
		return 0;
	for (p = 0; p < KVMLAT_POW2_OPEN; p++) {
		seen = add_sat(seen, row->bucket[p]);
		if (seen >= rank)
			break;
	}
	end = p == KVMLAT_POW2_OPEN ? row->max_ns : kvmlat_pow2_low_ns(p + 1) - 1;
	return end < row->max_ns ? end : row->max_ns;
}
