/* SPDX-License-Identifier: GPL-2.0 */
/* Single lines of `data`. data-lines.c */
#ifndef KVMLAT_DATA_LINES_H
#define KVMLAT_DATA_LINES_H

#include "report/report.h"

void kvmlat_report_text(struct seq_file *m, const char *text, size_t size);
void kvmlat_data_outlier(struct seq_file *m, const struct kvmlat_outlier *o);
void kvmlat_data_open_exit(struct seq_file *m, const struct kvmlat_open_exit *f);
void kvmlat_data_vcpu(struct seq_file *m, struct kvmlat_report *r, unsigned int nth);
void kvmlat_data_bucket(struct seq_file *m, unsigned int number, u64 count);
void kvmlat_data_key(struct seq_file *m, u32 reason);
void kvmlat_data_head(struct seq_file *m, const struct kvmlat_generation *gen,
		      const struct kvmlat_head *h);

#endif
