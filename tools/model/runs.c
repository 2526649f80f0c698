// SPDX-License-Identifier: GPL-2.0
/* The runs of a recording. */
#include <stdlib.h>
#include <string.h>
#include "model/delta.h"
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
static void begin(struct runs *r, const struct snapshot *s, const char *path)
{
	uint64_t generation = strtoull(s->generation, NULL, 16);

	if (has(r, generation))
		die(EXIT_DATA, "diff: %s: generation %s stands in it twice, others in between: no run counts twice",
		    path, s->generation);
	if (r->generations == r->room) {
		r->room = r->room ? 2 * r->room : 64;
		r->generation = xrealloc(r->generation, r->room, sizeof(*r->generation));
	}
	r->generation[r->generations++] = generation;
	r->of_last = 0;
}

static void keep_isa(struct runs *r, const struct snapshot *s, const char *path)
{
	const char *isa = snapshot_isa(s);

	if (!snapshot_same_isa(r->isa, isa))
		die(EXIT_DATA, "diff: %s holds snapshots of %s and of %s: their exit reasons are not the same", path,
		    r->isa, isa);
	if (strcmp(isa, "none"))
		snprintf(r->isa, sizeof(r->isa), "%s", isa);
}

/* The last generation is over, and @rows what it had. */
static void finish(struct runs *r, const struct runs *before, const struct rows *rows, double seconds)
{
	if (before && has(before, r->generation[r->generations - 1]))
		r->left_out++;
	else
		add_run(r, rows, seconds);
}

static double age_s(const struct snapshot *s)
{
	uint64_t now = snapshot_number(s, "time_ns", 0), began = snapshot_number(s, "since_ns", now);

	return now > began ? (now - began) / 1e9 : 0;
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

void runs_load(struct runs *r, const char *path, const struct runs *before)
{
	struct snapshot s = { 0 }, names = { 0 };
	struct delta delta = { 0 };
	double seconds = 0;
	struct source src;
	bool reset;

	memset(r, 0, sizeof(*r));
	strcpy(r->isa, "none");
	r->each = 1;
	source_open(&src, path);
	while (source_next(&src, &s)) {
		if (strcmp(delta.generation, s.generation)) {
			if (r->generations)
				finish(r, before, &delta.totals, seconds);
			begin(r, &s, path);
		}
		compare_settings(r, &s);
		delta_step(&delta, &s, &reset);	/* and see that they are in order */
		seconds = age_s(&s);
		r->snapshots++;
		r->of_last++;
		keep_isa(r, &s, path);
		snapshot_keep_reasons(&names, &s);
		if (src.live)
			break;
	}
	source_close(&src);
	if (r->generations)
		finish(r, before, &delta.totals, seconds);
	/* The last ones may be a part of a run: then they are none. */
	if (r->nr > 1 && r->part < r->each)
		rows_free(&r->run[--r->nr]);
	r->last = s;
	rows_copy(&r->last.totals, &delta.totals);
	snapshot_keep_reasons(&r->last, &names);
	snapshot_free(&names);
	delta_free(&delta);
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
