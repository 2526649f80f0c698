/* SPDX-License-Identifier: GPL-2.0 */
/* Reclaiming slots and statistics blocks of vCPUs that are gone. reclaim.c */
#ifndef KVMLAT_RECLAIM_H
#define KVMLAT_RECLAIM_H

#include <linux/types.h>

void kvmlat_reclaim(bool detached);	/* under kvmlat_mutex */

#endif
