// SPDX-License-Identifier: GPL-2.0
/* Memory. */
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/error.h"

void *xrealloc(void *old, size_t nr, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(nr, size, &bytes))
		die(EXIT_SOURCE, "out of memory");
	old = realloc(old, bytes ? bytes : 1);
	if (!old)
		die(EXIT_SOURCE, "out of memory");
	return old;
}

char *xstrdup(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		die(EXIT_SOURCE, "out of memory");
	return copy;
}
