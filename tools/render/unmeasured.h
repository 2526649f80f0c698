/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exits that the module counted, and of which no report has a latency: a line on top of those that
 * a reader might take for all of them.
 */
#ifndef KVMLAT_UNMEASURED_H
#define KVMLAT_UNMEASURED_H

#include <stdio.h>
#include "model/data-snapshot.h"

#define UNMEASURED_TOLD 0.01	/* from this share of the exits on */

/*
 * How many exits have none, and by which counters of kvmlat(4), when they are many; false: they are
 * not. Those whose vCPU was closed, or is on its way, are none of them: no entry came.
 */
bool unmeasured_print(FILE *out, const struct snapshot *s);

#endif
