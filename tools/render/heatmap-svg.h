/* SPDX-License-Identifier: GPL-2.0 */
/* A heat map: time from left to right, latency upward, and how many exits by how dark a cell is. */
#ifndef KVMLAT_HEATMAP_SVG_H
#define KVMLAT_HEATMAP_SVG_H

#include <stdio.h>
#include "model/data-snapshot.h"

/* Cells by powers of two: [0, 128 ns) ... [2^36 ns, ...) = 69 s and more. */
#define HEATMAP_FIRST	7
#define HEATMAP_LAST	37
#define HEATMAP_LEVELS	10		/* shades; each is four times as many exits */

struct interval {
	char when[32];
	uint64_t cell[HEATMAP_LAST + 1];
	bool reset, changed;		/* the module, its settings */
};

struct heatmap {
	struct interval *interval;
	size_t nr;
};

int heatmap_level(uint64_t n);		/* the shade of @n exits: 0 of none */
/* @h has as many intervals as columns in the picture afterwards. */
void heatmap_svg(FILE *out, struct heatmap *h, const struct snapshot *s);

#endif
