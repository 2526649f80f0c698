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
	unsigned int recorded;		/* the snapshot of a recording that names it; 0: none does */
	bool lived;			/* a VM of it did, and its number was: */
	uint64_t vm;
	char name[NAME_BYTES], digits[24];
	struct entry *next;
};

static struct entry *chains[256];
static unsigned int now = 1, recording;

/* The VMs with a live vCPU, of the live module's snapshot. */
static struct {
	uint64_t vmm, vm;
} *living;

static size_t nr_living, room;

static void forget(struct entry *e)
{
	e->named = false;
	e->recorded = 0;
}

static struct entry *entry_of(uint64_t pid)
{
	struct entry **chain = &chains[pid % 256], *e;

	for (e = *chain; e; e = e->next) {
		if (e->pid != pid)
			continue;
		if (e->recorded && e->recorded != recording)
			forget(e);
		return e;
	}
	e = xrealloc(NULL, 1, sizeof(*e));
	*e = (struct entry){ .pid = pid, .next = *chain };
	snprintf(e->digits, sizeof(e->digits), "%" PRIu64, pid);
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
	e->recorded = 0;
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
	return e->named ? e->name : e->digits;
}

static bool is_living(const struct who *who)
{
	size_t n;

	for (n = 0; n < nr_living; n++) {
		if (living[n].vmm == who->vmm && living[n].vm == who->vm)
			return true;
	}
	return false;
}

const char *vmname_of(const struct snapshot *s, const struct who *who)
{
	struct entry *e = entry_of(who->vmm);

	if (!s->live)
		return vmname(who->vmm, false);
	if (is_living(who)) {
		e->lived = true;
		e->vm = who->vm;
		return vmname(who->vmm, true);
	}
	/* Its pid may be another's by now, and so is the name that pid has. */
	return e->lived && e->vm == who->vm ? vmname(who->vmm, false) : e->digits;
}

bool vmname_is_pid(const char *name, uint64_t pid)
{
	return name == entry_of(pid)->digits;
}

void vmname_set(uint64_t pid, const char *name)
{
	struct entry *e = entry_of(pid);

	set(e, name);
	e->recorded = recording;
}

void vmname_forget_recorded(void)
{
	recording++;
}

void vmname_forget_living(void)
{
	nr_living = 0;
}

void vmname_lives(const struct who *who)
{
	if (is_living(who))
		return;
	if (nr_living == room) {
		room = room ? 2 * room : 64;
		living = xrealloc(living, room, sizeof(*living));
	}
	living[nr_living].vmm = who->vmm;
	living[nr_living++].vm = who->vm;
}
