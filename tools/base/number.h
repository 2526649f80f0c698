/* SPDX-License-Identifier: GPL-2.0 */
/* Sums that stop at their greatest value rather than wrap, whatever data they are of. */
#ifndef KVMLAT_NUMBER_H
#define KVMLAT_NUMBER_H

#include <stdint.h>

#define UNKNOWN		UINT64_MAX	/* printed as - in the data: not measured, not known */
#define UNKNOWN_SUM	(~(wide)0)

/* Sums of times over many sources: 1,000 idle vCPUs fill 64 bits in 214 days. */
typedef unsigned __int128 wide;

uint64_t add_sat(uint64_t a, uint64_t b);
wide add_wide(wide a, wide b);
#define WIDE_BYTES 48
const char *wide_text(char buffer[WIDE_BYTES], wide n);		/* decimal; it lies in @buffer */

#endif
