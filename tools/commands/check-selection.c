// SPDX-License-Identifier: GPL-2.0
/*
 * Filters against what the data holds. The tool has no table of reasons: a name it does not find
 * may be one to come.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "commands/check-selection.h"
#include "input/vm-names.h"

static struct {
	const struct selection *f;
	struct visitor next;		/* the view's own */
	bool vm;			/* was seen */
	unsigned int matches;		/* ... by what, a bit each of enum match */
	bool *cpu, *vcpu;		/* was any of the numbers of each range? */
} seen;

static void clear(void)
{
	seen.vm = false;
	seen.matches = 0;
	seen.cpu = xrealloc(seen.cpu, seen.f->cpus.nr, sizeof(*seen.cpu));
	seen.vcpu = xrealloc(seen.vcpu, seen.f->vcpus.nr, sizeof(*seen.vcpu));
	memset(seen.cpu, 0, seen.f->cpus.nr * sizeof(*seen.cpu));
	memset(seen.vcpu, 0, seen.f->vcpus.nr * sizeof(*seen.vcpu));
}

static void note_seen(const struct ranges *r, bool *seen_one, uint64_t n)
{
	for (size_t i = 0; i < r->nr; i++)
		seen_one[i] |= n >= r->low[i] && n <= r->high[i];
}

static void on_cpu_row(struct snapshot *s, const struct row *row)
{
	note_seen(&seen.f->cpus, seen.cpu, row->where);
	if (seen.next.cpu_row)
		seen.next.cpu_row(s, row);
}

static void on_vcpu(struct snapshot *s, const struct vcpu *v)
{
	enum match match = MATCH_NOT;

	if (v->kind == VCPU_ONE && seen.f->vm)
		match = selection_match(seen.f, v->id.vmm, vm_name_of(s, &v->id));
	if (v->kind == VCPU_ONE && (match || !seen.f->vm)) {
		seen.vm = true;
		seen.matches |= 1U << match;
		if (v->id.vcpu != UNKNOWN)
			note_seen(&seen.f->vcpus, seen.vcpu, v->id.vcpu);
	}
	if (seen.next.vcpu)
		seen.next.vcpu(s, v);
}

static void on_again(struct snapshot *s)
{
	clear();
	seen.next.again(s);
}

void check_begin(const struct selection *f, struct snapshot *s)
{
	seen.f = f;
	seen.next = s->visit;
	clear();
	if (f->cpus.nr)
		s->visit.cpu_row = on_cpu_row;
	if (selects_vms(f))
		s->visit.vcpu = on_vcpu;
	if (s->visit.again)
		s->visit.again = on_again;
}

/* The first word of -r that is no reason of the data, or NULL. */
static const char *missing_reason(const struct selection *f, const struct snapshot *s, int *length)
{
	const char *word = f->reasons;
	size_t n;

	for (; word; word = word[*length] ? word + *length + 1 : NULL) {
		*length = (int)strcspn(word, ",");
		for (n = 0; n < s->nr_reasons; n++) {
			if (reason_is_called(&s->reasons[n], word, *length))
				break;
		}
		if (n == s->nr_reasons)
			return word;
	}
	return NULL;
}

static bool has_cause(const struct selection *f, const struct snapshot *s)
{
	for (size_t n = 0; n < s->totals.nr; n++) {
		if (s->totals.row[n].count && selects_cause(f, s->totals.row[n].cause))
			return true;
	}
	return false;
}

/* The first range of which nothing was seen; @none: of no range anything was. */
static const char *missing_range(const struct ranges *r, const bool *seen_one, const char *what,
				 bool *none)
{
	static char text[80];
	size_t i, missing = 0, first = 0;

	for (i = 0; i < r->nr; i++) {
		if (seen_one[i])
			continue;
		first = missing++ ? first : i;
	}
	*none = missing == r->nr;
	if (!missing)
		return NULL;
	if (r->low[first] == r->high[first])
		snprintf(text, sizeof(text), "the data has no %s %" PRIu64, what, r->low[first]);
	else
		snprintf(text, sizeof(text), "the data has no %s from %" PRIu64 " to %" PRIu64,
			 what, r->low[first], r->high[first]);
	return text;
}

const char *check_missing(const struct selection *f, const struct snapshot *s, bool *none)
{
	uint64_t possible = snapshot_number(s, KVMLAT_INFO_POSSIBLE_CPUS, UNKNOWN);
	static char text[160];
	const char *missing;
	int length;

	/*
	 * A CPU without exits has no rows; those from `possible_cpus` on are none, unless they
	 * have.
	 */
	for (size_t i = 0; i < f->cpus.nr; i++)
		seen.cpu[i] |= f->cpus.low[i] < possible;
	missing = missing_range(&f->cpus, seen.cpu, "CPU", none);
	if (missing)
		return missing;
	*none = true;
	if (f->vm && !seen.vm) {
		snprintf(text, sizeof(text), "the data has no VM %.*s", (int)text_fit(f->vm, 100),
			 f->vm);
		return text;
	}
	missing = missing_range(&f->vcpus, seen.vcpu, "vCPU", none);
	if (missing)
		return missing;
	*none = false;
	missing = missing_reason(f, s, &length);
	if (missing) {
		snprintf(text, sizeof(text), "no exit of reason %.*s yet, if that is one",
			 length > 80 ? 80 : length, missing);
		return text;
	}
	if (f->causes && !has_cause(f, s))
		return "no exit of that cause yet";
	return NULL;
}

const char *check_state(const struct snapshot *s)
{
	const char *state = snapshot_fact(s, KVMLAT_INFO_STATE),
		   *why = snapshot_fact(s, KVMLAT_INFO_WHY);
	static char text[256];

	if (!state || !strcmp(state, "attached"))
		return NULL;
	snprintf(text, sizeof(text), "%.40s%s%.200s", state, why ? ": " : "", why ? why : "");
	return text;
}

static void say_state(const struct snapshot *s)
{
	const char *state = check_state(s);

	if (state)
		warn("the module %s: its state %s %s",
		     s->live ? "measures nothing now" : "measured nothing then",
		     s->live ? "is" : "was", state);
}

void check_nothing(const struct cli *c, const struct selection *f, const struct snapshot *s)
{
	const char *missing;
	bool none;

	say_state(s);
	missing = check_missing(f, s, &none);
	die(EXIT_DATA, "%s: %s", c->view->name,
	    missing ? missing : "no exit of all that is asked for yet");
}

void check_end(const struct cli *c, const struct selection *f, const struct snapshot *s,
	       bool follow)
{
	const char *missing;
	bool none;

	say_state(s);
	if (f->vm && seen.matches & (seen.matches - 1))
		warn("%s: --vm %s: names of two VMs, or a name and another's pid: all are shown",
		     c->view->name, f->vm);
	missing = check_missing(f, s, &none);
	if (missing && none && !follow)
		die(EXIT_DATA, "%s: %s", c->view->name, missing);
	if (missing)
		warn("%s: %s", c->view->name, missing);
}
