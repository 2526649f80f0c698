// SPDX-License-Identifier: GPL-2.0
/* The lines of NAME VALUE pairs, read by tables of what each name means. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "input/parse-line.h"

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

	if (!strcmp(text, KVMLAT_WORD_UNKNOWN) || !strcmp(text, KVMLAT_WORD_ABSENT))
		return UNKNOWN;
	if (strncmp(text, "0x", 2) || !*digit || strlen(digit) > 16 ||
	    strspn(digit, "0123456789abcdef") != strlen(digit))
		die_damaged(r, "'%.40s' is no hexadecimal number", text);
	for (; *digit; digit++)
		value = 16 * value + (*digit <= '9' ? *digit - '0' : *digit - 'a' + 10);
	return value;
}

uint32_t parse_reason_key(const struct reader *r, const char *key)
{
	const char *digit = key + 2;
	uint64_t code = 0;

	if (!strcmp(key, KVMLAT_WORD_OTHER))
		return REASON_OTHER;
	if (strncmp(key, "0x", 2) || !*digit || strlen(digit) > 8 ||
	    strspn(digit, "0123456789abcdef") != strlen(digit))
		die_damaged(r, "'%.40s' is no exit reason", key);
	for (; *digit; digit++)
		code = 16 * code + (*digit <= '9' ? *digit - '0' : *digit - 'a' + 10);
	if (code == REASON_OTHER)
		die_damaged(r, "'%.40s' is no exit reason", key);
	return code;
}

static enum cause cause(const struct reader *r, const char *text)
{
	enum cause c = cause_named(text, strlen(text));

	if (c == NR_CAUSES)
		die_damaged(r, "'%.40s' is no cause", text);
	return c;
}

static bool state(const struct reader *r, const char *text)
{
	if (strcmp(text, KVMLAT_WORD_LIVE) && strcmp(text, KVMLAT_WORD_GONE))
		die_damaged(r, "'%.40s' is neither live nor gone", text);
	return *text == 'l';
}

static void store(const struct reader *r, const struct name *n, char *value, void *at)
{
	switch (n->kind) {
	case NUMBER:
		*(uint64_t *)at = take_number(r, value, UINT64_MAX);
		break;
	case SUM:
		*(wide *)at = take_number(r, value, UINT64_MAX);
		break;
	case OPTIONAL_SUM:
		*(wide *)at = strcmp(value, KVMLAT_WORD_UNKNOWN) ?
				      (wide)take_number(r, value, UINT64_MAX) :
				      UNKNOWN_SUM;
		break;
	case OPTIONAL:
		*(uint64_t *)at = strcmp(value, KVMLAT_WORD_UNKNOWN) ?
					  take_number(r, value, UINT64_MAX - 1) :
					  UNKNOWN;
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
		char *word = take_field(r, &text);

		/* They mostly come in the table's order. */
		if (!names[n].name || strcmp(word, names[n].name)) {
			for (n = 0; names[n].name && strcmp(word, names[n].name); n++)
				;
		}
		if (!names[n].name) {
			take_field(r, &text);
			n = 0;
			continue;
		}
		if (seen & 1U << n)
			die_damaged(r, "'%s' stands twice", word);
		seen |= 1U << n;
		if (names[n].kind == STOP)
			break;
		if (names[n].kind == TEXT) {
			*(const char **)((char *)to + names[n].offset) = take_rest(r, text);
			break;
		}
		store(r, &names[n], take_field(r, &text), (char *)to + names[n].offset);
		n++;
	}
	for (n = 0; names[n].name; n++) {
		if (!(seen & 1U << n))
			die_damaged(r, "'%s' is missing", names[n].name);
	}
	return text;
}

static void buckets(const struct reader *r, char *text, struct row *row)
{
	unsigned int nr = row_buckets(row);
	int64_t last = -1;

	while (text) {
		char *index = take_field(r, &text), *colon = strchr(index, ':');
		uint64_t b, n;

		if (!colon)
			die_damaged(r, "'%.40s' is no bucket INDEX:COUNT", index);
		*colon = '\0';
		b = take_number(r, index, nr - 1);
		n = take_number(r, colon + 1, UINT64_MAX);
		if ((int64_t)b <= last)
			die_damaged(r, "bucket %" PRIu64 " is not in ascending order", b);
		last = b;
		row->bucket[b] = n;
		if (__builtin_add_overflow(row->count, n, &row->count))
			die_damaged(r, "the count of the row overflows");
	}
	if (!row->count)
		die_damaged(r, "a row without pairs");
}

