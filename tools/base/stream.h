/* SPDX-License-Identifier: GPL-2.0 */
/* Output that is complete, or the program ends. */
#ifndef KVMLAT_STREAM_H
#define KVMLAT_STREAM_H

#include <stddef.h>
#include <stdio.h>

void flush_out(FILE *out, const char *name);		/* dies when not all could be written */

/* Output that is kept in memory until it is known to be right; never NULL. */
FILE *buffer_open(char **text, size_t *length);
/* to standard output; closed and freed */
void buffer_print(FILE *buffer, char **text, size_t *length);

#endif
