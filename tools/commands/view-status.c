// SPDX-License-Identifier: GPL-2.0
/* kvmlat status: state, memory, audit counters, and whether the audit comes out even. */
#include <inttypes.h>
#include <string.h>
#include "model/recorded-settings.h"

/* Both sides of an identity; design: true at any quiet moment. */
struct identity {
	const char *text, *left[4], *right[8];
};

static const struct identity identities[] = {
	{ "exits + carried = paired + overwritten + stale + backward + abandoned + no_slot + in_flight",
	  { "exits", "carried" },
	  { "paired", "overwritten", "stale", "backward", "abandoned", "no_slot", "in_flight" } },
	{ "entries = paired + stale_entry + backward + entry_without_exit",
	  { "entries" },
	  { "paired", "stale_entry", "backward", "entry_without_exit" } },
};

/* The sum of counts; NULL, or the one that is not there. */
static const char *sum(const struct snapshot *s, const char *const *names, uint64_t *total)
{
	for (*total = 0; *names; names++) {
		if (!snapshot_fact(s, *names))
			return *names;
		*total += snapshot_number(s, *names, 0);	/* wraps as the module's own counters do */
	}
	return NULL;
}

static void print_identity(const struct snapshot *s, const struct identity *i)
{
	uint64_t left, right;
	const char *missing = sum(s, i->left, &left);

	if (!missing)
		missing = sum(s, i->right, &right);
	if (missing)
		printf("%s: not known, the data has no count of %s\n", i->text, missing);
	else
		printf("%s: %" PRIu64 " = %" PRIu64 " %s\n", i->text, left, right,
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
	for (n = 0; n < sizeof(identities) / sizeof(identities[0]); n++)
		print_identity(&s, &identities[n]);
	snapshot_free(&s);
	return 0;
}

VIEW(status, "status", "status [FILE]", "state, memory and audit counters", NULL, run);
