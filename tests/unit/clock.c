// SPDX-License-Identifier: GPL-2.0
/*
 * The clock, by the module's own clock.c, and what the fast path of fast.h makes of its
 * multiplier: at every rate at which cycles are used, a closed, a void and a backward stamp are no
 * pair, whatever the counter reads, and true pairs have their ns. Then when the clock changes: with
 * the kernel's trust, its loss and its coming back, and the rate.
 */
#include <stdio.h>

#define u128 __uint128_t

/* What clock.c needs beside kernel.h. */
#define USEC_PER_SEC 1000000UL
#define HZ 250
#define EINVAL 22
#define div64_u64(a, b) ((a) / (b))
#undef min
#define min(a, b) ((a) < (b) ? (a) : (b))
struct work_struct { int unused; };
struct delayed_work {
	void (*fn)(struct work_struct *work);
	long after;		/* -1: not queued */
};

#define DECLARE_DELAYED_WORK(name, function) struct delayed_work name = { function, -1 }
enum { system_unbound_wq };
#define queue_delayed_work(wq, w, delay) ((w)->after = (w)->after < 0 ? (long)(delay) : (w)->after)
#define mod_delayed_work(wq, w, delay) ((w)->after = (delay))
#define cancel_delayed_work(w) ((w)->after = -1)
#define cancel_delayed_work_sync(w) ((w)->after = -1)
static int match_string(const char * const *of, size_t n, const char *name);
static void say_in_log(const char *format, ...);
#define pr_info say_in_log
#define pr_warn say_in_log

#include "arch/x86.h"
#include "probe/fast.h"
#include "control/clock.c"
#include "tap.h"
#undef clock

unsigned int unit_cpu;
int unit_vendor = X86_FEATURE_SVM, init_pid_ns;
static struct task_struct task;
struct task_struct *current = &task;
/* outlier_ns as large as can be: the most that is a pair */
u64 kvmlat_fast_ns = KVMLAT_OPEN_NS - KVMLAT_SUB;

static unsigned int rate_khz, epochs, log_lines;
static bool trusted;
static u64 reading;
u64 kvmlat_cycles_mult;
static struct { struct kvmlat_cpu c; struct kvmlat_row row; } cpu;
static struct { struct kvmlat_vcpu v; } vcpu;
static struct kvmlat_slot slot;
#define REASON 0x72

static void say_in_log(const char *format, ...)
{
	log_lines++;
}

static int match_string(const char * const *of, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(of[i], name))
			return (int)i;
	}
	return -1;
}

void cond_resched(void) { }
u64 get_cycles(void) { return reading; }
u64 kvmlat_clock_ns(void) { return 0; }
unsigned int kvmlat_arch_cycles_khz(void) { return rate_khz; }
bool kvmlat_arch_cycles_stable(void) { return trusted && rate_khz; }
/* Of the clock: what it calls when it is another. */
static void changed(void) { epochs++; }

/* An entry at reading @now with @stamp in the slot: taken for a pair, and of how many ns? */
static bool pairs(u64 now, u64 stamp, u64 *ns)
{
	bool pair;

	memset(&slot, 0, sizeof(slot));
	slot.key = (unsigned long)current;
	slot.exit.reason = REASON;
	slot.stats = &vcpu.v;
	slot.stamp = stamp;
	cpu.c.last = &slot;
	cpu.c.table.fast[REASON] = (u32)((char *)cpu.c.row - (char *)&cpu.c);
	vcpu.v.table.fast[REASON] = (u32)((char *)vcpu.v.row - (char *)&vcpu.v);
	memset(cpu.c.row, 0, sizeof(cpu.c.row[0]));
	reading = now;
	pair = kvmlat_entry_fast(&cpu.c, true, reason_index, cycles_to_ns);
	*ns = cpu.c.row[0].head.sum_ns;
	return pair;
}

static u64 closed(u64 stamp)
{
	slot.stamp = stamp;
	kvmlat_close(&slot);
	return slot.stamp;
}

/*
 * Of counters that have run for a millisecond up to 36 years; then of what the last exit may have
 * been before.
 */
static const char *wrong_at(u64 hz)
{
	u64 now, ago, ns, had, at_most = 1ULL << 62;
	u64 back_most = (u64)((u128)hz * KVMLAT_OPEN_NS / NSEC_PER_SEC);
	bool sure;

	if (hz / NSEC_PER_SEC < 4)
		at_most = (u64)((u128)hz * (1ULL << 60) / NSEC_PER_SEC);
	for (now = hz / 1000; now < at_most; now += now / 3 + 1) {
		for (ago = 0; ago <= now; ago += ago / 5 + 1) {
			if (pairs(now, closed(now - ago), &ns))
				return "a closed stamp made a pair";
			had = (u64)((u128)ago * NSEC_PER_SEC / hz);
			sure = had != KVMLAT_SUB && had != KVMLAT_OPEN_NS &&
			       had != KVMLAT_OPEN_NS - 1;
			if (pairs(now, now - ago, &ns) !=
			    (had > KVMLAT_SUB && had < KVMLAT_OPEN_NS) && sure)
				return "a true pair was none, or the reverse";
			if (ns && (ns > had + 1 || ns + 1 + had / 1000000 < had))
				return "a true pair has other ns";
		}
		if (pairs(now, KVMLAT_STAMP_NONE, &ns))
			return "a stamp that says none made a pair";
		if (pairs(now, KVMLAT_STAMP_VOID, &ns))
			return "a void stamp made a pair";
		/* back by up to 2.4 hours; under 8 ns any number will do that is no pair */
		for (ago = 1; ago < back_most; ago += ago / 5 + 1) {
			if (now + ago < 1ULL << 62 && pairs(now, now + ago, &ns))
				return "a backward stamp made a pair";
		}
	}
	return NULL;
}

