// SPDX-License-Identifier: GPL-2.0
/* Which part of the data is asked for. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/alloc.h"
#include "model/selection.h"

bool selection_parse_ranges(struct ranges *to, const char *list)
{
	const char *p = list;

	for (to->nr = 0;; to->nr++) {
		char *end;
		uint64_t low, high;

		if (!isdigit((unsigned char)*p))
			break;
		low = strtoull(p, &end, 10);
		high = low;
		if (*end == '-' && isdigit((unsigned char)end[1]))
			high = strtoull(end + 1, &end, 10);
		if ((*end && *end != ',') || low > high || high >= UINT64_MAX)
			break;
		if (!(to->nr & (to->nr - 1))) {		/* room for the next power of two */
			to->low = xrealloc(to->low, to->nr ? 2 * to->nr : 1, sizeof(*to->low));
			to->high = xrealloc(to->high, to->nr ? 2 * to->nr : 1, sizeof(*to->high));
		}
		to->low[to->nr] = low;
		to->high[to->nr] = high;
		if (!*end) {
			to->nr++;
			return true;
		}
		p = end + 1;
	}
	to->nr = 0;
	return false;
}

static bool in_ranges(const struct ranges *r, uint64_t n)
{
	size_t i;

	for (i = 0; i < r->nr; i++) {
		if (n >= r->low[i] && n <= r->high[i])
			return true;
	}
	return !r->nr;
}

unsigned int selection_parse_causes(const char *list)
{
	const char *word = list;
	unsigned int causes = 0;

	while (word) {
		size_t length = strcspn(word, ",");
		enum cause n = cause_named(word, length);

		if (n == NR_CAUSES)
			return 0;
		causes |= 1U << n;
		word = word[length] ? word + length + 1 : NULL;
	}
	return causes;
}

bool selects_cpu(const struct selection *f, uint64_t cpu)
{
	return in_ranges(&f->cpus, cpu);
}

bool selects_cause(const struct selection *f, enum cause cause)
{
	return !f->causes || f->causes & 1U << cause;
}

static bool is_word(const char *text, const char *word, size_t length)
{
	return strlen(text) == length && !strncasecmp(text, word, length);
}

bool reason_is_called(const struct reason *reason, const char *word, size_t length)
{
	return is_word(reason->name, word, length) || is_word(reason->key, word, length);
}

bool selects_reason(const struct selection *f, const struct snapshot *s, uint32_t code)
{
	const struct reason *reason = snapshot_reason(s, code);
	const char *word = f->reasons;

	while (word) {
		size_t length = strcspn(word, ",");

		if (reason ? reason_is_called(reason, word, length) :
		    is_word(snapshot_reason_name(s, code), word, length))
			return true;
		word = word[length] ? word + length + 1 : NULL;
	}
	return !f->reasons;
}

uint64_t selection_count(const struct selection *f, const struct snapshot *s,
			 const struct rows *rows)
{
	uint64_t count = 0;
	size_t n;

	for (n = 0; n < rows->nr; n++) {
		if (selects_cause(f, rows->row[n].cause) &&
		    selects_reason(f, s, rows->row[n].reason))
			count = add_sat(count, rows->row[n].count);
	}
	return count;
}

bool selects_vms(const struct selection *f)
{
	return f->vm || f->vcpus.nr;
}

void selection_set_vm(struct selection *f, const char *given)
{
	free(f->vm);
	free(f->vm_bytes);
	f->vm = given ? vm_name_given(given) : NULL;
	f->vm_bytes = given ? vm_name_of_bytes(given) : NULL;
}

enum match selection_match(const struct selection *f, uint64_t vmm, struct vm_name vm)
{
	char pid[24];

	if (!vm.is_pid && !strcmp(f->vm, vm.text))
		return MATCH_WRITTEN;
	if (!vm.is_pid && !strcmp(f->vm_bytes, vm.text))
		return MATCH_BYTES;
	snprintf(pid, sizeof(pid), "%" PRIu64, vmm);
	return strcmp(f->vm, pid) ? MATCH_NOT : MATCH_PID;
}

bool selects_vcpu(const struct selection *f, const struct identity *id, struct vm_name vm)
{
	if (f->vm && !selection_match(f, id->vmm, vm))
		return false;
	return !f->vcpus.nr || (id->vcpu != UNKNOWN && in_ranges(&f->vcpus, id->vcpu));
}
