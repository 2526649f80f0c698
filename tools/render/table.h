/* SPDX-License-Identifier: GPL-2.0 */
/* Tables of latencies: what summary, stat, top and vcpus show. */
#ifndef KVMLAT_TABLE_H
#define KVMLAT_TABLE_H

#include <stdio.h>
#include "model/histogram.h"

enum table_sort { SORT_TIME, SORT_SAMPLES, SORT_MEAN, SORT_P99, SORT_MAX, NR_SORTS };
extern const char *const table_sorts[NR_SORTS];

/* What the columns are parts of, for --help. */
#define TABLE_MORE								\
	"Samples% and Time% are shares of all exits, and of the time of all, that are\n"	\
	"not idle. The other shares are parts of the time of their own line: runq% that\n"	\
	"in which the thread was runnable and waited for a CPU; kern, preem, block, user\n"	\
	"that of exits whose cause was kernel, preempted, blocked, user; mixed where\n"	\
	"causes share a row. A thread that a cgroup's CPU quota throttles is runnable and\n" \
	"waits, as if preempted."

struct table {
	int width;		/* columns of less weight are left out until the lines fit */
	int lines;		/* at most so many; INT_MAX: all */
	bool by_cause;		/* a line a cause below each reason */
	bool plain_ns;
	bool pow2;		/* percentiles are upper bounds and need room for <= */
	enum table_sort sort;
};

/* A line: all causes together, and the time of each. */
struct table_line {
	struct row all;
	wide cause_ns[NR_CAUSES];
	bool idle;		/* no part of the whole */
	const char *name;
	int tail;		/* so much at the end of a name stays when it is shortened */
};

struct table_whole {		/* what the parts are parts of: all that is not idle */
	double ns, count;
};

struct table_layout {
	int name_width;
	uint32_t shown;		/* a bit a column */
};

void table_line_add(struct table_line *l, const struct row *row);	/* a row of one cause */
wide table_rank(const struct table_line *l, enum table_sort sort);
/* Of @command's --sort; dies when it is none. */
enum table_sort table_sort_named(const char *command, const char *name);
/* Print the heading; the widest of @lines decide the width of names, their causes the columns. */
void table_head(FILE *out, const struct table *t, const char *head, const struct table_line *lines,
		size_t nr, struct table_layout *layout);
void table_line_print(FILE *out, const struct table *t, const struct table_layout *layout,
		      const struct table_line *l, const struct table_whole *whole);
void table_total(FILE *out, const struct table_layout *layout, uint64_t pairs);

#endif