/*
 * Is the rate one that cycles are taken at? Whatever clock.c thinks of it, what it takes must be
 * right.
 */
static void at_rate(unsigned int of_khz, int wanted_cycles)
{
	const char *wrong = NULL;

	rate_khz = of_khz;
	trusted = true;
	kvmlat_clock_choose("auto");
	if (kvmlat_clock_cycles())
		wrong = wrong_at(1000ULL * of_khz);
	if (!wrong && wanted_cycles >= 0 && kvmlat_clock_cycles() != wanted_cycles)
		wrong = wanted_cycles ? "refused, and no need" : "not refused";
	if (wanted_cycles >= 0 || wrong)
		result(!wrong, "a rate of %u kHz %s%s%s", of_khz,
		       kvmlat_clock_cycles() ? "is taken, and no pair is invented" : "is refused",
		       wrong ? ": " : "", wrong ? wrong : "");
}

/* The watch goes on for @seconds; true when it is at cycles then. */
static bool watched(unsigned int seconds)
{
	static long now;
	long end = now + (long)seconds * HZ, at;

	while (watch_work.after >= 0 && now + watch_work.after <= end) {
		at = now + watch_work.after;
		watch_work.after = -1;
		watch_work.fn(NULL);
		now = at;
	}
	if (watch_work.after >= 0)
		watch_work.after -= end - now;
	now = end;
	return kvmlat_clock_cycles();
}

static void trust(void)
{
	unsigned int n, before, lasted, losses = 0;

	rate_khz = 2500000;
	trusted = false;
	kvmlat_clock_choose("auto");
	result(!kvmlat_clock_cycles() && kvmlat_clock_why_local(),
	       "stamps are local_clock() while cycles are not trusted, and status says why");
	trusted = true;
	before = epochs;
	kvmlat_clock_settle();
	result(kvmlat_clock_cycles() && epochs == before + 1 && !kvmlat_clock_why_local(),
	       "stamps are cycles at once, by a new epoch, when trusted as probes are attached");
	kvmlat_clock_watch(true);
	before = epochs;
	result(watched(100) && epochs == before,
	       "nothing changes while the cycle counter is trusted");
	trusted = false;
	result(!watched(2) && epochs == before + 1,
	       "stamps are local_clock() within two seconds after the trust is lost");
	trusted = true;
	result(!watched(8) && watched(300),
	       "stamps are cycles when the trust is won again, though not at once");
	/*
	 * Trust that comes and goes: each time it takes longer, so that few pairs are lost by
	 * changes.
	 */
	before = epochs;
	for (n = 0; n < 24 * 3600; n++) {
		trusted = n % 20 > 2;
		watched(1);
	}
	losses = epochs - before;
	result(losses < 20,
	       "trust that comes and goes all day changes the clock fewer than 20 times, here %u",
	       losses);
	trusted = true;
	result(watched(1000), "stamps stay cycles when the trust stays");
	kvmlat_clock_choose("local");
	result(!watched(100) && watch_work.after < 0,
	       "clock=local takes local_clock(), and trust is not watched");
	result(!kvmlat_clock_choose("cycles") && kvmlat_clock_cycles(),
	       "clock=cycles is taken where it is right");
	kvmlat_clock_watch(true);
	trusted = false;
	lasted = watched(2);
	result(!lasted && kvmlat_clock_choose("cycles") == -EINVAL && !kvmlat_clock_cycles(),
	       "clock=cycles is refused where cycles are not trusted");
	trusted = true;
	rate_khz = 500000;
	result(kvmlat_clock_choose("cycles") == -EINVAL && !kvmlat_clock_cycles(),
	       "clock=cycles is refused at a rate that wraps");
}

static void rate(void)
{
	unsigned int before;
	u64 ns;

	rate_khz = 2500000;
	kvmlat_clock_choose("auto");
	kvmlat_clock_watch(true);
	watched(1);
	before = epochs;
	log_lines = 0;
	rate_khz = 2000000;
	result(watched(2) && epochs == before && kvmlat_clock_khz() == 2000000 && log_lines == 1 &&
	       pairs(2000000, 0, &ns) && ns == 1000000,
	       "pairs go by a rate that the kernel refined, and the log says so");
	rate_khz = 500000;
	result(!watched(2) && epochs == before + 1,
	       "stamps are local_clock() when the rate becomes one that wraps");
	rate_khz = 2400000;
	result(watched(1000) && kvmlat_clock_khz() == 2400000,
	       "stamps are cycles again when the rate is one that does not");
	kvmlat_clock_exit();
}

int main(void)
{
	static const struct { unsigned int khz; int cycles; } known[] = {
		{ 25000, 0 }, { 50000, 0 }, { 62500, 0 }, { 100000, 0 }, { 500000, 0 },
		{ 200000, 1 }, { 600000, 1 }, { 999999, 1 }, { 1000000, 1 }, { 1000001, 1 },
		{ 2500000, 1 },
		{ 3000000, 1 }, { 6000000, 1 }, { 20000000, 1 },
	};
	unsigned int n, odd = 0;
	unsigned int before = results_failed();

	kvmlat_clock_init(changed);
	for (n = 0; n < ARRAY_SIZE(known); n++)
		at_rate(known[n].khz, known[n].cycles);
	/* and any others: what is taken is right */
	for (n = 19200; n < 7000000; n += n / 7 + 1013, odd++)
		at_rate(n, -1);
	result(results_failed() == before, "at %u other rates no pair is invented", odd);
	trust();
	rate();
	return results_failed() != 0;
}
