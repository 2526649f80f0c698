/* SPDX-License-Identifier: GPL-2.0 */
/* Which clock gives the stamps. All under kvmlat_mutex, except init and exit. clock.c */
#ifndef KVMLAT_CLOCK_H
#define KVMLAT_CLOCK_H

#include <linux/types.h>

void kvmlat_clock_init(void (*changed)(void));	/* after kvmlat_clock_cycles() changed */
void kvmlat_clock_exit(void);
void kvmlat_clock_settle(void);			/* before probes are attached */
void kvmlat_clock_watch(bool on);		/* while they are attached */
int kvmlat_clock_choose(const char *name);	/* auto, cycles, local */
bool kvmlat_clock_cycles(void);			/* the clock for stamps now */
const char *kvmlat_clock_wanted(void);
const char *kvmlat_clock_why_local(void);	/* NULL: local is wanted, or cycles are used */
unsigned int kvmlat_clock_khz(void);		/* the rate that cycles are converted by */

#endif
