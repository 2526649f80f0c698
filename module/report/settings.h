/* SPDX-License-Identifier: GPL-2.0 */
/* What shapes the figures, as it was when the report was opened. settings.c */
#ifndef KVMLAT_SETTINGS_H
#define KVMLAT_SETTINGS_H

#include <linux/seq_file.h>

struct kvmlat_settings *kvmlat_settings_get(void);	/* under kvmlat_mutex; to kvfree() */
void kvmlat_settings_filter(struct seq_file *m, const struct kvmlat_settings *s);
unsigned int kvmlat_settings_infos(struct seq_file *m, const struct kvmlat_settings *s,
				   const char *before, const char *between);

#endif
