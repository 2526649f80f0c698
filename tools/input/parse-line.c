// SPDX-License-Identifier: GPL-2.0
/* The lines of NAME VALUE pairs, read by tables of what each name means. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "input/parse-line.h"
#include "base/text.h"
#include "input/vm-names.h"

struct name {
	const char *name;
	enum {
		NUMBER,		/* uint64_t */
		SUM,		/* wide */
		OPTIONAL,	/* uint64_t, or - */
		OPTIONAL_SUM,	/* wide, or - */
		HEX,		/* uint64_t with 0x, or - or n/a */
		REASON, CAUSE, STATE,
		TEXT,		/* the rest of the line */
		STOP,		/* where the pairs end */
	} kind;
	size_t offset;
};

static uint64_t hex(const struct reader *r, const char *text)
{
	const char *digit = text + 2;
	uint64_t value = 0;

	if (!strcmp(text, "-") || !strcmp(text, "n/a"))
		return UNKNOWN;
	if (strncmp(text, "0x", 2) || !*digit || strlen(digit) > 16 ||
	    strspn(digit, "0123456789abcdef") != strlen(digit))
		bad(r, "'%.40s' is no hexadecimal number", text);
	for (; *digit; digit++)
		value = 16 * value + (*digit <= '9' ? *digit - '0' : *digit - 'a' + 10);
	return value;
}

static enum cause cause(const struct reader *r, const char *text)
{
	int c;

	for (c = 0; c < NR_CAUSES; c++) {
		if (!strcmp(text, cause_names[c]))
			return c;
	}
	bad(r, "'%.40s' is no cause", text);
}

static bool state(const struct reader *r, const char *text)
{
	if (strcmp(text, "live") && strcmp(text, "gone"))
		bad(r, "'%.40s' is neither live nor gone", text);
	return *text == 'l';
}

static void store(const struct reader *r, const struct name *n, char *value, void *at)
{
	switch (n->kind) {
	case NUMBER:
		*(uint64_t *)at = number(r, value, UINT64_MAX);
		break;
	case SUM:
		*(wide *)at = number(r, value, UINT64_MAX);
		break;
	case OPTIONAL_SUM:
		*(wide *)at = strcmp(value, "-") ? (wide)number(r, value, UINT64_MAX) : UNKNOWN_SUM;
		break;
	case OPTIONAL:
		*(uint64_t *)at = strcmp(value, "-") ? number(r, value, UINT64_MAX - 1) : UNKNOWN;
		break;
	case HEX:
		*(uint64_t *)at = hex(r, value);
		break;
	case REASON:
		*(uint32_t *)at = parse_reason_key(r, value);
		break;
	case CAUSE:
		*(enum cause *)at = cause(r, value);
		break;
	case STATE:
		*(bool *)at = state(r, value);
		break;
	default:
		break;
	}
}

/*
 * Read NAME VALUE pairs into @to, to the end of the line or to a STOP, whose rest is returned.
 * Unknown names are skipped; each name of the table must stand there once.
 */
static char *pairs(const struct reader *r, char *text, const struct name *names, void *to)
{
	uint32_t seen = 0;
	size_t n = 0;

	while (text) {
		char *word = field(r, &text);

		/* They mostly come in the table's order. */
		if (!names[n].name || strcmp(word, names[n].name)) {
			for (n = 0; names[n].name && strcmp(word, names[n].name); n++)
				;
		}
		if (!names[n].name) {
			field(r, &text);
			n = 0;
			continue;
		}
		if (seen & 1U << n)
			bad(r, "'%s' stands twice", word);
		seen |= 1U << n;
		if (names[n].kind == STOP)
			break;
		if (names[n].kind == TEXT) {
			*(const char **)((char *)to + names[n].offset) = rest(r, text);
			break;
		}
		store(r, &names[n], field(r, &text), (char *)to + names[n].offset);
		n++;
	}
	for (n = 0; names[n].name; n++) {
		if (!(seen & 1U << n))
			bad(r, "'%s' is missing", names[n].name);
	}
	return text;
}

