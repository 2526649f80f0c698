// SPDX-License-Identifier: GPL-2.0
/* The name of a VM in the command line of its VMM, as QEMU reads it. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "input/vmm-command-line.h"

/*
 * QEMU's options that take no argument, of all its versions that know KVM. Any other takes the word
 * behind it, whatever that looks like.
 */
static const char *const flags[] = {
	"h", "help", "version", "audio-help", "mem-prealloc", "snapshot", "usb", "nographic",
	"portrait", "full-screen", "win2k-hack", "no-fd-bootchk", "no-acpi", "no-hpet",
	"singlestep", "one-insn-per-tb", "preconfig", "S", "s", "enable-kvm", "enable-hax",
	"no-kvm", "no-kvm-irqchip", "no-kvm-pit", "no-kvm-pit-reinjection", "enable-nesting",
	"xen-attach", "xen-create", "xen-domid-restrict", "no-reboot", "no-shutdown",
	"daemonize", "only-migratable", "nodefaults", "no-user-config", "nodefconfig",
	"async-teardown", "enable-sync-profile", "enable-fips", "alt-grab", "ctrl-grab",
	"no-frame", "no-quit", "sdl", "curses", "localtime", "rtc-td-hack", "tdf", "old-param",
	"semihosting", "no-virtio-balloon",
};

static bool is_flag(const char *option)
{
	size_t n;

	for (n = 0; n < sizeof(flags) / sizeof(flags[0]); n++) {
		if (!strcmp(option, flags[n]))
			return true;
	}
	return false;
}

/* A value up to a single comma; two are one of it. Returns what stands behind. */
static const char *value(const char *list, char *to)
{
	for (; *list && (*list != ',' || list[1] == ','); list++) {
		if (*list == ',')
			list++;
		*to++ = *list;
	}
	*to = '\0';
	return *list ? list + 1 : list;
}

/*
 * One list of -name, which adds to those before it: the last `guest=` counts. Before the first
 * comma that word may be left out. @name keeps what it holds where there is none.
 */
static void name_of_list(const char *list, char *name)
{
	char *skipped = xrealloc(NULL, strlen(list) + 1, 1);
	bool first = true;

	for (; *list; first = false) {
		size_t key = strcspn(list, "=,");

		if (list[key] != '=' && first)
			list = value(list, name);
		else if (list[key] == '=' && key == 5 && !memcmp(list, "guest", 5))
			list = value(list + 6, name);
		else
			list = value(list, skipped);
	}
	free(skipped);
}

char *vmm_command_line_name(const char *cmdline, size_t length)
{
	const char *end = cmdline + length, *arg = cmdline + strnlen(cmdline, length) + 1, *option;
	char *name = xrealloc(NULL, length + 1, 1);

	*name = '\0';
	while (arg < end) {
		option = arg + 1 + (arg[0] == '-' && arg[1] == '-');
		arg += strnlen(arg, end - arg) + 1;
		if (option[-1] != '-' || is_flag(option))
			continue;		/* of a disk's image nothing is behind it */
		if (arg < end && !strcmp(option, "name"))
			name_of_list(arg, name);
		arg += arg < end ? strnlen(arg, end - arg) + 1 : 0;
	}
	if (*name)
		return name;
	free(name);
	return NULL;
}
