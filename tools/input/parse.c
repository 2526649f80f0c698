// SPDX-License-Identifier: GPL-2.0
/* The grammar of a snapshot: its sections, their order, and the totals section. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include "base/alloc.h"
#include "base/error.h"
#include "input/parse-line.h"
#include "input/parse.h"

/* each vendor has under 200; a bound on the work for hostile data */
#define MAX_REASONS 4096
#define MAX_FACTS 4096
#define MAX_CPU ((1 << 20) - 1)

enum section { TOTALS, CPUS, VCPUS, INFLIGHT, OUTLIERS };
enum place { PLACE_NONE, PLACE_CPU, PLACE_VCPU };

struct parser {
	enum section section;
	enum place place;		/* of the last cpu or vcpu line: whose rows follow */
	uint64_t number;		/* of that CPU */
	struct vcpu vcpu;		/* or that vCPU */
	char vcpu_name[24];
	/* that a row may have in its sum, or its buckets, only; 0: not asked */
	uint64_t pairs;
	uint8_t seen[4096];		/* a bit a cause, by reason: what has stood there already */
};

static long find_reason(const struct snapshot *s, uint32_t code)
{
	size_t n;

	for (n = 0; n < s->nr_reasons; n++) {
		if (s->reasons[n].code == code)
			return n;
	}
	return -1;
}

/* Room for one more element; sizes go up by powers of two. */
static void *grow(void *array, size_t nr, size_t size)
{
	return nr & (nr - 1) ? array : xrealloc(array, nr ? 2 * nr : 1, size);
}

static void add_reason(struct snapshot *s, const struct reader *r, uint32_t code, bool idle,
		       const char *key, const char *name)
{
	if (s->nr_reasons == MAX_REASONS)
		die_damaged(r, "over %d reasons", MAX_REASONS);
	s->reasons = grow(s->reasons, s->nr_reasons, sizeof(*s->reasons));
	s->reasons[s->nr_reasons] = (struct reason){ .code = code, .idle = idle };
	s->nr_reasons++;
	s->reasons[s->nr_reasons - 1].key = xstrdup(key);
	s->reasons[s->nr_reasons - 1].name = xstrdup(name);
}

static void read_reason(struct snapshot *s, const struct reader *r, char *text)
{
	char *key = take_field(r, &text), *kind = take_field(r, &text), *name = take_rest(r, text);
	uint32_t code = parse_reason_key(r, key);

	if (strcmp(kind, KVMLAT_WORD_IDLE) && strcmp(kind, KVMLAT_WORD_BUSY))
		die_damaged(r, "'%.40s' is neither idle nor busy", kind);
	if (find_reason(s, code) >= 0)
		die_damaged(r, "reason %.40s stands twice", key);
	if (!*name)
		die_damaged(r, "a reason without a name");
	add_reason(s, r, code, *kind == 'i', key, name);
}

/*
 * A reason met behind the totals: rows are read while events go on, so its first pair may be
 * younger than the totals. It goes by its number then.
 */
static void late_reason(struct snapshot *s, const struct reader *r, uint32_t code)
{
	char key[16];

	if (code == REASON_OTHER)
		strcpy(key, KVMLAT_WORD_OTHER);
	else
		snprintf(key, sizeof(key), "0x%" PRIx32, code);
	add_reason(s, r, code, false, key, code == REASON_OTHER ? KVMLAT_NAME_OTHER : key);
}

/*
 * The module's sums are modulo 2^64. One that no wrap explains is said once a snapshot, its figures
 * are as they are.
 */
static void unwrap(struct snapshot *s, const struct reader *r, struct parser *p, struct row *row)
{
	if (!p->pairs)
		p->pairs = snapshot_number(s, KVMLAT_INFO_POSSIBLE_CPUS, MAX_CPU + 1);
	if (row_unwrap(row, p->pairs) || s->odd_sums)
		return;
	s->odd_sums = true;
	warn("%s:%" PRIu64 ": the sum of this row is not one of what its buckets count: %s",
	     r->name, reader_number(r), "its mean and share are wrong");
}

/* One row a reason and cause in each place; @p->seen has a bit a cause for each reason. */
static void check_row(struct snapshot *s, const struct reader *r, struct parser *p, struct row *row)
{
	long n = find_reason(s, row->reason);

	if (n < 0 && p->section == TOTALS)
		die_damaged(r, "a row of a reason that has no reason line");
	if (n < 0) {
		n = s->nr_reasons;
		late_reason(s, r, row->reason);
	}
	if (p->seen[n] & 1 << row->cause)
		die_damaged(r, "this row stands twice");
	p->seen[n] |= 1 << row->cause;
	unwrap(s, r, p, row);
}

static void begin_place(struct parser *p, enum place kind, uint64_t number)
{
	p->place = kind;
	p->number = number;
	memset(p->seen, 0, sizeof(p->seen));
}

