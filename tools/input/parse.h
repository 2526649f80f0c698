/* SPDX-License-Identifier: GPL-2.0 */
/* One snapshot out of a reader: the sections, their order, and all that is in them. */
#ifndef KVMLAT_PARSE_H
#define KVMLAT_PARSE_H

#include "input/reader.h"
#include "model/data-snapshot.h"

/*
 * Read one into @s, which is empty but for its visitor and `live`. On bad input prints
 * "kvmlat: NAME:LINE: why" and exits with EXIT_DATA. false: @r->error kept it from the end.
 * @last_line: where the line `end` begins in the file, read next after the totals by a visitor that
 * wants no more; -1: it is not known.
 */
bool snapshot_read(struct snapshot *s, struct reader *r, off_t last_line);

#endif
