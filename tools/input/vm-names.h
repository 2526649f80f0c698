/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of VMs, kept from one snapshot to the next: of the lines `vmname` of a recording, or out of
 * the command line of a live VMM.
 */
#ifndef KVMLAT_VM_NAMES_H
#define KVMLAT_VM_NAMES_H

#include "model/data-snapshot.h"
#include "model/vm-name.h"

/*
 * The name of the VM of the VMM @pid; the pid when there is none. @look: the process may be asked
 * for; only right for a live module and a VMM that lives.
 */
struct vm_name vm_name_of_vmm(uint64_t pid, bool look);
/*
 * The same of a vCPU in a view of vCPUs, live or gone: all vCPUs of a VM have one name, in whatever
 * order they stand. The process is asked for where a vCPU of that VM lives.
 */
struct vm_name vm_name_of(const struct snapshot *s, const struct identity *id);

/* For source.c. Another snapshot of the live module: a pid may be another VM's by now. */
void vm_names_look_again(void);
/* Before a live snapshot with vCPUs is read: whose vCPUs live in it. */
void vm_names_forget_living(void);
void vm_names_lives(const struct identity *id);
/* A name in a recording: of one snapshot, another begins with vm_names_forget_recorded(). */
void vm_names_record(uint64_t pid, const char *name);
void vm_names_forget_recorded(void);

#endif
