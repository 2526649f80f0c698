/* SPDX-License-Identifier: GPL-2.0 */
/* Reading the `data` format (docs/data-format.md), a line at a time. */
#ifndef KVMLAT_SNAPSHOT_H
#define KVMLAT_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "../module/bucket.h"

enum { EXIT_DATA = 1, EXIT_SOURCE = 2 };	/* exit status: usage or bad data; cannot read */

#define REASON_OTHER	(UINT32_MAX - 1)	/* the catch-all, key `other` */
#define CPU_ALL		(-1)

struct row {
	int cpu;			/* CPU_ALL: the totals */
	uint32_t reason;
	char cause[16];			/* "-": not split */
	uint64_t count, sum_ns, min_ns, max_ns;	/* count is at least 1 */
	u64 bucket[KVMLAT_BUCKETS];
};

struct reason {
	uint32_t code;
	bool idle;
	char *key, *name;
};

struct fact {				/* an `info` or a `count` */
	char *name, *value;
};

struct snapshot {
	char generation[17];
	struct fact *facts;
	size_t nr_facts;
	struct reason *reasons;
	size_t nr_reasons;
	struct row *totals;		/* the rows of WHERE `all` */
	size_t nr_totals;
	/* Called for each row of a CPU, in file order; NULL: those are checked and dropped. */
	void (*on_cpu_row)(const struct snapshot *s, const struct row *row);
};

/*
 * Read one snapshot from @f, called @name in messages; to the end, so that a truncated one is
 * noticed. On bad input prints `kvmlat: NAME:LINE: why` and exits with EXIT_DATA.
 */
void snapshot_read(struct snapshot *s, FILE *f, const char *name);
/* Read the live module's data or @path; when it cannot be opened says why, exits with EXIT_SOURCE. */
void snapshot_load(struct snapshot *s, const char *path);
void snapshot_free(struct snapshot *s);
/* Never NULL for the reason of a row: the parser refuses rows without a reason line. */
const struct reason *snapshot_reason(const struct snapshot *s, uint32_t code);

/* A way to show a snapshot. A view is one file: VIEW() makes it known to the command line. */
struct view {
	const char *name, *usage, *help;
	int (*run)(int argc, char **argv, const char *path);
};

#define VIEW(id, ...)								\
	static const struct view view_##id = { __VA_ARGS__ };			\
	static const struct view *const view_##id##_entry			\
	__attribute__((used, section("kvmlat_views"))) = &view_##id

void __attribute__((noreturn, format(printf, 2, 3))) die(int status, const char *format, ...);

#endif
