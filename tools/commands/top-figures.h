/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Figures of one source that is read again and again: of the last interval, since a mark, and the
 * whole.
 */
#ifndef KVMLAT_SPANS_H
#define KVMLAT_SPANS_H

#include "model/delta.h"
#include "model/selection.h"

enum span { LAST, SINCE_MARK, WHOLE, NR_SPANS };

struct figures {
	const struct selection *f;
	struct snapshot now;		/* the last one read */
	/* its figures, of each span, by (WHERE_ALL, reason, cause) */
	struct rows rows[NR_SPANS];
	double seconds[NR_SPANS];
	bool was_reset, was_changed;	/* meanwhile; settings too; the reader clears them */
	char *filter;			/* what its settings leave out, or NULL */
	bool gone;			/* the live module is not loaded: all is as it was before */
	/* the first thing that @f asks for and the data has not, or NULL */
	const char *missing;
	struct delta delta, mark;	/* the snapshot before; the one of the mark */
	struct rows reading;
};

void figures_read(struct figures *s, const char *path);
void figures_mark(struct figures *s);	/* from here on */
/* the filter is another one: nothing is subtracted from what comes */
void figures_forget(struct figures *s);
void figures_free(struct figures *s);

#endif
