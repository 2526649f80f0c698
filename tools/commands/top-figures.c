// SPDX-License-Identifier: GPL-2.0
/* What top shows, apart from how: reading under a filter, and the differences. */
#include <stdlib.h>
#include <string.h>
#include "commands/check-selection.h"
#include "commands/top-figures.h"
#include "input/source.h"
#include "input/vm-names.h"

static void take_cpu_row(struct snapshot *now, const struct row *row)
{
	struct figures *s = now->ctx;

	if (selects_cpu(s->f, row->where))
		row_add(rows_get(&s->reading, WHERE_ALL, row->reason, row->cause, false), row);
}

static void take_vcpu_row(struct snapshot *now, const struct vcpu *v, const struct row *row)
{
	struct figures *s = now->ctx;

	if (v->kind == VCPU_ONE && selects_vcpu(s->f, &v->id, vm_name_of(now, &v->id)))
		row_add(rows_get(&s->reading, WHERE_ALL, row->reason, row->cause, true), row);
}

static void again(struct snapshot *now)
{
	struct figures *s = now->ctx;

	rows_free(&s->reading);
}

/* Figures of a VM go back when the block of a vCPU that ended is recycled: then they begin anew. */
static bool goes_on(const struct figures *s, const struct delta *d)
{
	size_t n;

	for (n = 0; n < d->totals.nr; n++) {
		const struct row *old = &d->totals.row[n];
		const struct row *new =
			rows_find(&s->rows[WHOLE], WHERE_ALL, old->reason, old->cause);

		if (old->count && (!new || !row_covers(new, old)))
			return false;
	}
	return true;
}

static void forget(struct delta *d)
{
	delta_free(d);
	*d = (struct delta){ 0 };
}

/* The figures since @d become those of @of; @d itself goes on to now when @step. */
static void subtract(struct figures *s, struct delta *d, enum span of, bool step)
{
	struct delta copy;
	bool reset;

	if (!goes_on(s, d) && selects_vms(s->f))
		forget(d);
	rows_copy(&s->now.totals, &s->rows[WHOLE]);
	if (step) {
		s->seconds[of] = delta_step(d, &s->now, &reset);
		s->was_reset |= reset;
		s->was_changed |= !!d->changed;
	} else {
		copy = (struct delta){ .time_ns = d->time_ns };
		strcpy(copy.generation, d->generation);
		rows_copy(&copy.totals, &d->totals);
		s->seconds[of] = delta_step(&copy, &s->now, &reset);
		delta_free(&copy);
		if (reset)
			forget(d);
	}
	rows_copy(&s->rows[of], &s->now.totals);
}

void figures_read(struct figures *s, const char *path)
{
	struct snapshot next = { .ctx = s };
	bool vms = selects_vms(s->f), none;
	size_t n;

	rows_free(&s->reading);
	if (vms)
		next.visit.vcpu_row = take_vcpu_row;
	else if (s->f->cpus.nr)
		next.visit.cpu_row = take_cpu_row;
	if (vms || s->f->cpus.nr)
		next.visit.again = again;
	check_begin(s->f, &next);
	s->gone = !snapshot_load_if_there(&next, path);
	if (s->gone) {
		rows_free(&s->reading);
		return;
	}
	s->missing = check_missing(s->f, &next, &none);
	snapshot_free(&s->now);
	s->now = next;
	free(s->filter);
	s->filter = settings_filter(&s->now);
	for (n = 0; !vms && !s->f->cpus.nr && n < next.totals.nr; n++) {
		const struct row *row = &next.totals.row[n];

		*rows_get(&s->reading, WHERE_ALL, row->reason, row->cause, false) = *row;
	}
	rows_free(&s->rows[WHOLE]);
	s->rows[WHOLE] = s->reading;
	s->reading = (struct rows){ 0 };
	subtract(s, &s->mark, SINCE_MARK, false);
	subtract(s, &s->delta, LAST, true);
	s->seconds[WHOLE] = ((double)snapshot_number(&s->now, KVMLAT_INFO_TIME, 0) -
			     (double)snapshot_number(&s->now, KVMLAT_INFO_SINCE, 0)) / 1e9;
}

void figures_mark(struct figures *s)
{
	forget(&s->mark);
	rows_copy(&s->mark.totals, &s->rows[WHOLE]);
	strcpy(s->mark.generation, s->now.generation);
	s->mark.time_ns = snapshot_number(&s->now, KVMLAT_INFO_TIME, 0);
	rows_free(&s->rows[SINCE_MARK]);
	s->seconds[SINCE_MARK] = 0;
}

void figures_forget(struct figures *s)
{
	forget(&s->delta);
	forget(&s->mark);
}

void figures_free(struct figures *s)
{
	int n;

	figures_forget(s);
	for (n = 0; n < NR_SPANS; n++)
		rows_free(&s->rows[n]);
	rows_free(&s->reading);
	snapshot_free(&s->now);
	free(s->filter);
}
