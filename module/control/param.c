// SPDX-License-Identifier: GPL-2.0
/*
 * Module parameters, the only controls. A bad value is refused with -EINVAL and one line in the
 * log, and changes nothing.
 *
 * Setters also run before init, from the load's command line, and sysfs may call them beside init
 * and exit; kvmlat_live() says whether there is anything to act on. All values are under
 * kvmlat_mutex.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitmap.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "arch/arch.h"
#include "base/access.h"
#include "base/request.h"
#include "control/attach.h"
#include "control/benchmark.h"
#include "control/clock.h"
#include "control/history.h"
#include "control/modes.h"
#include "control/param.h"
#include "generation/filter.h"
#include "generation/generation.h"

unsigned int kvmlat_rows = 40;
unsigned int kvmlat_slots_wanted;
unsigned int kvmlat_outlier_ring = 1024;

static char skip_text[KVMLAT_SKIP_TEXT];
static bool skip_set;

/* The value without the line end that `echo` adds, in a buffer to free; NULL without memory. */
char *kvmlat_param_copy(const char *val, char **stripped)
{
	char *buf = kstrdup(val ? val : "", GFP_KERNEL);

	if (buf)
		*stripped = strim(buf);
	return buf;
}

int kvmlat_param_refuse(const struct kernel_param *kp, const char *val, const char *why)
{
	pr_err("parameter %s=%.*s refused: %s\n", kp->name,
	       (int)min_t(size_t, strcspn(val, "\n"), 64), val, why);
	return -EINVAL;
}

/* sysfs: only processes of the host may write, see base/access.c. At load: whoever may load. */
bool kvmlat_param_open(const struct kernel_param *kp)
{
	if (!kvmlat_live() || kvmlat_access_host())
		return true;
	pr_err_ratelimited("parameter %s refused: it was written from within a container\n",
			   kp->name);
	return false;
}

const char *kvmlat_skip_text(void)
{
	lockdep_assert_held(&kvmlat_mutex);
	return skip_text;
}

static int parse_bool(const char *val, const struct kernel_param *kp, bool *on)
{
	if (!val || kstrtobool(val, on))
		return kvmlat_param_refuse(kp, val ? val : "", "neither 0 nor 1");
	return 0;
}

/* Writing 1 also makes kvmlat try again after a refusal. */
static int set_enabled(const char *val, const struct kernel_param *kp)
{
	int err;
	bool on;

	if (!kvmlat_param_open(kp))
		return -EPERM;
	err = parse_bool(val, kp, &on);
	if (err)
		return err;
	mutex_lock(&kvmlat_mutex);
	if (on != kvmlat_enabled || (on && kvmlat_refusal()))
		kvmlat_filter_changes();
	kvmlat_enabled = on;
	if (kvmlat_live() && on)
		kvmlat_attach_retry();
	if (kvmlat_live())
		err = kvmlat_attach_apply();
	kvmlat_modes_apply();
	mutex_unlock(&kvmlat_mutex);
	return err;
}

/* A mode: one that hooks or unhooks a tracepoint (offcpu), or that probes read (guest_rip). */
static int set_mode(const char *val, const struct kernel_param *kp)
{
	bool *mode = kp->arg, on;
	int err;

	if (!kvmlat_param_open(kp))
		return -EPERM;
	err = parse_bool(val, kp, &on);
	if (err)
		return err;
	mutex_lock(&kvmlat_mutex);
	*mode = on;
	if (kvmlat_live())
		err = kvmlat_attach_apply();
	kvmlat_modes_apply();
	mutex_unlock(&kvmlat_mutex);
	return err;
}

static int set_load_bool(const char *val, const struct kernel_param *kp)
{
	return parse_bool(val, kp, kp->arg);
}

static int set_clock(const char *val, const struct kernel_param *kp)
{
	char *text, *buf;
	int err = 0;

	if (!kvmlat_param_open(kp))
		return -EPERM;
	buf = kvmlat_param_copy(val, &text);
	if (!buf)
		return -ENOMEM;
	mutex_lock(&kvmlat_mutex);
	if (kvmlat_clock_choose(text))
		err = kvmlat_param_refuse(kp, text,
					  "not auto, local, or cycles where those can be used");
	mutex_unlock(&kvmlat_mutex);
	kfree(buf);
	return err;
}

static int get_clock(char *buffer, const struct kernel_param *kp)
{
	return scnprintf(buffer, PAGE_SIZE, "%s\n", kvmlat_clock_wanted());
}

/* What writing 1 does at once. Before there is a generation it does nothing. */
struct action {
	int (*act)(void);	/* under kvmlat_mutex */
};

