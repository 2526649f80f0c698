// SPDX-License-Identifier: GPL-2.0
/* Names of VMs: from `vmname` lines of a recording, or from the command line of the VMM. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "input/root.h"
#include "input/vm-names.h"
#include "input/vmm-command-line.h"

struct entry {
	uint64_t pid;
	bool named;
	unsigned int looked;		/* when its process was asked */
	/* the snapshot of a recording that names it; 0: none does */
	unsigned int recorded;
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

static size_t nr_living, capacity;

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
	size_t size = 4096, got;
	FILE *f;

	snprintf(path, sizeof(path), "%s/proc/%" PRIu64 "/cmdline", root_dir, pid);
	f = fopen(path, "r");
	if (!f)
		return NULL;
	for (*length = 0;; *length += got) {
		text = xrealloc(text, size *= 2, 1);
		got = fread(text + *length, 1, size - *length - 1, f);
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
	/*
	 * A VM that ended, and its process with it, keeps its name; one that took over the pid has
	 * its own.
	 */
	name = vmm_command_line_name(cmdline, length);
	if (name)
		set(e, vm_name_of_bytes(name));
	else if (length)
		forget(e);
	free(name);
	free(cmdline);
}

void vm_names_look_again(void)
{
	now++;
}

static struct vm_name known_name(const struct entry *e)
{
	return (struct vm_name){ e->named ? e->name : e->digits, !e->named };
}

struct vm_name vm_name_of_vmm(uint64_t pid, bool look)
{
	struct entry *e = entry_of(pid);

	if (look && e->looked != now)
		look_at_process(e);
	return known_name(e);
}

static bool is_living(const struct identity *id)
{
	size_t n;

	for (n = 0; n < nr_living; n++) {
		if (living[n].vmm == id->vmm && living[n].vm == id->vm)
			return true;
	}
	return false;
}

struct vm_name vm_name_of(const struct snapshot *s, const struct identity *id)
{
	struct entry *e = entry_of(id->vmm);

	if (!s->live)
		return vm_name_of_vmm(id->vmm, false);
	if (is_living(id)) {
		e->lived = true;
		e->vm = id->vm;
		return vm_name_of_vmm(id->vmm, true);
	}
	/* Its pid may be another's by now, and so is the name that pid has. */
	if (e->lived && e->vm == id->vm)
		return known_name(e);
	return (struct vm_name){ e->digits, true };
}

void vm_names_record(uint64_t pid, const char *name)
{
	struct entry *e = entry_of(pid);

	set(e, vm_name_given(name));
	e->recorded = recording;
}

void vm_names_forget_recorded(void)
{
	recording++;
}

void vm_names_forget_living(void)
{
	nr_living = 0;
}

void vm_names_lives(const struct identity *id)
{
	if (is_living(id))
		return;
	if (nr_living == capacity) {
		capacity = capacity ? 2 * capacity : 64;
		living = xrealloc(living, capacity, sizeof(*living));
	}
	living[nr_living].vmm = id->vmm;
	living[nr_living++].vm = id->vm;
}
