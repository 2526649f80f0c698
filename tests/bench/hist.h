/* SPDX-License-Identifier: GPL-2.0 */
/* Memory shared by the rival's BPF program (hist.bpf.c) and its loader (hist.c). */
#ifndef BENCH_HIST_H
#define BENCH_HIST_H

#define HIST_CPUS 64		/* powers of two: an index is masked, not compared */
#define HIST_REASONS 256 /* SVM codes up to 0xef, the last 16 for 0x400 (npf) and what follows */
#define HIST_BUCKETS 64		/* floor(log2(ns)) */

struct hist_cpu {
	unsigned long long vcpu;	/* of the open exit; 0: none is open */
	unsigned long long exit_ns;
	unsigned long long reason;
	unsigned long long pad[5];	/* the open exit has a cache line of its own */
	unsigned long long count[HIST_REASONS][HIST_BUCKETS];
};

#endif
