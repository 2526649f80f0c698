/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shares: no VMM takes what the others need. Anybody who may open /dev/kvm can make as many vCPUs
 * as there are slots or statistics blocks, so what a VMM may hold depends on what is left.
 *
 * The counts change when something is claimed or reclaimed, never by events of a vCPU that
 * has what it needs.
 */
#ifndef KVMLAT_SHARE_H
#define KVMLAT_SHARE_H

#include <linux/hash.h>
#include <linux/minmax.h>
#include <linux/types.h>

/*
 * How many of some resource each VMM holds, by its pid, as a count-min sketch: the smaller of two
 * counters, each of which other pids may share. It is never too low, and rarely too high.
 */
#define KVMLAT_SHARES	256U
struct kvmlat_shares {
	atomic_t held[2][KVMLAT_SHARES];
};

void kvmlat_shares_init(void);	/* before anything is given out */
extern u32 kvmlat_share_salt;	/* random, so that nobody can choose pids that share counters */

static inline atomic_t *kvmlat_share_at(struct kvmlat_shares *s, s32 vmm, unsigned int which)
{
	u64 mixed = ((u64)kvmlat_share_salt << 32 | (u32)vmm) * GOLDEN_RATIO_64;

	return &s->held[which][mixed >> (which ? 56 : 40) & (KVMLAT_SHARES - 1)];
}

static inline unsigned int kvmlat_share_held(struct kvmlat_shares *s, s32 vmm)
{
	return min(atomic_read(kvmlat_share_at(s, vmm, 0)),
		   atomic_read(kvmlat_share_at(s, vmm, 1)));
}

static inline void kvmlat_share_take(struct kvmlat_shares *s, s32 vmm)
{
	atomic_inc(kvmlat_share_at(s, vmm, 0));
	atomic_inc(kvmlat_share_at(s, vmm, 1));
}

static inline void kvmlat_share_drop(struct kvmlat_shares *s, s32 vmm)
{
	atomic_dec(kvmlat_share_at(s, vmm, 0));
	atomic_dec(kvmlat_share_at(s, vmm, 1));
}

/*
 * May a VMM that holds @held take one more where @left are free? Up to three times what is left: a
 * single one gets three quarters of all, and each further one three quarters of the rest, so there
 * is always some for one that comes new (dynamic thresholds: Choudhury, Hahne 1998).
 */
static inline bool kvmlat_share_more(unsigned int held, unsigned int left)
{
	return held < 3 * left;
}

#endif