static void buckets(const struct reader *r, char *text, struct row *row)
{
	unsigned int nr = row_buckets(row);
	int64_t last = -1;

	while (text) {
		char *index = field(r, &text), *colon = strchr(index, ':');
		uint64_t b, n;

		if (!colon)
			bad(r, "'%.40s' is no bucket INDEX:COUNT", index);
		*colon = '\0';
		b = number(r, index, nr - 1);
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

void parse_row(const struct reader *r, char *text, struct row *row, bool pow2)
{
#define AT(member) offsetof(struct row, member)
	static const struct name names[] = {
		{ "sum", SUM, AT(sum_ns) }, { "min", NUMBER, AT(min_ns) },
		{ "max", NUMBER, AT(max_ns) }, { "runq", SUM, AT(runq_ns) },
		{ "offcpu", OPTIONAL_SUM, AT(offcpu_ns) }, { "buckets", STOP, 0 }, { NULL, 0, 0 }
	};
#undef AT
	row_clear(row, pow2);
	row->reason = parse_reason_key(r, field(r, &text));
	row->cause = cause(r, field(r, &text));
	buckets(r, pairs(r, text, names, row), row);
	/* Read between a pair's bucket and its min or max: the buckets know it well enough. */
	if (row->min_ns > row->max_ns)
		row_bounds(row);
}

/*
 * In the written form; valid to the next vCPU, exit in flight or outlier: a vCPU's rows come before
 * these.
 */
static const char *comm_of(const char *told)
{
	static char *comm;

	free(comm);
	comm = text_of_data(told);
	return comm;
}

void parse_vcpu(const struct reader *r, char *text, struct vcpu *vcpu)
{
#define AT(member) offsetof(struct vcpu, member)
	static const struct name names[] = {
		{ "vmm", NUMBER, AT(who.vmm) }, { "vm", OPTIONAL, AT(who.vm) }, { "tid", NUMBER, AT(who.tid) },
		{ "vcpu", OPTIONAL, AT(who.vcpu) }, { "state", STATE, AT(live) }, { "comm", TEXT, AT(comm) },
		{ NULL, 0, 0 }
	};
	static const struct name none[] = { { NULL, 0, 0 } };
#undef AT
	pairs(r, text, vcpu->kind == VCPU_ONE ? names : none, vcpu);
	vcpu->comm = comm_of(vcpu->comm);
}

void parse_inflight(struct snapshot *s, const struct reader *r, char *text)
{
#define AT(member) offsetof(struct inflight, member)
	static const struct name names[] = {
		{ "vmm", NUMBER, AT(who.vmm) }, { "vm", OPTIONAL, AT(who.vm) }, { "tid", NUMBER, AT(who.tid) },
		{ "vcpu", OPTIONAL, AT(who.vcpu) }, { "reason", REASON, AT(reason) }, { "cause", CAUSE, AT(cause) },
		{ "age_ns", NUMBER, AT(age_ns) }, { "cpu", NUMBER, AT(cpu) }, { "comm", TEXT, AT(comm) }, { NULL, 0, 0 }
	};
#undef AT
	struct inflight i;

	pairs(r, text, names, &i);
	i.comm = comm_of(i.comm);
	if (s->visit.inflight)
		s->visit.inflight(s, &i);
}

void parse_outlier(struct snapshot *s, const struct reader *r, char *text)
{
#define AT(member) offsetof(struct outlier, member)
	static const struct name names[] = {
		{ "time_ns", NUMBER, AT(time_ns) }, { "real_ns", NUMBER, AT(real_ns) },
		{ "exit_cpu", NUMBER, AT(exit_cpu) }, { "cpu", NUMBER, AT(cpu) }, { "tid", NUMBER, AT(who.tid) },
		{ "vmm", NUMBER, AT(who.vmm) }, { "vm", OPTIONAL, AT(who.vm) }, { "vcpu", OPTIONAL, AT(who.vcpu) },
		{ "reason", REASON, AT(reason) }, { "cause", CAUSE, AT(cause) },
		{ "latency_ns", NUMBER, AT(latency_ns) }, { "runq_ns", NUMBER, AT(runq_ns) },
		{ "offcpu_ns", OPTIONAL, AT(offcpu_ns) }, { "info1", HEX, AT(info1) }, { "info2", HEX, AT(info2) },
		{ "intr_info", HEX, AT(intr_info) }, { "error_code", HEX, AT(error_code) },
		{ "rip", HEX, AT(rip) }, { "comm", TEXT, AT(comm) }, { NULL, 0, 0 }
	};
#undef AT
	struct outlier o;

	pairs(r, text, names, &o);
	o.comm = comm_of(o.comm);
	if (s->visit.outlier)
		s->visit.outlier(s, &o);
}

void parse_vmname(const struct reader *r, char *text)
{
	uint64_t pid = number(r, field(r, &text), UINT32_MAX);

	vmname_set(pid, rest(r, text));
}
