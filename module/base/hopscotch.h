/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hopscotch hashing (Herlihy, Shavit, Tzafrir 2008), without moving, for the tables of slots and of
 * threads: what has a key lies in one of the KVMLAT_WINDOW places from its home on, and the bits of
 * its home say in which of them things of that home lie. So a key that is not there, which with
 * offcpu=1 is asked for at every switch of tasks, is told by one word.
 *
 * A bit is set after the place is filled, and cleared before it is free, by whoever owns the place.
 */
#ifndef KVMLAT_HOPSCOTCH_H
#define KVMLAT_HOPSCOTCH_H

#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/types.h>
#include <linux/vmalloc.h>
#include "base/base.h"

#define KVMLAT_WINDOW 32U	/* bits of a home */

struct kvmlat_hopscotch {
	atomic_t *bits;		/* one word for each place */
	unsigned int shift;	/* 64 - log2 of the places */
	u32 mask;		/* places - 1 */
};

static inline u32 kvmlat_home(const struct kvmlat_hopscotch *h, u64 key)
{
	return key * GOLDEN_RATIO_64 >> h->shift;
}

static inline u32 kvmlat_hopscotch_bits(const struct kvmlat_hopscotch *h, u32 home)
{
	return atomic_read(&h->bits[home]);
}

/* Number of the place that bit @n of @home is of. */
static inline u32 kvmlat_place(const struct kvmlat_hopscotch *h, u32 home, unsigned int n)
{
	return (home + n) & h->mask;
}

static inline void kvmlat_hopscotch_set(struct kvmlat_hopscotch *h, u32 home, u32 place)
{
	atomic_or(BIT((place - home) & h->mask), &h->bits[home]);
}

static inline void kvmlat_hopscotch_clear(struct kvmlat_hopscotch *h, u32 home, u32 place)
{
	atomic_andnot(BIT((place - home) & h->mask), &h->bits[home]);
}

/* @places: a power of two, at least KVMLAT_WINDOW. */
static inline int kvmlat_hopscotch_init(struct kvmlat_hopscotch *h, unsigned int places)
{
	h->shift = 64 - ilog2(places);
	h->mask = places - 1;
	h->bits = vzalloc(array_size(places, sizeof(*h->bits)));
	if (!h->bits)
		return -ENOMEM;
	atomic64_add((u64)places * sizeof(*h->bits), &kvmlat_bytes);
	return 0;
}

static inline void kvmlat_hopscotch_exit(struct kvmlat_hopscotch *h)
{
	vfree(h->bits);
	h->bits = NULL;
}

#endif
