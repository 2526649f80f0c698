// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>
#include "tap.h"

static unsigned int results, failed;

void result_elsewhere(bool right)
{
	results++;
	failed += !right;
}

void result(bool right, const char *format, ...)
{
	va_list args;

	result_elsewhere(right);
	printf("%s %u ", right ? "ok" : "not ok", results);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	puts("");
}

unsigned int results_failed(void)
{
	return failed;
}
