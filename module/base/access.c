// SPDX-License-Identifier: GPL-2.0
/*
 * Who may read the reports and write the parameters: root of the host. No capability is needed.
 *
 * File modes alone do not keep containers out: root of a container that has no user namespace of
 * its own is uid 0 of the host. procfs has one tree for all of its mounts, so /proc/kvmlat is in
 * the /proc of every container, and no container runtime masks it. /sys may be mounted into a
 * container by whoever runs it. The reports show pids, names and instruction pointers of all
 * tenants. So the process that opens a report or writes a parameter must be in the initial pid and
 * user namespaces; of the processes in containers only those are that were given the host's. And
 * /proc/kvmlat opens only in a /proc of the initial pid namespace. This is checked at open(): an
 * open file may be handed to any process.
 */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/user_namespace.h>
#include "base/access.h"

/* Is the current process one of the host's? */
bool kvmlat_access_host(void)
{
	return task_active_pid_ns(current) == &init_pid_ns && current_user_ns() == &init_user_ns;
}

/* And is this inode of the host's /proc? */
bool kvmlat_access_proc(const struct inode *inode)
{
	return kvmlat_access_host() && proc_pid_ns(inode->i_sb) == &init_pid_ns;
}
