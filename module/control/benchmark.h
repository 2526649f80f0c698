/* SPDX-License-Identifier: GPL-2.0 */
/* What a pair costs on this very machine. benchmark.c */
#ifndef KVMLAT_BENCHMARK_H
#define KVMLAT_BENCHMARK_H

#include <linux/types.h>

struct kvmlat_generation;

int kvmlat_benchmark(void);		/* under kvmlat_mutex */
u64 kvmlat_cost_ps(void);		/* what a pair costs here, in picoseconds; 0: not known */
/* Under kvmlat_mutex. */
u64 kvmlat_rate(const struct kvmlat_generation *gen, u64 now_ns, u64 paired, u64 *over_ns);

#endif
