// SPDX-License-Identifier: GPL-2.0
/*
 * Finding KVM's tracepoints, by name, and following KVM as it comes and goes.
 *
 * The tracepoint module notifier is called for the modules that are loaded already, and then for
 * each that comes or goes, so one callback serves every order of loading. No reference on kvm.ko is
 * taken: it can be unloaded at any time, and the notifier detaches kvmlat before it goes.
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
 * The tracepoints, in the order in which attach() hooks them; detach() unhooks in reverse.
 * sched_switch, with offcpu=1 only, is hooked before the first exit that may sleep, and until after
 * the last.
 */
enum hook_id { HOOK_SWITCH, HOOK_KVM, HOOK_USERSPACE = HOOK_KVM, HOOK_ENTRY, HOOK_EXIT, HOOKS };

struct hook {
	const char *name;
	struct tracepoint *tp;
	void *probe;
	bool on;
};

/* All under kvmlat_mutex. */
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

/* Take the probes off. Exits that are open then have lost their entries: they are abandoned. */
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

/* The probe of sched_switch is hooked before the mode is in force, and unhooked after it. */
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

/* Also without sched_switch. The error of KVM's tracepoints, or else that of sched_switch. */
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

/* Attach or detach as `enabled`, `offcpu`, KVM and a refusal demand. Under kvmlat_mutex. */
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
	/* it may be requested twice, by two probes: only the first time is there anything to do */
	if (attached && strcmp(kvmlat_arch_reason_source(), "get_exit_info")) {
		pr_warn("%s\n", direct_is_wrong);
		detach();
	}
	kvmlat_attach_apply();
	mutex_unlock(&kvmlat_mutex);
}

static DECLARE_WORK(reprobe, reprobe_work);

/*
 * From the irq_work, in an interrupt on the CPU of the guest. The work goes to the unbound
 * workqueue, and the timer of a delayed one is set by a worker of that, so no CPU that is isolated
 * from such work gets any.
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

/* Bind to the KVM that was found, or set a refusal; false: there is no KVM. Under kvmlat_mutex. */
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
 * The operator wants kvmlat to try again after a refusal, by a probe or by bind(). True when there
 * was one.
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

	/* The headers have the prototypes of these two: a probe of another type does not build. */
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
	/* Calls module_event() with GOING for kvm if it is loaded, which detaches. */
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
