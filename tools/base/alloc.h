/* SPDX-License-Identifier: GPL-2.0 */
/* Memory: what is asked for is there, or the program ends. */
#ifndef KVMLAT_ALLOC_H
#define KVMLAT_ALLOC_H

#include <stddef.h>

void *xrealloc(void *old, size_t nr, size_t size);	/* for @nr elements of @size bytes */
char *xstrdup(const char *text);

#endif
