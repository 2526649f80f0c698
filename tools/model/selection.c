// SPDX-License-Identifier: GPL-2.0
/* The filters all views share. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "model/selection.h"
#include "input/vm-names.h"

bool filter_parse_ranges(struct ranges *to, const char *list)
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

static void parse_ranges(const struct cli *c, struct ranges *to, const char *what, const char *list)
{
	if (!filter_parse_ranges(to, list))
		die(EXIT_DATA, "%s: %s %.60s%s: not a %s list like 0-3,8", c->view->name, what, list,
		    strlen(list) > 60 ? "..." : "", *what == '-' && what[1] == 'C' ? "CPU" : "number");
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

unsigned int filter_parse_causes(const char *list)
{
	const char *word = list;
	unsigned int causes = 0;

	while (word) {
		size_t length = strcspn(word, ",");
		int n;

		for (n = 0; n < NR_CAUSES; n++) {
			if (strlen(cause_names[n]) == length && !strncmp(cause_names[n], word, length))
				break;
		}
		if (n == NR_CAUSES)
			return 0;
		causes |= 1U << n;
		word = word[length] ? word + length + 1 : NULL;
	}
	return causes;
}

bool filter_option(const struct cli *c, struct filter *f, int letter)
{
	switch (letter) {
	case 'C':
		parse_ranges(c, &f->cpus, "-C", optarg);
		return true;
	case 'r':
		f->reasons = optarg;
		return true;
	case OPT_CAUSE:
		f->causes = filter_parse_causes(optarg);
		if (!f->causes)
			die(EXIT_DATA, "%s: --cause %s: causes are kernel, preempted, blocked, user, mixed",
			    c->view->name, optarg);
		return true;
	case OPT_VM:
		filter_vm(f, optarg);
		return true;
	case OPT_VCPU:
		parse_ranges(c, &f->vcpus, "--vcpu", optarg);
		return true;
	}
	return false;
}

bool filter_cpu(const struct filter *f, uint64_t cpu)
{
	return in_ranges(&f->cpus, cpu);
}

bool filter_cause(const struct filter *f, enum cause cause)
{
	return !f->causes || f->causes & 1U << cause;
}

static bool is_word(const char *text, const char *word, size_t length)
{
	return strlen(text) == length && !strncasecmp(text, word, length);
}

bool filter_is_reason(const struct reason *reason, const char *word, size_t length)
{
	return is_word(reason->name, word, length) || is_word(reason->key, word, length);
}

bool filter_reason(const struct filter *f, const struct snapshot *s, uint32_t code)
{
	const struct reason *reason = snapshot_reason(s, code);
	const char *word = f->reasons;

	while (word) {
		size_t length = strcspn(word, ",");

		if (reason ? filter_is_reason(reason, word, length) :
		    is_word(snapshot_reason_name(s, code), word, length))
			return true;
		word = word[length] ? word + length + 1 : NULL;
	}
	return !f->reasons;
}

uint64_t filter_count(const struct filter *f, const struct snapshot *s, const struct rows *rows)
{
	uint64_t count = 0;
	size_t n;

	for (n = 0; n < rows->nr; n++) {
		if (filter_cause(f, rows->row[n].cause) && filter_reason(f, s, rows->row[n].reason))
			count = add_sat(count, rows->row[n].count);
	}
	return count;
}

bool filter_vms(const struct filter *f)
{
	return f->vm || f->vcpus.nr;
}

void filter_vm(struct filter *f, const char *given)
{
	free(f->vm);
	free(f->vm_bytes);
	f->vm = given ? vmname_given(given) : NULL;
	f->vm_bytes = given ? vmname_of_bytes(given) : NULL;
}

enum met filter_met(const struct filter *f, uint64_t vmm, const char *vm)
{
	char pid[24];

	if (!vmname_is_pid(vm, vmm) && !strcmp(f->vm, vm))
		return MET_WRITTEN;
	if (!vmname_is_pid(vm, vmm) && !strcmp(f->vm_bytes, vm))
		return MET_BYTES;
	snprintf(pid, sizeof(pid), "%" PRIu64, vmm);
	return strcmp(f->vm, pid) ? MET_NOT : MET_PID;
}

bool filter_who(const struct filter *f, const struct who *who, const char *vm)
{
	if (f->vm && !filter_met(f, who->vmm, vm))
		return false;
	return !f->vcpus.nr || (who->vcpu != UNKNOWN && in_ranges(&f->vcpus, who->vcpu));
}
