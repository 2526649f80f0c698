// SPDX-License-Identifier: GPL-2.0
/* Taking back what vCPUs that are gone have held. */
#include <linux/rcupdate.h>
#include "generation/generation.h"
#include "generation/reclaim.h"

/*
 * Take back the slots of vCPUs that are gone, and their blocks when those run short. With @detached
 * no probe is registered or running. Under kvmlat_mutex.
 */
void kvmlat_reclaim(bool detached)
{
	struct kvmlat_generation *gen = kvmlat_generation_current();

	lockdep_assert_held(&kvmlat_mutex);
	kvmlat_slots_reclaim(&gen->retired, gen->no, detached);
	if (detached || !kvmlat_blocks_reclaim(&gen->blocks))
		return;
	/*
	 * Who has no block looks for one at its next event that is looked at fully: let that be
	 * soon. A probe that found none before may make its slot the CPU's last after that was
	 * forgotten: once more.
	 */
	kvmlat_generation_forget(gen);
	synchronize_rcu();
	kvmlat_generation_forget(gen);
}
