// SPDX-License-Identifier: GPL-2.0
/*
 * The filters `cpus`, `vms` and `enabled`: what they are, what they were when the generation began,
 * and how often they changed since.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include "control/history.h"
#include "control/modes.h"
#include "generation/filter.h"
#include "generation/generation.h"

/* "all" or a list, without a line end. Under kvmlat_mutex. */
void kvmlat_vms_text(char *buffer, size_t size)
{
	const struct kvmlat_vms *v = kvmlat_vms();
	unsigned int n;
	int len = 0;

	lockdep_assert_held(&kvmlat_mutex);
	if (!v)
		strscpy(buffer, "all", size);
	for (n = 0; v && n < v->nr; n++)
		len += scnprintf(buffer + len, size - len, "%s%d", n ? "," : "", v->of[n].pid);
}

/*
 * The filters when generation began_gen began, and their changes since. A new generation is noticed
 * by begin(), before the first change or report. Under kvmlat_mutex.
 */
static struct kvmlat_filters began;
static u32 began_gen, changes;

static void filters_read(struct kvmlat_filters *f)
{
	cpumask_copy(&f->cpus, &kvmlat_cpus);
	kvmlat_vms_text(f->vms, sizeof(f->vms));
	f->enabled = kvmlat_enabled;
}

static void begin(const struct kvmlat_generation *gen)
{
	if (began_gen == gen->no)
		return;
	began_gen = gen->no;
	changes = 0;
	filters_read(&began);
}

void kvmlat_filter_changes(void)
{
	struct kvmlat_generation *gen = kvmlat_generation_current();

	lockdep_assert_held(&kvmlat_mutex);
	if (!gen)
		return;
	begin(gen);
	changes++;
}

void kvmlat_history_read(struct kvmlat_history *h)
{
	lockdep_assert_held(&kvmlat_mutex);
	begin(kvmlat_generation_current());
	filters_read(&h->now);
	h->began = began;
	h->changes = changes;
}
