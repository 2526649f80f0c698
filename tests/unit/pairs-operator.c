// SPDX-License-Identifier: GPL-2.0
/* For pairs.c: what an operator changes, and what kvmlat does of itself now and then. */
#include "pairs-world.h"
#include "pairs-operator.h"

/* Changes, as param.c and attach.c make them. */
void reclaims(bool detached)
{
	bool others = others_run, has[VCPUS];
	const char *why;
	unsigned int n;

	others_run = false;
	reclaim_wanted = false;
	if (detached)
		model_detach(kvmlat_set->no);
	kvmlat_slots_reclaim(detached);
	memset(has, 0, sizeof(has));
	for (n = 0; n < kvmlat_nr_slots; n++) {
		if (kvmlat_slots[n].vcpu)
			has[container_of(kvmlat_slots[n].vcpu, struct vcpu, vcpu) - vcpus] = true;
	}
	why = model_reclaim(kvmlat_set->no, has);
	if (why)
		fault("%s", why);
	kvmlat_blocks_reclaim();
	others_run = others;
}

void attaches(bool on)
{
	attached = on;
	switch_hooked = on && kvmlat_offcpu;
	if (!on)
		reclaims(true);
}

void resets(void)
{
	memset(figures_of(kvmlat_set->no + 1), 0, sizeof(figures[0]));
	if (kvmlat_reset())
		fault("no memory");
}

void measures_offcpu(bool wanted)
{
	kvmlat_offcpu = wanted;
	switch_hooked |= wanted && attached;
	kvmlat_epoch_apply(kvmlat_set);
	switch_hooked = wanted && attached;
}

void goes_by_cycles(bool cycles)
{
	cycles_wanted = cycles;
	kvmlat_epoch_apply(kvmlat_set);
}

void takes_cpus(unsigned long cpus)
{
	kvmlat_cpus.bits = cpus;
	kvmlat_epoch_apply(kvmlat_set);
}

void leaves_out_vms(u64 vms)
{
	bool others = others_run;

	others_run = false;
	leave_out_vms = vms;
	kvmlat_epoch_apply(kvmlat_set);
	others_run = others;
}
