/* SPDX-License-Identifier: GPL-2.0 */
/* What the scheduler and its clock tell, the same in every kernel. */
#ifndef KVMLAT_HOST_H
#define KVMLAT_HOST_H

#include <linux/sched.h>
#include <linux/sched/clock.h>

/*
 * perf's clock, in ns; it takes no lock. Readings of different CPUs can be compared as long as the
 * kernel considers sched_clock stable.
 */
static inline u64 kvmlat_clock_ns(void)
{
	return local_clock();
}

/*
 * How often the task was switched out. Only its own __schedule() changes that, so a probe reads the
 * exact value of the current task.
 */
static __always_inline u64 kvmlat_switches(const struct task_struct *task)
{
	return task->nvcsw + task->nivcsw;
}

/*
 * How many ns the task has waited on run queues. The scheduler adds the last wait before the task
 * runs again (kernel/sched/stats.h).
 */
static inline u64 kvmlat_run_delay_ns(const struct task_struct *task)
{
	return task->sched_info.run_delay;
}

#endif
