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
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kvm_host.h>
#include <linux/module.h>
#include <linux/tracepoint.h>
#include <linux/workqueue.h>
#include <trace/events/kvm.h>
#include <trace/events/sched.h>
#include "arch/arch.h"
#include "base/base.h"
#include "base/compat.h"
#include "base/request.h"
#include "control/attach.h"
#include "control/clock.h"
#include "control/modes.h"
#include "generation/generation.h"
#include "generation/reclaim.h"
#include "probe/probes.h"
#include "probe/slow.h"
#include "store/thread.h"

/*
 * What is hooked, in the order it is taken; the reverse to let go. sched_switch, with offcpu=1
 * only, is there before the first exit that may sleep, and until the last.
 */
enum hook_id { HOOK_SWITCH, HOOK_KVM, HOOK_USERSPACE = HOOK_KVM, HOOK_ENTRY, HOOK_EXIT, HOOKS };

struct hook {
	const char *name;
	struct tracepoint *tp;
	void *probe;
	bool on;
};

/* All under kvmlat_mutex. A refusal is set once by a probe, cleared when KVM goes, or on demand. */
static struct hook hooks[HOOKS] = {
	[HOOK_SWITCH] = { "sched_switch" },
	[HOOK_USERSPACE] = { "kvm_userspace_exit" },
	[HOOK_ENTRY] = { "kvm_entry" },
	[HOOK_EXIT] = { "kvm_exit" },
};

static bool attached;
static struct module *kvm_module;	/* whose tracepoints are hooked; NULL: the kernel's own */

enum kvmlat_state kvmlat_attach_state(void)
{
	if (kvmlat_refusal())
		return KVMLAT_REFUSED;
	if (!kvmlat_enabled)
		return KVMLAT_DISABLED;
	return attached ? KVMLAT_ATTACHED : KVMLAT_WAITING;
}

