// SPDX-License-Identifier: GPL-2.0
/*
 * For pairs.c: what is to become of open exits and slots when probes go, or slots are taken back.
 */
#include "pairs-model.h"

static void model_abandon(struct figures *f, struct model *m, u32 gen)
{
	f->abandoned += m->open;
	f->count[KVMLAT_CARRIED] += m->open && m->gen != gen;
	m->open = false;
}

/* No probe is there any more. */
void model_detach(u32 gen)
{
	unsigned int n;

	for (n = 0; n < VCPUS; n++) {
		struct model *m = &vcpus[n].m;

		model_abandon(figures_of(gen), m, gen);
		if (m->runs)
			m->left = jiffies;
		m->runs = false;
	}
}

static bool is_closed(const struct vcpu *v)
{
	return !v->alive || v->tgid != v->m.vmm;
}

/*
 * Slots were taken back; @has tells which there are now. Those of closed vCPUs are not, and those
 * of others only where more than half were in use, the longest idle first. What is wrong, or NULL.
 */
const char *model_reclaim(u32 gen, const bool *has)
{
	unsigned int n, before = slots_taken(), closed = 0, after = 0;
	long youngest_taken = 0, oldest_kept = INT64_MAX;

	for (n = 0; n < VCPUS; n++) {
		struct model *m = &vcpus[n].m;
		bool idle = m->slot && !m->runs;

		if (has[n] && !m->slot)
			return "a slot came by a reclaim";
		if (!has[n] && m->slot && m->runs)
			return "a slot was taken from a vCPU in KVM_RUN";
		if (idle && is_closed(&vcpus[n])) {
			closed++;
			if (has[n])
				return "a closed vCPU kept its slot";
		} else if (idle && has[n]) {
			oldest_kept = min_t(long, oldest_kept, m->left);
		} else if (idle) {
			youngest_taken = max_t(long, youngest_taken, m->left);
		}
		after += has[n];
	}
	if (before - closed > after) {
		if (before - closed <= SLOTS / 2 || after < SLOTS / 8 * 3)
			return "slots were taken without need";
		if (youngest_taken > oldest_kept)
			return "a slot was taken from one that was idle for less long than another";
	}
	for (n = 0; n < VCPUS; n++) {
		if (!vcpus[n].m.slot || has[n])
			continue;
		model_abandon(figures_of(gen), &vcpus[n].m, gen);
		vcpus[n].m.slot = false;
	}
	return NULL;
}
