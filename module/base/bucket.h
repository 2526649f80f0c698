/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bucket rule and the percentile rule, shared by the module, the formatter and the tests.
 *
 * Bucket of a latency of v ns: 0..7 exact, one bucket each; from 8 on every power of two
 * [2^i, 2^(i+1)), 3 <= i <= 42, is cut into 8 equal sub-buckets; 2^43 ns (2.4 hours) and more
 * is one open-ended bucket. 328 closed buckets and the open one.
 *
 * A closed bucket is never wider than 1/8 of its lower bound, so its middle is within
 * 1/16 = 6.25 % of every value in it.
 */
#ifndef KVMLAT_BUCKET_H
#define KVMLAT_BUCKET_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
typedef uint64_t u64;
#endif

#define KVMLAT_SUB_BITS		3
#define KVMLAT_SUB		(1U << KVMLAT_SUB_BITS)
#define KVMLAT_MAX_LOG2		42
#define KVMLAT_OPEN_BUCKET	(KVMLAT_SUB * (KVMLAT_MAX_LOG2 - KVMLAT_SUB_BITS + 2))
#define KVMLAT_BUCKETS		(KVMLAT_OPEN_BUCKET + 1)
/* Plain powers of two: [0, 1), [1, 2), [2, 4) ... [2^42, 2^43), and the open one. */
#define KVMLAT_POW2_OPEN	(KVMLAT_MAX_LOG2 + 2)
#define KVMLAT_POW2_BUCKETS	(KVMLAT_POW2_OPEN + 1)

/* Where the open bucket begins. */
#define KVMLAT_OPEN_NS		(1ULL << (KVMLAT_MAX_LOG2 + 1))

/*
 * Index of the bucket of @ns, which is below KVMLAT_OPEN_NS. One formula for all: 0 .. 7 get the
 * shift of [2^3, 2^4), which is 0, so each is its own index.
 */
static inline unsigned int kvmlat_bucket_closed(u64 ns)
{
	unsigned int shift = 63 - __builtin_clzll(ns | KVMLAT_SUB) - KVMLAT_SUB_BITS;

	return KVMLAT_SUB * shift + (unsigned int)(ns >> shift);
}

/* Index of the bucket that holds @ns; 0 .. KVMLAT_OPEN_BUCKET, any u64 is allowed. */
static inline unsigned int kvmlat_bucket(u64 ns)
{
	return ns < KVMLAT_OPEN_NS ? kvmlat_bucket_closed(ns) : KVMLAT_OPEN_BUCKET;
}

/* Smallest ns in bucket @b, where the bucket before it ends. @b <= KVMLAT_OPEN_BUCKET. */
static inline u64 kvmlat_bucket_low_ns(unsigned int b)
{
	if (b < KVMLAT_SUB)
		return b;
	return (u64)(KVMLAT_SUB + b % KVMLAT_SUB) << (b / KVMLAT_SUB - 1);
}

/* Index of the plain power of two that holds all of bucket @b. */
static inline unsigned int kvmlat_bucket_pow2(unsigned int b)
{
	if (b < KVMLAT_SUB)
		return b ? 64 - __builtin_clzll(b) : 0;
	return b / KVMLAT_SUB + KVMLAT_SUB_BITS;
}

/* Index of the plain power of two of @ns, any u64. */
static inline unsigned int kvmlat_pow2(u64 ns)
{
	if (ns >= KVMLAT_OPEN_NS)
		return KVMLAT_POW2_OPEN;
	return ns ? 64 - __builtin_clzll(ns) : 0;
}

/* Smallest ns of power of two @p: 0, 1, 2, 4 ... */
static inline u64 kvmlat_pow2_low_ns(unsigned int p)
{
	return p ? 1ULL << (p - 1) : 0;
}

/*
 * Percentile of @count samples in @bucket[], the nearest-rank rule: the middle of the bucket that
 * holds sample number ceil(count * @permille / 1000), kept within [@min_ns, @max_ns]. Within 6.25 %
 * of the exact sample, except in the open bucket, where the answer is its lower bound and only says
 * "at least". 0 when @count is 0. @permille is 1 .. 1000.
 */
static inline u64 kvmlat_percentile_ns(const u64 *bucket, u64 count, unsigned int permille,
				       u64 min_ns, u64 max_ns)
{
	u64 rank = count / 1000 * permille + (count % 1000 * permille + 999) / 1000;
	u64 seen = 0, ns;
	unsigned int b;

	if (!count)
		return 0;
	for (b = 0; b < KVMLAT_OPEN_BUCKET; b++) {
		seen += bucket[b];
		if (seen >= rank)
			break;
	}
	ns = kvmlat_bucket_low_ns(b);
	if (b < KVMLAT_OPEN_BUCKET)
		ns += (kvmlat_bucket_low_ns(b + 1) - ns) / 2;
	if (ns < min_ns)
		ns = min_ns;
	return ns > max_ns ? max_ns : ns;
}

#endif
