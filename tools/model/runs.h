/* SPDX-License-Identifier: GPL-2.0 */
/* A recording as a set of runs: how much one differs from the next is what chance can do. */
#ifndef KVMLAT_RUNS_H
#define KVMLAT_RUNS_H

#include "model/delta.h"
#include "model/rank-sum.h"

/*
 * A run is what happened between two loads or resets: one generation, as its last snapshot has it.
 * Its snapshots are intervals of one run, not runs: how much these differ says nothing of how runs
 * do. Of more than RANKSUM_MAX neighbours are taken together.
 */
struct runs {
	/* The last snapshot as a whole, with the reasons of all others too. */
	struct snapshot last;
	char isa[16];				/* of all of them; "none": there was no VM yet */
	struct rows run[RANKSUM_MAX];
	unsigned int nr;			/* under 2: nothing is known of how they differ */
	uint64_t each, part;			/* generations in a run; in the last one */
	uint64_t *generation;			/* of all there are, in order */
	size_t generations, capacity;
	uint64_t snapshots, of_last;		/* how many there are; of the last generation */
	size_t shared;				/* generations that are runs of the other side */
	struct rows all;			/* all runs together */
	double seconds;
	struct settings settings;		/* of the first snapshot */
	char *changed;				/* what another one had otherwise, first; or NULL */
	/* While it is read: */
	const char *path;
	const struct runs *before;
	struct delta delta;			/* the snapshot before */
	double last_seconds;			/* its age */
	struct snapshot names;			/* reasons of all */
};

/*
 * A recording is taken snapshot by snapshot. @path: of it, for messages. @before: of the other
 * side, whose runs are no runs of this one too; or NULL.
 */
void runs_begin(struct runs *r, const char *path, const struct runs *before);
/* Take the next snapshot; afterwards @s holds what happened since the one before. */
void runs_add(struct runs *r, struct snapshot *s);
/* No more come; @s is the last one, whose memory belongs to @r from now on. */
void runs_end(struct runs *r, const struct snapshot *s);
void runs_free(struct runs *r);

#endif
