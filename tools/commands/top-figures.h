/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Figures of one source that top reads again and again: of the last interval, since the operator
 * set a mark, and since the generation began.
 */
#ifndef KVMLAT_TOP_FIGURES_H
#define KVMLAT_TOP_FIGURES_H

#include "model/delta.h"
#include "model/selection.h"

enum span { LAST, SINCE_MARK, WHOLE, NR_SPANS };

struct figures {
	const struct selection *f;
	struct snapshot now;		/* the last one read */
	/* Its figures of each span, by (WHERE_ALL, reason, cause). */
	struct rows rows[NR_SPANS];
	double seconds[NR_SPANS];
	/* The generation, or a setting, was another meanwhile; whoever shows them clears them. */
	bool was_reset, was_changed;
	char *filter;			/* what the module filtered, or NULL */
	bool gone;			/* the module is not loaded: all is as it was before */
	/* The first thing that @f selects and the data has not, or NULL. */
	const char *missing;
	struct delta delta, mark;	/* the snapshot before; the one of the mark */
	struct rows reading;		/* rows of the snapshot that is being read */
};

void figures_read(struct figures *s, const char *path);
void figures_mark(struct figures *s);	/* SINCE_MARK begins now */
/* The selection is another one: figures from before are not subtracted from those to come. */
void figures_forget(struct figures *s);
void figures_free(struct figures *s);

#endif
