// SPDX-License-Identifier: GPL-2.0
/* The conditions of diff --fail-if. */
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/error.h"
#include "commands/fail-if.h"

#define MAX_CONDITIONS 16

static struct condition {		/* [REASON:]pNN+PERCENT% */
	const char *text;
	struct selection reason;
	unsigned int permille;
	double more;
	bool found, judged;		/* there is such a reason; its exits are enough */
} condition[MAX_CONDITIONS];

static size_t nr;
static bool failed;

double percent_option(const char *option, const char *text, const char *number, const char *tail)
{
	char *end;
	double value = strtod(number, &end);

	if (*number < '0' || *number > '9' || strcmp(end, tail) || !(value <= 1e6))
		die(EXIT_DATA, "diff: %s %s: not like %s", option, text,
		    *option == '-' && option[2] == 'f' ?
			    "p99+20% or CPUID:p99.9+50%, p0.1 to p99.9" :
			    "10%");
	return value / 100;
}

void fail_if_add(const char *text)
{
	struct condition *c = &condition[nr];
	const char *colon = strrchr(text, ':'), *p = colon ? colon + 1 : text;
	char *end = NULL;
	double percentile;

	if (nr == MAX_CONDITIONS)
		die(EXIT_DATA, "diff: --fail-if: %d at most", MAX_CONDITIONS);
	c->text = text;
	if (colon) {
		char *name = xstrdup(text);

		name[colon - text] = '\0';
		c->reason.reasons = name;
	}
	percentile = *p == 'p' && p[1] >= '0' && p[1] <= '9' ? strtod(p + 1, &end) : 0;
	if (!(percentile >= 0.1 && percentile <= 99.9) || *end != '+')
		end = NULL;
	c->more = percent_option("--fail-if", text, end ? end + 1 : "", "%");
	c->permille = percentile * 10 + 0.5;
	nr++;
}

static bool concerns(const struct condition *c, const struct snapshot *s, uint32_t code)
{
	return selects_reason(&c->reason, s, code) &&
	       (c->reason.reasons || !snapshot_idle(s, code));
}

static void look_for(const struct selection *f, const struct snapshot *s)
{
	size_t n, r;

	for (n = 0; n < nr; n++) {
		for (r = 0; r < s->nr_reasons; r++)
			condition[n].found |= selects_reason(f, s, s->reasons[r].code) &&
					      concerns(&condition[n], s, s->reasons[r].code);
	}
}

/* A gate with a name that nothing has would never fail. */
void fail_if_find(const struct selection *f, const struct snapshot *a, const struct snapshot *b)
{
	size_t n;

	look_for(f, a);
	look_for(f, b);
	for (n = 0; n < nr; n++) {
		const struct condition *c = &condition[n];

		if (!c->found && (c->reason.reasons || f->reasons))
			die(EXIT_DATA,
			    "diff: --fail-if %s: no such reason in A or B, or left out by -r",
			    c->text);
	}
}

unsigned int fail_if_tests(const struct snapshot *s, uint32_t reason)
{
	unsigned int tests = 0;
	size_t n;

	for (n = 0; n < nr; n++)
		tests += concerns(&condition[n], s, reason);
	return tests;
}

void fail_if_check(const struct test *t, const struct side *a, const struct side *b,
		   const struct row *of, const char *name)
{
	size_t n;

	for (n = 0; n < nr; n++) {
		struct condition *c = &condition[n];
		struct change change;

		if (!concerns(c, &b->runs.last, of->reason))
			continue;
		change = percentile_change(t, a, b, of, c->permille);
		c->judged |= change.known;
		if (change.more <= c->more)
			continue;
		warn("diff: %s: met by %s, at least +%.0f%%", c->text, name, 100 * change.more);
		failed = true;
	}
}

int fail_if_status(void)
{
	bool unjudged = false;
	size_t n;

	for (n = 0; n < nr; n++) {
		if (condition[n].judged)
			continue;
		warn("diff: %s: cannot be judged, too few exits or runs", condition[n].text);
		unjudged = true;
	}
	return failed ? EXIT_WORSE : unjudged ? EXIT_UNJUDGED : 0;
}
