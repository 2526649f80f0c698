/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every command that takes a selection says the same, once, when the data has no such CPU, VM,
 * vCPU, reason or cause, and when the module does not measure.
 */
#ifndef KVMLAT_CHECK_SELECTION_H
#define KVMLAT_CHECK_SELECTION_H

#include "commands/command-line.h"
#include "model/selection.h"

/*
 * Called before the data is read, when the visitor of @s is complete: puts callbacks in front of
 * the visitor's own that note which of the CPUs and vCPUs that @f selects are there.
 */
void check_begin(const struct selection *f, struct snapshot *s);
/*
 * Called after the data was read. Warns of a reason or cause without exits, since they may still
 * come, and of a CPU, VM or vCPU that is not there while others of the list are, or with @follow.
 * Dies when nothing that the list names is there. Warns when the module does not measure.
 */
void check_end(const struct cli *c, const struct selection *f, const struct snapshot *s,
	       bool follow);
/* Called instead when nothing is left to show: dies and says why. */
void __attribute__((noreturn))
check_nothing(const struct cli *c, const struct selection *f, const struct snapshot *s);
/*
 * For a screen: says the first thing that @f selects and the data has not; NULL when it has all.
 * @none: it has nothing that this list names.
 */
const char *check_missing(const struct selection *f, const struct snapshot *s, bool *none);
/* The module's state and why it is so; NULL when it is attached and measures. */
const char *check_state(const struct snapshot *s);

#endif
