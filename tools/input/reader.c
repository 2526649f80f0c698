// SPDX-License-Identifier: GPL-2.0
/* Lines and fields. Every line is whole or an error; nothing of a line's length is trusted. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/error.h"
#include "base/utf8.h"
#include "input/reader.h"

/*
 * The number of the line just read, in the whole file: counted anew where reading did not begin
 * there.
 */
uint64_t reader_number(const struct reader *r)
{
	off_t at = 0, to = r->text ? r->offset - (off_t)(r->buffer + r->end - r->text) : r->offset;
	static char block[65536];
	uint64_t lines = 1;

	if ((!r->first && !r->jumped) || !r->seekable)
		return r->line;
	while (at < to) {
		size_t want = to - at < (off_t)sizeof(block) ? (size_t)(to - at) : sizeof(block);
		ssize_t got = pread(r->fd, block, want, at);

		if (got <= 0)
			break;
		for (ssize_t n = 0; n < got; n++)
			lines += block[n] == '\n';
		at += got;
	}
	return lines;
}

void die_damaged(const struct reader *r, const char *format, ...)
{
	char why[256];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	for (char *c = why; *c; c++)
		*c = *c < ' ' || *c == 127 ? '?' : *c;
	die(EXIT_DATA, "%s:%" PRIu64 ": %s", r->name, reader_number(r), why);
}

/* More bytes behind those not read yet; false when there are none. */
static bool fill(struct reader *r)
{
	size_t size;
	ssize_t got;

	if (r->fd < 0)
		return false;
	memmove(r->buffer, r->buffer + r->pos, r->end - r->pos);
	r->end -= r->pos;
	r->pos = 0;
	r->text = NULL;
	size = READER_BYTES - r->end;
	if (r->limit >= 0 && r->limit - r->offset < (off_t)size)
		size = r->limit - r->offset;
	do
		got = size ? read(r->fd, r->buffer + r->end, size) : 0;
	while (got < 0 && errno == EINTR);
	if (got < 0 && !r->live)
		die(EXIT_SOURCE, "%s: %s", r->name, strerror(errno));
	if (got < 0) {
		r->error = errno;
		return false;
	}
	r->end += got;
	r->offset += got;
	return got;
}

void reader_tee(struct reader *r)
{
	if (r->pending && r->tee)
		fprintf(r->tee, "%s\n", r->pending);
	free(r->pending);
	r->pending = NULL;
}

bool reader_line(struct reader *r)
{
	char *newline;

	reader_tee(r);
	r->line++;
	while (!(newline = memchr(r->buffer + r->pos, '\n', r->end - r->pos))) {
		if (r->end - r->pos >= LINE_BYTES)
			die_damaged(r, "line too long, this is not kvmlat data");
		if (fill(r))
			continue;
		r->text = r->buffer + r->pos;
		if (r->pos < r->end && !r->error)
			die_damaged(r, "truncated: the line has no end");
		return false;
	}
	r->text = r->buffer + r->pos;
	r->pos = newline + 1 - r->buffer;
	if (newline - r->text >= LINE_BYTES)
		die_damaged(r, "line too long, this is not kvmlat data");
	if (memchr(r->text, '\0', newline - r->text))
		die_damaged(r, "the line holds a NUL byte");
	*newline = '\0';
	if (r->tee)
		r->pending = xstrdup(r->text);
	return true;
}

bool reader_at_end(struct reader *r)
{
	return r->pos == r->end && !fill(r);
}

void reader_jump(struct reader *r, off_t to)
{
	if (lseek(r->fd, to, SEEK_SET) < 0)
		die(EXIT_SOURCE, "%s: %s", r->name, strerror(errno));
	r->pos = 0;
	r->end = 0;
	r->text = NULL;
	r->offset = to;
	r->jumped = true;
}

char *take_field(const struct reader *r, char **text)
{
	char *start = *text, *space;

	if (!start || !*start || *start == ' ')
		die_damaged(r, "a field is missing");
	space = strchr(start, ' ');
	*text = NULL;
	if (space) {
		*space = '\0';
		*text = space + 1;
	}
	return start;
}

char *take_rest(const struct reader *r, char *text)
{
	int length;

	if (!text)
		die_damaged(r, "a field is missing");
	/* What is printed later must not drive a terminal. */
	for (char *c = text; *c; c += length) {
		if (drives_terminal(c, &length))
			die_damaged(r, "a control character in a text");
	}
	return text;
}

uint64_t take_number(const struct reader *r, const char *text, uint64_t max)
{
	const char *c = text;
	uint64_t value = 0;

	do {
		if (*c < '0' || *c > '9' || __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, *c - '0', &value) || value > max)
			die_damaged(r, "'%.40s' is not a number from 0 to %" PRIu64, text, max);
	} while (*++c);
	return value;
}
