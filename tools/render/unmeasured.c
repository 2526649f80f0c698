// SPDX-License-Identifier: GPL-2.0
/* What has no latency, though it was an exit. */
#include <inttypes.h>
#include "render/unmeasured.h"

static const char *const lost_by[] = { "overwritten", "stale", "backward", "no_slot", "vet_failed" };
#define NR (sizeof(lost_by) / sizeof(lost_by[0]))

bool losses_print(FILE *out, const struct snapshot *s)
{
	uint64_t all = snapshot_number(s, "exits", 0) + snapshot_number(s, "carried", 0);
	uint64_t lost = 0, of[NR];
	const char *before = "";
	size_t n;

	all += snapshot_number(s, "vet_failed", 0);
	for (n = 0; n < NR; n++) {
		of[n] = snapshot_number(s, lost_by[n], 0);
		lost += of[n];
	}
	if (!lost || lost / 1.0 < all * LOSSES_TOLD)
		return false;
	fprintf(out, "Not measured: %" PRIu64 " of %" PRIu64 " exits:", lost, all);
	for (n = 0; n < NR; n++) {
		if (!of[n])
			continue;
		fprintf(out, "%s %s %" PRIu64, before, lost_by[n], of[n]);
		before = ",";
	}
	fputc('\n', out);
	return true;
}
