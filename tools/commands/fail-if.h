/* SPDX-License-Identifier: GPL-2.0 */
/* The conditions of diff --fail-if. */
#ifndef KVMLAT_FAIL_IF_H
#define KVMLAT_FAIL_IF_H

#include "model/percentile-change.h"
#include "model/selection.h"

/*
 * The share that @number is in per cent, with exactly @tail behind it. Dies otherwise; the message
 * names @option, its whole argument @text and what it should look like.
 */
double percent_option(const char *option, const char *text, const char *number, const char *tail);
/* Add the condition @text, [REASON:]pNN+PERCENT%, which stays valid to the end of the program. */
void fail_if_add(const char *text);
/* Dies when a condition is of a reason that neither side has, or that @f does not select. */
void fail_if_find(const struct selection *f, const struct snapshot *a, const struct snapshot *b);
/* How many tests the conditions make of a row of @reason. */
unsigned int fail_if_tests(const struct snapshot *s, uint32_t reason);
/* Judge all conditions for the row @of, called @name; warns of each that is met. */
void fail_if_check(const struct test *t, const struct side *a, const struct side *b,
		   const struct row *of, const char *name);
/* The exit status after the last check; warns of conditions that could not be judged. */
int fail_if_status(void);

#endif
