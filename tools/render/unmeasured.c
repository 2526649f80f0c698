// SPDX-License-Identifier: GPL-2.0
/* What has no latency, though it was an exit. */
#include <inttypes.h>
#include "render/unmeasured.h"

static const enum count lost_by[] = {
	COUNT_OVERWRITTEN, COUNT_STALE, COUNT_BACKWARD, COUNT_NO_SLOT, COUNT_VET_FAILED
};

#define NR (sizeof(lost_by) / sizeof(lost_by[0]))

bool unmeasured_print(FILE *out, const struct snapshot *s)
{
	uint64_t all = snapshot_count(s, COUNT_EXITS) + snapshot_count(s, COUNT_CARRIED);
	uint64_t lost = 0, of[NR];
	const char *before = "";
	size_t n;

	all += snapshot_count(s, COUNT_VET_FAILED);
	for (n = 0; n < NR; n++) {
		of[n] = snapshot_count(s, lost_by[n]);
		lost += of[n];
	}
	if (!lost || lost / 1.0 < all * UNMEASURED_TOLD)
		return false;
	fprintf(out, "Not measured: %" PRIu64 " of %" PRIu64 " exits:", lost, all);
	for (n = 0; n < NR; n++) {
		if (!of[n])
			continue;
		fprintf(out, "%s %s %" PRIu64, before, count_names[lost_by[n]], of[n]);
		before = ",";
	}
	fputc('\n', out);
	return true;
}
