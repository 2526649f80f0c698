// SPDX-License-Identifier: GPL-2.0
/* Reclaiming slots and statistics blocks of vCPUs that are gone. */
#include <linux/rcupdate.h>
#include "generation/generation.h"
#include "generation/reclaim.h"

/*
 * Reclaim the slots of vCPUs that are gone, and recycle their blocks when those run short. With
 * @detached no probe is registered or running. Under kvmlat_mutex.
 */
void kvmlat_reclaim(bool detached)
{
	struct kvmlat_generation *gen = kvmlat_generation_current();

	lockdep_assert_held(&kvmlat_mutex);
	kvmlat_slots_reclaim(&gen->retired, gen->no, detached);
	if (detached || !kvmlat_blocks_reclaim(&gen->blocks))
		return;
	/*
	 * A vCPU without a block looks for one at its next exit on the slow path; let that be soon.
	 * A probe that found no block before may still make its slot the `last` of its CPU, so the
	 * CPUs forget once more after all such probes.
	 */
	kvmlat_generation_forget(gen);
	synchronize_rcu();
	kvmlat_generation_forget(gen);
}
