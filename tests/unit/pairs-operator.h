/* SPDX-License-Identifier: GPL-2.0 */
/* For pairs.c: what an operator changes, and what kvmlat does of itself now and then. */
#ifndef KVMLAT_UNIT_PAIRS_OPERATOR_H
#define KVMLAT_UNIT_PAIRS_OPERATOR_H

void reclaims(bool detached);
void attaches(bool on);
void resets(void);
void measures_offcpu(bool wanted);
void goes_by_cycles(bool cycles);
void takes_cpus(unsigned long cpus);
void leaves_out_vms(u64 vms);

#endif
