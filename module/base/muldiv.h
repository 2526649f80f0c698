/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shares and rates: a * b / c without losing the product's upper half. x86's mul_u64_u64_div_u64()
 * is a bare division that traps where the quotient has no room or @c is 0, so one wrong figure in a
 * report would be an oops: all go by this.
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
	/* room for the quotient means that the product's upper half is less than the divisor */
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
	/* by hand, a bit at a time: the remainder, which is less than c, may need a 65th bit */
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
 * a * of / whole, of two numbers of 128 bits; exact where the whole has 64, else to 63 bits of it.
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
