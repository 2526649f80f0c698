/* SPDX-License-Identifier: GPL-2.0 */
/* For pairs.c: is what the module counted what it ought to be? */
#ifndef KVMLAT_UNIT_PAIRS_JUDGE_H
#define KVMLAT_UNIT_PAIRS_JUDGE_H

extern struct figures met;	/* more than zero once */

void same_number(const char *what, u64 got, u64 want);
void as_the_model_says(bool all);
void counted(const char *want);

#endif