static int set_action(const char *val, const struct kernel_param *kp)
{
	const struct action *action = kp->arg;
	unsigned int one;
	int err = 0;

	if (!kvmlat_param_open(kp))
		return -EPERM;
	if (!val || kstrtouint(val, 0, &one) || one != 1)
		return kvmlat_param_refuse(kp, val ? val : "", "only 1 can be written");
	mutex_lock(&kvmlat_mutex);
	if (kvmlat_live())
		err = action->act();
	mutex_unlock(&kvmlat_mutex);
	return err;
}

static int get_action(char *buffer, const struct kernel_param *kp)
{
	return scnprintf(buffer, PAGE_SIZE, "0\n");
}

static int set_outlier_ns(const char *val, const struct kernel_param *kp)
{
	unsigned long long ns;

	if (!kvmlat_param_open(kp))
		return -EPERM;
	if (!val || kstrtoull(val, 0, &ns))
		return kvmlat_param_refuse(kp, val ? val : "", "not a number of ns");
	WRITE_ONCE(kvmlat_outlier_ns, ns);
	WRITE_ONCE(kvmlat_fast_ns, clamp_t(u64, ns, KVMLAT_SUB, KVMLAT_OPEN_NS) - KVMLAT_SUB);
	return 0;
}

static int get_outlier_ns(char *buffer, const struct kernel_param *kp)
{
	return scnprintf(buffer, PAGE_SIZE, "%llu\n", READ_ONCE(kvmlat_outlier_ns));
}

/* Set the bits of @names in @skip. Returns the first unknown name, or NULL. Writes into @names. */
static const char *parse_skip(char *names, unsigned long *skip)
{
	char *name;
	u32 reason;
	bool ours;

	while ((name = strsep(&names, ","))) {
		name = strim(name);
		if (!*name)
			continue;
		if (!kvmlat_arch_name_known(name, &ours, &reason))
			return name;
		if (ours && kvmlat_arch_index(reason) != KVMLAT_NO_INDEX)
			__set_bit(kvmlat_arch_index(reason), skip);
	}
	return NULL;
}

static int set_outlier_skip(const char *val, const struct kernel_param *kp)
{
	DECLARE_BITMAP(skip, KVMLAT_MAP);
	char *text, *buf, *names;
	const char *unknown;
	int err = 0;

	if (!kvmlat_param_open(kp))
		return -EPERM;
	buf = kvmlat_param_copy(val, &text);
	names = buf ? kstrdup(text, GFP_KERNEL) : NULL;
	if (!names) {
		kfree(buf);
		return -ENOMEM;
	}
	bitmap_zero(skip, KVMLAT_MAP);
	unknown = parse_skip(names, skip);
	if (unknown)
		err = kvmlat_param_refuse(kp, unknown, "no exit reason of that name");
	else if (strlen(text) >= KVMLAT_SKIP_TEXT)
		err = kvmlat_param_refuse(kp, text, "list too long");
	if (!err) {
		mutex_lock(&kvmlat_mutex);
		strscpy(skip_text, text, KVMLAT_SKIP_TEXT);
		skip_set = true;
		bitmap_copy(kvmlat_skip, skip, KVMLAT_MAP);
		mutex_unlock(&kvmlat_mutex);
	}
	kfree(names);
	kfree(buf);
	return err;
}

static int get_outlier_skip(char *buffer, const struct kernel_param *kp)
{
	return scnprintf(buffer, PAGE_SIZE, "%s\n", skip_text);
}

/* A load-time number within bounds; kp->arg is a struct bounded. */
struct bounded {
	unsigned int *value;
	unsigned int low, high;
};

static int set_bounded(const char *val, const struct kernel_param *kp)
{
	const struct bounded *b = kp->arg;
	unsigned int value;
	char why[64];

	snprintf(why, sizeof(why), "not a number from %u to %u", b->low, b->high);
	if (!val || kstrtouint(val, 0, &value) || value < b->low || value > b->high)
		return kvmlat_param_refuse(kp, val ? val : "", why);
	*b->value = value;
	return 0;
}

static int get_bounded(char *buffer, const struct kernel_param *kp)
{
	const struct bounded *b = kp->arg;

	return scnprintf(buffer, PAGE_SIZE, "%u\n", *b->value);
}

