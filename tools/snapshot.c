// SPDX-License-Identifier: GPL-2.0
/* The parser of the `data` format. Every number is bounded, every line is whole or an error. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "snapshot.h"

#define LINE_BYTES 16384	/* the module's longest line, 329 buckets of 24 bytes, is shorter */

struct reader {
	FILE *f;
	const char *name;
	unsigned long line;
	char text[LINE_BYTES];
};

void die(int status, const char *format, ...)
{
	va_list args;

	fflush(stdout);
	va_start(args, format);
	fputs("kvmlat: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(status);
}

static void __attribute__((noreturn, format(printf, 2, 3)))
bad(const struct reader *r, const char *format, ...)
{
	char why[256];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	die(EXIT_DATA, "%s:%lu: %s", r->name, r->line, why);
}

/* The next line without its end; false at the end of the file. */
static bool next_line(struct reader *r)
{
	size_t length;

	r->line++;
	if (!fgets(r->text, LINE_BYTES, r->f)) {
		if (ferror(r->f))
			die(EXIT_SOURCE, "%s: %s", r->name, strerror(errno));
		return false;
	}
	length = strlen(r->text);
	if (length == LINE_BYTES - 1 && r->text[length - 1] != '\n')
		bad(r, "line too long, this is not kvmlat data");
	if (!length || r->text[length - 1] != '\n')
		bad(r, "truncated: the line has no end, or holds a NUL byte");
	r->text[length - 1] = '\0';
	return true;
}

/* Cut the next field off *text; an error when there is none. */
static char *field(const struct reader *r, char **text)
{
	char *start = *text, *space;

	if (!start || !*start || *start == ' ')
		bad(r, "a field is missing");
	space = strchr(start, ' ');
	*text = NULL;
	if (space) {
		*space = '\0';
		*text = space + 1;
	}
	return start;
}

static char *rest(const struct reader *r, char *text)
{
	if (!text || !*text)
		bad(r, "a field is missing");
	return text;
}

static uint64_t number(const struct reader *r, const char *text, uint64_t max)
{
	uint64_t value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || value > max)
		bad(r, "'%.40s' is not a number from 0 to %" PRIu64, text, max);
	return value;
}

static uint32_t reason_key(const struct reader *r, const char *key)
{
	unsigned long code;
	char *end;

	if (!strcmp(key, "other"))
		return REASON_OTHER;
	errno = 0;
	code = strtoul(key, &end, 16);
	if (strncmp(key, "0x", 2) || !key[2] || *end || errno || code > UINT32_MAX)
		bad(r, "'%.40s' is no exit reason", key);
	return code;
}

/* Room for one more element; sizes go up by powers of two. */
static void *grow(void *array, size_t nr, size_t size)
{
	if (!(nr & (nr - 1)))
		array = realloc(array, (nr ? 2 * nr : 1) * size);
	if (!array)
		die(EXIT_SOURCE, "out of memory");
	return array;
}

static char *copy(const char *text)
{
	char *c = strdup(text);

	if (!c)
		die(EXIT_SOURCE, "out of memory");
	return c;
}

const struct reason *snapshot_reason(const struct snapshot *s, uint32_t code)
{
	size_t n;

	for (n = 0; n < s->nr_reasons; n++) {
		if (s->reasons[n].code == code)
			return &s->reasons[n];
	}
	return NULL;
}

static void read_reason(struct snapshot *s, const struct reader *r, char *text)
{
	char *key = field(r, &text), *kind = field(r, &text), *name = rest(r, text);
	uint32_t code = reason_key(r, key);

	if (strcmp(kind, "idle") && strcmp(kind, "busy"))
		bad(r, "'%.40s' is neither idle nor busy", kind);
	if (snapshot_reason(s, code))
		bad(r, "reason %.40s stands twice", key);
	s->reasons = grow(s->reasons, s->nr_reasons, sizeof(*s->reasons));
	s->reasons[s->nr_reasons++] = (struct reason){ .code = code, .idle = *kind == 'i',
						       .key = copy(key), .name = copy(name) };
}

static void read_buckets(struct row *row, const struct reader *r, char *text)
{
	int64_t last = -1;

	while (text) {
		char *index = field(r, &text), *colon = strchr(index, ':');
		uint64_t b, n;

		if (!colon)
			bad(r, "'%.40s' is no bucket INDEX:COUNT", index);
		*colon = '\0';
		b = number(r, index, KVMLAT_OPEN_BUCKET);
		n = number(r, colon + 1, UINT64_MAX);
		if ((int64_t)b <= last)
			bad(r, "bucket %" PRIu64 " is not in ascending order", b);
		last = b;
		row->bucket[b] = n;
		if (__builtin_add_overflow(row->count, n, &row->count))
			bad(r, "the count of the row overflows");
	}
	if (!row->count)
		bad(r, "a row without pairs");
}

