// SPDX-License-Identifier: GPL-2.0
/* Errors and memory. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"

void (*die_hook)(int status);
bool no_warnings;
const char *root_dir = "";

int utf8_length(const unsigned char *c)
{
	int n, length = *c < 0x80 ? 1 : *c >= 0xc2 && *c < 0xe0 ? 2 : (*c & 0xf0) == 0xe0 ? 3 :
		*c >= 0xf0 && *c < 0xf5 ? 4 : 0;

	for (n = 1; n < length; n++) {
		if ((c[n] & 0xc0) != 0x80)
			return 0;
	}
	/* overlong forms, surrogates, beyond U+10FFFF */
	if ((*c == 0xe0 && c[1] < 0xa0) || (*c == 0xed && c[1] > 0x9f) || (*c == 0xf0 && c[1] < 0x90) ||
	    (*c == 0xf4 && c[1] > 0x8f))
		return 0;
	return length;
}

bool drives_terminal(const char *text, int *length)
{
	const unsigned char *c = (const unsigned char *)text;

	*length = utf8_length(c);
	if (!*length) {		/* a byte that is no UTF-8: of C1 in a terminal of 8 bits, else only odd */
		*length = 1;
		return *c >= 0x80 && *c < 0xa0;
	}
	return (*c && *c < ' ') || *c == 127 || (*c == 0xc2 && c[1] < 0xa0);
}

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

void *xrealloc(void *old, size_t nr, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(nr, size, &bytes))
		die(EXIT_SOURCE, "out of memory");
	old = realloc(old, bytes ? bytes : 1);
	if (!old)
		die(EXIT_SOURCE, "out of memory");
	return old;
}

char *xstrdup(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		die(EXIT_SOURCE, "out of memory");
	return copy;
}

uint64_t add_sat(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

void flush_out(FILE *out, const char *name)
{
	if (fflush(out) || ferror(out))
		die(EXIT_SOURCE, "%s: %s", name, strerror(errno ? errno : EIO));
}

FILE *buffer_open(char **text, size_t *length)
{
	FILE *buffer = open_memstream(text, length);

	if (!buffer)
		die(EXIT_SOURCE, "out of memory");
	return buffer;
}

void buffer_print(FILE *buffer, char **text, size_t *length)
{
	if (fclose(buffer))
		die(EXIT_SOURCE, "out of memory");
	fwrite(*text, 1, *length, stdout);
	free(*text);
	*text = NULL;
	flush_out(stdout, "standard output");
}