const char *kvmlat_attach_state_name(void)
{
	static const char * const name[] = {
#define X(id, word) [KVMLAT_##id] = #word,
		KVMLAT_STATE_WORDS(X)
#undef X
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

	lockdep_assert_held(&kvmlat_mutex);
	if (!attached)
		return;
	kvmlat_clock_watch(false);
	for (n = HOOKS - 1; n >= 0; n--)
		unhook(&hooks[n]);
	tracepoint_synchronize_unregister();
	attached = false;
	kvmlat_reclaim(true);
}

/* The probe of sched_switch comes before the mode that relies on it, and goes after it. */
static int offcpu_apply(void)
{
	int err = 0;

	if (kvmlat_offcpu)
		err = hook_up(&hooks[HOOK_SWITCH]);
	if (err) {
		kvmlat_offcpu = false;
		kvmlat_modes_apply();
		pr_err("cannot attach to sched_switch: error %d\n", err);
	}
	if (!kvmlat_offcpu && hooks[HOOK_SWITCH].on) {
		kvmlat_modes_apply();
		unhook(&hooks[HOOK_SWITCH]);
		tracepoint_synchronize_unregister();
	}
	return err;
}

/* Without sched_switch the rest is worth having: @err is of the rest, or else of that. */
static int attach(void)
{
	int offcpu_err = offcpu_apply(), err = 0, n;

	lockdep_assert_held(&kvmlat_mutex);
	kvmlat_clock_settle();
	kvmlat_arch_choose(kvmlat_direct);
	hooks[HOOK_EXIT].probe = kvmlat_probe_exit_fn();
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

	lockdep_assert_held(&kvmlat_mutex);
	if (!kvmlat_enabled || !hooks[HOOK_EXIT].tp || kvmlat_refusal()) {
		detach();
		return 0;
	}
	if (attached)
		return offcpu_apply();
	err = attach();
	if (!attached)
		pr_err("cannot attach to kvm_exit and kvm_entry: error %d\n", err);
	else
		pr_info("attached to kvm_exit and kvm_entry (%s)\n", kvmlat_arch_isa());
	return err;
}

static void refused_work(struct work_struct *work)
{
	kvmlat_request_taken(KVMLAT_REFUSE);
	mutex_lock(&kvmlat_mutex);
	if (kvmlat_refusal())
		pr_err("refusing to measure: %s\n", kvmlat_refusal());
	kvmlat_attach_apply();
	mutex_unlock(&kvmlat_mutex);
}

static DECLARE_WORK(refused, refused_work);

static void reclaim_work(struct work_struct *work)
{
	kvmlat_request_taken(KVMLAT_RECLAIM);
	mutex_lock(&kvmlat_mutex);
	if (kvmlat_generation_current())
		kvmlat_reclaim(false);
	mutex_unlock(&kvmlat_mutex);
}

static DECLARE_DELAYED_WORK(reclaim, reclaim_work);

static void reclaim_later_work(struct work_struct *work)
{
	queue_delayed_work(system_unbound_wq, &reclaim, HZ / 10);
}

static DECLARE_WORK(reclaim_later, reclaim_later_work);

static const char direct_is_wrong[] =
	"the exit reason in the VMCB is not get_exit_info()'s: calling that from now on";

static void reprobe_work(struct work_struct *work)
{
	kvmlat_request_taken(KVMLAT_REPROBE);
	mutex_lock(&kvmlat_mutex);
	/* two probes may have asked for it: the first time is enough */
	if (attached && strcmp(kvmlat_arch_reason_source(), "get_exit_info")) {
		pr_warn("%s\n", direct_is_wrong);
		detach();
	}
	kvmlat_attach_apply();
	mutex_unlock(&kvmlat_mutex);
}

static DECLARE_WORK(reprobe, reprobe_work);

/*
 * In an interrupt on the CPU of the guest, where nothing more happens: the work goes to the unbound
 * queue, and a timer is set by a worker of it, so on a CPU where such work may be.
 */
static void serve(enum kvmlat_request what)
{
	static struct work_struct * const work[KVMLAT_REQUESTS] = {
		[KVMLAT_REFUSE] = &refused,
		[KVMLAT_REPROBE] = &reprobe,
		[KVMLAT_RECLAIM] = &reclaim_later,
	};

	queue_work(system_unbound_wq, work[what]);
}

static void take(struct tracepoint *tp, void *unused)
{
	int n;

	for (n = 0; n < HOOKS; n++) {
		if (!strcmp(tp->name, hooks[n].name))
			hooks[n].tp = tp;
	}
}

static const char some_missing[] =
	"KVM has only some of the tracepoints kvm_exit, kvm_entry and kvm_userspace_exit";

/* Can what has KVM's tracepoints be measured? False where there is no KVM. Under kvmlat_mutex. */
static bool bind(void)
{
	const char *why = NULL;
	int n, missing = 0;

	lockdep_assert_held(&kvmlat_mutex);
	for (n = HOOK_KVM; n < HOOKS; n++)
		missing += !hooks[n].tp;
	if (missing == HOOKS - HOOK_KVM)
		return false;
	if (missing)
		why = some_missing;
	else
		kvmlat_arch_bind(kvm_module, &why);
	kvmlat_refusal_set(why);
	if (why)
		pr_err("refusing to attach: %s\n", why);
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
	lockdep_assert_held(&kvmlat_mutex);
	if (!kvmlat_refusal())
		return false;
	detach();
	WRITE_ONCE(kvmlat_validate_failures, 0);
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
		kvmlat_refusal_set(NULL);
		WRITE_ONCE(kvmlat_validate_failures, 0);
		kvm_module = NULL;
		kvmlat_arch_unbind();
		if (was)
			pr_info("detached from kvm\n");
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
	kvmlat_requests_serve(serve);
	mutex_lock(&kvmlat_mutex);
	hooks[HOOK_USERSPACE].probe = kvmlat_probe_userspace;
	hooks[HOOK_ENTRY].probe = kvmlat_probe_entry_fn();
	hooks[HOOK_SWITCH].probe = kvmlat_probe_switch;
	for_each_kernel_tracepoint(take, NULL);
	found(NULL);
	mutex_unlock(&kvmlat_mutex);
	err = register_tracepoint_module_notifier(&module_nb);
	if (!err && kvmlat_attach_state() == KVMLAT_WAITING)
		pr_info("waiting for kvm\n");
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
	kvmlat_requests_sync();
	cancel_work_sync(&refused);
	cancel_work_sync(&reprobe);
	cancel_work_sync(&reclaim_later);
	cancel_delayed_work_sync(&reclaim);
}
