// SPDX-License-Identifier: GPL-2.0
/*
 * Who may read the reports and write the parameters: root of the host, without any capability.
 *
 * Modes say root, and to them root of a container is the host's, where it is not in a user
 * namespace of its own. /proc/kvmlat is in every /proc, since procfs has one tree for all of its
 * mounts, and no container runtime masks it; /sys may have been mounted into a container by whoever
 * runs it. What lies there is of all tenants: pids, names, instruction pointers. So the process
 * that opens a report or writes a parameter must be of the initial pid and user namespaces, as
 * processes of containers are not, but for those that were given the host's; and /proc/kvmlat opens
 * in a /proc of that pid namespace only. A file that is open may be handed on.
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
