/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every architecture provides, in arch-*.c: the only files that know a vendor or an
 * architecture. Included by kvmlat.h.
 */
#ifndef KVMLAT_ARCH_H
#define KVMLAT_ARCH_H

int kvmlat_arch_bind(struct module *mod, const char **why);
void kvmlat_arch_unbind(void);
void *kvmlat_arch_probe_exit_fn(void);
void *kvmlat_arch_probe_entry_fn(void);
/* NULL: plausible; "": not, but known to happen, and no reason to refuse. */
const char *kvmlat_arch_vet(struct kvm_vcpu *vcpu, u32 isa);
unsigned int kvmlat_arch_index(u32 reason);
void kvmlat_arch_sample(struct kvm_vcpu *vcpu, struct kvmlat_slot *slot, u64 *count);
bool kvmlat_arch_first_entry(const struct kvm_vcpu *vcpu);
bool kvmlat_arch_direct_right(struct kvm_vcpu *vcpu);	/* at an exit; false: use the twin */
void kvmlat_arch_context(struct kvm_vcpu *vcpu, struct kvmlat_slot *slot);	/* at its entry */
void kvmlat_arch_choose_probes(void);	/* under kvmlat_mutex, none attached */
const char *kvmlat_arch_reason_source(void);
#define KVMLAT_ARCH_FAKE_BYTES	(32 << 10)
u64 kvmlat_arch_telling_ns(void);	/* what asking KVM for a reason takes; 0: not asked, or not known */
bool kvmlat_arch_rehearse(struct kvmlat_cpu *c, void *vcpu, u32 reason, unsigned int pairs);
void kvmlat_arch_who(const struct kvm_vcpu *vcpu, struct kvmlat_who *who);
bool kvmlat_arch_cycles_stable(void);
u64 kvmlat_arch_cycles_to_ns(u64 cycles);
unsigned int kvmlat_arch_cycles_khz(void);	/* as the kernel takes it; 0: not known */
const char *kvmlat_arch_isa(void);
const char *kvmlat_arch_reason_name(u32 reason);	/* NULL: no name known */
bool kvmlat_arch_idle(u32 reason);
bool kvmlat_arch_name_known(const char *name, bool *ours, u32 *reason);
extern const char kvmlat_arch_idle_names[];

#endif
