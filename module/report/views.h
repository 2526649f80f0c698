/* SPDX-License-Identifier: GPL-2.0 */
/* The views: there is a file for each. */
#ifndef KVMLAT_VIEWS_H
#define KVMLAT_VIEWS_H

#include "report/report.h"

extern const struct kvmlat_view kvmlat_view_summary, kvmlat_view_histogram, kvmlat_view_percpu,
	kvmlat_view_vcpus, kvmlat_view_inflight, kvmlat_view_outliers, kvmlat_view_status,
	kvmlat_view_data;

#endif
