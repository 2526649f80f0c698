/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What steers the module: the clock, filters, refusals, and who may read and write. Included by
 * kvmlat.h.
 */
#ifndef KVMLAT_CONTROL_H
#define KVMLAT_CONTROL_H

struct inode;
struct kernel_param;

/* clock.c; under kvmlat_mutex */
void kvmlat_clock_settle(void);			/* before probes are attached */
const char *kvmlat_clock_why_local(void);	/* NULL: it is wanted so, or cycles are used */
unsigned int kvmlat_clock_khz(void);		/* that cycles are taken for */

/* probe.c, attach.c */
#define KVMLAT_VET_TRIES 64	/* so many in a row that are implausible, and kvmlat refuses */
extern u32 kvmlat_vet_failures;	/* in a row, since one was plausible; writers may race */
bool kvmlat_attach_retry(void);	/* of a refusal; under kvmlat_mutex */

/* param.c */
bool kvmlat_live(void);		/* there is a set to act on; stays so under kvmlat_mutex only */
const char *kvmlat_skip_text(void);		/* under kvmlat_mutex */
#define KVMLAT_SKIP_TEXT 1024
bool kvmlat_param_open(const struct kernel_param *kp);	/* to the current process */

/* filter.c */
bool kvmlat_vms_leave_out(s32 vmm);		/* the current process; from a probe */
void kvmlat_vms_text(char *buffer, size_t size);	/* under kvmlat_mutex */
#define KVMLAT_VMS_MAX 256
#define KVMLAT_VMS_TEXT (8 * KVMLAT_VMS_MAX)	/* of a pid: 7 digits and a comma */

/* settings.c */
void kvmlat_filter_changes(void);	/* cpus, vms or enabled is about to; under kvmlat_mutex */

/* door.c: of the current process */
bool kvmlat_of_host(void);
bool kvmlat_proc_of_host(const struct inode *inode);

#endif
