/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shares and rates: a * b / c without losing the product's upper half. x86's mul_u64_u64_div_u64() is
 * a bare division that traps where the quotient has no room or @c is 0, so one wrong figure in a
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

#endif
