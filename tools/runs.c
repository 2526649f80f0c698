// SPDX-License-Identifier: GPL-2.0
/* The runs of a recording. */
#include <string.h>
#include "delta.h"
#include "runs.h"

/* Half as many, each of two neighbours. */
static void halve(struct runs *r)
{
	unsigned int n;

	for (n = 0; n < r->nr / 2; n++) {
		rows_add(&r->run[2 * n], &r->run[2 * n + 1]);
		rows_free(&r->run[2 * n + 1]);
		if (n) {
			r->run[n] = r->run[2 * n];
			r->run[2 * n] = (struct rows){ 0 };
		}
	}
	r->nr /= 2;
	r->each *= 2;
	r->part = r->each;
}

static void add_run(struct runs *r, const struct rows *rows, double seconds)
{
	if (!r->nr || r->part == r->each) {
		if (r->nr == RANKSUM_MAX)
			halve(r);
		r->nr++;
		r->part = 0;
	}
	rows_add(&r->run[r->nr - 1], rows);
	rows_add(&r->all, rows);
	r->part++;
	r->seconds += seconds;
}

void runs_load(struct runs *r, const char *path)
{
	struct snapshot s = { 0 }, names = { 0 };
	struct rows first = { 0 };
	struct delta delta = { 0 };
	double seconds, before = 0;
	struct source src;
	uint64_t met;
	bool reset;

	memset(r, 0, sizeof(*r));
	r->each = 1;
	source_open(&src, path);
	for (met = 0; source_next(&src, &s); met++) {
		seconds = delta_step(&delta, &s, &reset);
		/* What was before the first one is a run only if it ended with that. */
		if (met == 0) {
			rows_copy(&first, &s.totals);
			before = seconds;
		} else {
			if (met == 1 && reset)
				add_run(r, &first, before);
			add_run(r, &s.totals, seconds);
		}
		snapshot_keep_reasons(&names, &s);
		if (src.live)
			break;
	}
	source_close(&src);
	/* The last interval may be a part of a run: then it is none. */
	if (r->nr > 1 && r->part < r->each)
		rows_free(&r->run[--r->nr]);
	r->last = s;
	rows_copy(&r->last.totals, &delta.totals);
	snapshot_keep_reasons(&r->last, &names);
	snapshot_free(&names);
	rows_free(&first);
	delta_free(&delta);
}

void runs_free(struct runs *r)
{
	while (r->nr)
		rows_free(&r->run[--r->nr]);
	rows_free(&r->all);
	snapshot_free(&r->last);
}
