// SPDX-License-Identifier: GPL-2.0
/* Settings that shaped the figures. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "render/units.h"
#include "model/recorded-settings.h"
#include "base/text.h"

static const struct {
	const char *name;
	unsigned int shapes;
} known[NR_SETTINGS] = {
	{ "cpus", OF_LATENCIES | OF_OUTLIERS },
	{ "vms", OF_LATENCIES | OF_OUTLIERS },
	{ "enabled", OF_LATENCIES | OF_OUTLIERS },
	{ "clock", OF_LATENCIES | OF_OUTLIERS },
	{ "clock_wanted", OF_LATENCIES | OF_OUTLIERS },
	{ "outlier_ns", OF_OUTLIERS },
	{ "outlier_skip", OF_OUTLIERS },
	{ "guest_rip", OF_OUTLIERS },
	{ "offcpu", OF_ALL & ~OF_LATENCIES },
	{ "filter_changes", OF_LATENCIES | OF_OUTLIERS },
};

#define CHANGES \
	(NR_SETTINGS - \
	 1) /* counts how often those before `clock` changed, so also what changed back */

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
	const char *cpus = snapshot_fact(s, "cpus"), *vms = snapshot_fact(s, "vms");
	uint64_t changes = snapshot_number(s, "filter_changes", 0);
	char *text = NULL;

	if (cpus && strcmp(cpus, "all"))
		text = joined(text, text_print("CPUs %s only", cpus));
	if (vms && strcmp(vms, "all"))
		text = joined(text, text_print("VMMs %s only", vms));
	if (!snapshot_number(s, "enabled", 1))
		text = joined(text, xstrdup("measuring is off"));
	if (changes)
		text = joined(text, text_print("cpus, vms or enabled changed %" PRIu64
					       " time%s since these figures began",
					       changes, changes == 1 ? "" : "s"));
	return text;
}

bool settings_print(FILE *out, const struct snapshot *s)
{
	static const char before[] = "Not the whole host:";
	char *text = settings_filter(s), *word, *save = NULL;
	int at = (int)strlen(before);

	if (!text)
		return false;
	fputs(before, out);
	for (word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (at + 1 + (int)strlen(word) > terminal_width()) {
			fputs("\n ", out);
			at = 1;
		}
		at += fprintf(out, " %s", word);
	}
	fputc('\n', out);
	free(text);
	return true;
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
