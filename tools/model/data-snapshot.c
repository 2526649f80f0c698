// SPDX-License-Identifier: GPL-2.0
/* Questions to a snapshot that was read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "model/data-snapshot.h"

const struct reason *snapshot_reason(const struct snapshot *s, uint32_t code)
{
	size_t n;

	for (n = 0; n < s->nr_reasons; n++) {
		if (s->reasons[n].code == code)
			return &s->reasons[n];
	}
	return NULL;
}

const char *snapshot_reason_name(const struct snapshot *s, uint32_t code)
{
	static char key[4][16];	/* as many as stand in one line of a report */
	static unsigned int turn;
	const struct reason *reason = snapshot_reason(s, code);
	char *k = key[turn++ % 4];

	if (reason)
		return reason->name;
	snprintf(k, sizeof(key[0]), code == REASON_OTHER ? KVMLAT_NAME_OTHER : "0x%x", code);
	return k;
}

bool snapshot_idle(const struct snapshot *s, uint32_t code)
{
	const struct reason *reason = snapshot_reason(s, code);

	return reason && reason->idle;
}

void snapshot_keep_reasons(struct snapshot *to, const struct snapshot *from)
{
	size_t n;

	for (n = 0; n < from->nr_reasons; n++) {
		const struct reason *reason = &from->reasons[n];

		if (snapshot_reason(to, reason->code))
			continue;
		to->reasons = xrealloc(to->reasons, to->nr_reasons + 1, sizeof(*to->reasons));
		to->reasons[to->nr_reasons++] = (struct reason){
			.code = reason->code, .idle = reason->idle,
			.key = xstrdup(reason->key), .name = xstrdup(reason->name),
		};
	}
}

const char *snapshot_fact(const struct snapshot *s, const char *name)
{
	size_t n;

	for (n = 0; n < s->nr_facts; n++) {
		if (!strcmp(s->facts[n].name, name))
			return s->facts[n].value;
	}
	return NULL;
}

const char *snapshot_isa(const struct snapshot *s)
{
	const char *isa = snapshot_fact(s, KVMLAT_INFO_ISA);

	return isa ? isa : KVMLAT_WORD_NONE;
}

bool snapshot_same_isa(const char *a, const char *b)
{
	return !strcmp(a, b) || !strcmp(a, KVMLAT_WORD_NONE) || !strcmp(b, KVMLAT_WORD_NONE);
}

uint64_t snapshot_number(const struct snapshot *s, const char *name, uint64_t otherwise)
{
	const char *value = snapshot_fact(s, name);
	char *end;
	uint64_t n;

	if (!value)
		return otherwise;
	n = strtoull(value, &end, 10);
	return *end || end == value ? otherwise : n;
}

uint64_t snapshot_count(const struct snapshot *s, enum count which)
{
	return snapshot_number(s, count_names[which], 0);
}

double snapshot_age_s(const struct snapshot *s)
{
	uint64_t now = snapshot_number(s, KVMLAT_INFO_TIME, 0);
	uint64_t began = snapshot_number(s, KVMLAT_INFO_SINCE, now);

	return now > began ? (now - began) / 1e9 : 0;
}

bool snapshot_wants_more(const struct visitor *v)
{
	return v->cpu_row || v->vcpu || v->vcpu_row || v->inflight || v->outlier;
}

void snapshot_free(struct snapshot *s)
{
	struct visitor visit = s->visit;
	void *ctx = s->ctx;
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
	rows_free(&s->totals);
	*s = (struct snapshot){ .visit = visit, .ctx = ctx };
}
