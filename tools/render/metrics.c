// SPDX-License-Identifier: GPL-2.0
/* What the parts of Prometheus' formats share. */
#include <string.h>
#include "render/metrics.h"

bool metrics_older;

void metrics_family(FILE *out, const char *name, const char *type, const char *unit,
		    const char *help)
{
	const char *total = metrics_older && !strcmp(type, "counter") ? "_total" : "";

	fprintf(out, "# TYPE kvmlat_%s%s %s\n", name, total, type);
	if (unit && !metrics_older)
		fprintf(out, "# UNIT kvmlat_%s %s\n", name, unit);
	fprintf(out, "# HELP kvmlat_%s%s %s\n", name, total, help);
}

void metrics_seconds(FILE *out, wide ns)
{
	char text[WIDE_BYTES];

	fprintf(out, "%s.%09u\n", wide_text(text, ns / 1000000000),
		(unsigned int)(ns % 1000000000));
}
