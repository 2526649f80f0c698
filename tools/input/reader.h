/* SPDX-License-Identifier: GPL-2.0 */
/* A line at a time out of a file or out of memory, and the fields of a line. */
#ifndef KVMLAT_READER_H
#define KVMLAT_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define LINE_BYTES 16384	/* the module's longest line, 329 buckets of 24 bytes, is shorter */
#define READER_BYTES (8 * LINE_BYTES)

struct reader {
	const char *name;	/* in messages */
	int fd;			/* -1: all there is lies in buffer */
	bool seekable;
	/* It is the live module: an error of read() is kept in `error` for the caller. */
	bool live;
	int error;		/* errno; then no line comes any more */
	off_t offset;		/* of buffer[end] in the file */
	off_t limit;		/* reading ends here; -1: at the end of the file */
	off_t first;		/* where reading began */
	uint64_t line;		/* lines read since then */
	bool jumped;		/* lines were left out: the count is not the line's number */
	FILE *tee;		/* a copy of each line goes here, once the next one is asked for */
	char *pending;		/* ... and is kept here until then */
	char *text;		/* the line, without its end */
	size_t pos, end;
	char buffer[READER_BYTES];
};

/* Read the next line into r->text. false: there is none. Dies when it has no end. */
bool reader_line(struct reader *r);
void reader_tee(struct reader *r);	/* put the last line into the copy now */
bool reader_at_end(struct reader *r);
uint64_t reader_number(const struct reader *r);	/* of the last line, in the whole file */
void reader_jump(struct reader *r, off_t to);	/* read on from there */

/* The data is damaged: says "NAME:LINE: why" and exits with EXIT_DATA. */
void __attribute__((noreturn, format(printf, 2, 3)))
die_damaged(const struct reader *r, const char *format, ...);

char *take_field(const struct reader *r, char **text);	/* cuts the next field off */
char *take_rest(const struct reader *r, char *text);	/* the rest of the line, printable */
uint64_t take_number(const struct reader *r, const char *text, uint64_t max);

#endif
