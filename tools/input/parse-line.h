/* SPDX-License-Identifier: GPL-2.0 */
/* Between the two halves of the parser: the grammar (parse.c) and the lines (parse-line.c). */
#ifndef KVMLAT_PARSE_H
#define KVMLAT_PARSE_H

#include "model/data-snapshot.h"

#define MAX_CPU ((1 << 20) - 1)

enum section { TOTALS, CPUS, VCPUS, INFLIGHT, OUTLIERS };
enum place { PLACE_NONE, PLACE_CPU, PLACE_VCPU };

struct parser {
	enum section section;
	enum place place;		/* of the last cpu or vcpu line: whose rows follow */
	uint64_t number;		/* of that CPU */
	struct vcpu vcpu;		/* or that vCPU */
	char vcpu_name[24];
	uint64_t pairs;			/* that a row may have in its sum, or its buckets, only; 0: not asked */
	uint8_t seen[4096];		/* a bit a cause, by reason: what has stood there already */
};

uint32_t parse_reason_key(const struct reader *r, const char *key);
void parse_row(const struct reader *r, char *text, struct row *row, bool pow2);
void parse_vcpu(const struct reader *r, char *text, struct vcpu *vcpu);
void parse_inflight(struct snapshot *s, const struct reader *r, char *text);
void parse_outlier(struct snapshot *s, const struct reader *r, char *text);
void parse_ahead(struct reader *r);	/* before the first line; then it reads a copy in memory */
void parse_vmname(const struct reader *r, char *text);

#endif
