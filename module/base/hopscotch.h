/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hopscotch hashing (Herlihy, Shavit, Tzafrir 2008), without displacement, for the tables of slots
 * and of thread entries. A key hashes to a place, its home. Its entry lies in one of the
 * KVMLAT_WINDOW places from the home on; the bitmap of the home has a bit for each of these, set if
 * the entry there has this home. So it mostly takes one word to see that a key is absent, which
 * with offcpu=1 is looked for at every context switch.
 *
 * A bit is set after the place is filled, and cleared before the place is freed, both by whoever
 * owns the place at that time.
 */
#ifndef KVMLAT_HOPSCOTCH_H
#define KVMLAT_HOPSCOTCH_H

#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/types.h>
#include <linux/vmalloc.h>
#include "base/base.h"

#define KVMLAT_WINDOW 32U	/* bits in the bitmap of a home */

struct kvmlat_hopscotch {
	atomic_t *bits;		/* the bitmap of each place */
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

/* Number of the place that bit @n in the bitmap of @home stands for. */
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
