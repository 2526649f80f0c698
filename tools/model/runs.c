// SPDX-License-Identifier: GPL-2.0
/* The runs of a recording. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/error.h"
#include "model/runs.h"

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

static bool has(const struct runs *r, uint64_t generation)
{
	size_t n;

	for (n = 0; n < r->generations; n++) {
		if (r->generation[n] == generation)
			return true;
	}
	return false;
}

/* Another generation begins: another run. */
static void begin(struct runs *r, const struct snapshot *s)
{
	uint64_t generation = strtoull(s->generation, NULL, 16);

	if (has(r, generation))
		die(EXIT_DATA, "diff: %s: generation %s stands in it twice, %s", r->path,
		    s->generation, "others in between: no run counts twice");
	if (r->generations == r->capacity) {
		r->capacity = r->capacity ? 2 * r->capacity : 64;
		r->generation = xrealloc(r->generation, r->capacity, sizeof(*r->generation));
	}
	r->generation[r->generations++] = generation;
	r->of_last = 0;
}

static void keep_isa(struct runs *r, const struct snapshot *s)
{
	const char *isa = snapshot_isa(s);

	if (!snapshot_same_isa(r->isa, isa))
		die(EXIT_DATA,
		    "diff: %s holds snapshots of %s and of %s: their exit reasons are not the same",
		    r->path, r->isa, isa);
	if (strcmp(isa, KVMLAT_WORD_NONE))
		snprintf(r->isa, sizeof(r->isa), "%s", isa);
}

/* The last generation is over, and r->delta what it had. */
static void finish(struct runs *r)
{
	if (r->before && has(r->before, r->generation[r->generations - 1]))
		r->shared++;
	else
		add_run(r, &r->delta.totals, r->last_seconds);
}

static void compare_settings(struct runs *r, const struct snapshot *s)
{
	struct settings now = { 0 };

	settings_keep(&now, s);
	if (!r->snapshots) {
		r->settings = now;
		return;
	}
	if (!r->changed)
		r->changed = settings_changed(&r->settings, &now, OF_LATENCIES);
	settings_free(&now);
}

void runs_begin(struct runs *r, const char *path, const struct runs *before)
{
	memset(r, 0, sizeof(*r));
	strcpy(r->isa, KVMLAT_WORD_NONE);
	r->each = 1;
	r->path = path;
	r->before = before;
}

void runs_add(struct runs *r, struct snapshot *s)
{
	bool reset;

	if (strcmp(r->delta.generation, s->generation)) {
		if (r->generations)
			finish(r);
		begin(r, s);
	}
	compare_settings(r, s);
	delta_step(&r->delta, s, &reset);	/* and see that they are in order */
	r->last_seconds = snapshot_age_s(s);
	r->snapshots++;
	r->of_last++;
	keep_isa(r, s);
	snapshot_keep_reasons(&r->names, s);
}

void runs_end(struct runs *r, const struct snapshot *s)
{
	if (r->generations)
		finish(r);
	/* The last ones may be a part of a run: then they are none. */
	if (r->nr > 1 && r->part < r->each)
		rows_free(&r->run[--r->nr]);
	r->last = *s;
	rows_copy(&r->last.totals, &r->delta.totals);
	snapshot_keep_reasons(&r->last, &r->names);
	snapshot_free(&r->names);
	delta_free(&r->delta);
}

void runs_free(struct runs *r)
{
	while (r->nr)
		rows_free(&r->run[--r->nr]);
	free(r->generation);
	rows_free(&r->all);
	settings_free(&r->settings);
	free(r->changed);
	snapshot_free(&r->last);
}
