/* SPDX-License-Identifier: GPL-2.0 */
/* Sums of CPUs and of VMs for Prometheus, where they are asked for. */
#ifndef KVMLAT_METRICS_SUMS_H
#define KVMLAT_METRICS_SUMS_H

#include "render/export.h"

void metrics_sums_begin(struct snapshot *s, const struct export_options *o);
void metrics_sums_print(FILE *out, const struct snapshot *s, const struct export_options *o);

#endif
