// SPDX-License-Identifier: GPL-2.0
/* kvmlat status: state, memory, audit counters, and whether the audit comes out even. */
#include <inttypes.h>
#include "commands/command-line.h"
#include "input/source.h"
#include "render/settings-line.h"

/* Counts whose sums are the same at any quiet moment. */
struct audit {
	const char *text;
	const enum count *left, *right;
	size_t nr_left, nr_right;
};

#define X(id) COUNT_##id,
static const enum count exits[] = { KVMLAT_EXIT_AUDIT_LEFT(X) };
static const enum count exits_became[] = { KVMLAT_EXIT_AUDIT_RIGHT(X) };
static const enum count entries[] = { KVMLAT_ENTRY_AUDIT_LEFT(X) };
static const enum count entries_were[] = { KVMLAT_ENTRY_AUDIT_RIGHT(X) };
#undef X
#define NR(array) (sizeof(array) / sizeof((array)[0]))

static const struct audit audits[] = {
	{ KVMLAT_EXIT_AUDIT, exits, exits_became, NR(exits), NR(exits_became) },
	{ KVMLAT_ENTRY_AUDIT, entries, entries_were, NR(entries), NR(entries_were) },
};

/* The sum of counts; NULL, or the name of one that is not there. */
static const char *sum(const struct snapshot *s, const enum count *which, size_t nr,
		       uint64_t *total)
{
	size_t n;

	for (*total = 0, n = 0; n < nr; n++) {
		if (!snapshot_fact(s, count_names[which[n]]))
			return count_names[which[n]];
		*total += snapshot_count(s, which[n]);	/* wraps as the module's own counters do */
	}
	return NULL;
}

static void print_audit(const struct snapshot *s, const struct audit *a)
{
	uint64_t left, right;
	const char *missing = sum(s, a->left, a->nr_left, &left);

	if (!missing)
		missing = sum(s, a->right, a->nr_right, &right);
	if (missing)
		printf("%s: not known, the data has no count of %s\n", a->text, missing);
	else
		printf("%s: %" PRIu64 " = %" PRIu64 " %s\n", a->text, left, right,
		       left == right ? "holds" : "differs (events under way, or a fault)");
}

static int run(struct cli *c)
{
	struct snapshot s = { 0 };
	size_t n;

	while (cli_next(c) != -1)
		;
	snapshot_load(&s, cli_file(c));
	settings_print(stdout, &s);
	printf("%-24s %s\n", "generation", s.generation);
	for (n = 0; n < s.nr_facts; n++)
		printf("%-24s %s\n", s.facts[n].name, s.facts[n].value);
	puts("\nAudit, true at any quiet moment");
	for (n = 0; n < NR(audits); n++)
		print_audit(&s, &audits[n]);
	snapshot_free(&s);
	return 0;
}

VIEW(status, "status", "status [FILE]", "state, memory and audit counters", NULL, run);
