// SPDX-License-Identifier: GPL-2.0
/*
 * For pairs.c: what ought to be counted of each event, by the rules of the project, and nothing of
 * how the module does
 * it. Only the moment at which a CPU learns of a new generation, filter or mode is taken from the
 * module's own blocks.
 */
#include "pairs-model.h"

const u32 codes[REASONS] = { 0x72, 0x7b, SVM_EXIT_HLT, SVM_EXIT_NPF, 0xc5, 0x3ff };
struct vcpu vcpus[VCPUS];
struct figures figures[FIGURES];
u64 leave_out_vms;
bool switch_hooked;

struct figures *figures_of(u32 gen)
{
	return &figures[gen % ARRAY_SIZE(figures)];
}

unsigned int reason_at(u32 code)
{
	unsigned int n = 0;

	while (codes[n] != code)
		n++;
	return n;
}

/* The block of this CPU; a vCPU that met a new generation does not go back to the old. */
struct kvmlat_cpu *block_of(const struct model *m)
{
	struct kvmlat_cpu *c = kvmlat_block[unit_cpu];

	return m->slot && m->gen > c->gen_no ? kvmlat_generation->cpu[unit_cpu] : c;
}

unsigned int slots_taken(void)
{
	unsigned int n, taken = 0;

	for (n = 0; n < VCPUS; n++)
		taken += vcpus[n].m.slot;
	return taken;
}

/* A VMM may have three times as many as are left. */
static bool may_have_slot(u32 vmm)
{
	unsigned int n, held = 0, left = SLOTS - slots_taken();

	for (n = 0; n < VCPUS; n++)
		held += vcpus[n].m.slot && vcpus[n].m.vmm == vmm;
	return held < 3 * left;
}

static void model_adopt(struct model *m, const struct kvmlat_cpu *c)
{
	if (m->epoch == c->epoch)
		return;
	if (m->gen != c->gen_no && m->open)
		figures_of(c->gen_no)->count[KVMLAT_CARRIED]++;
	m->gen = c->gen_no;
	m->spoilt |= (m->epoch ^ c->epoch) & KVMLAT_EPOCH_CYCLES;
	m->known &= (s32)(m->epoch - kvmlat_offcpu_epoch) >= 0;
	m->epoch = (u32)c->epoch;
}

/* An event that a filter filters is counted nowhere, but an open exit has lost its entry. */
void model_left_out(struct model *m, const struct kvmlat_cpu *c, enum kvmlat_counter ending)
{
	if (!m->open)
		return;
	if (m->gen != c->gen_no)
		figures_of(c->gen_no)->count[KVMLAT_CARRIED]++;
	figures_of(c->gen_no)->count[ending]++;
	m->open = false;
}

static u64 model_stamp(const struct model *m)
{
	return m->epoch & KVMLAT_EPOCH_CYCLES ? get_cycles() : kvmlat_clock_ns();
}

/*
 * Only the module knows for which thread it took the entry of another: what that lost is unknown.
 */
static u32 gap_of(const struct thread *t)
{
	const struct kvmlat_thread *entry = kvmlat_thread_of(&t->task);

	return entry ? entry->gap : 0;
}

/* @old: the CPU goes by what it knew of this vCPU, whatever changed since. */
void model_exit(struct thread *t, u32 reason, bool old)
{
	struct model *m = &t->vcpu->m;
	struct kvmlat_cpu *c = block_of(m);
	struct figures *f = figures_of(c->gen_no);
	bool leave = !old && leave_out_vms >> t->task.tgid & 1;

	m->runs |= m->slot;
	if (!old && c->filtered) {
		model_left_out(m, c, KVMLAT_OVERWRITTEN);
		return;
	}
	if (!m->slot) {
		if (!may_have_slot(t->task.tgid)) {
			f->exits += !leave;
			f->count[KVMLAT_EXITS_NO_SLOT] += !leave;
			return;
		}
		m->slot = true;
		m->runs = true;
		m->gen = c->gen_no;
		m->epoch = 0;
	}
	if (!old)
		model_adopt(m, c);
	m->vmm = t->task.tgid;
	if (leave) {
		model_left_out(m, c, KVMLAT_OVERWRITTEN);
		return;
	}
	f->exits++;
	f->count[KVMLAT_OVERWRITTEN] += m->open;
	m->open = true;
	m->born = t->vcpu->vcpu.born;
	m->stamp = model_stamp(m);
	m->thread_born = t->task.start_time;
	m->runq_ns = t->task.sched_info.run_delay;
	m->off_ns = t->off_ns;
	m->gap = gap_of(t);
	m->reason = reason;
	m->intr_info = t->vcpu->its_vmcb.control.exit_int_info;
	m->cpu = unit_cpu;
	m->spoilt = false;
	m->user = false;
	m->blocked = false;
	m->preempted = false;
	m->known = m->epoch & KVMLAT_EPOCH_OFFCPU;
}

