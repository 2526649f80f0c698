/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every architecture provides, in arch/$(SRCARCH)*.c and the header of that name: the only
 * files that know a vendor or an architecture. They know no slot and no generation.
 */
#ifndef KVMLAT_ARCH_H
#define KVMLAT_ARCH_H

#include "base/base.h"

struct kvm_vcpu;
struct module;

/* Dense indices of reasons are below KVMLAT_MAP; the last means that a reason has none. */
#define KVMLAT_MAP		216
#define KVMLAT_NO_INDEX		(KVMLAT_MAP - 1)

/* What KVM may overwrite before the entry: sampled at the exit. */
struct kvmlat_exit {
	u32 intr_info;
	u32 intr_error_code;	/* as the hardware gave it, valid or not */
	u32 reason;
};

/*
 * What an outlier has of its exit besides. Where KVM is asked for the reason, info1 and info2 come
 * with it; all else is read at the entry, kvmlat_arch_context().
 */
struct kvmlat_context {
	u64 info1;		/* as get_exit_info() gives them */
	u64 info2;
	u64 rip;		/* of the exit that just ended, with has_rip */
	u32 error_code;
	bool has_info;		/* info1 and info2 are of the exit that just ended */
	bool has_rip;
};

/* Binding to the KVM in @mod; on failure *why says why not to attach. Under kvmlat_mutex. */
int kvmlat_arch_bind(struct module *mod, const char **why);
void kvmlat_arch_unbind(void);
void kvmlat_arch_choose(bool direct);	/* the sampler; under kvmlat_mutex, no probe attached */
unsigned int kvmlat_arch_sampler(void);	/* its number in KVMLAT_ARCH_SAMPLERS */

/* NULL: plausible. "": not, but known to happen, and no reason to refuse. Else what is wrong. */
const char *kvmlat_arch_validate(struct kvm_vcpu *vcpu, u32 isa);
bool kvmlat_arch_first_entry(const struct kvm_vcpu *vcpu);
bool kvmlat_arch_direct_right(struct kvm_vcpu *vcpu);	/* at an exit only; false: ask KVM */
void kvmlat_arch_identify(const struct kvm_vcpu *vcpu, struct kvmlat_identity *id);
void kvmlat_arch_sample(struct kvm_vcpu *vcpu, struct kvmlat_exit *exit,
			struct kvmlat_context *context, u64 *count);
/* At the entry that ends @exit. @rip: the instruction pointer too, if it costs nothing to read. */
void kvmlat_arch_context(struct kvm_vcpu *vcpu, const struct kvmlat_exit *exit, bool rip,
			 struct kvmlat_context *context);

/*
 * A vCPU for the benchmark, in KVMLAT_ARCH_FAKE_BYTES of zeroes at @room, whose exits have @reason.
 */
#define KVMLAT_ARCH_FAKE_BYTES	(32 << 10)
struct kvm_vcpu *kvmlat_arch_fake(void *room, u32 reason);
u64 kvmlat_arch_reason_cost_ns(void);	/* of asking KVM for a reason; 0: not asked, or not known */

/* The cycle counter. ns = cycles * mult >> 32; only take_rate() in control/clock.c sets mult. */
extern u64 kvmlat_cycles_mult;
bool kvmlat_arch_cycles_stable(void);
u64 kvmlat_arch_cycles_to_ns(u64 cycles);
unsigned int kvmlat_arch_cycles_khz(void);	/* as the kernel takes it; 0: not known */

const char *kvmlat_arch_isa(void);
const char *kvmlat_arch_reason_source(void);
unsigned int kvmlat_arch_index(u32 reason);
const char *kvmlat_arch_reason_name(u32 reason);	/* NULL: no name known */
bool kvmlat_arch_idle(u32 reason);
bool kvmlat_arch_name_known(const char *name, bool *ours, u32 *reason);
extern const char kvmlat_arch_idle_names[];

#endif
