// SPDX-License-Identifier: GPL-2.0
/* For pairs.c: what an operator changes, and what kvmlat does of itself now and then. */
#include "generation/reclaim.h"
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
		model_detach(kvmlat_generation->no);
	kvmlat_slots_reclaim(&kvmlat_generation->retired, kvmlat_generation->no, detached);
	memset(has, 0, sizeof(has));
	for (n = 0; n < kvmlat_nr_slots; n++) {
		if (kvmlat_slots[n].vcpu)
			has[container_of(kvmlat_slots[n].vcpu, struct vcpu, vcpu) - vcpus] = true;
	}
	why = model_reclaim(kvmlat_generation->no, has);
	if (why)
		fault("%s", why);
	kvmlat_reclaim(false);
	others_run = others;
}

void attaches(bool on)
{
	attached = on;
	switch_hooked = on && offcpu_wanted;
	if (!on)
		reclaims(true);
}

void resets(void)
{
	memset(figures_of(kvmlat_generation->no + 1), 0, sizeof(figures[0]));
	if (kvmlat_reset())
		fault("no memory");
}

static void applies(void)
{
	struct kvmlat_policy policy = policy_wanted();

	kvmlat_epoch_apply(&policy);
}

void measures_offcpu(bool wanted)
{
	offcpu_wanted = wanted;
	switch_hooked |= wanted && attached;
	applies();
	switch_hooked = wanted && attached;
}

void goes_by_cycles(bool cycles)
{
	cycles_wanted = cycles;
	applies();
}

void takes_cpus(unsigned long cpus)
{
	cpus_wanted.bits = cpus;
	applies();
}

void leaves_out_vms(u64 vms)
{
	bool others = others_run;

	others_run = false;
	leave_out_vms = vms;
	applies();
	others_run = others;
}