/* A VMM that holds a quarter of the ring overwrites its own; else its record goes to the second. */
static void model_outlier(struct figures *f, const struct thread *t, u64 ns, u32 cause, u64 runq_ns,
			  u64 off_ns)
{
	const struct model *m = &t->vcpu->m;
	unsigned int n, held = 0;
	struct outlier *o;

	if (ns < kvmlat_outlier_ns || m->reason == SVM_EXIT_HLT)
		return;
	f->count[KVMLAT_OUTLIERS]++;
	for (n = 0; n < RING; n++)
		held += f->outliers[n].vmm == t->task.tgid;
	o = &f->outliers[(f->nr_outliers + 1) % RING];
	if (o->vmm && o->vmm != t->task.tgid && held >= RING / 4)
		o = &f->excess[++f->nr_excess % (RING / 4)];
	else
		f->nr_outliers++;
	*o = (struct outlier){
		.ns = ns, .runq_ns = runq_ns, .off_ns = off_ns, .reason = m->reason,
		.cause = cause, .cpu = unit_cpu, .exit_cpu = m->cpu, .vm = t->vcpu->vcpu.vm,
		.intr_info = m->intr_info, .tid = t->task.pid, .vmm = t->task.tgid,
	};
}

static void model_pair(struct figures *f, const struct thread *t, u64 passed)
{
	const struct model *m = &t->vcpu->m;
	u64 ns = m->epoch & KVMLAT_EPOCH_CYCLES ? cycles_ns(passed) : passed, runq_ns = 0,
	    off_ns = 0;
	enum kvmlat_cause cause = m->user ? KVMLAT_USER : m->blocked ? KVMLAT_BLOCKED :
				  m->preempted ? KVMLAT_PREEMPTED : KVMLAT_KERNEL;
	struct pairs *p = &f->rows[unit_cpu][reason_at(m->reason)][cause];
	bool known = m->epoch & KVMLAT_EPOCH_OFFCPU, measured = known;

	if (cause != KVMLAT_KERNEL) {
		if (m->thread_born == t->task.start_time) {
			known = m->known && gap_of(t) == m->gap;
			runq_ns = t->task.sched_info.run_delay - m->runq_ns;
			off_ns = t->off_ns - m->off_ns;
		} else {
			known = m->known;
			runq_ns = m->user_runq_ns;
			off_ns = m->user_off_ns;
		}
		f->count[KVMLAT_OFFCPU_UNKNOWN] += measured && !known;
		off_ns = known ? off_ns : 0;
		runq_ns = min(runq_ns, known ? off_ns : ns);
		p->off_ns += off_ns;
	}
	f->paired++;
	p->min_ns = p->nr++ ? min(p->min_ns, ns) : ns;
	p->max_ns = max(p->max_ns, ns);
	p->sum_ns += ns;
	p->runq_ns += runq_ns;
	p->bucket[kvmlat_bucket(ns)]++;
	f->count[KVMLAT_MIGRATED] += m->cpu != unit_cpu;
	model_outlier(f, t, ns, cause, runq_ns, known ? off_ns : U64_MAX);
}

void model_entry(struct thread *t, bool old)
{
	struct kvm_vcpu *vcpu = &t->vcpu->vcpu;
	struct model *m = &t->vcpu->m;
	struct kvmlat_cpu *c = block_of(m);
	struct figures *f = figures_of(c->gen_no);
	bool leave = !old && leave_out_vms >> t->task.tgid & 1;
	s64 passed;

	m->runs |= m->slot;

	if (!old && c->filtered) {
		model_left_out(m, c, KVMLAT_STALE);
		return;
	}
	if (m->slot && !old)
		model_adopt(m, c);
	if (leave) {
		model_left_out(m, c, KVMLAT_STALE);
		return;
	}
	f->entries++;
	if (!m->open) {
		f->count[KVMLAT_ENTRY_WITHOUT_EXIT]++;
		f->count[KVMLAT_ENTRIES_NO_SLOT] += !m->slot;
		return;
	}
	m->open = false;
	passed = model_stamp(m) - m->stamp;
	if (m->born != vcpu->born) {
		f->count[KVMLAT_STALE]++;
		f->count[KVMLAT_STALE_ENTRY]++;
	} else if (m->spoilt || passed < 0) {
		f->count[KVMLAT_BACKWARD]++;
		f->count[KVMLAT_CLOCK_SWITCHED] += m->spoilt;
	} else {
		model_pair(f, t, passed);
	}
}

/* KVM_RUN returns. */
void model_leave(struct thread *t)
{
	struct model *m = &t->vcpu->m;

	if (!m->runs)
		return;
	m->user = true;
	m->user_runq_ns = t->task.sched_info.run_delay - m->runq_ns;
	m->user_off_ns = t->off_ns - m->off_ns;
	m->known = m->known && gap_of(t) == m->gap;
	m->runs = false;
	m->left = jiffies;
}

/* The CPU goes from @prev to @next, either perhaps no vCPU's thread. */
void model_switch(struct thread *prev, struct thread *next, bool voluntary)
{
	if (prev && prev->vcpu) {
		prev->vcpu->m.blocked |= voluntary;
		prev->vcpu->m.preempted |= !voluntary;
	}
	if (prev && switch_hooked)
		prev->out_ns = kvmlat_clock_ns();
	if (next && switch_hooked && next->out_ns) {
		s64 away_ns = kvmlat_clock_ns() - next->out_ns;

		/* one that went back is a gap */
		next->off_ns += away_ns >= 0 ? away_ns : 0;
		next->out_ns = 0;
	}
}

/* All but the rows, as of a report now. */
void model_figures(struct figures *f, u32 gen)
{
	unsigned int n;

	*f = *figures_of(gen);
	for (n = 0; n < VCPUS; n++) {
		const struct model *m = &vcpus[n].m;

		f->in_flight += m->open;
		f->count[KVMLAT_CARRIED] += m->open && m->gen != gen;
	}
}