static void read_row(struct snapshot *s, const struct reader *r, char *text, bool in_totals)
{
	static struct row row;	/* large; one parser at a time */
	char *where = field(r, &text), *name;
	size_t n;

	memset(&row, 0, sizeof(row));
	row.cpu = strcmp(where, "all") ? (int)number(r, where, 1 << 20) : CPU_ALL;
	if (in_totals != (row.cpu == CPU_ALL))
		bad(r, "row of '%.40s' in the wrong section", where);
	row.reason = reason_key(r, field(r, &text));
	snprintf(row.cause, sizeof(row.cause), "%s", field(r, &text));
	while (strcmp(name = field(r, &text), "buckets")) {
		uint64_t value = number(r, field(r, &text), UINT64_MAX);

		if (!strcmp(name, "sum"))
			row.sum_ns = value;
		else if (!strcmp(name, "min"))
			row.min_ns = value;
		else if (!strcmp(name, "max"))
			row.max_ns = value;
	}
	read_buckets(&row, r, text);
	if (row.min_ns > row.max_ns)
		bad(r, "min is above max");
	if (!snapshot_reason(s, row.reason))
		bad(r, "a row of a reason that has no reason line");
	if (!in_totals) {
		if (s->on_cpu_row)
			s->on_cpu_row(s, &row);
		return;
	}
	for (n = 0; n < s->nr_totals; n++) {
		if (s->totals[n].reason == row.reason && !strcmp(s->totals[n].cause, row.cause))
			bad(r, "this row stands twice");
	}
	s->totals = grow(s->totals, s->nr_totals, sizeof(row));
	s->totals[s->nr_totals++] = row;
}

static void read_fact(struct snapshot *s, const struct reader *r, char *text, bool is_count)
{
	char *name = field(r, &text), *value = rest(r, text);

	if (is_count)
		number(r, value, UINT64_MAX);
	s->facts = grow(s->facts, s->nr_facts, sizeof(*s->facts));
	s->facts[s->nr_facts++] = (struct fact){ copy(name), copy(value) };
}

/* The two first lines; returns the number of lines of the totals section. */
static uint64_t read_head(struct snapshot *s, struct reader *r)
{
	char *text;

	if (!next_line(r))
		bad(r, "empty, this is not kvmlat data");
	if (strncmp(r->text, "kvmlat-data ", 12))
		bad(r, "does not begin with 'kvmlat-data', this is not kvmlat data");
	text = r->text + 12;
	if (strcmp(field(r, &text), "1"))
		bad(r, "unknown format version: this kvmlat reads version 1");
	if (strcmp(field(r, &text), "generation") || strlen(rest(r, text)) != 16 ||
	    strspn(text, "0123456789abcdef") != 16)
		bad(r, "no generation of 16 hex digits");
	memcpy(s->generation, text, 17);
	if (!next_line(r) || strncmp(r->text, "totals ", 7))
		bad(r, "no line 'totals N'");
	return number(r, r->text + 7, 1 << 20);
}

void snapshot_read(struct snapshot *s, FILE *f, const char *name)
{
	struct reader *r = calloc(1, sizeof(*r));
	uint64_t totals;
	char *text, *word;

	if (!r)
		die(EXIT_SOURCE, "out of memory");
	r->f = f;
	r->name = name;
	totals = read_head(s, r);
	for (;;) {
		bool in_totals = r->line < totals + 2;

		if (!next_line(r))
			bad(r, "truncated: no 'end' line");
		text = r->text;
		word = field(r, &text);
		if (in_totals && !strcmp(word, "info"))
			read_fact(s, r, text, false);
		else if (in_totals && !strcmp(word, "count"))
			read_fact(s, r, text, true);
		else if (in_totals && !strcmp(word, "reason"))
			read_reason(s, r, text);
		else if (!strcmp(word, "row"))
			read_row(s, r, text, in_totals);
		else if (!strcmp(word, "end"))
			break;
		else if (strspn(word, "abcdefghijklmnopqrstuvwxyz_") != strlen(word))
			bad(r, "'%.40s' begins no kind of line", word);
	}
	if (r->line <= totals + 2)
		bad(r, "the totals section is shorter than it says");
	if (strcmp(rest(r, text), s->generation))
		bad(r, "the end is of another generation than the beginning");
	if (next_line(r))
		bad(r, "more after the end");
	free(r);
}

void snapshot_free(struct snapshot *s)
{
	size_t n;

	for (n = 0; n < s->nr_facts; n++) {
		free(s->facts[n].name);
		free(s->facts[n].value);
	}
	for (n = 0; n < s->nr_reasons; n++) {
		free(s->reasons[n].key);
		free(s->reasons[n].name);
	}
	free(s->facts);
	free(s->reasons);
	free(s->totals);
}
