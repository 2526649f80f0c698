// SPDX-License-Identifier: GPL-2.0
/*
 * Finding KVM's tracepoints, by name, and following KVM as it comes and goes.
 *
 * The notifier replays modules that are loaded already and calls again for each that comes or
 * goes, so one callback serves every order of loading. No reference to kvm.ko is taken: it stays
 * free to go, and its going detaches us.
 *
 * Lock order: the kernel's tracepoint module list or a parameter's lock, then kvmlat_mutex, then
 * the kernel's tracepoint lock.
 */
#include <linux/irq_work.h>
#include <linux/module.h>
#include <linux/tracepoint.h>
#include <linux/workqueue.h>
#include "kvmlat.h"

/* All under kvmlat_mutex, but for refusal: set once by a probe, cleared when KVM goes. */
static struct tracepoint *tp_exit, *tp_entry;
static bool attached;
static const char *refusal;

const char *kvmlat_attach_why(void)
{
	return READ_ONCE(refusal);
}

enum kvmlat_state kvmlat_attach_state(void)
{
	if (kvmlat_attach_why())
		return KVMLAT_REFUSED;
	if (!kvmlat_enabled)
		return KVMLAT_DISABLED;
	return attached ? KVMLAT_ATTACHED : KVMLAT_WAITING;
}

const char *kvmlat_attach_state_name(void)
{
	static const char * const name[] = {
		[KVMLAT_WAITING] = "waiting", [KVMLAT_DISABLED] = "disabled",
		[KVMLAT_ATTACHED] = "attached", [KVMLAT_REFUSED] = "refused",
	};

	return name[kvmlat_attach_state()];
}

/* Exits still open have lost their entries with the probes: they end as abandoned. */
static void detach(void)
{
	if (!attached)
		return;
	tracepoint_probe_unregister(tp_exit, kvmlat_arch_probe_exit_fn(), NULL);
	tracepoint_probe_unregister(tp_entry, kvmlat_arch_probe_entry_fn(), NULL);
	tracepoint_synchronize_unregister();
	attached = false;
	kvmlat_slots_reclaim(true);
}

static int attach(void)
{
	int err = tracepoint_probe_register(tp_entry, kvmlat_arch_probe_entry_fn(), NULL);

	if (err)
		return err;
	err = tracepoint_probe_register(tp_exit, kvmlat_arch_probe_exit_fn(), NULL);
	if (err) {
		tracepoint_probe_unregister(tp_entry, kvmlat_arch_probe_entry_fn(), NULL);
		tracepoint_synchronize_unregister();
		return err;
	}
	attached = true;
	return 0;
}

/* Make the probes what they ought to be now. Under kvmlat_mutex. */
int kvmlat_attach_apply(void)
{
	int err;

	if (!kvmlat_enabled || !tp_exit || !tp_entry || kvmlat_attach_why()) {
		detach();
		return 0;
	}
	if (attached)
		return 0;
	err = attach();
	if (err)
		pr_err("kvmlat: cannot attach to kvm_exit and kvm_entry: error %d\n", err);
	else
		pr_info("kvmlat: attached to kvm_exit and kvm_entry (%s)\n", kvmlat_arch_isa());
	return err;
}

static void refused_work(struct work_struct *work)
{
	mutex_lock(&kvmlat_mutex);
	if (kvmlat_attach_why())
		pr_err("kvmlat: refusing to measure: %s\n", kvmlat_attach_why());
	kvmlat_attach_apply();
	mutex_unlock(&kvmlat_mutex);
}

static DECLARE_WORK(refused, refused_work);

static void reclaim_work(struct work_struct *work)
{
	mutex_lock(&kvmlat_mutex);
	if (rcu_access_pointer(kvmlat_set))
		kvmlat_slots_reclaim(false);
	mutex_unlock(&kvmlat_mutex);
}

static DECLARE_DELAYED_WORK(reclaim, reclaim_work);

/* A probe may not queue work, which takes locks; an irq_work is a lockless list and an interrupt. */
static void refused_irq(struct irq_work *work)
{
	schedule_work(&refused);
}

static void reclaim_irq(struct irq_work *work)
{
	schedule_delayed_work(&reclaim, HZ / 10);
}

static DEFINE_IRQ_WORK(refused_irq_work, refused_irq);
static DEFINE_IRQ_WORK(reclaim_irq_work, reclaim_irq);

void kvmlat_refuse(const char *why)
{
	if (!cmpxchg(&refusal, NULL, why))
		irq_work_queue(&refused_irq_work);
}

void kvmlat_reclaim_soon(void)
{
	if (!delayed_work_pending(&reclaim))
		irq_work_queue(&reclaim_irq_work);
}

static void take(struct tracepoint *tp, void *unused)
{
	if (!strcmp(tp->name, "kvm_exit"))
		tp_exit = tp;
	else if (!strcmp(tp->name, "kvm_entry"))
		tp_entry = tp;
}

/* tp_exit and tp_entry were looked for in @mod (NULL: in the kernel itself). */
static void found(struct module *mod)
{
	const char *why = NULL;

	if (!tp_exit && !tp_entry)
		return;
	if (!tp_exit || !tp_entry)
		why = "KVM has only one of the tracepoints kvm_exit and kvm_entry";
	else
		kvmlat_arch_bind(mod, &why);
	if (why) {
		WRITE_ONCE(refusal, why);
		pr_err("kvmlat: refusing to attach: %s\n", why);
	}
	kvmlat_attach_apply();
}

static int module_event(struct notifier_block *nb, unsigned long event, void *data)
{
	struct tp_module *tp_mod = data;
	struct module *mod = tp_mod->mod;
	int n;

	if (strcmp(mod->name, "kvm"))
		return NOTIFY_OK;
	mutex_lock(&kvmlat_mutex);
	if (event == MODULE_STATE_COMING) {
		for (n = 0; n < mod->num_tracepoints; n++)
			take(tracepoint_ptr_deref(&mod->tracepoints_ptrs[n]), NULL);
		found(mod);
	} else if (event == MODULE_STATE_GOING) {
		bool was = attached;

		detach();
		tp_exit = NULL;
		tp_entry = NULL;
		WRITE_ONCE(refusal, NULL);
		kvmlat_arch_unbind();
		if (was)
			pr_info("kvmlat: detached from kvm\n");
	}
	mutex_unlock(&kvmlat_mutex);
	return NOTIFY_OK;
}

static struct notifier_block module_nb = {
	.notifier_call = module_event,
};

int kvmlat_attach_init(void)
{
	int err;

	mutex_lock(&kvmlat_mutex);
	for_each_kernel_tracepoint(take, NULL);
	found(NULL);
	mutex_unlock(&kvmlat_mutex);
	err = register_tracepoint_module_notifier(&module_nb);
	if (err)
		goto detach;
	if (kvmlat_attach_state() == KVMLAT_WAITING)
		pr_info("kvmlat: waiting for kvm\n");
	return 0;

detach:
	kvmlat_attach_exit();
	return err;
}

void kvmlat_attach_exit(void)
{
	/* Calls back with GOING for kvm when it is loaded: that detaches. */
	unregister_tracepoint_module_notifier(&module_nb);
	mutex_lock(&kvmlat_mutex);
	detach();
	mutex_unlock(&kvmlat_mutex);
	irq_work_sync(&refused_irq_work);
	irq_work_sync(&reclaim_irq_work);
	cancel_work_sync(&refused);
	cancel_delayed_work_sync(&reclaim);
}
