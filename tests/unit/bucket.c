// SPDX-License-Identifier: GPL-2.0
/*
 * The bucket rule at every edge against a slow reading of the rule, and percentiles against exact
 * ones.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../module/base/bucket.h"
#include "tap.h"

/* The rule in words, without bit tricks: walk the buckets from 0 until one ends above ns. */
static unsigned int slow_bucket(uint64_t ns)
{
	uint64_t low = 0, width = 1;
	unsigned int b = 0;

	while (b < 328) {
		if (low >= 16 && (low & (low - 1)) == 0)
			width = low / 8;
		if (ns - low < width)
			return b;
		low += width;
		b++;
	}
	return 328;
}

static bool edge(uint64_t ns)
{
	unsigned int b = kvmlat_bucket(ns), p = kvmlat_bucket_pow2(b), want = 0;
	uint64_t v;

	for (v = ns; v && want < 44; v /= 2)
		want++;
	if (b != slow_bucket(ns) || p != want || ns < kvmlat_bucket_low_ns(b) ||
	    (b < 328 && ns >= kvmlat_bucket_low_ns(b + 1)) || ns < kvmlat_pow2_low_ns(p) ||
	    (p < 44 && ns >= kvmlat_pow2_low_ns(p + 1))) {
		printf("# %" PRIu64 ": bucket %u, by the rule %u; power %u, by the rule %u\n", ns,
		       b, slow_bucket(ns), p, want);
		return false;
	}
	return true;
}

static void edges(void)
{
	bool ok = true;
	unsigned int b, n;

	for (n = 0; n < 5000; n++)
		ok &= edge(n);
	result(ok, "every value to 5,000 is in the bucket of the rule");
	for (ok = true, n = 0; n < 64; n++)
		ok &= edge((1ULL << n) - 1) && edge(1ULL << n) && edge((1ULL << n) + 1);
	result(ok, "powers of two and their neighbours are in the bucket of the rule");
	result(edge(0) && edge(1) && edge(UINT64_MAX) && edge(UINT64_MAX - 1),
	       "0, 1 and the greatest values are in the bucket of the rule");
	for (ok = true, b = 0; b <= 328; b++) {
		uint64_t low = kvmlat_bucket_low_ns(b);

		ok &= edge(low) && kvmlat_bucket(low) == b &&
		      (!b || kvmlat_bucket(low - 1) == b - 1);
	}
	result(ok, "every bucket's bounds are the rule's");
	result(KVMLAT_BUCKETS == 329 && kvmlat_bucket_low_ns(328) == 1ULL << 43,
	       "there are 328 buckets, and the open one from 2^43 ns on");
}

static uint64_t random_bits(void)
{
	static uint64_t x = 88172645463325252ULL;	/* xorshift64, fixed: runs repeat */

	x ^= x << 13;
	x ^= x >> 7;
	return x ^= x << 17;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static bool percentiles(unsigned int shape, unsigned int count)
{
	static const unsigned int permille[] = { 1, 10, 250, 500, 900, 990, 999, 1000 };
	static uint64_t sample[20000];
	static u64 bucket[KVMLAT_BUCKETS];
	unsigned int n;

	memset(bucket, 0, sizeof(bucket));
	for (n = 0; n < count; n++) {
		uint64_t r = random_bits();

		switch (shape) {
		case 0: sample[n] = r % 1000; break;
		case 1: sample[n] = 1000 + r % 1000000; break;
		case 2: sample[n] = r >> (21 + r % 43); break;
		case 3: sample[n] = 777; break;
		case 4: sample[n] = n % 100 ? 1500 : 40000000; break;
		default: sample[n] = 1ULL << (r % 43); break;
		}
		bucket[kvmlat_bucket(sample[n])]++;
	}
	qsort(sample, count, sizeof(*sample), compare);
	for (n = 0; n < sizeof(permille) / sizeof(*permille); n++) {
		uint64_t rank = ((uint64_t)count * permille[n] + 999) / 1000;
		uint64_t exact = sample[rank - 1];
		uint64_t got = kvmlat_percentile_ns(bucket, count, permille[n], sample[0],
						    sample[count - 1]);
		double off = exact > got ? (double)(exact - got) : (double)(got - exact);

		if (off > 0.0625 * exact) {
			printf("# shape %u, %u samples, %u permille: %" PRIu64 ", exactly %" PRIu64
			       "\n",
			       shape, count, permille[n], got, exact);
			return false;
		}
	}
	return true;
}

int main(void)
{
	static u64 bucket[KVMLAT_BUCKETS];
	unsigned int shape;

	edges();
	for (shape = 0; shape < 6; shape++)
		result(percentiles(shape, 1) && percentiles(shape, 7) && percentiles(shape, 999) &&
		       percentiles(shape, 20000),
		       "percentiles of shape %u are within 6.25 %% of the exact ones", shape);
	result(kvmlat_percentile_ns(bucket, 0, 500, 0, 0) == 0, "a percentile of no samples is 0");
	bucket[328] = 5;
	result(kvmlat_percentile_ns(bucket, 5, 500, 1ULL << 44, 1ULL << 50) >= 1ULL << 43,
	       "the open bucket answers with a lower bound");
	return results_failed() != 0;
}
