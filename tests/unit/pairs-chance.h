/* SPDX-License-Identifier: GPL-2.0 */
/* For pairs.c: threads and an operator who do as chance has it. */
#ifndef KVMLAT_UNIT_PAIRS_CHANCE_H
#define KVMLAT_UNIT_PAIRS_CHANCE_H

extern unsigned int nr_threads;

void somebody_acts(void);
void operator_acts(void);

#endif
