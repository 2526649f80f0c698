// SPDX-License-Identifier: GPL-2.0
/* Output streams. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/stream.h"

void flush_out(FILE *out, const char *name)
{
	if (fflush(out) || ferror(out))
		die(EXIT_SOURCE, "%s: %s", name, strerror(errno ? errno : EIO));
}

FILE *buffer_open(char **text, size_t *length)
{
	FILE *buffer = open_memstream(text, length);

	if (!buffer)
		die(EXIT_SOURCE, "out of memory");
	return buffer;
}

void buffer_print(FILE *buffer, char **text, size_t *length)
{
	if (fclose(buffer))
		die(EXIT_SOURCE, "out of memory");
	fwrite(*text, 1, *length, stdout);
	free(*text);
	*text = NULL;
	flush_out(stdout, "standard output");
}
