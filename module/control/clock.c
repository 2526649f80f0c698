// SPDX-License-Identifier: GPL-2.0
/*
 * The clock of the stamps: the cycle counter of the CPU, if the kernel trusts it and the arithmetic
 * of the fast path holds at its rate, holds(); else local_clock(), which takes about 40
 * instructions more a reading.
 *
 * The fast path has the clock patched in, the slow path reads it from the epoch.
 * kvmlat_epoch_apply() changes both, while no probe is on the fast path.
 *
 * At run time the kernel may stop trusting the counter, trust it again (if somebody changed the
 * clocksource, or it was not settled yet during boot), and refine its rate, seconds after boot. It
 * notifies nobody of that, so it is polled: before probes are attached, and while they are, once a
 * second as long as the kernel trusts the counter, less often while it does not. A change of the
 * clock is a new epoch, and a pair that spans it is discarded and counted (in `backward` and
 * `clock_switched`). A change of the rate is not: stamps are cycles before and after it, and a pair
 * is converted as a whole at its end, by one rate or the other.
 *
 * The kernel's own watchdog checks every half second. What was measured wrongly before it noticed
 * stays in the figures, as with every user of that clock.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/math64.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include "arch/arch.h"
#include "base/base.h"
#include "base/bucket.h"
#include "control/clock.h"

enum wanted { AUTO, CYCLES, LOCAL };

static const char * const wanted_names[] = { "auto", "cycles", "local" };

/* Back to cycles after so many polls in a row that find it usable; doubled with each loss. */
#define CALM_LOOKS	10U
#define CALM_LOOKS_MAX	640U
#define SELDOM_S	64U

/* All under kvmlat_mutex. */
static enum wanted wanted = AUTO;
static bool cycles;
static void (*clock_changed)(void);	/* set at load */
static bool watching;		/* probes are attached */
static unsigned int khz;	/* the rate that kvmlat_cycles_mult is for */
static const char *why_not;	/* why cycles cannot be used; NULL: they can */
static unsigned int calm, calm_wanted = CALM_LOOKS, look_s;

bool kvmlat_clock_cycles(void)
{
	lockdep_assert_held(&kvmlat_mutex);
	return cycles;
}

const char *kvmlat_clock_wanted(void)
{
	return wanted_names[wanted];
}

const char *kvmlat_clock_why_local(void)
{
	return wanted == LOCAL || cycles ? NULL : why_not;
}

unsigned int kvmlat_clock_khz(void)
{
	return khz;
}

/*
 * With @mult, can the fast path tell a pair from none? It has a single comparison: it takes for a
 * pair what is under KVMLAT_OPEN_NS (2^43), so everything that is none must come out as more.
 *
 * What it computes is floor(passed * mult / 2^32) modulo 2^64, of a difference modulo 2^64:
 *  - A closed stamp, or a void one, is 2^63 + s with s no more than the reading: passed is 2^63 +
 *    e, with e between 0 and the reading itself. So it computes mult * 2^31 + ns(e), modulo 2^64,
 *    where ns(e) is at most what the counter has counted since it began. That must not reach 2^64,
 *    nor begin so low that it is taken for a pair.
 *  - A stamp that lies d ahead of the reading: passed is 2^64 - d, and it computes mult * 2^32 -
 *    ns(d), modulo 2^64. Where the first term is 0, as it is for 2^32 (1 GHz), that is huge; else
 *    the first term must be more than a pair by what a counter may have gone back.
 *
 * The products modulo 2^64 are those of C. At 1 GHz and more both hold, for mult is at most 2^32.
 * Below that it depends: at 500, 100, 50 and 25 MHz the first term of a closed stamp is 0, so each
 * would pass for a pair. For a true pair the result is right at any rate.
 */
static bool holds(u64 mult)
{
	u64 closed = mult << 31, backward = mult << 32;
	const u64 least = 2 * KVMLAT_OPEN_NS;		/* back by up to 2.4 hours */
	const u64 most = U64_MAX - (1ULL << 60);	/* a counter of up to 36 years */

	return closed >= least && closed <= most && (!backward || backward >= least);
}

