// SPDX-License-Identifier: GPL-2.0
/* Names of VMs: from `vmname` lines of a recording, or from the command line of the VMM. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "export.h"
#include "vmname.h"

#define NAME_BYTES 128
#define CMDLINE_BYTES 65536

struct entry {
	uint64_t pid;
	bool named;
	unsigned int looked;		/* when its process was asked */
	char name[NAME_BYTES];
	struct entry *next;
};

static struct entry *chains[256];
static unsigned int now = 1;

static void forget(struct entry *e)
{
	snprintf(e->name, sizeof(e->name), "%" PRIu64, e->pid);
	e->named = false;
}

static struct entry *entry_of(uint64_t pid)
{
	struct entry **chain = &chains[pid % 256], *e;

	for (e = *chain; e; e = e->next) {
		if (e->pid == pid)
			return e;
	}
	e = xrealloc(NULL, 1, sizeof(*e));
	*e = (struct entry){ .pid = pid, .next = *chain };
	forget(e);
	return *chain = e;
}

/*
 * It goes to terminals and into lines, so no control characters, those of C1 (0xc2 0x80 .. 0x9f) neither. And into
 * labels, which are UTF-8: names that would be one label are one name.
 */
char *vmname_clean(char *name)
{
	const unsigned char *c = (const unsigned char *)name;
	char *to = name;
	int length;

	for (; *c; c += length ? length : 1) {
		length = utf8_length(c);
		if (!length || *c < ' ' || *c == 127 || (*c == 0xc2 && c[1] < 0xa0)) {
			*to++ = '?';
		} else {
			memmove(to, c, length);
			to += length;
		}
	}
	*to = '\0';
	return name;
}

static void set(struct entry *e, const char *name)
{
	snprintf(e->name, sizeof(e->name), "%s", name);
	vmname_clean(e->name);
	e->named = true;
}

/* One comma-parted list: `guest=NAME`, or a first part without `=`; `,,` is a comma. */
static bool name_of_list(const char *list, char *name, size_t room)
{
	while (*list) {
		char part[NAME_BYTES];
		size_t n = 0;

		for (; *list && (*list != ',' || list[1] == ','); list++) {
			if (*list == ',')
				list++;
			if (n < sizeof(part) - 1)
				part[n++] = *list;
		}
		part[n] = '\0';
		list += *list == ',';
		if (!strncmp(part, "guest=", 6))
			memmove(part, part + 6, n - 5);
		else if (strchr(part, '='))
			continue;
		if (*part) {
			snprintf(name, room, "%s", part);
			return true;
		}
	}
	return false;
}

bool vmname_from_cmdline(const char *cmdline, size_t length, char *name, size_t room)
{
	const char *end = cmdline + length, *arg, *next;

	for (arg = cmdline; arg < end; arg = next) {
		next = arg + strnlen(arg, end - arg) + 1;
		if ((strcmp(arg, "-name") && strcmp(arg, "--name")) || next >= end)
			continue;
		return name_of_list(next, name, room);
	}
	return false;
}

static void look_at_process(struct entry *e)
{
	static char cmdline[CMDLINE_BYTES + 1];
	char path[4096], name[NAME_BYTES];
	size_t length;
	FILE *f;

	e->looked = now;
	snprintf(path, sizeof(path), "%s/proc/%" PRIu64 "/cmdline", root_dir, e->pid);
	f = fopen(path, "r");
	if (!f)
		return;
	length = fread(cmdline, 1, CMDLINE_BYTES, f);
	cmdline[length] = '\0';
	fclose(f);
	/* A VM that ended, and its process with it, keeps its name; one that took over the pid has its own. */
	if (vmname_from_cmdline(cmdline, length, name, sizeof(name)))
		set(e, name);
	else if (length)
		forget(e);
}

void vmname_look_again(void)
{
	now++;
}

const char *vmname(uint64_t pid, bool look)
{
	struct entry *e = entry_of(pid);

	if (look && e->looked != now)
		look_at_process(e);
	return e->name;
}

bool vmname_is_pid(uint64_t pid)
{
	return !entry_of(pid)->named;
}

void vmname_set(uint64_t pid, const char *name)
{
	set(entry_of(pid), name);
}
