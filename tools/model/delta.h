/* SPDX-License-Identifier: GPL-2.0 */
/* What happened between two snapshots. */
#ifndef KVMLAT_DELTA_H
#define KVMLAT_DELTA_H

#include "model/recorded-settings.h"

struct delta {				/* the earlier snapshot */
	char generation[17];		/* "": none yet */
	uint64_t time_ns;
	struct rows totals;
	struct rows next;		/* of the later one, while they are subtracted */
	struct settings settings;
	/*
	 * Which settings that shape latencies changed in the last step; NULL: none that is known.
	 */
	char *changed;
};

/*
 * Make @s->totals what was added since the snapshot in @d, and keep the whole of @s in @d for the
 * next time. Returns the seconds between the two. @reset: another generation began in between,
 * then it is what was added since that.
 */
double delta_step(struct delta *d, struct snapshot *s, bool *reset);
void delta_free(struct delta *d);

#endif
