/* SPDX-License-Identifier: GPL-2.0 */
/* What a VM is called: by the name that an operator gave it, else by the pid of its VMM. */
#ifndef KVMLAT_VM_NAME_H
#define KVMLAT_VM_NAME_H

#include <stdbool.h>

struct vm_name {
	/* in the written form of text.h; valid until the next snapshot is read */
	const char *text;
	bool is_pid;		/* no name was found */
};

/*
 * As names are kept, to free: what an operator typed, a written form or not; of the name as it is.
 */
char *vm_name_given(const char *name);
char *vm_name_of_bytes(const char *bytes);
/* Is it all digits, as a pid is, or does it begin as the tool's own labels? */
bool vm_name_is_like_label(const char *name);

#endif
