// SPDX-License-Identifier: GPL-2.0
/*
 * The filters `cpus` and `vms`: whose events are left out, counted nowhere.
 *
 * Neither costs anything on the usual way through a probe: a CPU left out and a new epoch look
 * alike to it, and a VM is looked at when its vCPU or the epoch is new.
 */
#include <linux/moduleparam.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "kvmlat.h"

struct cpumask kvmlat_cpus = CPU_MASK_ALL;

static int set_cpus(const char *val, const struct kernel_param *kp)
{
	static struct cpumask wanted;	/* under kvmlat_mutex; too large for a stack */
	char *text, *buf = kvmlat_param_copy(val, &text);
	int err = 0;

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
	if (!err) {
		cpumask_copy(&kvmlat_cpus, &wanted);
		kvmlat_params_changed();
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
 * The filter by VMM process. Probes look at it when they meet a vCPU or a new epoch only. @nr 0: no
 * filter. Replaced whole; the old one goes when no probe can be looking.
 */
struct vms {
	struct rcu_head rcu;
	unsigned int nr;
	s32 pid[];
};

#define MAX_VMS 256
static struct vms __rcu *vms __read_mostly;

/* Does `vms` leave out the VMs of process @vmm? From a probe, or under kvmlat_mutex. */
bool kvmlat_vms_leave_out(s32 vmm)
{
	const struct vms *v = rcu_dereference_sched_check(vms, lockdep_is_held(&kvmlat_mutex));
	unsigned int n;

	if (likely(!v))
		return false;
	for (n = 0; n < v->nr; n++) {
		if (v->pid[n] == vmm)
			return false;
	}
	return true;
}

static const char *parse_vms(char *text, struct vms *v)
{
	char *pid;

	while ((pid = strsep(&text, ","))) {
		pid = strim(pid);
		if (!*pid)
			continue;
		if (v->nr == MAX_VMS)
			return "too many";
		if (kstrtoint(pid, 10, &v->pid[v->nr]) || v->pid[v->nr] <= 0)
			return "not a list of pids";
		v->nr++;
	}
	return NULL;
}

static int set_vms(const char *val, const struct kernel_param *kp)
{
	char *text, *buf = kvmlat_param_copy(val, &text);
	struct vms *v = kzalloc(struct_size(v, pid, MAX_VMS), GFP_KERNEL), *old;
	const char *why;

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
	old = rcu_dereference_protected(vms, lockdep_is_held(&kvmlat_mutex));
	rcu_assign_pointer(vms, v);
	kvmlat_params_changed();
	mutex_unlock(&kvmlat_mutex);
	if (old)
		kfree_rcu(old, rcu);
	return 0;
}

static int get_vms(char *buffer, const struct kernel_param *kp)
{
	const struct vms *v;
	int len = 0;
	unsigned int n;

	mutex_lock(&kvmlat_mutex);
	v = rcu_dereference_protected(vms, lockdep_is_held(&kvmlat_mutex));
	for (n = 0; v && n < v->nr; n++)
		len += scnprintf(buffer + len, PAGE_SIZE - len, "%s%d", n ? "," : "", v->pid[n]);
	mutex_unlock(&kvmlat_mutex);
	return len + scnprintf(buffer + len, PAGE_SIZE - len, v ? "\n" : "all\n");
}

/* The parameter is gone, with its file, and so is every probe: after exit, or a load that failed. */
static void free_vms(void *arg)
{
	kfree(rcu_dereference_protected(vms, true));
}

static const struct kernel_param_ops cpus_ops = { .set = set_cpus, .get = get_cpus };
static const struct kernel_param_ops vms_ops = { .set = set_vms, .get = get_vms, .free = free_vms };

module_param_cb(cpus, &cpus_ops, NULL, 0644);
MODULE_PARM_DESC(cpus, "CPU list: leave out events on all other CPUs (default: all)");
module_param_cb(vms, &vms_ops, NULL, 0644);
MODULE_PARM_DESC(vms, "pids of VMM processes: leave out events of all other VMs (default: all)");
