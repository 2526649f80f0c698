/* SPDX-License-Identifier: GPL-2.0 */
/* What the filters are, and were when the generation began. history.c */
#ifndef KVMLAT_HISTORY_H
#define KVMLAT_HISTORY_H

#include <linux/cpumask.h>
#include <linux/types.h>

#define KVMLAT_VMS_MAX 256
#define KVMLAT_VMS_TEXT (8 * KVMLAT_VMS_MAX)	/* of a pid: 7 digits and a comma */

struct kvmlat_filters {
	struct cpumask cpus;
	char vms[KVMLAT_VMS_TEXT];
	bool enabled;
};

struct kvmlat_history {
	struct kvmlat_filters now, began;
	u32 changes;		/* since the generation began */
};

/* All under kvmlat_mutex. */
void kvmlat_filter_changes(void);	/* cpus, vms or enabled is about to */
void kvmlat_history_read(struct kvmlat_history *h);
void kvmlat_vms_text(char *buffer, size_t size);

#endif
