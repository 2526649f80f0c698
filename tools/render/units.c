// SPDX-License-Identifier: GPL-2.0
/* Figures for people. */
#include <inttypes.h>
#include <stdio.h>
#include "render/units.h"

const char *format_ns(char buffer[FORMAT_BYTES], uint64_t ns, bool plain)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	double value = ns;
	int unit = 0;

	if (ns == UNKNOWN) {
		snprintf(buffer, FORMAT_BYTES, "-");
	} else if (plain) {
		snprintf(buffer, FORMAT_BYTES, "%" PRIu64, ns);
	} else if (ns < 1000) {
		snprintf(buffer, FORMAT_BYTES, "%" PRIu64 "ns", ns);
	} else {
		for (; value >= 999.95 && unit < 3; unit++)
			value /= 1000;
		snprintf(buffer, FORMAT_BYTES, "%.*f%s", value < 9.9995 ? 3 : value < 99.995 ? 2 :
			 value < 999.95 ? 1 : 0, value, units[unit]);
	}
	return buffer;
}

const char *format_percentile(char buffer[FORMAT_BYTES], const struct row *row,
			      unsigned int permille, bool plain)
{
	uint64_t ns = row_percentile_ns(row, permille);
	char bound[FORMAT_BYTES];

	format_ns(bound, is_open_ns(ns) ? kvmlat_bucket_low_ns(KVMLAT_OPEN_BUCKET) : ns, plain);
	snprintf(buffer, FORMAT_BYTES, "%s%.20s",
		 is_open_ns(ns) ? ">=" :
		 row->pow2	? "<=" :
				  "",
		 bound);
	return buffer;
}

const char *format_part(char buffer[FORMAT_BYTES], double part, double whole)
{
	snprintf(buffer, FORMAT_BYTES, "%.2f%%", whole > 0 ? 100 * part / whole : 0.0);
	return buffer;
}
