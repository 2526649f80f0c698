/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For shares and rates: a * b / c without losing the upper half of the product. On x86
 * mul_u64_u64_div_u64() is a bare division, which traps where the quotient exceeds 64 bits or the
 * divisor is 0: one wrong figure in a report would be an oops. So all reports use these functions.
 */
#ifndef KVMLAT_MULDIV_H
#define KVMLAT_MULDIV_H

#include <linux/limits.h>
#include <linux/math64.h>

/* a * b / c; U64_MAX where it is more than that, also where @c is 0; but 0 where the product is. */
static inline u64 kvmlat_mul_div(u64 a, u64 b, u64 c)
{
	if (!a || !b)
		return 0;
	/* the quotient fits in 64 bits if the upper half of the product is less than the divisor */
	if (mul_u64_u64_shr(a, b, 64) >= c)
		return U64_MAX;
	return mul_u64_u64_div_u64(a, b, c);
}

/* (high * 2^64 + low) / c; U64_MAX where it is more than that, also where @c is 0. */
static inline u64 kvmlat_wide_div(u64 high, u64 low, u64 c)
{
	u64 quotient = 0;
	int bit;

	if (high >= c)
		return U64_MAX;
	if (!high)
		return div64_u64(low, c);
	/* long division, a bit at a time; the remainder, doubled, may need a 65th bit: carry */
	for (bit = 63; bit >= 0; bit--) {
		bool carry = high >> 63;

		high = high << 1 | (low >> bit & 1);
		if (carry || high >= c) {
			high -= c;
			quotient |= 1ULL << bit;
		}
	}
	return quotient;
}

/*
 * a * of / whole, where @a and @whole have 128 bits and @a is at most @whole. Exact if @whole fits
 * in 64 bits; else both are shifted until it does, and the result is exact to about 63 bits.
 */
static inline u64 kvmlat_wide_share(u64 a_high, u64 a, u64 of, u64 whole_high, u64 whole)
{
	while (whole_high || a_high) {
		a = a >> 1 | a_high << 63;
		a_high >>= 1;
		whole = whole >> 1 | whole_high << 63;
		whole_high >>= 1;
	}
	return whole ? kvmlat_mul_div(a, of, whole) : 0;
}

#endif
