/* SPDX-License-Identifier: GPL-2.0 */
/* Which vCPUs can still be run. alive.c */
#ifndef KVMLAT_ALIVE_H
#define KVMLAT_ALIVE_H

#include <linux/types.h>

struct kvmlat_slot;

struct kvmlat_alive {
	const void *vcpu;
	s32 vmm;
	u64 start_time;
	struct kvmlat_slot *slot;
	unsigned long returned;
	u32 runs;
	bool alive;
};

void kvmlat_alive_check(struct kvmlat_alive *list, unsigned int nr);

#endif
