/* SPDX-License-Identifier: GPL-2.0 */
/* For pairs.c: the cases, and what they begin with. */
#ifndef KVMLAT_UNIT_PAIRS_CASES_H
#define KVMLAT_UNIT_PAIRS_CASES_H

#define FRESH() resets()	/* what came before is not counted */

void pair_of(struct thread *t, unsigned int reason, u64 ns);
struct thread *new_guest_of(unsigned int n, unsigned int cpu);
struct thread *guest_of(unsigned int n, unsigned int cpu);
u64 pairs_of_vm(u32 vm);

/* pairs-cases.c */
void two_exits(void);
void other_vcpu(void);
void whose(void);
void new_vcpu_in_its_place(void);
void backward(void);
void backward_by_cycles(void);
void cpu_left_out(void);
void vm_left_out(void);
void resets_between(void);
void in_a_reset(void);
void without_entry(void);
void two_on_a_cpu(void);
void modes_between(void);
void not_vetted(void);

/* pairs-cases-vcpus.c */
void no_slots(void);
void no_blocks(void);
void block_comes_back(void);
void handed_over(void);
void many_threads(void);
void many_causes(void);
void wide_sums(void);

#endif
