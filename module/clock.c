// SPDX-License-Identifier: GPL-2.0
/*
 * The clock of the stamps: the CPU's cycle counter where the kernel itself trusts it, else
 * local_clock(), which costs about 40 instructions more a reading.
 *
 * The usual way through the probes has the clock patched in, the slow twins go by the epoch's mode;
 * kvmlat_epoch_apply() changes both, with nobody on the usual way.
 *
 * The kernel may lose its trust at run time. It tells nobody, so it is asked once a second; then
 * the mode changes with the epoch, and a pair that spans the change is discarded and counted
 * (`backward`, of which `clock_switched`). The kernel's own watchdog looks every half second, so
 * what was measured wrongly before it noticed is in the figures, as in those of every user of
 * that clock.
 */
#include <linux/string.h>
#include <linux/workqueue.h>
#include "kvmlat.h"

/* What probes read lies apart (__read_mostly) from what is written now and then. */
u64 kvmlat_cycles_mult __read_mostly;
DEFINE_STATIC_KEY_FALSE(kvmlat_usual_cycles);

enum wanted { AUTO, CYCLES, LOCAL };

static const char * const wanted_names[] = { "auto", "cycles", "local" };

/* Under kvmlat_mutex. */
static enum wanted wanted = AUTO;
static bool cycles;

bool kvmlat_clock_cycles(void)
{
	return cycles;
}

const char *kvmlat_clock_wanted(void)
{
	return wanted_names[wanted];
}

/* Under kvmlat_mutex; true when the choice changed. */
static bool choose(void)
{
	bool before = cycles;

	cycles = wanted != LOCAL && kvmlat_cycles_mult && kvmlat_arch_cycles_stable();
	return cycles != before;
}

/* Both clocks are right: `cycles` is refused where the kernel does not trust the counter. */
int kvmlat_clock_choose(const char *name)
{
	int n = match_string(wanted_names, ARRAY_SIZE(wanted_names), name);

	if (n < 0 || (n == CYCLES && !kvmlat_arch_cycles_stable()))
		return -EINVAL;
	wanted = n;
	choose();
	return 0;
}

static void watch(struct work_struct *work);
static DECLARE_DELAYED_WORK(watch_work, watch);

static void watch(struct work_struct *work)
{
	struct kvmlat_set *set;

	mutex_lock(&kvmlat_mutex);
	set = kvmlat_set_current();
	if (set && choose()) {
		pr_warn("kvmlat: the kernel does not trust the cycle counter any more: using local_clock()\n");
		kvmlat_epoch_apply(set);
	}
	if (set && cycles && kvmlat_attach_state() == KVMLAT_ATTACHED)
		schedule_delayed_work(&watch_work, HZ);
	mutex_unlock(&kvmlat_mutex);
}

/* Under kvmlat_mutex. */
void kvmlat_clock_watch(bool on)
{
	if (on && cycles)
		schedule_delayed_work(&watch_work, HZ);
	else if (!on)
		cancel_delayed_work(&watch_work);
}

void kvmlat_clock_init(void)
{
	mutex_lock(&kvmlat_mutex);
	kvmlat_cycles_mult = kvmlat_arch_cycles_mult();
	choose();
	mutex_unlock(&kvmlat_mutex);
}

void kvmlat_clock_exit(void)
{
	cancel_delayed_work_sync(&watch_work);
}