static void read_row(struct snapshot *s, const struct reader *r, struct parser *p, char *text)
{
	static struct row row;	/* large; one parser at a time */
	char *where = take_field(r, &text);
	bool all = !strcmp(where, KVMLAT_WORD_ALL);

	if (all != (p->section == TOTALS))
		die_damaged(r, "row of '%.40s' in the wrong section", where);
	if (!all && (p->place != PLACE_CPU || take_number(r, where, MAX_CPU) != p->number))
		die_damaged(r, "row of CPU %.40s without its cpu line", where);
	row.where = all ? WHERE_ALL : (int64_t)p->number;
	parse_row(r, text, &row, false);
	check_row(s, r, p, &row);
	if (all)
		*rows_get(&s->totals, WHERE_ALL, row.reason, row.cause, false) = row;
	else if (s->visit.cpu_row)
		s->visit.cpu_row(s, &row);
}

static void read_vcpu(struct snapshot *s, const struct reader *r, struct parser *p, char *text)
{
	char *which = take_field(r, &text);

	p->vcpu = (struct vcpu){ .comm = "" };
	if (!strcmp(which, KVMLAT_WORD_OTHER))
		p->vcpu.kind = VCPU_OTHER;
	else if (!strcmp(which, KVMLAT_WORD_DEPARTED))
		p->vcpu.kind = VCPU_DEPARTED;
	else
		p->vcpu.number = take_number(r, which, UINT32_MAX);
	snprintf(p->vcpu_name, sizeof(p->vcpu_name), "%s", which);
	parse_vcpu(r, text, &p->vcpu);
	begin_place(p, PLACE_VCPU, 0);
	if (s->visit.vcpu)
		s->visit.vcpu(s, &p->vcpu);
}

static void read_vrow(struct snapshot *s, const struct reader *r, struct parser *p, char *text)
{
	static struct row row;
	char *which = take_field(r, &text);

	if (p->place != PLACE_VCPU || strcmp(which, p->vcpu_name))
		die_damaged(r, "vrow %.40s without its vcpu line", which);
	row.where = p->vcpu.number;
	parse_row(r, text, &row, true);
	check_row(s, r, p, &row);
	if (s->visit.vcpu_row)
		s->visit.vcpu_row(s, &p->vcpu, &row);
}

static void read_fact(struct snapshot *s, const struct reader *r, char *text, bool is_count)
{
	char *name = take_rest(r, take_field(r, &text)), *value = take_rest(r, text);
	size_t n;

	if (is_count)
		take_number(r, value, UINT64_MAX);
	if (s->nr_facts == MAX_FACTS)
		die_damaged(r, "over %d facts", MAX_FACTS);
	for (n = 0; n < s->nr_facts; n++) {	/* one series of a metric, one key of an object */
		if (s->facts[n].is_count == is_count && !strcmp(s->facts[n].name, name))
			die_damaged(r, "%s %.40s stands twice", is_count ? "count" : "info", name);
	}
	s->facts = grow(s->facts, s->nr_facts, sizeof(*s->facts));
	s->facts[s->nr_facts++] = (struct fact){ xstrdup(name), xstrdup(value), is_count };
}

/* false: the live module could not be read to its end; any other end is damage */
static bool next_line(struct reader *r)
{
	if (reader_line(r))
		return true;
	if (!r->error)
		die_damaged(r, r->line == 1 ? "empty, this is not kvmlat data" :
					      "truncated: no 'end' line");
	return false;
}

/*
 * Files of others, which may have no lines, are called what they are. What begins as a snapshot
 * does, or with what a crash leaves, is looked at line by line.
 */
static void check_kind(struct reader *r)
{
	static const char head[] = KVMLAT_LINE_HEAD " ";
	static const struct {
		const char *magic, *what;
	} kinds[] = {
		{ "PERFILE2", "a recording of perf" }, { "2ELIFREP", "a recording of perf" },
		{ "\027\010Dtracing", "a recording of trace-cmd" },
		{ "\037\213", "compressed by gzip" }, { "\3757zXZ", "compressed by xz" },
		{ "\050\265\057\375", "compressed by zstd" },
	};
	size_t n, length, got;
	const char *text;

	if (reader_at_end(r))
		return;
	text = r->buffer + r->pos;
	got = r->end - r->pos;
	for (n = 0; n < sizeof(kinds) / sizeof(kinds[0]); n++) {
		length = strlen(kinds[n].magic);
		if (got >= length && !memcmp(text, kinds[n].magic, length))
			die(EXIT_DATA, "%s: is %s, no kvmlat data", r->name, kinds[n].what);
	}
	if (*text && memcmp(text, head, got < strlen(head) ? got : strlen(head)) &&
	    !memchr(text, '\n', got))
		die(EXIT_DATA, "%s: does not begin with 'kvmlat-data', this is not kvmlat data",
		    r->name);
}

