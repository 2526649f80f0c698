// SPDX-License-Identifier: GPL-2.0
/*
 * Shares and rates, by the module's own muldiv.h: extremes, and numbers of chance beside 128-bit
 * arithmetic. The division is x86's own, which ends this program where the quotient has no room.
 */
#include <stdio.h>

#define u128 __uint128_t

#ifdef __x86_64__
static inline u64 mul_u64_u64_div_u64(u64 a, u64 mul, u64 div)
{
	u64 q;

	asm("mulq %2; divq %3" : "=a"(q) : "a"(a), "rm"(mul), "rm"(div) : "rdx");
	return q;
}
#else
#define mul_u64_u64_div_u64(a, b, c) ((u64)((u128)(a) * (b) / (c)))
#endif
#define div64_u64(a, b) ((a) / (b))
#define mul_u64_u64_shr(a, b, shift) ((u64)((u128)(a) * (b) >> (shift)))

#include "../../module/base/muldiv.h"
#include "tap.h"

static u64 wanted(u64 a, u64 b, u64 c)
{
	u128 product = (u128)a * b;

	if (!product)
		return 0;
	if (!c || product / c > U64_MAX)
		return U64_MAX;
	return (u64)(product / c);
}

int main(void)
{
	static const u64 edge[] = {
		0, 1, 2, 3, 10000, NSEC_PER_SEC, (1ULL << 32) - 1, 1ULL << 32,
		(1ULL << 63) - 1, 1ULL << 63, U64_MAX - 1, U64_MAX,
	};
	unsigned int n, i, j, k;
	u64 x = 20261124, v[3];
	bool right = true;

	for (i = 0; i < ARRAY_SIZE(edge); i++) {
		for (j = 0; j < ARRAY_SIZE(edge); j++) {
			for (k = 0; k < ARRAY_SIZE(edge); k++)
				right &= kvmlat_mul_div(edge[i], edge[j], edge[k]) ==
					 wanted(edge[i], edge[j], edge[k]);
		}
	}
	result(right, "the greatest and smallest of all three are divided right");
	right = true;
	for (n = 0; n < 3000000; n++) {
		/* of every size */
		for (i = 0; i < 3; i++) {
			x = x * 6364136223846793005ULL + 1442695040888963407ULL;
			v[i] = (x ^ x >> 29) >> (x >> 58);
		}
		right &= kvmlat_mul_div(v[0], v[1], v[2]) == wanted(v[0], v[1], v[2]);
	}
	result(right, "numbers of chance are divided right");
	right = true;
	for (n = 0; n < 300000; n++) {
		u128 sum, whole, product;

		for (i = 0; i < 3; i++) {
			x = x * 6364136223846793005ULL + 1442695040888963407ULL;
			v[i] = (x ^ x >> 29) >> (x >> 58);
		}
		sum = (u128)v[0] << 64 | v[1];
		right &= kvmlat_wide_div(v[0], v[1], v[2]) ==
			 (!v[2] || sum / v[2] > U64_MAX ? U64_MAX : (u64)(sum / v[2]));
		/* a part of a whole, to one in 10,000 */
		whole = sum + v[2];
		product = (sum >> 14) * 10000 / ((whole >> 14) + !(whole >> 14));
		x = kvmlat_wide_share((u64)(sum >> 64), (u64)sum, 10000, (u64)(whole >> 64),
				      (u64)whole);
		right &= whole >> 20 == 0 || (x + 1 >= product && x <= product + 1);
	}
	result(right, "sums of more than 64 bits are divided right");
	right = kvmlat_wide_div(5, 7, 5) == U64_MAX && kvmlat_wide_div(0, 0, 0) == U64_MAX &&
		kvmlat_wide_share(0, 5, 10000, 0, 0) == 0 &&
		kvmlat_wide_share(1, 0, 10000, 1, 0) == 10000;
	result(right, "the greatest sums, and a division by 0, give no trap");
	return results_failed() != 0;
}
