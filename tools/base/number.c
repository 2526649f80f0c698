// SPDX-License-Identifier: GPL-2.0
/* Sums of hostile figures. */
#include "base/number.h"

uint64_t add_sat(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

wide add_wide(wide a, wide b)
{
	wide sum;

	return __builtin_add_overflow(a, b, &sum) ? ~(wide)0 : sum;
}

const char *wide_text(char buffer[WIDE_BYTES], wide n)
{
	char *at = buffer + WIDE_BYTES - 1;

	*at = '\0';
	do {
		at--;
		*at = (char)('0' + (int)(n % 10));
		n /= 10;
	} while (n);
	return at;
}
