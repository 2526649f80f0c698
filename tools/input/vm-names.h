/* SPDX-License-Identifier: GPL-2.0 */
/* Whose VM is it: a name an operator gave, else the pid of the VMM. */
#ifndef KVMLAT_VMNAME_H
#define KVMLAT_VMNAME_H

#include "model/data-snapshot.h"

/*
 * The name of the VM of the VMM @pid, in the written form of text.h, valid until the next snapshot
 * is read; the pid when there is none. @look: the process may be asked for; only right for a live
 * module and a VMM that lives.
 */
const char *vmname(uint64_t pid, bool look);
/*
 * The same of a vCPU in a view of vCPUs, live or gone: all vCPUs of a VM have one name, in whatever
 * order they stand. The process is asked for where a vCPU of that VM lives.
 */
const char *vmname_of(const struct snapshot *s, const struct who *who);
void vmname_look_again(void);			/* another snapshot: a pid may be another VM's by now */
bool vmname_is_pid(const char *name, uint64_t pid);	/* @name as vmname() gave it: none was found */
/*
 * As names are kept, to free: what an operator typed, a written form or not; of the name as it is.
 */
char *vmname_given(const char *name);
char *vmname_of_bytes(const char *bytes);
/* Is it all digits, as a pid is, or does it begin as the tool's own labels? */
bool vmname_is_like_others(const char *name);
/* A name in a recording: of one snapshot, another begins with vmname_forget_recorded(). */
void vmname_set(uint64_t pid, const char *name);
void vmname_forget_recorded(void);
/* Before a live snapshot with vCPUs is read: whose vCPUs live in it. */
void vmname_forget_living(void);
void vmname_lives(const struct who *who);
/*
 * cmdline.c: what QEMU was told as -name, to free; NULL: nothing. @cmdline: of /proc/PID/cmdline,
 * with a NUL behind it.
 */
char *vmname_from_cmdline(const char *cmdline, size_t length);

#endif
