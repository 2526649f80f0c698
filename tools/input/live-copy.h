/* SPDX-License-Identifier: GPL-2.0 */
/* The live module's data, copied into memory before it is read. */
#ifndef KVMLAT_LIVE_COPY_H
#define KVMLAT_LIVE_COPY_H

#include "input/reader.h"
#include "model/data-records.h"

/*
 * Before the first line of @r: from then on it reads the copy. @lives is called for each vCPU that
 * lives. The module is done with its reader all the sooner.
 */
void live_copy(struct reader *r, void (*lives)(const struct identity *id));

#endif
