/* SPDX-License-Identifier: GPL-2.0 */
/* The files, and what all views print with. report.c */
#ifndef KVMLAT_REPORT_H
#define KVMLAT_REPORT_H

#include "report/snapshot.h"

/* A file for each view; /proc/kvmlat shows @data. */
int kvmlat_report_init(const struct kvmlat_view * const *views, unsigned int nr,
		       const struct kvmlat_view *data);
void kvmlat_report_exit(void);
const struct kvmlat_row *kvmlat_report_row(struct kvmlat_report *r, int cpu, unsigned int nth);
int kvmlat_report_cpu(loff_t nth);
/* The name of any reason; if it has none @buf gets its code, as "0x" and up to 8 digits. */
const char *kvmlat_reason_name(u32 reason, char buf[16]);

#endif
