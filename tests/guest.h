/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the two halves of `guest` share: guest.c, the options and the count; guest-machine.c, the
 * machines.
 */
#ifndef GUEST_H
#define GUEST_H

#include <stdbool.h>

/* Kinds of exits, as they stand in kinds[]. */
enum { CPUID, IO, MSR, HYPERCALL, MMIO, HALT, KINDS };

struct kind {
	const char *name;
	const char *svm, *vmx;		/* reason names */
	unsigned char svm_code[16], vmx_code[16];
	unsigned int length;
};

extern const struct kind kinds[KINDS];

struct options {
	unsigned long count;
	int cpu, threads, vms;
	unsigned int vcpus;		/* of a machine, at most MAX_VCPUS */
	unsigned int pool;		/* threads that run a machine's vCPUs in turn; 0: its own */
	bool move, vmx, hold, irqchip, alternate, refused, interrupted, fresh;
	bool want[KINDS];
	unsigned int wanted;
};

#define MAX_VCPUS 64
#define PIC_OUTS 5 /* port writes of a guest that wants HALT, before its loop */

extern struct options opt;
extern int kvm_fd;

/*
 * How often, all threads together, a thread moved to another CPU, ran another vCPU of its machine
 * than before, and ran a vCPU that another thread ran before.
 */
extern unsigned long moved, switched, handed;

/* Says why, with errno's text, and ends the process. */
void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...);
void pin(int cpu);

/* One KVM_RUN, in guest-machine.c, and who runs all of a machine's vCPUs to their end. */
struct vcpu;
enum step { RETURNED, INTERRUPTED, DONE };
enum step run_once(const struct vcpu *v, unsigned int n);
void run_in_pool(const struct vcpu *vcpus);
void run_by_fresh_threads(const struct vcpu *vcpus);

/* Make a machine, run what the options want on the calling thread, close it. */
void machine(void);

#endif
