/* SPDX-License-Identifier: GPL-2.0 */
/* Module parameters: the only controls. param.c, filter-params.c */
#ifndef KVMLAT_PARAM_H
#define KVMLAT_PARAM_H

#include <linux/types.h>

struct kernel_param;

/* Fixed at load. */
extern unsigned int kvmlat_rows, kvmlat_slots_wanted, kvmlat_outlier_ring;

#define KVMLAT_SKIP_TEXT 1024
const char *kvmlat_skip_text(void);		/* under kvmlat_mutex */

void kvmlat_params_init(void);
void kvmlat_params_live(bool live);

/* For setters: copy the value, refuse it, and may the current process write at all? */
char *kvmlat_param_copy(const char *val, char **stripped);
int kvmlat_param_refuse(const struct kernel_param *kp, const char *val, const char *why);
bool kvmlat_param_open(const struct kernel_param *kp);

#endif
