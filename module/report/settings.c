// SPDX-License-Identifier: GPL-2.0
/*
 * The settings that shape the figures, as a report has them: what is on now, and for the filters
 * (`cpus`, `vms` and `enabled`) what was on when the generation began, and how often that changed.
 * Taken when a report is opened, so that all of it is of one moment.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "base/base.h"
#include "base/request.h"
#include "control/attach.h"
#include "control/clock.h"
#include "control/history.h"
#include "control/modes.h"
#include "control/param.h"
#include "report/settings.h"

struct kvmlat_settings {
	struct kvmlat_history filters;
	bool guest_rip, cycles;
	unsigned int khz;
	const char *state, *why, *clock_wanted, *clock_why;
	char skip[KVMLAT_SKIP_TEXT];
};

/* Under kvmlat_mutex; NULL without memory. */
struct kvmlat_settings *kvmlat_settings_get(void)
{
	struct kvmlat_settings *s = kvzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);

	lockdep_assert_held(&kvmlat_mutex);
	if (!s)
		return NULL;
	kvmlat_history_read(&s->filters);
	s->guest_rip = kvmlat_guest_rip;
	s->cycles = kvmlat_clock_cycles();
	s->khz = kvmlat_clock_khz();
	s->clock_wanted = kvmlat_clock_wanted();
	s->clock_why = kvmlat_clock_why_local();
	s->state = kvmlat_attach_state_name();
	s->why = kvmlat_refusal();
	strscpy(s->skip, kvmlat_skip_text(), sizeof(s->skip));
	return s;
}

static void show_cpus(struct seq_file *m, const struct cpumask *cpus)
{
	if (cpumask_full(cpus))
		seq_puts(m, "all");
	else
		seq_printf(m, "%*pbl", cpumask_pr_args(cpus));
}

static void show_filter(struct seq_file *m, const struct kvmlat_filters *f)
{
	seq_puts(m, "cpus ");
	show_cpus(m, &f->cpus);
	seq_printf(m, ", vms %s, enabled %u", f->vms, f->enabled);
}

/*
 * Under the title of a report for people: what is filtered, or was at times. Nothing where nothing
 * is.
 */
void kvmlat_settings_filter(struct seq_file *m, const struct kvmlat_settings *s)
{
	if (!s->filters.changes && s->filters.now.enabled && cpumask_full(&s->filters.now.cpus) &&
	    !strcmp(s->filters.now.vms, "all"))
		return;
	seq_puts(m, "# filter: ");
	show_filter(m, &s->filters.now);
	if (s->filters.changes) {
		seq_printf(m, "; changed %u times since these figures began, with ",
			   s->filters.changes);
		show_filter(m, &s->filters.began);
	}
	seq_putc(m, '\n');
}

/* Facts, a line each; how many. @m NULL: only count them. */
unsigned int kvmlat_settings_infos(struct seq_file *m, const struct kvmlat_settings *s,
				   const char *before, const char *between)
{
	unsigned int n = 0;

#define INFO(name, format, ...) do {								\
	if (m)											\
		seq_printf(m, "%s" name "%s" format "\n", before, between, __VA_ARGS__);	\
	n++;											\
} while (0)
#define INFO_CPUS(name, cpus) do {			\
	if (m) {					\
		seq_printf(m, "%s" name "%s", before, between);	\
		show_cpus(m, cpus);			\
		seq_putc(m, '\n');			\
	}						\
	n++;						\
} while (0)
	INFO(KVMLAT_INFO_STATE, "%s", s->state);
	if (s->why)
		INFO(KVMLAT_INFO_WHY, "%s", s->why);
	INFO(KVMLAT_INFO_ENABLED, "%u", s->filters.now.enabled);
	INFO_CPUS(KVMLAT_INFO_CPUS, &s->filters.now.cpus);
	INFO(KVMLAT_INFO_VMS, "%s", s->filters.now.vms);
	INFO(KVMLAT_INFO_FILTER_CHANGES, "%u", s->filters.changes);
	if (s->filters.changes) {
		INFO(KVMLAT_INFO_BEGAN_ENABLED, "%u", s->filters.began.enabled);
		INFO_CPUS(KVMLAT_INFO_BEGAN_CPUS, &s->filters.began.cpus);
		INFO(KVMLAT_INFO_BEGAN_VMS, "%s", s->filters.began.vms);
	}
	INFO(KVMLAT_INFO_CLOCK, "%s", s->cycles ? "cycles" : "local_clock");
	INFO(KVMLAT_INFO_CLOCK_WANTED, "%s", s->clock_wanted);
	if (s->clock_why)
		INFO(KVMLAT_INFO_CLOCK_WHY, "%s", s->clock_why);
	INFO(KVMLAT_INFO_CYCLES_KHZ, "%u", s->khz);
	INFO(KVMLAT_INFO_OUTLIER_SKIP, "%s", *s->skip ? s->skip : "none");
	INFO(KVMLAT_INFO_GUEST_RIP, "%u", s->guest_rip);
#undef INFO_CPUS
#undef INFO
	return n;
}
