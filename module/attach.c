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
#include <linux/kvm_host.h>
#include <linux/module.h>
#include <linux/tracepoint.h>
#include <linux/workqueue.h>
#include <trace/events/kvm.h>
#include <trace/events/sched.h>
#include "kvmlat.h"

/*
 * What is hooked, in the order it is taken; the reverse to let go. sched_switch, with offcpu=1 only, is there before
 * the first exit that may sleep, and until the last.
 */
enum hook_id { HOOK_SWITCH, HOOK_KVM, HOOK_USERSPACE = HOOK_KVM, HOOK_ENTRY, HOOK_EXIT, HOOKS };

struct hook {
	const char *name;
	struct tracepoint *tp;
	void *probe;
	bool on;
};

/*
 * All under kvmlat_mutex, but for refusal: set once by a probe, cleared when KVM goes, or on demand.
 */
static struct hook hooks[HOOKS] = {
	[HOOK_SWITCH] = { "sched_switch" },
	[HOOK_USERSPACE] = { "kvm_userspace_exit" },
	[HOOK_ENTRY] = { "kvm_entry" },
	[HOOK_EXIT] = { "kvm_exit" },
};

static bool attached;
static const char *refusal;
static struct module *kvm_module;	/* whose tracepoints are hooked; NULL: the kernel's own */

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

static void unhook(struct hook *hook)
{
	if (hook->on)
		tracepoint_probe_unregister(hook->tp, hook->probe, NULL);
	hook->on = false;
}

static int hook_up(struct hook *hook)
{
	int err = hook->on ? 0 : tracepoint_probe_register(hook->tp, hook->probe, NULL);

	hook->on |= !err;
	return err;
}

/* Exits still open have lost their entries with the probes: they end as abandoned. */
static void detach(void)
{
	int n;

	if (!attached)
		return;
	kvmlat_clock_watch(false);
	for (n = HOOKS - 1; n >= 0; n--)
		unhook(&hooks[n]);
	tracepoint_synchronize_unregister();
	attached = false;
	kvmlat_slots_reclaim(true);
}

/* The probe of sched_switch comes before the mode that relies on it, and goes after it. */
static int offcpu_apply(void)
{
	int err = 0;

	if (kvmlat_offcpu)
		err = hook_up(&hooks[HOOK_SWITCH]);
	if (err) {
		kvmlat_offcpu = false;
		kvmlat_epoch_apply(kvmlat_set_current());
		pr_err("kvmlat: cannot attach to sched_switch: error %d\n", err);
	}
	if (!kvmlat_offcpu && hooks[HOOK_SWITCH].on) {
		kvmlat_epoch_apply(kvmlat_set_current());
		unhook(&hooks[HOOK_SWITCH]);
		tracepoint_synchronize_unregister();
	}
	return err;
}

/* Without sched_switch the rest is worth having: @err is of the rest, or else of that. */
static int attach(void)
{
	int offcpu_err = offcpu_apply(), err = 0, n;

	kvmlat_clock_settle();
	kvmlat_arch_choose_probes();
	hooks[HOOK_EXIT].probe = kvmlat_arch_probe_exit_fn();
	for (n = HOOK_KVM; n < HOOKS && !err; n++)
		err = hook_up(&hooks[n]);
	attached = true;
	if (err)
		detach();
	else
		kvmlat_clock_watch(true);
	return err ? err : offcpu_err;
}

/* Make the probes what they ought to be now. Under kvmlat_mutex. */
int kvmlat_attach_apply(void)
{
	int err;

	if (!kvmlat_enabled || !hooks[HOOK_EXIT].tp || kvmlat_attach_why()) {
		detach();
		return 0;
	}
	if (attached)
		return offcpu_apply();
	err = attach();
	if (!attached)
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
	if (rcu_access_pointer(kvmlat_set)) {
		kvmlat_slots_reclaim(false);
		kvmlat_blocks_reclaim();
	}
	mutex_unlock(&kvmlat_mutex);
}

static DECLARE_DELAYED_WORK(reclaim, reclaim_work);

static void reclaim_later_work(struct work_struct *work)
{
	queue_delayed_work(system_unbound_wq, &reclaim, HZ / 10);
}

static DECLARE_WORK(reclaim_later, reclaim_later_work);

static void reprobe_work(struct work_struct *work)
{
	mutex_lock(&kvmlat_mutex);
	/* two probes may have asked for it: the first time is enough */
	if (attached && strcmp(kvmlat_arch_reason_source(), "get_exit_info")) {
		pr_warn("kvmlat: the exit reason in the VMCB is not get_exit_info()'s: calling that from now on\n");
		detach();
	}
	kvmlat_attach_apply();
	mutex_unlock(&kvmlat_mutex);
}

