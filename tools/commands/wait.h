/* SPDX-License-Identifier: GPL-2.0 */
/* Waiting between two snapshots, to a moment or to a signal. */
#ifndef KVMLAT_WAIT_H
#define KVMLAT_WAIT_H

#include <stdatomic.h>

double now_s(void);			/* a clock that only goes forward */
/* sleep to the next multiple; what was slept */
double pause_until(double *next, double interval);
extern atomic_int interrupted;		/* a signal asked to stop */
void catch_signals(void);		/* those that are not ignored */

#endif
