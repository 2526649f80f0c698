/* SPDX-License-Identifier: GPL-2.0 */
/* Results of a unit test in C, in the form that tests/tap.sh has and takes over. */
#ifndef KVMLAT_UNIT_TAP_H
#define KVMLAT_UNIT_TAP_H

#include <stdbool.h>

/* One result: the sentence that @format makes, which can be read alone. */
__attribute__((format(printf, 2, 3)))
void result(bool right, const char *format, ...);
/* One that a process of its own has printed. */
void result_elsewhere(bool right);
unsigned int results_failed(void);

#endif
