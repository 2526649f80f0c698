/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of Prometheus' formats share. */
#ifndef KVMLAT_METRICS_H
#define KVMLAT_METRICS_H

#include <stdbool.h>
#include <stdio.h>
#include "base/number.h"

#define MORE "(more)"		/* the label of what is beyond a limit */

extern bool metrics_older;	/* Prometheus' own text, not OpenMetrics' */
/* The lines that announce a metric. @unit: NULL when it has none. */
void metrics_family(FILE *out, const char *name, const char *type, const char *unit,
		    const char *help);
void metrics_seconds(FILE *out, wide ns);	/* a value, to the end of its line */

#endif
