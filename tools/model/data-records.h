/* SPDX-License-Identifier: GPL-2.0 */
/* What single lines of the data tell, histograms apart. */
#ifndef KVMLAT_DATA_RECORDS_H
#define KVMLAT_DATA_RECORDS_H

#include <stdbool.h>
#include <stdint.h>
#include "model/data-words.h"

struct reason {
	uint32_t code;
	bool idle;
	char *key, *name;
};

struct fact {				/* an `info` or a `count` */
	char *name, *value;
	bool is_count;
};

struct identity {			/* of a vCPU; UNKNOWN where the data has - */
	uint64_t vmm, vm, tid, vcpu;
};

struct vcpu {
	enum { VCPU_ONE, VCPU_OTHER, VCPU_DEPARTED } kind;
	uint64_t number;		/* of VCPU_ONE: in this snapshot only */
	struct identity id;
	bool live;
	/* of the VMM, as written; "" of others. Valid during the call */
	const char *comm;
};

struct inflight {
	struct identity id;
	uint32_t reason;
	enum cause cause;
	uint64_t age_ns, cpu;
	const char *comm;		/* valid during the call */
};

struct outlier {
	uint64_t time_ns, real_ns, exit_cpu, cpu;
	struct identity id;
	uint32_t reason;
	enum cause cause;
	uint64_t latency_ns, runq_ns, offcpu_ns, info1, info2, intr_info, error_code, rip;
	const char *comm;		/* valid during the call */
};

#endif
