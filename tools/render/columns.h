/* SPDX-License-Identifier: GPL-2.0 */
/* Lines of columns as wide as the terminal: the lightest are left out until the rest fits. */
#ifndef KVMLAT_COLUMNS_H
#define KVMLAT_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

struct column {
	const char *head;	/* NULL: none, the cell says what it is */
	int width;		/* negative: to the left; 0: as wide as its text, the last one */
	int expected;		/* how wide a column of width 0 is taken to be */
	int weight;		/* 0: stays */
	bool out;		/* is left out */
};

void columns_fit(struct column *c, size_t nr, int width);
void columns_head(const struct column *c, size_t nr);	/* the line of headings */
/*
 * A cell and the space before it, unless the column is out. Once fitted, texts to the left are cut
 * to the width.
 */
void columns_put(const struct column *c, const char *text);
void columns_end(void);		/* of a line */

#endif
