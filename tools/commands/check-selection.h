/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is asked for and not in the data, and data of a module that does not measure: said once,
 * alike in every view.
 */
#ifndef KVMLAT_CHECK_H
#define KVMLAT_CHECK_H

#include "commands/command-line.h"
#include "model/selection.h"

/*
 * Before the data is read: looks on as CPUs and vCPUs come by, where @f asks for any. The visitor
 * of @s is complete.
 */
void check_begin(const struct selection *f, struct snapshot *s);
/*
 * After it. A reason or cause of which there was no exit is a warning, for it may come; so is a
 * CPU, VM or vCPU that is not there beside others that are, or with @follow. Of nothing that is
 * there it dies. A warning, too, that the module does not measure.
 */
void check_end(const struct cli *c, const struct selection *f, const struct snapshot *s,
	       bool follow);
/* Instead, where there is nothing to show: dies with why. */
void __attribute__((noreturn))
check_nothing(const struct cli *c, const struct selection *f, const struct snapshot *s);
/*
 * For a screen: the first thing that is asked for and not there; NULL: all is. @none: nor is
 * anything else.
 */
const char *check_missing(const struct selection *f, const struct snapshot *s, bool *none);
/* NULL: attached, it measures; else the state and why */
const char *check_state(const struct snapshot *s);

#endif
