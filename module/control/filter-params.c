// SPDX-License-Identifier: GPL-2.0
/*
 * The parameters `cpus` and `vms`: which events are filtered, that is counted nowhere.
 *
 * Neither adds to the fast path: a filtered CPU has no `last` slot, so all its events take the slow
 * path, and the VMM is looked up when a vCPU or the epoch is new.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/moduleparam.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "control/history.h"
#include "control/modes.h"
#include "control/param.h"
#include "generation/filter.h"

static int set_cpus(const char *val, const struct kernel_param *kp)
{
	static struct cpumask wanted;	/* under kvmlat_mutex; too large for a stack */
	char *text, *buf;
	int err = 0;

	if (!kvmlat_param_open(kp))
		return -EPERM;
	buf = kvmlat_param_copy(val, &text);
	if (!buf)
		return -ENOMEM;
	mutex_lock(&kvmlat_mutex);
	if (!*text || !strcmp(text, "all"))
		cpumask_setall(&wanted);
	else if (cpulist_parse(text, &wanted))
		err = kvmlat_param_refuse(kp, text, "not a CPU list like 0-3,8");
	else if (!cpumask_intersects(&wanted, cpu_possible_mask) ||
		 !cpumask_subset(&wanted, cpu_possible_mask))
		err = kvmlat_param_refuse(kp, text, "this machine has no such CPU");
	if (!err && !cpumask_equal(&kvmlat_cpus, &wanted)) {
		kvmlat_filter_changes();
		cpumask_copy(&kvmlat_cpus, &wanted);
		kvmlat_modes_apply();
	}
	mutex_unlock(&kvmlat_mutex);
	kfree(buf);
	return err;
}

static int get_cpus(char *buffer, const struct kernel_param *kp)
{
	if (cpumask_full(&kvmlat_cpus))
		return scnprintf(buffer, PAGE_SIZE, "all\n");
	return scnprintf(buffer, PAGE_SIZE, "%*pbl\n", cpumask_pr_args(&kvmlat_cpus));
}

/*
 * The live process that has @pid in @ns; else NULL, and *why. Under rcu_read_lock().
 */
static struct task_struct *find(s32 pid, struct pid_namespace *ns, const char **why)
{
	struct pid *of = ns ? find_pid_ns(pid, ns) : NULL;
	struct task_struct *task = pid_task(of, PIDTYPE_TGID);

	/* any live thread will do: the first may have ended before the others */
	if (task && atomic_read(&task->signal->live))
		return task;
	*why = pid_task(of, PIDTYPE_PID) ? "a thread, not a process" : "no such process";
	if (task)
		*why = "a process that has ended";
	return NULL;
}

/*
 * PID, or as seen in a container NSPID@HOSTPID: pid NSPID in the pid namespace that process HOSTPID
 * of the host is in.
 */
static const char *parse_vmm(char *text, struct kvmlat_vmm *vmm)
{
	char *host_text = strchr(text, '@');
	struct pid_namespace *ns = &init_pid_ns;
	struct task_struct *task;
	const char *why = NULL;
	s32 pid, host = 0;

	if (host_text)
		*host_text++ = '\0';
	if (kstrtoint(text, 10, &pid) || pid <= 0)
		return "not a list of pids";
	if (host_text && (kstrtoint(host_text, 10, &host) || host <= 0))
		return "not a list of pids";
	vmm->pid = pid;
	rcu_read_lock();
	if (host) {
		task = find(host, ns, &why);
		ns = task ? task_active_pid_ns(task) : NULL;
	}
	task = find(pid, ns, &why);
	if (task) {
		vmm->pid = task->tgid;
		vmm->start_time = task->start_time;
		why = NULL;
	}
	rcu_read_unlock();
	/*
	 * A pid on the command line of the load, say at boot, may be old: no reason not to load.
	 */
	if (!why || kvmlat_live())
		return why;
	pr_warn("parameter vms: %s: %s: no VM is taken for its\n", text, why);
	return NULL;
}

static const char *parse_vms(char *text, struct kvmlat_vms *v)
{
	const char *why;
	char *vmm;

	while ((vmm = strsep(&text, ","))) {
		vmm = strim(vmm);
		if (!*vmm)
			continue;
		if (v->nr == KVMLAT_VMS_MAX)
			return "too many";
		why = parse_vmm(vmm, &v->of[v->nr++]);
		if (why)
			return why;
	}
	return NULL;
}

static bool same_vms(const struct kvmlat_vms *a, const struct kvmlat_vms *b)
{
	unsigned int n;

	if (!a || !b || a->nr != b->nr)
		return a == b;
	for (n = 0; n < a->nr; n++) {
		if (a->of[n].pid != b->of[n].pid || a->of[n].start_time != b->of[n].start_time)
			return false;
	}
	return true;
}

static int set_vms(const char *val, const struct kernel_param *kp)
{
	char *text, *buf;
	struct kvmlat_vms *v;
	const char *why;
	bool same;

	if (!kvmlat_param_open(kp))
		return -EPERM;
	buf = kvmlat_param_copy(val, &text);
	v = kzalloc(struct_size(v, of, KVMLAT_VMS_MAX), GFP_KERNEL);
	if (!buf || !v) {
		kfree(buf);
		kfree(v);
		return -ENOMEM;
	}
	why = strcmp(text, "all") ? parse_vms(text, v) : NULL;
	kfree(buf);
	if (why) {
		kfree(v);
		return kvmlat_param_refuse(kp, val, why);
	}
	if (!v->nr) {
		kfree(v);
		v = NULL;
	}
	mutex_lock(&kvmlat_mutex);
	same = same_vms(v, kvmlat_vms());
	if (!same) {
		kvmlat_filter_changes();
		kvmlat_vms_set(v);
		kvmlat_modes_apply();
	}
	mutex_unlock(&kvmlat_mutex);
	if (same)
		kfree(v);
	return 0;
}

static int get_vms(char *buffer, const struct kernel_param *kp)
{
	mutex_lock(&kvmlat_mutex);
	kvmlat_vms_text(buffer, KVMLAT_VMS_TEXT);
	mutex_unlock(&kvmlat_mutex);
	return strlen(strcat(buffer, "\n"));
}

/*
 * After exit or a load that failed: the parameter's file is gone, and no probe is left.
 */
static void free_vms(void *arg)
{
	kvmlat_vms_exit();
}

static const struct kernel_param_ops cpus_ops = { .set = set_cpus, .get = get_cpus };
static const struct kernel_param_ops vms_ops = { .set = set_vms, .get = get_vms, .free = free_vms };

module_param_cb(cpus, &cpus_ops, NULL, 0644);
MODULE_PARM_DESC(cpus, "CPU list: leave out events on all other CPUs (default: all)");
module_param_cb(vms, &vms_ops, NULL, 0644);
MODULE_PARM_DESC(vms, "pids of VMM processes, or NSPID@PID: leave out other VMs (default: all)");