static const struct kernel_param_ops enabled_ops = { .set = set_enabled, .get = param_get_bool };
static const struct kernel_param_ops mode_ops = { .set = set_mode, .get = param_get_bool };
static const struct kernel_param_ops direct_ops = { .set = set_load_bool, .get = param_get_bool };
static const struct kernel_param_ops action_ops = { .set = set_action, .get = get_action };
static const struct kernel_param_ops clock_ops = { .set = set_clock, .get = get_clock };
static const struct kernel_param_ops outlier_ns_ops = {
	.set = set_outlier_ns, .get = get_outlier_ns,
};
static const struct kernel_param_ops outlier_skip_ops = {
	.set = set_outlier_skip, .get = get_outlier_skip,
};
static const struct kernel_param_ops bounded_ops = { .set = set_bounded, .get = get_bounded };

static struct action reset_action = { kvmlat_reset };
static struct action calibrate_action = { kvmlat_benchmark };

static struct bounded rows_bounds = { &kvmlat_rows, 1, KVMLAT_MAX_ROWS };
static struct bounded slots_bounds = { &kvmlat_slots_wanted, 0, 1U << 20 };
static struct bounded max_vcpus_bounds = { &kvmlat_max_vcpus, 1, 1U << 16 };
static struct bounded ring_bounds = { &kvmlat_outlier_ring, 0, 1U << 20 };

module_param_cb(enabled, &enabled_ops, &kvmlat_enabled, 0644);
MODULE_PARM_DESC(enabled, "1: measure, also after a refusal; 0: take the probes off (default 1)");
module_param_cb(reset, &action_ops, &reset_action, 0644);
MODULE_PARM_DESC(reset, "write 1: all figures start from zero");
module_param_cb(offcpu, &mode_ops, &kvmlat_offcpu, 0644);
MODULE_PARM_DESC(offcpu,
		 "1: measure off-CPU time by a sched_switch probe, paid by every task (default 0)");
module_param_cb(guest_rip, &mode_ops, &kvmlat_guest_rip, 0644);
MODULE_PARM_DESC(guest_rip,
		 "1: keep the guest's instruction pointer with outliers if it is free (default 1)");
module_param_cb(direct, &direct_ops, &kvmlat_direct, 0444);
MODULE_PARM_DESC(direct,
		 "0: ask KVM for every exit reason, also where it can be read (default 1)");
module_param_cb(calibrate, &action_ops, &calibrate_action, 0644);
MODULE_PARM_DESC(calibrate, "write 1: time the probes on this machine again, for status");
module_param_cb(clock, &clock_ops, NULL, 0644);
MODULE_PARM_DESC(clock,
		 "auto, cycles or local: what exits and entries are stamped with (default auto)");
module_param_cb(outlier_ns, &outlier_ns_ops, NULL, 0644);
MODULE_PARM_DESC(outlier_ns, "a pair of this many ns or more is an outlier (default 1000000)");
module_param_cb(outlier_skip, &outlier_skip_ops, NULL, 0644);
MODULE_PARM_DESC(outlier_skip, "reasons never kept as outliers, by name (default: the idle ones)");
module_param_cb(rows, &bounded_ops, &rows_bounds, 0444);
MODULE_PARM_DESC(rows, "histogram rows for each CPU, 2.7 KiB each (default 40)");
module_param_cb(outlier_ring, &bounded_ops, &ring_bounds, 0444);
MODULE_PARM_DESC(outlier_ring, "outliers kept, rounded up to a power of two (default 1024)");
module_param_cb(max_vcpus, &bounded_ops, &max_vcpus_bounds, 0444);
MODULE_PARM_DESC(max_vcpus, "vCPUs with statistics of their own, 30 KiB each (default 1024)");
module_param_cb(slots, &bounded_ops, &slots_bounds, 0444);
MODULE_PARM_DESC(slots,
		 "vCPUs that can be paired at once (default 0: 32 for each CPU, at least 4096)");

/* Defaults that depend on the architecture or the machine. */
void kvmlat_params_init(void)
{
	char names[KVMLAT_SKIP_TEXT];

	mutex_lock(&kvmlat_mutex);
	if (!skip_set) {
		strscpy(skip_text, kvmlat_arch_idle_names, KVMLAT_SKIP_TEXT);
		strscpy(names, skip_text, KVMLAT_SKIP_TEXT);
		parse_skip(names, kvmlat_skip);
	}
	if (!kvmlat_slots_wanted)
		kvmlat_slots_wanted = max(4096U, 32 * num_possible_cpus());
	mutex_unlock(&kvmlat_mutex);
}

/* @live: from here on there is a generation, and setters act on it; else until here. */
void kvmlat_params_live(bool live)
{
	mutex_lock(&kvmlat_mutex);
	kvmlat_modes_live(live);
	if (live)
		/* for `status`; without memory it has no such figure */
		kvmlat_benchmark();
	if (live)
		kvmlat_modes_apply();
	mutex_unlock(&kvmlat_mutex);
}
