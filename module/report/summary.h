/* SPDX-License-Identifier: GPL-2.0 */
/* What the reports for people have in common. summary.c */
#ifndef KVMLAT_SUMMARY_H
#define KVMLAT_SUMMARY_H

#include "report/report.h"

void kvmlat_report_title(struct seq_file *m, const struct kvmlat_report *r, const char *what);
void kvmlat_report_losses(struct seq_file *m, const struct kvmlat_report *r);
void kvmlat_report_times(struct seq_file *m, const struct kvmlat_generation *gen,
			 const struct kvmlat_head *h);
void kvmlat_report_histogram(struct seq_file *m, const u64 pow2[KVMLAT_POW2_BUCKETS]);

#endif
