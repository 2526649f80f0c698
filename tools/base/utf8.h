/* SPDX-License-Identifier: GPL-2.0 */
/* Single characters of texts that others wrote. */
#ifndef KVMLAT_UTF8_H
#define KVMLAT_UTF8_H

#include <stdbool.h>

int utf8_length(const unsigned char *c);	/* bytes of the character at @c; 0: it is none */
/*
 * Is the character at @text, of @length bytes, a control character? Those of C1 count both as UTF-8
 * and as a single byte, which a terminal of 8 bits obeys.
 */
bool drives_terminal(const char *text, int *length);

#endif
