/* SPDX-License-Identifier: GPL-2.0 */
/* What pictures share: a self-contained SVG, legible without colour. */
#ifndef KVMLAT_SVG_H
#define KVMLAT_SVG_H

#include <stdio.h>
#include "model/data-snapshot.h"

/* The head, white ground, style, and a title; svg_end() closes it. */
void svg_begin(FILE *out, int width, int height, const char *what, const struct snapshot *s);
void svg_end(FILE *out);
/* Fills by cause, told apart by lightness and hatching as well as by colour; call once. */
void svg_causes(FILE *out);
void svg_cause_key(FILE *out, int x, int y, enum cause cause);

#endif
