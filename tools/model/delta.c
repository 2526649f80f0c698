// SPDX-License-Identifier: GPL-2.0
/* Subtracting snapshots. */
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "model/delta.h"

/* All causes of a reason become one row, `mixed`. */
static struct row *collapse(struct rows *rows, uint32_t reason)
{
	static struct row all;
	struct row *row;
	int c;

	row_clear(&all, false);
	for (c = 0; c < NR_CAUSES; c++) {
		row = rows_find(rows, WHERE_ALL, reason, c);
		if (!row)
			continue;
		row_add(&all, row);
		row_clear(row, row->pow2);
	}
	row = rows_get(rows, WHERE_ALL, reason, MIXED, false);
	row_add(row, &all);
	return row;
}

/*
 * A row of one cause may turn into a `mixed` one when rows run out: then a cause has less than
 * before, and only the reason as a whole can be subtracted.
 */
static void sub_reason(struct rows *now, struct rows *before, uint32_t reason,
		       const char *generation)
{
	struct row *to, *from;
	bool covers = true;
	int c;

	for (c = 0; c < NR_CAUSES; c++) {
		from = rows_find(before, WHERE_ALL, reason, c);
		to = rows_find(now, WHERE_ALL, reason, c);
		covers &= !from || !from->count || (to && row_covers(to, from));
	}
	if (!covers) {
		from = collapse(before, reason);
		to = collapse(now, reason);
		if (!row_covers(to, from))
			die(EXIT_DATA, "figures of generation %s went back: %s", generation,
			    "snapshots of two modules, or not in order");
	}
	for (c = 0; c < NR_CAUSES; c++) {
		from = rows_find(before, WHERE_ALL, reason, c);
		to = rows_find(now, WHERE_ALL, reason, c);
		if (from && from->count && to)
			row_sub(to, from);
	}
}

static void settings_step(struct delta *d, const struct snapshot *s)
{
	struct settings now = { 0 };

	settings_keep(&now, s);
	free(d->changed);
	d->changed = settings_changed(&d->settings, &now, OF_LATENCIES);
	settings_free(&d->settings);
	d->settings = now;
}

double delta_step(struct delta *d, struct snapshot *s, bool *reset)
{
	uint64_t now = snapshot_number(s, KVMLAT_INFO_TIME, 0),
		 began = snapshot_number(s, KVMLAT_INFO_SINCE, now);
	double seconds;
	size_t n;

	settings_step(d, s);
	*reset = *d->generation && strcmp(d->generation, s->generation);
	rows_copy(&d->next, &s->totals);
	if (!*d->generation || *reset) {
		rows_free(&d->totals);
		d->time_ns = began;
	}
	/* A reason of before that has no line any more would be of another module. */
	for (n = 0; n < d->totals.nr; n++) {
		const struct row *row = &d->totals.row[n];

		if (row->count && !snapshot_reason(s, row->reason))
			sub_reason(&s->totals, &d->totals, row->reason, s->generation);
	}
	for (n = 0; n < s->nr_reasons; n++)
		sub_reason(&s->totals, &d->totals, s->reasons[n].code, s->generation);
	seconds = now > d->time_ns ? (now - d->time_ns) / 1e9 : 0;
	rows_free(&d->totals);
	d->totals = d->next;
	d->next = (struct rows){ 0 };
	d->time_ns = now;
	strcpy(d->generation, s->generation);
	return seconds;
}

void delta_free(struct delta *d)
{
	rows_free(&d->totals);
	rows_free(&d->next);
	settings_free(&d->settings);
	free(d->changed);
	d->changed = NULL;
}
