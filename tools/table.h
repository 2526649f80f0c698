/* SPDX-License-Identifier: GPL-2.0 */
/* The table of reasons: what summary, stat and top show. */
#ifndef KVMLAT_TABLE_H
#define KVMLAT_TABLE_H

#include "filter.h"

enum table_sort { SORT_TIME, SORT_SAMPLES, SORT_MEAN, SORT_P99, SORT_MAX, NR_SORTS };
extern const char *const table_sorts[NR_SORTS];

struct table {
	int width;		/* columns of less weight are left out until the lines fit */
	int lines;		/* at most so many reasons; INT_MAX: all */
	bool by_cause;		/* a line a cause below each reason */
	bool plain_ns;
	enum table_sort sort;
	const char *times;	/* why times are not those of one pair, or NULL; printed as a note */
};

/* @rows: by (WHERE_ALL, reason, cause), as in the totals of @s. */
void table_print(FILE *out, const struct table *t, const struct snapshot *s, const struct rows *rows,
		 const struct filter *f);

#endif
