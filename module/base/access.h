/* SPDX-License-Identifier: GPL-2.0 */
/* Who may read the reports and write the parameters. */
#ifndef KVMLAT_ACCESS_H
#define KVMLAT_ACCESS_H

#include <linux/types.h>

struct inode;

bool kvmlat_access_host(void);				/* is the current process the host's? */
bool kvmlat_access_proc(const struct inode *inode);	/* and the inode in its /proc? */

#endif
