/* SPDX-License-Identifier: GPL-2.0 */
/* Tables of histograms. */
#ifndef KVMLAT_ROWS_H
#define KVMLAT_ROWS_H

#include "model/histogram.h"

/* Rows by (where, reason, cause). Adding one may move them: keep no pointer over rows_get(). */
struct rows {
	struct row *row;
	size_t nr, capacity;
	uint32_t *slot;			/* open addressing: number of a row + 1 */
	size_t slots;
};

struct row *rows_find(const struct rows *rows, int64_t where, uint32_t reason, enum cause cause);
struct row *rows_get(struct rows *rows, int64_t where, uint32_t reason, enum cause cause,
		     bool pow2);
/* fine rows; by (WHERE_ALL, reason, cause) */
void rows_add(struct rows *to, const struct rows *from);
void rows_copy(struct rows *to, const struct rows *from);	/* what @to held is gone */
void rows_free(struct rows *rows);

#endif
