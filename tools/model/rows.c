// SPDX-License-Identifier: GPL-2.0
/* Tables of histograms, by open addressing. */
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "model/rows.h"

static size_t first_slot(const struct rows *rows, int64_t where, uint32_t reason, enum cause cause)
{
	uint64_t hash = (uint64_t)where * 0x9e3779b97f4a7c15ULL;

	hash = (hash ^ (hash >> 29) ^ reason) * 0xbf58476d1ce4e5b9ULL + cause;
	hash *= 0x94d049bb133111ebULL;
	return (hash >> 32) & (rows->slots - 1);
}

/* The slot of the row, or the free one where it would be. */
static uint32_t *slot_of(const struct rows *rows, int64_t where, uint32_t reason, enum cause cause)
{
	size_t at = first_slot(rows, where, reason, cause);
	const struct row *row;

	for (; rows->slot[at]; at = (at + 1) & (rows->slots - 1)) {
		row = &rows->row[rows->slot[at] - 1];
		if (row->where == where && row->reason == reason && row->cause == cause)
			break;
	}
	return &rows->slot[at];
}

struct row *rows_find(const struct rows *rows, int64_t where, uint32_t reason, enum cause cause)
{
	uint32_t n = rows->nr ? *slot_of(rows, where, reason, cause) : 0;

	return n ? &rows->row[n - 1] : NULL;
}

static void grow(struct rows *rows)
{
	size_t n;

	rows->capacity = rows->capacity ? 2 * rows->capacity : 64;
	rows->slots = 4 * rows->capacity;
	rows->row = xrealloc(rows->row, rows->capacity, sizeof(*rows->row));
	rows->slot = xrealloc(rows->slot, rows->slots, sizeof(*rows->slot));
	memset(rows->slot, 0, rows->slots * sizeof(*rows->slot));
	for (n = 0; n < rows->nr; n++) {
		const struct row *row = &rows->row[n];

		*slot_of(rows, row->where, row->reason, row->cause) = n + 1;
	}
}

struct row *rows_get(struct rows *rows, int64_t where, uint32_t reason, enum cause cause, bool pow2)
{
	struct row *row = rows_find(rows, where, reason, cause);

	if (row)
		return row;
	if (rows->nr == rows->capacity)
		grow(rows);
	row = &rows->row[rows->nr++];
	row->where = where;
	row->reason = reason;
	row->cause = cause;
	row_clear(row, pow2);
	*slot_of(rows, where, reason, cause) = rows->nr;
	return row;
}

void rows_add(struct rows *to, const struct rows *from)
{
	size_t n;

	for (n = 0; n < from->nr; n++) {
		const struct row *row = &from->row[n];

		if (row->count)
			row_add(rows_get(to, WHERE_ALL, row->reason, row->cause, false), row);
	}
}

void rows_copy(struct rows *to, const struct rows *from)
{
	size_t n;

	rows_free(to);
	for (n = 0; n < from->nr; n++) {
		const struct row *row = &from->row[n];

		*rows_get(to, row->where, row->reason, row->cause, row->pow2) = *row;
	}
}

void rows_free(struct rows *rows)
{
	free(rows->row);
	free(rows->slot);
	*rows = (struct rows){ 0 };
}