void parse_row(const struct reader *r, char *text, struct row *row, bool pow2)
{
#define AT(member) offsetof(struct row, member)
	static const struct name names[] = {
		{ KVMLAT_FIELD_SUM, SUM, AT(sum_ns) },
		{ KVMLAT_FIELD_MIN, NUMBER, AT(min_ns) },
		{ KVMLAT_FIELD_MAX, NUMBER, AT(max_ns) },
		{ KVMLAT_FIELD_RUNQ, SUM, AT(runq_ns) },
		{ KVMLAT_FIELD_OFFCPU, OPTIONAL_SUM, AT(offcpu_ns) },
		{ KVMLAT_FIELD_BUCKETS, STOP, 0 },
		{ NULL, 0, 0 }
	};
#undef AT
	row_clear(row, pow2);
	row->reason = parse_reason_key(r, take_field(r, &text));
	row->cause = cause(r, take_field(r, &text));
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
		{ KVMLAT_FIELD_VMM, NUMBER, AT(id.vmm) },
		{ KVMLAT_FIELD_VM, OPTIONAL, AT(id.vm) },
		{ KVMLAT_FIELD_TID, NUMBER, AT(id.tid) },
		{ KVMLAT_FIELD_VCPU, OPTIONAL, AT(id.vcpu) },
		{ KVMLAT_FIELD_STATE, STATE, AT(live) },
		{ KVMLAT_FIELD_COMM, TEXT, AT(comm) },
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
		{ KVMLAT_FIELD_VMM, NUMBER, AT(id.vmm) },
		{ KVMLAT_FIELD_VM, OPTIONAL, AT(id.vm) },
		{ KVMLAT_FIELD_TID, NUMBER, AT(id.tid) },
		{ KVMLAT_FIELD_VCPU, OPTIONAL, AT(id.vcpu) },
		{ KVMLAT_FIELD_REASON, REASON, AT(reason) },
		{ KVMLAT_FIELD_CAUSE, CAUSE, AT(cause) },
		{ KVMLAT_FIELD_AGE, NUMBER, AT(age_ns) },
		{ KVMLAT_FIELD_CPU, NUMBER, AT(cpu) },
		{ KVMLAT_FIELD_COMM, TEXT, AT(comm) },
		{ NULL, 0, 0 }
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
		{ KVMLAT_FIELD_TIME, NUMBER, AT(time_ns) },
		{ KVMLAT_FIELD_REAL, NUMBER, AT(real_ns) },
		{ KVMLAT_FIELD_EXIT_CPU, NUMBER, AT(exit_cpu) },
		{ KVMLAT_FIELD_CPU, NUMBER, AT(cpu) },
		{ KVMLAT_FIELD_TID, NUMBER, AT(id.tid) },
		{ KVMLAT_FIELD_VMM, NUMBER, AT(id.vmm) },
		{ KVMLAT_FIELD_VM, OPTIONAL, AT(id.vm) },
		{ KVMLAT_FIELD_VCPU, OPTIONAL, AT(id.vcpu) },
		{ KVMLAT_FIELD_REASON, REASON, AT(reason) },
		{ KVMLAT_FIELD_CAUSE, CAUSE, AT(cause) },
		{ KVMLAT_FIELD_LATENCY, NUMBER, AT(latency_ns) },
		{ KVMLAT_FIELD_RUNQ_NS, NUMBER, AT(runq_ns) },
		{ KVMLAT_FIELD_OFFCPU_NS, OPTIONAL, AT(offcpu_ns) },
		{ KVMLAT_FIELD_INFO1, HEX, AT(info1) },
		{ KVMLAT_FIELD_INFO2, HEX, AT(info2) },
		{ KVMLAT_FIELD_INTR_INFO, HEX, AT(intr_info) },
		{ KVMLAT_FIELD_ERROR_CODE, HEX, AT(error_code) },
		{ KVMLAT_FIELD_RIP, HEX, AT(rip) },
		{ KVMLAT_FIELD_COMM, TEXT, AT(comm) },
		{ NULL, 0, 0 }
	};
#undef AT
	struct outlier o;

	pairs(r, text, names, &o);
	o.comm = comm_of(o.comm);
	if (s->visit.outlier)
		s->visit.outlier(s, &o);
}

void parse_vm_name(struct snapshot *s, const struct reader *r, char *text)
{
	uint64_t pid = take_number(r, take_field(r, &text), UINT32_MAX);
	const char *name = take_rest(r, text);

	if (s->visit.vm_name)
		s->visit.vm_name(s, pid, name);
}
