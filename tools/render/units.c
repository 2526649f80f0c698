// SPDX-License-Identifier: GPL-2.0
/* Figures for people, and the terminal they are read on. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
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

const char *format_percentile(char buffer[FORMAT_BYTES], const struct row *row, unsigned int permille, bool plain)
{
	uint64_t ns = row_percentile_ns(row, permille);
	char bound[FORMAT_BYTES];

	format_ns(bound, is_open_ns(ns) ? kvmlat_bucket_low_ns(KVMLAT_OPEN_BUCKET) : ns, plain);
	snprintf(buffer, FORMAT_BYTES, "%s%.20s", is_open_ns(ns) ? ">=" : row->pow2 ? "<=" : "", bound);
	return buffer;
}

const char *format_part(char buffer[FORMAT_BYTES], double part, double whole)
{
	snprintf(buffer, FORMAT_BYTES, "%.2f%%", whole > 0 ? 100 * part / whole : 0.0);
	return buffer;
}

static int from_env(const char *name)
{
	const char *text = getenv(name);
	int n = text ? atoi(text) : 0;

	return n > 0 ? n : 0;
}

int terminal_width(void)
{
	struct winsize size;

	if (from_env("COLUMNS"))
		return from_env("COLUMNS");
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col ? INT_MAX : size.ws_col;
}

int terminal_height(void)
{
	struct winsize size;

	/* Only on a terminal: a pipe must lose nothing because a shell exported LINES. */
	if (!isatty(STDOUT_FILENO))
		return INT_MAX;
	if (from_env("LINES"))
		return from_env("LINES");
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_row ? INT_MAX : size.ws_row;
}

double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}
