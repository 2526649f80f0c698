// SPDX-License-Identifier: GPL-2.0
/* Names of VMs: from `vmname` lines of a recording, or from the command line of the VMM. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "input/vm-names.h"

#define NAME_BYTES 1024

struct entry {
	uint64_t pid;
	bool named;
	unsigned int looked;		/* when its process was asked */
	unsigned int recorded;		/* the snapshot of a recording that names it; 0: none does */
	bool lived;			/* a VM of it did, and its number was: */
	uint64_t vm;
	char *name, digits[24];
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
 * In the written form of text.h. Of one of any length so much is kept that lines, labels and
 * columns can take it, and a number made of all of it, which tells it from others that begin alike.
 */
static char *shortened(char *written)
{
	uint64_t hash = 0xcbf29ce484222325ULL;		/* FNV-1a, 64 bits */
	const unsigned char *c;
	size_t fits;

	if (strlen(written) <= NAME_BYTES)
		return written;
	for (c = (const unsigned char *)written; *c; c++)
		hash = (hash ^ *c) * 0x100000001b3ULL;
	fits = text_fit(written, NAME_BYTES - 17);
	snprintf(written + fits, 18, "~%016" PRIx64, hash);
	return written;
}

char *vmname_given(const char *name)
{
	return shortened(text_of_name(name));
}

char *vmname_of_bytes(const char *bytes)
{
	return shortened(text_written(bytes, strlen(bytes)));
}

static void set(struct entry *e, char *name)
{
	if (e->name && !strcmp(e->name, name)) {
		free(name);
	} else {
		free(e->name);
		e->name = name;
	}
	e->named = true;
	e->recorded = 0;
}

/* All of it, of any length; NULL: there is no such process. */
static char *read_cmdline(uint64_t pid, size_t *length)
{
	char path[4096], *text = NULL;
	size_t room = 4096, got;
	FILE *f;

	snprintf(path, sizeof(path), "%s/proc/%" PRIu64 "/cmdline", root_dir, pid);
	f = fopen(path, "r");
	if (!f)
		return NULL;
	for (*length = 0;; *length += got) {
		text = xrealloc(text, room *= 2, 1);
		got = fread(text + *length, 1, room - *length - 1, f);
		if (!got)
			break;
	}
	text[*length] = '\0';
	fclose(f);
	return text;
}

static void look_at_process(struct entry *e)
{
	char *cmdline, *name;
	size_t length;

	e->looked = now;
	cmdline = read_cmdline(e->pid, &length);
	if (!cmdline)
		return;
	/* A VM that ended, and its process with it, keeps its name; one that took over the pid has its own. */
	name = vmname_from_cmdline(cmdline, length);
	if (name)
		set(e, vmname_of_bytes(name));
	else if (length)
		forget(e);
	free(name);
	free(cmdline);
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

bool vmname_is_like_others(const char *name)
{
	return name[strspn(name, "0123456789")] == '\0' || *name == '(';
}

void vmname_set(uint64_t pid, const char *name)
{
	struct entry *e = entry_of(pid);

	set(e, vmname_given(name));
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
