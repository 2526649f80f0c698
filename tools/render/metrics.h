/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of Prometheus' formats share. */
#ifndef KVMLAT_METRICS_H
#define KVMLAT_METRICS_H

#include "render/export.h"

#define MORE "(more)"		/* the label of what is beyond a limit */

extern bool metrics_older;	/* Prometheus' own text, not OpenMetrics' */
void metrics_family(FILE *out, const char *name, const char *type, const char *unit,
		    const char *help);
void metrics_seconds(FILE *out, wide ns);

/* sums.c: figures of CPUs and VMs, where they are asked for */
void sums_begin(struct snapshot *s, const struct export_options *o);
void sums_print(FILE *out, const struct snapshot *s, const struct export_options *o);

#endif
