/* SPDX-License-Identifier: GPL-2.0 */
/* The table of reasons: worst first, idle reasons apart. */
#ifndef KVMLAT_REASON_TABLE_H
#define KVMLAT_REASON_TABLE_H

#include "model/selection.h"
#include "render/table.h"

/* @rows: by (WHERE_ALL, reason, cause), as in the totals of @s. */
void table_reasons(FILE *out, const struct table *t, const struct snapshot *s,
		   const struct rows *rows, const struct selection *f);

#endif
