// SPDX-License-Identifier: GPL-2.0
/* Settings that shaped the figures. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/text.h"
#include "model/recorded-settings.h"

static const struct {
	const char *name;
	unsigned int shapes;
} known[NR_SETTINGS] = {
	{ KVMLAT_INFO_CPUS, OF_LATENCIES | OF_OUTLIERS },
	{ KVMLAT_INFO_VMS, OF_LATENCIES | OF_OUTLIERS },
	{ KVMLAT_INFO_ENABLED, OF_LATENCIES | OF_OUTLIERS },
	{ KVMLAT_INFO_CLOCK, OF_LATENCIES | OF_OUTLIERS },
	{ KVMLAT_INFO_CLOCK_WANTED, OF_LATENCIES | OF_OUTLIERS },
	{ KVMLAT_INFO_OUTLIER_NS, OF_OUTLIERS },
	{ KVMLAT_INFO_OUTLIER_SKIP, OF_OUTLIERS },
	{ KVMLAT_INFO_GUEST_RIP, OF_OUTLIERS },
	{ KVMLAT_INFO_OFFCPU, OF_ALL & ~OF_LATENCIES },
	{ KVMLAT_INFO_FILTER_CHANGES, OF_LATENCIES | OF_OUTLIERS },
};

/* The last counts how often those before `clock` changed, so also what changed back. */
#define CHANGES (NR_SETTINGS - 1)

/* @text and @more, parted by a comma; @more is freed. */
static char *joined(char *text, char *more)
{
	char *both = text ? text_print("%s, %s", text, more) : more;

	if (text)
		free(more);
	free(text);
	return both;
}

char *settings_filter(const struct snapshot *s)
{
	const char *cpus = snapshot_fact(s, KVMLAT_INFO_CPUS),
		   *vms = snapshot_fact(s, KVMLAT_INFO_VMS);
	uint64_t changes = snapshot_number(s, KVMLAT_INFO_FILTER_CHANGES, 0);
	char *text = NULL;

	if (cpus && strcmp(cpus, KVMLAT_WORD_ALL))
		text = joined(text, text_print("CPUs %s only", cpus));
	if (vms && strcmp(vms, KVMLAT_WORD_ALL))
		text = joined(text, text_print("VMMs %s only", vms));
	if (!snapshot_number(s, KVMLAT_INFO_ENABLED, 1))
		text = joined(text, xstrdup("measuring is off"));
	if (changes)
		text = joined(text, text_print("cpus, vms or enabled changed %" PRIu64
					       " time%s since these figures began",
					       changes, changes == 1 ? "" : "s"));
	return text;
}

void settings_keep(struct settings *to, const struct snapshot *s)
{
	const char *value;
	size_t n;

	settings_free(to);
	for (n = 0; n < NR_SETTINGS; n++) {
		value = snapshot_fact(s, known[n].name);
		to->value[n] = value ? xstrdup(value) : NULL;
	}
	strcpy(to->generation, s->generation);
}

void settings_free(struct settings *settings)
{
	size_t n;

	for (n = 0; n < NR_SETTINGS; n++)
		free(settings->value[n]);
	*settings = (struct settings){ 0 };
}

char *settings_changed(const struct settings *before, const struct settings *now,
		       unsigned int which)
{
	char *text = NULL;
	size_t n;

	for (n = 0; n < CHANGES; n++) {
		const char *from = before->value[n], *to = now->value[n];

		if (known[n].shapes & which && from && to && strcmp(from, to))
			text = joined(text, text_print("%s %s to %s", known[n].name,
						       *from ? from : "-", *to ? to : "-"));
	}
	/* A count of another generation began anew. */
	if (!text && which & known[CHANGES].shapes && before->value[CHANGES] &&
	    now->value[CHANGES] && !strcmp(before->generation, now->generation) &&
	    strcmp(before->value[CHANGES], now->value[CHANGES]))
		text = xstrdup("cpus, vms or enabled changed, and back");
	return text;
}
