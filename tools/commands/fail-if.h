/* SPDX-License-Identifier: GPL-2.0 */
/* The conditions of diff --fail-if. */
#ifndef KVMLAT_GATE_H
#define KVMLAT_GATE_H

#include "model/percentile-change.h"
#include "model/selection.h"

/*
 * A share, of @number: per cent, with @tail behind it; dies with what @option wants, and got as
 * @text.
 */
double percent_option(const char *option, const char *text, const char *number, const char *tail);
void fail_if_add(const char *text);	/* [REASON:]pNN+PERCENT%, valid to the end */
/* Dies when a condition is of a reason that neither side has, or that @f leaves out. */
void fail_if_find(const struct selection *f, const struct snapshot *a, const struct snapshot *b);
/* how many a row of it needs */
unsigned int fail_if_tests(const struct snapshot *s, uint32_t reason);
void fail_if_check(const struct test *t, const struct side *a, const struct side *b,
		   const struct row *of, const char *name);
/* the exit status, after the last check; says what could not be judged */
int fail_if_status(void);

#endif
