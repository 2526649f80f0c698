// SPDX-License-Identifier: GPL-2.0
/* Questions to a snapshot that was read. */
#include <stdlib.h>
#include <string.h>
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
	snprintf(k, sizeof(key[0]), code == REASON_OTHER ? "(other)" : "0x%x", code);
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
	const char *isa = snapshot_fact(s, "isa");

	return isa ? isa : "none";
}

bool snapshot_same_isa(const char *a, const char *b)
{
	return !strcmp(a, b) || !strcmp(a, "none") || !strcmp(b, "none");
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
