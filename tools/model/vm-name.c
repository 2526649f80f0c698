// SPDX-License-Identifier: GPL-2.0
/* Names of VMs as they are kept and compared. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "model/vm-name.h"

#define VM_NAME_BYTES 1024

/*
 * In the written form of text.h. Of one of any length so much is kept that lines, labels and
 * columns can take it, and a number made of all of it, which tells it from others that begin alike.
 */
static char *shortened(char *written)
{
	uint64_t hash = 0xcbf29ce484222325ULL;		/* FNV-1a, 64 bits */
	const unsigned char *c;
	size_t fits;

	if (strlen(written) <= VM_NAME_BYTES)
		return written;
	for (c = (const unsigned char *)written; *c; c++)
		hash = (hash ^ *c) * 0x100000001b3ULL;
	fits = text_fit(written, VM_NAME_BYTES - 17);
	snprintf(written + fits, 18, "~%016" PRIx64, hash);
	return written;
}

char *vm_name_given(const char *name)
{
	return shortened(text_of_name(name));
}

char *vm_name_of_bytes(const char *bytes)
{
	return shortened(text_written(bytes, strlen(bytes)));
}

bool vm_name_is_like_label(const char *name)
{
	return name[strspn(name, "0123456789")] == '\0' || *name == '(';
}
