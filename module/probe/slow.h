/* SPDX-License-Identifier: GPL-2.0 */
/* The slow paths of the two probes, for fast.h. slow.c */
#ifndef KVMLAT_SLOW_H
#define KVMLAT_SLOW_H

#include <linux/types.h>

struct kvm_vcpu;

/*
 * The unused argument keeps the others where the tracepoint passed them: no moves on the fast path.
 */
void kvmlat_exit_slow(void *unused, struct kvm_vcpu *vcpu, u32 isa);
void kvmlat_entry_slow(void *unused, struct kvm_vcpu *vcpu);

/* so many in a row that are implausible, and kvmlat refuses */
#define KVMLAT_VALIDATE_TRIES 64
extern u32 kvmlat_validate_failures;	/* in a row, since one was plausible; writers may race */

#endif