/* Change the clock: by a new epoch, so that all probes change at once. */
static void change(bool to_cycles)
{
	lockdep_assert_held(&kvmlat_mutex);
	cycles = to_cycles;
	/* a parameter on the command line of the load is set before there is a callback */
	if (clock_changed)
		clock_changed();
}

/* Take the kernel's rate of now. Cycles are not in use when a multiplier that fails is set. */
static void take_rate(void)
{
	unsigned int rate = kvmlat_arch_cycles_khz();
	u64 mult = rate ? div64_u64((u64)USEC_PER_SEC << 32, rate) : 0;

	if (rate == khz)
		return;
	if (khz)
		pr_info("the kernel takes the cycle counter's rate for %u kHz, not %u\n",
			rate, khz);
	if (cycles && !holds(mult))
		change(false);
	khz = rate;
	WRITE_ONCE(kvmlat_cycles_mult, mult);
}

/*
 * Choose the clock by what the kernel says now. With @at_once also back to cycles at once, else
 * after calm_wanted polls. True: it changed. Under kvmlat_mutex.
 */
static bool choose(bool at_once)
{
	bool before = cycles, can;

	lockdep_assert_held(&kvmlat_mutex);
	take_rate();
	why_not = NULL;
	if (!kvmlat_arch_cycles_stable())
		why_not = "the kernel does not trust the cycle counter";
	else if (!holds(kvmlat_cycles_mult))
		why_not = "ns of the cycle counter would wrap at its rate";
	can = wanted != LOCAL && !why_not;
	calm = can ? calm + 1 : 0;
	if (before && why_not)
		calm_wanted = min(2 * calm_wanted, CALM_LOOKS_MAX);
	if (cycles != can && (!can || at_once || calm >= calm_wanted))
		change(can);
	return cycles != before;
}

static void say(void)
{
	if (cycles)
		pr_info("the kernel trusts the cycle counter again: using it\n");
	else if (kvmlat_clock_why_local())
		pr_warn("%s: using local_clock() from now on\n", why_not);
}

/* Set the parameter `clock`; cycles is refused where it cannot be used. Under kvmlat_mutex. */
int kvmlat_clock_choose(const char *name)
{
	int n = match_string(wanted_names, ARRAY_SIZE(wanted_names), name);
	enum wanted before = wanted;
	bool had;

	lockdep_assert_held(&kvmlat_mutex);
	if (n < 0)
		return -EINVAL;
	wanted = n;
	choose(true);
	had = n != CYCLES || cycles;
	if (!had)
		wanted = before;
	if (watching)
		kvmlat_clock_watch(true);
	return had ? 0 : -EINVAL;
}

static void watch(struct work_struct *work);
static DECLARE_DELAYED_WORK(watch_work, watch);

/*
 * Poll. A worker of the unbound queue sets the timer, so never on a CPU isolated from such work.
 */
static void watch(struct work_struct *work)
{
	mutex_lock(&kvmlat_mutex);
	if (wanted != LOCAL && watching) {
		if (choose(false))
			say();
		look_s = why_not ? min(2 * look_s, SELDOM_S) : 1;
		queue_delayed_work(system_unbound_wq, &watch_work, look_s * HZ);
	}
	mutex_unlock(&kvmlat_mutex);
}

/* Choose before probes are attached, when no pair can span the change. Under kvmlat_mutex. */
void kvmlat_clock_settle(void)
{
	lockdep_assert_held(&kvmlat_mutex);
	if (choose(true))
		say();
}

/* Start polling, when probes were attached, or stop. Under kvmlat_mutex. */
void kvmlat_clock_watch(bool on)
{
	lockdep_assert_held(&kvmlat_mutex);
	watching = on;
	look_s = 1;
	if (on)
		mod_delayed_work(system_unbound_wq, &watch_work, 0);
	else
		cancel_delayed_work(&watch_work);
}

void kvmlat_clock_init(void (*changed)(void))
{
	clock_changed = changed;
	mutex_lock(&kvmlat_mutex);
	choose(true);
	if (kvmlat_clock_why_local())
		pr_info("stamps are local_clock()'s: %s\n", why_not);
	mutex_unlock(&kvmlat_mutex);
}

void kvmlat_clock_exit(void)
{
	cancel_delayed_work_sync(&watch_work);
}
