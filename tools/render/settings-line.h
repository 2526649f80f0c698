/* SPDX-License-Identifier: GPL-2.0 */
/* What the module filtered, on top of a report. */
#ifndef KVMLAT_SETTINGS_LINE_H
#define KVMLAT_SETTINGS_LINE_H

#include <stdio.h>
#include "model/data-snapshot.h"

/*
 * A line at the top of a report, where something is filtered; broken to fit the terminal. false:
 * nothing is.
 */
bool settings_print(FILE *out, const struct snapshot *s);

#endif
