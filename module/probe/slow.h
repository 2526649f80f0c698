/* SPDX-License-Identifier: GPL-2.0 */
/* The slow paths of the two probes, for fast.h. slow.c */
#ifndef KVMLAT_SLOW_H
#define KVMLAT_SLOW_H

#include <linux/types.h>

struct kvm_vcpu;

/*
 * The unused argument keeps the others in the registers in which the tracepoint passed them.
 */
void kvmlat_exit_slow(void *unused, struct kvm_vcpu *vcpu, u32 isa);
void kvmlat_entry_slow(void *unused, struct kvm_vcpu *vcpu);

/* after so many implausible exits in a row kvmlat refuses */
#define KVMLAT_VALIDATE_TRIES 64
extern u32 kvmlat_validate_failures;	/* since the last plausible one; writers may race */

#endif
