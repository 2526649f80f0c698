// SPDX-License-Identifier: GPL-2.0
/*
 * Which vCPUs can still be run. KVM has no tracepoint for the end of a vCPU, and a process may
 * close a VM and live on, so the open files of the process are searched. A vCPU is run by an ioctl
 * on its own file, whose private_data is the vCPU, and only by the process that made it (KVM
 * compares the mm). A process that ended, even a zombie, has no files. No pointer of KVM is
 * followed here; addresses are compared.
 */
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sort.h>
#include "store/alive.h"

/*
 * A thread of the process @pid that started at @start_time, one that still has its files; NULL:
 * there is none. With a reference.
 */
static struct task_struct *task_with_files(s32 pid, u64 start_time)
{
	struct task_struct *leader, *task, *found = NULL;

	rcu_read_lock();
	leader = pid_task(find_pid_ns(pid, &init_pid_ns), PIDTYPE_PID);
	/* by any thread: the main thread may have ended before the others */
	if (leader && leader->start_time == start_time) {
		for_each_thread(leader, task) {
			if (!READ_ONCE(task->files))
				continue;
			get_task_struct(task);
			found = task;
			break;
		}
	}
	rcu_read_unlock();
	return found;
}

/* If the vCPU at @address is in @list, which is sorted by vCPU, it is alive. */
static void mark(struct kvmlat_alive *list, unsigned int nr, const void *address)
{
	unsigned int low = 0, high = nr;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if ((unsigned long)list[mid].vcpu < (unsigned long)address)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < nr && list[low].vcpu == address)
		list[low].alive = true;
}

#define FDS_AT_ONCE 256U	/* files under one task_lock(), for which the process may wait */

/* Mark the vCPUs among the open files of @task from @fd on. Where to go on; 0 at the end. */
static unsigned int files_mark(struct task_struct *task, unsigned int fd, struct kvmlat_alive *list,
			       unsigned int nr)
{
	unsigned int end = 0;
	struct fdtable *fdt;

	task_lock(task);	/* keeps task->files */
	rcu_read_lock();	/* keeps the table, and each file's memory */
	if (task->files) {
		fdt = files_fdtable(task->files);
		end = min(fd + FDS_AT_ONCE, fdt->max_fds);
		for (; fd < end; fd++) {
			struct file *file = rcu_dereference_raw(fdt->fd[fd]);

			if (file)
				mark(list, nr, READ_ONCE(file->private_data));
		}
		if (end == fdt->max_fds)
			end = 0;
	}
	rcu_read_unlock();
	task_unlock(task);
	return end;
}

static int by_process(const void *a, const void *b)
{
	const struct kvmlat_alive *x = a, *y = b;

	if (x->vmm != y->vmm)
		return x->vmm < y->vmm ? -1 : 1;
	if (x->start_time != y->start_time)
		return x->start_time < y->start_time ? -1 : 1;
	if (x->vcpu == y->vcpu)
		return 0;
	return (unsigned long)x->vcpu < (unsigned long)y->vcpu ? -1 : 1;
}

static bool same_process(const struct kvmlat_alive *a, const struct kvmlat_alive *b)
{
	return a->vmm == b->vmm && a->start_time == b->start_time;
}

/* Say of each vCPU of @list whether it can still be run. Sorts the list. Process context. */
void kvmlat_alive_check(struct kvmlat_alive *list, unsigned int nr)
{
	unsigned int n, end, fd;

	sort(list, nr, sizeof(*list), by_process, NULL);
	for (n = 0; n < nr; n = end) {
		struct task_struct *task = task_with_files(list[n].vmm, list[n].start_time);

		for (end = n; end < nr && same_process(&list[end], &list[n]); end++)
			list[end].alive = false;
		fd = 0;
		do {
			if (task)
				fd = files_mark(task, fd, &list[n], end - n);
			cond_resched();
		} while (fd);
		if (task)
			put_task_struct(task);
	}
}
