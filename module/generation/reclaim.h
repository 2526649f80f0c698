/* SPDX-License-Identifier: GPL-2.0 */
/* Taking back what vCPUs that are gone have held. reclaim.c */
#ifndef KVMLAT_RECLAIM_H
#define KVMLAT_RECLAIM_H

#include <linux/types.h>

void kvmlat_reclaim(bool detached);	/* under kvmlat_mutex */

#endif
