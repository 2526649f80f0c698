// SPDX-License-Identifier: GPL-2.0
/*
 * The functions that KVM's tracepoints call: the fast path, once with each sampler of the
 * architecture and each clock inlined.
 */
#include "arch/this.h"
#include "probe/fast.h"
#include "probe/probes.h"

/*
 * Each probe uses cycles, and has a variant for local_clock(), to which it jumps where the cycle
 * counter is not used. epoch_apply() patches the jump, while no probe is on the fast path.
 */
#define EXIT_PROBE(name, sample)							\
static noinline notrace void name##_local(void *unused, struct kvm_vcpu *vcpu, u32 isa)	\
{											\
	kvmlat_exit(vcpu, isa, sample, false);						\
}											\
											\
static notrace void name(void *unused, struct kvm_vcpu *vcpu, u32 isa)			\
{											\
	if (static_branch_likely(&kvmlat_fast_cycles))					\
		kvmlat_exit(vcpu, isa, sample, true);					\
	else										\
		name##_local(NULL, vcpu, isa);						\
}

#define SAMPLER_PROBE(name) EXIT_PROBE(probe_exit_##name, sample_##name)
KVMLAT_ARCH_SAMPLERS(SAMPLER_PROBE)

static noinline notrace void probe_entry_local(void *unused, struct kvm_vcpu *vcpu)
{
	kvmlat_entry(vcpu, false, reason_index, cycles_to_ns);
}

/* Later 6.1 kernels pass one more argument, which a probe need not take (no kCFI: compat.h). */
static notrace void probe_entry(void *unused, struct kvm_vcpu *vcpu)
{
	if (static_branch_likely(&kvmlat_fast_cycles))
		kvmlat_entry(vcpu, true, reason_index, cycles_to_ns);
	else
		probe_entry_local(NULL, vcpu);
}

#define SAMPLER_FN(name) probe_exit_##name,

void *kvmlat_probe_exit_fn(void)
{
	static void * const fn[] = { KVMLAT_ARCH_SAMPLERS(SAMPLER_FN) };

	return fn[kvmlat_arch_sampler()];
}

void *kvmlat_probe_entry_fn(void)
{
	return probe_entry;
}

/*
 * Run the fast path of both probes @pairs times on private blocks, for a @vcpu that
 * kvmlat_arch_fake() made. False when one of the events would have taken the slow path, for the CPU
 * was taken away or a pair took too long. The call that asks KVM for the reason is not in it, see
 * kvmlat_arch_reason_cost_ns().
 */
bool kvmlat_probe_benchmark(struct kvmlat_cpu *c, struct kvm_vcpu *vcpu, unsigned int pairs)
{
	bool cycles = static_key_enabled(&kvmlat_fast_cycles), fast = true;

	while (pairs-- && fast) {
		fast = cycles ? kvmlat_exit_fast(c, vcpu, kvmlat_arch_sample_fake, true) :
				kvmlat_exit_fast(c, vcpu, kvmlat_arch_sample_fake, false);
		c->last->stamp -= 4096;	/* else the pair would be too short for the fast path */
		fast = fast && (cycles ? kvmlat_entry_fast(c, true, reason_index, cycles_to_ns) :
					 kvmlat_entry_fast(c, false, reason_index, cycles_to_ns));
	}
	return fast;
}
