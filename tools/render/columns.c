// SPDX-License-Identifier: GPL-2.0
/* Columns of lists: outliers, exits in flight. Tables of latencies have their own, table.c. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "render/columns.h"

static int needs(const struct column *c)
{
	return c->out ? 0 : 1 + (c->width ? abs(c->width) : c->expected);
}

static bool fitted;		/* to a terminal: what is too long for its column is cut */

void columns_fit(struct column *c, size_t nr, int width)
{
	size_t n, lightest;
	int sum = -1;

	fitted = width < INT_MAX;
	for (n = 0; n < nr; n++)
		sum += needs(&c[n]);
	while (sum > width) {
		for (lightest = nr, n = 0; n < nr; n++) {
			if (!c[n].out && c[n].weight &&
			    (lightest == nr || c[n].weight < c[lightest].weight))
				lightest = n;
		}
		if (lightest == nr)
			break;
		sum -= needs(&c[lightest]);
		c[lightest].out = true;
	}
}

static bool line_begun;

void columns_end(void)
{
	putchar('\n');
	line_begun = false;
}

void columns_head(const struct column *c, size_t nr)
{
	for (size_t n = 0; n < nr; n++) {
		if (c[n].head)
			columns_put(&c[n], c[n].head);
	}
	columns_end();
}

void columns_put(const struct column *c, const char *text)
{
	int length = strlen(text), cut = length;

	if (c->out)
		return;
	if (line_begun)
		putchar(' ');
	line_begun = true;
	if (c->width < 0 && length > -c->width && fitted) {
		cut = (int)text_fit(text, -c->width - 2);
		printf("%.*s..", cut, text);
	} else {
		printf("%*s", c->width, text);
	}
}
