// SPDX-License-Identifier: GPL-2.0
/* Errors. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/utf8.h"

void (*die_hook)(int status);
bool no_warnings;

/* Names of files and what was typed are in it: nothing of that may drive a terminal. */
static void say(const char *format, va_list args)
{
	char text[4096], *c;
	int length;

	vsnprintf(text, sizeof(text), format, args);
	for (c = text; *c; c += length) {
		if (drives_terminal(c, &length))
			memset(c, '?', length);
	}
	fflush(stdout);
	fprintf(stderr, "kvmlat: %s\n", text);
}

void die(int status, const char *format, ...)
{
	void (*hook)(int status) = die_hook;
	va_list args;

	die_hook = NULL;
	if (hook)
		hook(status);
	va_start(args, format);
	say(format, args);
	va_end(args);
	exit(status);
}

void warn(const char *format, ...)
{
	va_list args;

	if (no_warnings)
		return;
	va_start(args, format);
	say(format, args);
	va_end(args);
}
