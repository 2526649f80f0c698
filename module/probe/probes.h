/* SPDX-License-Identifier: GPL-2.0 */
/* The functions that KVM's tracepoints call, one for each sampler of the architecture. probes.c */
#ifndef KVMLAT_PROBES_H
#define KVMLAT_PROBES_H

#include <linux/types.h>

struct kvm_vcpu;
struct kvmlat_cpu;

void *kvmlat_probe_exit_fn(void);	/* of the sampler that is chosen */
void *kvmlat_probe_entry_fn(void);
void kvmlat_probe_userspace(void *unused, u32 reason, int error);	/* userspace.c */
bool kvmlat_probe_benchmark(struct kvmlat_cpu *c, struct kvm_vcpu *vcpu, unsigned int pairs);

#endif
