/* SPDX-License-Identifier: GPL-2.0 */
/* How figures are written for people. */
#ifndef KVMLAT_UNITS_H
#define KVMLAT_UNITS_H

#include "model/histogram.h"

#define FORMAT_BYTES 32

/* 812ns, 1.53us, 35.6ms: four digits and the unit; @plain: nanoseconds, nothing else. UNKNOWN: - */
const char *format_ns(char buffer[FORMAT_BYTES], uint64_t ns, bool plain);
/* A percentile, with >= when it lies in the open bucket, <= where the row gives upper bounds. */
const char *format_percentile(char buffer[FORMAT_BYTES], const struct row *row,
			      unsigned int permille, bool plain);
const char *format_part(char buffer[FORMAT_BYTES], double part, double whole);	/* 12.34% */

#endif
