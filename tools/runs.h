/* SPDX-License-Identifier: GPL-2.0 */
/* A recording as a set of runs: how much one differs from the next is what chance can do. */
#ifndef KVMLAT_RUNS_H
#define KVMLAT_RUNS_H

#include "ranksum.h"
#include "snapshot.h"

/*
 * A run is what happened between two snapshots, or, when the module was loaded or reset in between,
 * since then. Of more than RANKSUM_MAX neighbours are taken together.
 */
struct runs {
	struct snapshot last;			/* the last snapshot, whole; reasons of the others too */
	struct rows run[RANKSUM_MAX];
	unsigned int nr;			/* under 2: nothing is known of how they differ */
	uint64_t each, part;			/* snapshots in a run; in the last one */
	struct rows all;			/* all runs together */
	double seconds;
};

void runs_load(struct runs *r, const char *path);
void runs_free(struct runs *r);

#endif
