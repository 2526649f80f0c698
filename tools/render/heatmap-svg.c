// SPDX-License-Identifier: GPL-2.0
/* The heat map as an SVG. */
#include <inttypes.h>
#include "render/heatmap-svg.h"
#include "render/svg.h"
#include "render/units.h"

int heatmap_level(uint64_t n)
{
	int l = n ? 1 + (63 - __builtin_clzll(n)) / 2 : 0;

	return l < HEATMAP_LEVELS ? l : HEATMAP_LEVELS - 1;
}

/* As many columns as a page is wide: of more intervals neighbours are taken together. */
static void merge_columns(struct heatmap *h, size_t most)
{
	size_t n, each = (h->nr + most - 1) / most;
	int p;

	for (n = 0; each > 1 && n < h->nr; n++) {
		struct interval *to = &h->interval[n / each], *from = &h->interval[n];

		if (n % each == 0)
			*to = *from;
		for (p = HEATMAP_FIRST; n % each && p <= HEATMAP_LAST; p++)
			to->cell[p] = add_sat(to->cell[p], from->cell[p]);
		to->reset |= from->reset;
		to->changed |= from->changed;
	}
	if (each > 1)
		h->nr = (h->nr + each - 1) / each;
}

/* Grey that grows darker, each level as far from the next: a printer has no colours. */
static int gray(int l)
{
	return l ? 232 - 232 * (l - 1) / (HEATMAP_LEVELS - 2) : 255;
}

#define MAP_W	840
#define MAP_X	70
#define MAP_Y	72
#define CELL_H	16

static void put_tick(FILE *out, int y, const char *label)
{
	fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"r\">%s</text>", MAP_X - 8, y + 4, label);
	fprintf(out, "<path class=\"a\" d=\"M%d,%d h-4\"/>\n", MAP_X, y);
}

static void put_time(FILE *out, double x, int y, const char *when)
{
	fprintf(out, "<text x=\"%.1f\" y=\"%d\">%s</text>", x, y + 17, when);
	fprintf(out, "<path stroke=\"#000\" d=\"M%.1f,%d v5\"/>\n", x, y);
}

static void put_axes(FILE *out, const struct heatmap *h, int low, int high, double width)
{
	int p, bottom = MAP_Y + (high - low + 1) * CELL_H;
	char label[FORMAT_BYTES];
	size_t n, every = 1;

	for (p = low; p <= high + 1; p += 2)
		put_tick(out, MAP_Y + (high + 1 - p) * CELL_H,
			 p == HEATMAP_FIRST ? "0" : format_ns(label, kvmlat_pow2_low_ns(p), false));
	while (every * width < 130)
		every++;
	for (n = 0; n < h->nr; n += every)
		put_time(out, MAP_X + n * width, bottom, h->interval[n].when);
	fprintf(out, "<rect class=\"a\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>\n", MAP_X,
		MAP_Y, h->nr * width, bottom - MAP_Y);
}

static void put_key(FILE *out, const struct heatmap *h)
{
	bool reset = false, changed = false;
	size_t n;
	int l, g;

	fputs("<text x=\"10\" y=\"54\">exits:</text>\n", out);
	for (l = 1; l < HEATMAP_LEVELS; l++) {
		g = gray(l);
		fprintf(out, "<rect class=\"k\" x=\"%d\" y=\"44\" width=\"14\" height=\"12\"",
			l * 88 - 38);
		fprintf(out, " fill=\"rgb(%d,%d,%d)\"/>", g, g, g);
		fprintf(out, "<text x=\"%d\" y=\"54\">%s%d%s</text>\n", l * 88 - 20,
			l == 1 ? "" : ">= ", 1 << 2 * (l - 1), l == 1 ? " - 3" : "");
	}
	for (n = 0; n < h->nr; n++) {
		reset = reset || h->interval[n].reset;
		changed = changed || h->interval[n].changed;
	}
	if (!reset && !changed)
		return;
	fputs("<path stroke=\"#000\" stroke-dasharray=\"3\" d=\"M655,22 v14\"/>", out);
	fprintf(out, "<text x=\"664\" y=\"34\">%s%s%s</text>\n",
		reset ? "loaded or reset anew" : "", reset && changed ? ", or " : "",
		changed ? "settings changed" : "");
}

static void put_interval(FILE *out, const struct interval *i, double x, double width, int low,
			 int high)
{
	int p, g;

	for (p = low; p <= high; p++) {
		if (!i->cell[p])
			continue;
		g = gray(heatmap_level(i->cell[p]));
		fprintf(out, "<rect x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\"", x,
			MAP_Y + (high - p) * CELL_H, width, CELL_H);
		fprintf(out, " fill=\"rgb(%d,%d,%d)\">", g, g, g);
		fprintf(out, "<title>%s: %" PRIu64 "</title></rect>\n", i->when, i->cell[p]);
	}
	if (!i->reset && !i->changed)
		return;
	fprintf(out,
		"<path class=\"reset\" stroke=\"#000\" stroke-dasharray=\"3\" d=\"M%.1f,%d v%d\">",
		x, MAP_Y, (high - low + 1) * CELL_H);
	fprintf(out, "<title>the module%s</title></path>\n",
		i->reset ? " was loaded or reset anew" : "'s settings changed");
}

void heatmap_svg(FILE *out, struct heatmap *h, const struct snapshot *s)
{
	int p, low = HEATMAP_LAST, high = HEATMAP_FIRST, width;
	double cell;
	size_t n;

	merge_columns(h, MAP_W / 2);
	for (n = 0; n < h->nr; n++) {
		for (p = HEATMAP_FIRST; p <= HEATMAP_LAST; p++) {
			low = h->interval[n].cell[p] && p < low ? p : low;
			high = h->interval[n].cell[p] && p > high ? p : high;
		}
	}
	low = low > high ? high : low;
	cell = (double)MAP_W / h->nr > 24 ? 24 : (double)MAP_W / h->nr;
	width = MAP_X + (int)(h->nr * cell) + 130;
	svg_begin(out, width < 860 ? 860 : width, MAP_Y + (high - low + 1) * CELL_H + 30,
		  "Latency of VM exits over time", s);
	put_key(out, h);
	fputs("<g shape-rendering=\"crispEdges\">\n", out);	/* no seams between cells */
	for (n = 0; n < h->nr; n++)
		put_interval(out, &h->interval[n], MAP_X + n * cell, cell, low, high);
	fputs("</g>\n", out);
	put_axes(out, h, low, high, cell);
	svg_end(out);
}