/* The two first lines, with the number of lines of the totals section. */
static bool read_head(struct snapshot *s, struct reader *r, uint64_t *totals)
{
	char *text, *version;

	check_kind(r);
	if (!next_line(r))
		return false;
	text = r->text;
	if (strncmp(text, KVMLAT_LINE_HEAD " ", strlen(KVMLAT_LINE_HEAD " ")))
		die_damaged(r, "does not begin with '%s', this is not kvmlat data",
			    KVMLAT_LINE_HEAD);
	text += strlen(KVMLAT_LINE_HEAD " ");
	version = take_field(r, &text);
	if (strcmp(version, KVMLAT_DATA_VERSION))
		die_damaged(r, "format version %.20s, this kvmlat reads version %s: %s", version,
			    KVMLAT_DATA_VERSION, "take the one of the module");
	if (strcmp(take_field(r, &text), KVMLAT_FIELD_GENERATION) ||
	    strlen(take_rest(r, text)) != 16 || strspn(text, "0123456789abcdef") != 16)
		die_damaged(r, "no generation of 16 hex digits");
	memcpy(s->generation, text, 17);
	if (!next_line(r))
		return false;
	if (strncmp(r->text, KVMLAT_LINE_TOTALS " ", strlen(KVMLAT_LINE_TOTALS " ")))
		die_damaged(r, "no line 'totals N'");
	*totals = take_number(r, r->text + strlen(KVMLAT_LINE_TOTALS " "), 1 << 20);
	return true;
}

/* Sections only come in their order; lines of unknown kinds may stand anywhere. */
static void enter(const struct reader *r, struct parser *p, enum section section)
{
	if (section < p->section || p->section == TOTALS)
		die_damaged(r, "the line stands in the wrong section");
	p->section = section;
}

/* One line behind the head; false: it was the end. */
static bool read_line(struct snapshot *s, struct reader *r, struct parser *p)
{
	char *text = r->text, *word = take_field(r, &text);
	bool in_totals = p->section == TOTALS;

	if (in_totals && (!strcmp(word, KVMLAT_LINE_INFO) || !strcmp(word, KVMLAT_LINE_COUNT))) {
		read_fact(s, r, text, *word == 'c');
	} else if (in_totals && !strcmp(word, KVMLAT_LINE_REASON)) {
		read_reason(s, r, text);
	} else if (!strcmp(word, KVMLAT_LINE_ROW)) {
		if (!in_totals)
			enter(r, p, CPUS);
		read_row(s, r, p, text);
	} else if (!strcmp(word, KVMLAT_LINE_VROW)) {
		enter(r, p, VCPUS);
		read_vrow(s, r, p, text);
	} else if (!strcmp(word, KVMLAT_LINE_CPU)) {
		enter(r, p, CPUS);
		begin_place(p, PLACE_CPU, take_number(r, take_rest(r, text), MAX_CPU));
	} else if (!strcmp(word, KVMLAT_LINE_VCPU)) {
		enter(r, p, VCPUS);
		read_vcpu(s, r, p, text);
	} else if (!strcmp(word, KVMLAT_LINE_INFLIGHT)) {
		enter(r, p, INFLIGHT);
		parse_inflight(s, r, text);
	} else if (!strcmp(word, KVMLAT_LINE_OUTLIER)) {
		enter(r, p, OUTLIERS);
		parse_outlier(s, r, text);
	} else if (!strcmp(word, KVMLAT_LINE_VMNAME)) {
		enter(r, p, VCPUS);
		parse_vm_name(s, r, text);
	} else if (!in_totals && !strcmp(word, KVMLAT_LINE_RECORDED)) {
		s->real_ns = take_number(r, take_rest(r, text), UINT64_MAX - 1);
	} else if (!strcmp(word, KVMLAT_LINE_END)) {
		if (in_totals)
			die_damaged(r, "the totals section is shorter than it says");
		if (strcmp(take_rest(r, text), s->generation))
			die_damaged(r, "the end is of another generation than the beginning");
		return false;
	} else if (strspn(word, "abcdefghijklmnopqrstuvwxyz_") != strlen(word)) {
		die_damaged(r, "'%.40s' begins no kind of line", word);
	}
	return true;
}

bool snapshot_read(struct snapshot *s, struct reader *r, off_t last_line)
{
	static struct parser p;
	uint64_t totals;

	s->real_ns = UNKNOWN;
	p.section = TOTALS;
	p.pairs = 0;
	begin_place(&p, PLACE_NONE, 0);
	if (r->error || !read_head(s, r, &totals))
		return false;
	for (; totals; totals--) {
		if (!next_line(r))
			return false;
		read_line(s, r, &p);
	}
	p.section = CPUS;
	/*
	 * All that is wanted is here. A file is then looked at for its last line, the module is
	 * not.
	 */
	if (!snapshot_wants_more(&s->visit) && s->live)
		return true;
	if (!snapshot_wants_more(&s->visit) && last_line >= 0)
		reader_jump(r, last_line);
	do {
		if (!next_line(r))
			return false;
	} while (read_line(s, r, &p));
	return true;
}
