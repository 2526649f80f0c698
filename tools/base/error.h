/* SPDX-License-Identifier: GPL-2.0 */
/* How the tool ends, and what it says on standard error. */
#ifndef KVMLAT_ERROR_H
#define KVMLAT_ERROR_H

#include <stdbool.h>

/*
 * Exit status: wrong usage or damaged data; cannot read or write; a --fail-if of diff is met; it
 * cannot be judged.
 */
enum { EXIT_DATA = 1, EXIT_SOURCE = 2, EXIT_WORSE = 3, EXIT_UNJUDGED = 4 };

/*
 * Print "kvmlat: ..." and exit with @status. Before that die_hook is called, once; it need not
 * return, as the fuzzer's does not.
 */
void __attribute__((noreturn, format(printf, 2, 3))) die(int status, const char *format, ...);
void __attribute__((format(printf, 1, 2))) warn(const char *format, ...);
extern void (*die_hook)(int status);
extern bool no_warnings;		/* while a screen is drawn on */

#endif
