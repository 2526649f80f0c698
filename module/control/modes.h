/* SPDX-License-Identifier: GPL-2.0 */
/* The values of the modes, and handing them to the probes. modes.c */
#ifndef KVMLAT_MODES_H
#define KVMLAT_MODES_H

#include <linux/types.h>

struct cpumask;
struct kvmlat_policy;

/* All under kvmlat_mutex; the parameters point at them. */
extern bool kvmlat_enabled, kvmlat_offcpu, kvmlat_guest_rip, kvmlat_direct;
extern struct cpumask kvmlat_cpus;		/* all ones: no filter */

struct kvmlat_policy kvmlat_modes_policy(void);
void kvmlat_modes_apply(void);			/* one of them changed; under kvmlat_mutex */
void kvmlat_modes_live(bool live);		/* under kvmlat_mutex */
/* is there a generation to act on? It can change except under kvmlat_mutex */
bool kvmlat_live(void);

#endif
