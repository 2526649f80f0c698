/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Settings of the module that shaped the figures: what they filtered, and whether two snapshots had
 * the same.
 */
#ifndef KVMLAT_RECORDED_SETTINGS_H
#define KVMLAT_RECORDED_SETTINGS_H

#include "model/data-snapshot.h"

/*
 * Of data that does not tell a setting, as older modules' does not, nothing is known and nothing
 * said.
 */

/* What is filtered, in a few words, to free; NULL: nothing that is known. */
char *settings_filter(const struct snapshot *s);
enum { OF_LATENCIES = 1, OF_OUTLIERS = 2, OF_ALL = 7 };	/* which figures a setting shapes */

#define NR_SETTINGS 10
struct settings {
	char *value[NR_SETTINGS];	/* NULL: not known, or nothing kept */
	char generation[17];
};

void settings_keep(struct settings *to, const struct snapshot *s);	/* what it held is gone */
void settings_free(struct settings *settings);
/* What was another, as "cpus all to 0-3", to free; NULL: nothing that is known. @which: OF_... */
char *settings_changed(const struct settings *before, const struct settings *now,
		       unsigned int which);

#endif