static DECLARE_WORK(reprobe, reprobe_work);

/*
 * A probe may not queue work, which takes locks; an irq_work is a lockless list and an interrupt.
 * That runs on the CPU of the guest, and nothing more does: the work goes to the unbound queue, and
 * a timer is set by a worker of it, so on a CPU where such work may be.
 */
static void refused_irq(struct irq_work *work)
{
	queue_work(system_unbound_wq, &refused);
}

static void reprobe_irq(struct irq_work *work)
{
	queue_work(system_unbound_wq, &reprobe);
}

static void reclaim_irq(struct irq_work *work)
{
	queue_work(system_unbound_wq, &reclaim_later);
}

static DEFINE_IRQ_WORK(refused_irq_work, refused_irq);
static DEFINE_IRQ_WORK(reprobe_irq_work, reprobe_irq);
static DEFINE_IRQ_WORK(reclaim_irq_work, reclaim_irq);

void kvmlat_refuse(const char *why)
{
	if (!cmpxchg(&refusal, NULL, why))
		irq_work_queue(&refused_irq_work);
}

void kvmlat_reprobe(void)
{
	irq_work_queue(&reprobe_irq_work);
}

void kvmlat_reclaim_soon(void)
{
	if (!delayed_work_pending(&reclaim) && !work_pending(&reclaim_later))
		irq_work_queue(&reclaim_irq_work);
}

static void take(struct tracepoint *tp, void *unused)
{
	int n;

	for (n = 0; n < HOOKS; n++) {
		if (!strcmp(tp->name, hooks[n].name))
			hooks[n].tp = tp;
	}
}

/* Can what has KVM's tracepoints be measured? False where there is no KVM. Under kvmlat_mutex. */
static bool bind(void)
{
	const char *why = NULL;
	int n, missing = 0;

	for (n = HOOK_KVM; n < HOOKS; n++)
		missing += !hooks[n].tp;
	if (missing == HOOKS - HOOK_KVM)
		return false;
	if (missing)
		why = "KVM has only some of the tracepoints kvm_exit, kvm_entry and kvm_userspace_exit";
	else
		kvmlat_arch_bind(kvm_module, &why);
	WRITE_ONCE(refusal, why);
	if (why)
		pr_err("kvmlat: refusing to attach: %s\n", why);
	return true;
}

/* kvm's tracepoints were looked for in @mod (NULL: in the kernel itself). */
static void found(struct module *mod)
{
	kvm_module = mod;
	if (bind())
		kvmlat_attach_apply();
}

/*
 * The operator wants a refusal to be tried again: a probe's, after so many events that it did not
 * know, or that of this KVM. True when there was one.
 */
bool kvmlat_attach_retry(void)
{
	if (!kvmlat_attach_why())
		return false;
	detach();
	WRITE_ONCE(kvmlat_vet_failures, 0);
	bind();
	return true;
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
		for (n = HOOK_KVM; n < HOOKS; n++)
			hooks[n].tp = NULL;
		WRITE_ONCE(refusal, NULL);
		WRITE_ONCE(kvmlat_vet_failures, 0);
		kvm_module = NULL;
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

	/* These two have their prototypes in the headers: another one does not build. */
	check_trace_callback_type_kvm_userspace_exit(kvmlat_probe_userspace);
	check_trace_callback_type_sched_switch(kvmlat_probe_switch);
	mutex_lock(&kvmlat_mutex);
	hooks[HOOK_USERSPACE].probe = kvmlat_probe_userspace;
	hooks[HOOK_ENTRY].probe = kvmlat_arch_probe_entry_fn();
	hooks[HOOK_SWITCH].probe = kvmlat_probe_switch;
	for_each_kernel_tracepoint(take, NULL);
	found(NULL);
	mutex_unlock(&kvmlat_mutex);
	err = register_tracepoint_module_notifier(&module_nb);
	if (!err && kvmlat_attach_state() == KVMLAT_WAITING)
		pr_info("kvmlat: waiting for kvm\n");
	return err;
}

/* Also after an init that failed. */
void kvmlat_attach_exit(void)
{
	/* Calls back with GOING for kvm when it is loaded: that detaches. */
	unregister_tracepoint_module_notifier(&module_nb);
	mutex_lock(&kvmlat_mutex);
	detach();
	mutex_unlock(&kvmlat_mutex);
	irq_work_sync(&refused_irq_work);
	irq_work_sync(&reprobe_irq_work);
	irq_work_sync(&reclaim_irq_work);
	cancel_work_sync(&refused);
	cancel_work_sync(&reprobe);
	cancel_work_sync(&reclaim_later);
	cancel_delayed_work_sync(&reclaim);
}
