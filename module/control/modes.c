// SPDX-License-Identifier: GPL-2.0
/*
 * The modes and the filter by CPU. They are handed down by value, as a policy, to
 * kvmlat_epoch_apply(); the probes learn of a change by the new epoch.
 */
#include <linux/cpumask.h>
#include "control/clock.h"
#include "control/modes.h"
#include "generation/generation.h"

bool kvmlat_enabled = true;
bool kvmlat_offcpu;
bool kvmlat_guest_rip = true;
bool kvmlat_direct = true;
struct cpumask kvmlat_cpus = CPU_MASK_ALL;
static bool is_live;

struct kvmlat_policy kvmlat_modes_policy(void)
{
	lockdep_assert_held(&kvmlat_mutex);
	return (struct kvmlat_policy){
		.cycles = kvmlat_clock_cycles(),
		.guest_rip = kvmlat_guest_rip,
		.offcpu = kvmlat_offcpu,
		.cpus = &kvmlat_cpus,
	};
}

void kvmlat_modes_apply(void)
{
	struct kvmlat_policy policy = kvmlat_modes_policy();

	kvmlat_epoch_apply(&policy);
}

bool kvmlat_live(void)
{
	return READ_ONCE(is_live);
}

void kvmlat_modes_live(bool now)
{
	lockdep_assert_held(&kvmlat_mutex);
	WRITE_ONCE(is_live, now);
}
