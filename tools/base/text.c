// SPDX-License-Identifier: GPL-2.0
/* The written form of names. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "base/utf8.h"

/* A character that stands as it is: its length; 0: its first byte is written as \ooo. */
static int plain(const unsigned char *c)
{
	int length = utf8_length(c);

	if (!*c || *c < ' ' || *c == 127 || *c == '\\')
		return 0;
	if (length == 2 && ((*c == 0xc2 && c[1] < 0xa0) || (*c == 0xd8 && c[1] == 0x9c)))
		return 0;			/* C1; U+061C */
	if (length != 3 || *c != 0xe2)
		return length;
	if (c[1] == 0x80 && (c[2] == 0x8e || c[2] == 0x8f || (c[2] >= 0xa8 && c[2] <= 0xae)))
		return 0; /* U+200E, 200F: direction; U+2028, 2029: line ends; U+202A .. 202E */
	/* U+2066 .. 2069 */
	return c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9 ? 0 : length;
}

char *text_written(const char *bytes, size_t length)
{
	/* utf8_length() looks at up to four bytes */
	unsigned char *padded = xrealloc(NULL, length + 4, 1);
	char *text = xrealloc(NULL, length + 1, 4), *to = text;
	size_t n, whole;

	memcpy(padded, bytes, length);
	memset(padded + length, 0, 4);
	for (n = 0; n < length; n += whole) {
		unsigned char c = padded[n];

		whole = plain(&padded[n]);
		if (whole) {
			memcpy(to, &padded[n], whole);
			to += whole;
			continue;
		}
		whole = 1;
		*to++ = '\\';
		if (c == '\\' || c == '\n' || c == '\t') {
			*to++ = c == '\n' ? 'n' : c == '\t' ? 't' : '\\';
			continue;
		}
		*to++ = (char)('0' + (c >> 6));
		*to++ = (char)('0' + (c >> 3 & 7));
		*to++ = (char)('0' + (c & 7));
	}
	*to = '\0';
	free(padded);
	return text;
}

static int digit(char c, int base)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c);

	return c && at && at - digits < base ? (int)(at - digits) : -1;
}

/* The byte that an escape at @c stands for, and how long that is; 0: it is none. */
static int escape(const unsigned char *c, unsigned char *byte)
{
	/* a letter and what it stands for, in turn */
	static const char letters[] = { '\\', '\\', 'n', '\n', 't', '\t', 'e', 27,  'r', '\r',
					'f',  '\f', 'v', '\v', 'a', '\a', '"', '"', 0 };
	const char *at;
	int value = 0, n;

	if (*c != '\\' || !c[1])
		return 0;
	for (at = letters; *at; at += 2) {
		if (c[1] == (unsigned char)*at) {
			*byte = at[1];
			return 2;
		}
	}
	if (c[1] == 'x' && digit(c[2], 16) >= 0 && digit(c[3], 16) >= 0) {
		*byte = 16 * digit(c[2], 16) + digit(c[3], 16);
		return 4;
	}
	for (n = 1; n <= 3 && digit(c[n], 8) >= 0; n++)
		value = 8 * value + digit(c[n], 8);
	if (n < 4 || value > 255)
		return 0;
	*byte = value;
	return 4;
}

/* A backslash that begins no escape is one. */
static char *unescaped(const char *told, size_t *length)
{
	const unsigned char *c = (const unsigned char *)told;
	char *bytes = xrealloc(NULL, strlen(told) + 1, 1);
	int taken;

	for (*length = 0; *c; c += taken) {
		unsigned char byte = *c;

		taken = escape(c, &byte);
		taken = taken ? taken : 1;
		bytes[(*length)++] = (char)byte;
	}
	return bytes;
}

char *text_of_data(const char *told)
{
	size_t length;
	char *bytes = unescaped(told, &length), *text = text_written(bytes, length);

	free(bytes);
	return text;
}

char *text_of_name(const char *given)
{
	char *text = text_of_data(given);

	if (!strcmp(text, given))
		return text;
	free(text);
	return text_written(given, strlen(given));
}

size_t text_fit(const char *written, size_t bytes)
{
	const unsigned char *c = (const unsigned char *)written;
	size_t fits = 0, next;
	unsigned char byte;

	for (; c[fits]; fits = next) {
		next = escape(c + fits, &byte);
		next = fits + (next ? next : (size_t)utf8_length(c + fits));
		next = next == fits ? fits + 1 : next;
		if (next > bytes)
			break;
	}
	return fits;
}

void text_copy(char *to, size_t size, const char *written)
{
	size_t length = strlen(written);

	if (length < size) {
		memcpy(to, written, length + 1);
		return;
	}
	length = text_fit(written, size - 3);
	memcpy(to, written, length);
	strcpy(to + length, "..");
}

char *text_print(const char *format, ...)
{
	va_list args;
	char *text;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0)
		die(EXIT_SOURCE, "out of memory");
	return text;
}
