// SPDX-License-Identifier: GPL-2.0
/*
 * The settings that shape the figures, as a report has them: what is on now, and for the filters
 * (`cpus`, `vms` and `enabled`) what was on when the generation began, and how often that changed.
 * Taken when a report is opened, so that all of it is of one moment.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "report.h"

struct filter {
	struct cpumask cpus;
	char vms[KVMLAT_VMS_TEXT];
	bool enabled;
};

struct kvmlat_settings {
	struct filter now, began;
	u32 changes;
	bool guest_rip, cycles;
	unsigned int khz;
	const char *state, *why, *clock_wanted, *clock_why;
	char skip[KVMLAT_SKIP_TEXT];
};

/*
 * Of the generation of set number began_set, which is met when something changes, or is read. Under
 * kvmlat_mutex.
 */
static struct filter began;
static u32 began_set, changes;

static void filter_read(struct filter *f)
{
	cpumask_copy(&f->cpus, &kvmlat_cpus);
	kvmlat_vms_text(f->vms, sizeof(f->vms));
	f->enabled = kvmlat_enabled;
}

static void begin(const struct kvmlat_set *set)
{
	if (began_set == set->no)
		return;
	began_set = set->no;
	changes = 0;
	filter_read(&began);
}

/* `cpus`, `vms` or `enabled` is about to change. Under kvmlat_mutex. */
void kvmlat_filter_changes(void)
{
	struct kvmlat_set *set = kvmlat_set_current();

	if (!set)
		return;
	begin(set);
	changes++;
}

/* Under kvmlat_mutex; NULL without memory. @set is the current one. */
struct kvmlat_settings *kvmlat_settings_get(const struct kvmlat_set *set)
{
	struct kvmlat_settings *s = kvzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);

	if (!s)
		return NULL;
	begin(set);
	filter_read(&s->now);
	s->began = began;
	s->changes = changes;
	s->guest_rip = kvmlat_guest_rip;
	s->cycles = kvmlat_clock_cycles();
	s->khz = kvmlat_clock_khz();
	s->clock_wanted = kvmlat_clock_wanted();
	s->clock_why = kvmlat_clock_why_local();
	s->state = kvmlat_attach_state_name();
	s->why = kvmlat_attach_why();
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

static void show_filter(struct seq_file *m, const struct filter *f)
{
	seq_puts(m, "cpus ");
	show_cpus(m, &f->cpus);
	seq_printf(m, ", vms %s, enabled %u", f->vms, f->enabled);
}

/*
 * Under the title of a report for people: what is left out, or was at times. Nothing where nothing
 * is.
 */
void kvmlat_settings_filter(struct seq_file *m, const struct kvmlat_settings *s)
{
	if (!s->changes && s->now.enabled && cpumask_full(&s->now.cpus) &&
	    !strcmp(s->now.vms, "all"))
		return;
	seq_puts(m, "# filter: ");
	show_filter(m, &s->now);
	if (s->changes) {
		seq_printf(m, "; changed %u times since these figures began, with ", s->changes);
		show_filter(m, &s->began);
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
	INFO("state", "%s", s->state);
	if (s->why)
		INFO("why", "%s", s->why);
	INFO("enabled", "%u", s->now.enabled);
	INFO_CPUS("cpus", &s->now.cpus);
	INFO("vms", "%s", s->now.vms);
	INFO("filter_changes", "%u", s->changes);
	if (s->changes) {
		INFO("began_enabled", "%u", s->began.enabled);
		INFO_CPUS("began_cpus", &s->began.cpus);
		INFO("began_vms", "%s", s->began.vms);
	}
	INFO("clock", "%s", s->cycles ? "cycles" : "local_clock");
	INFO("clock_wanted", "%s", s->clock_wanted);
	if (s->clock_why)
		INFO("clock_why", "%s", s->clock_why);
	INFO("cycles_khz", "%u", s->khz);
	INFO("outlier_skip", "%s", *s->skip ? s->skip : "none");
	INFO("guest_rip", "%u", s->guest_rip);
#undef INFO_CPUS
#undef INFO
	return n;
}
