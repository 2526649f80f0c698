/* SPDX-License-Identifier: GPL-2.0 */
/* Whose VM is it: a name an operator gave, else the pid of the VMM. */
#ifndef KVMLAT_VMNAME_H
#define KVMLAT_VMNAME_H

#include "snapshot.h"

/*
 * The name of the VM of the VMM @pid, valid to the end of the program; the pid when there is none.
 * It changes in place. @look: the process may be asked for; only right for a live module and a VMM that lives.
 */
const char *vmname(uint64_t pid, bool look);
void vmname_look_again(void);			/* another snapshot: a pid may be another VM's by now */
bool vmname_is_pid(uint64_t pid);		/* after vmname(): no name was found */
char *vmname_clean(char *name);			/* in place: as names are kept */
void vmname_set(uint64_t pid, const char *name);
/* The value of QEMU's -name, as kvm_stat reads it; @cmdline is what /proc/PID/cmdline holds. */
bool vmname_from_cmdline(const char *cmdline, size_t length, char *name, size_t room);

#endif
