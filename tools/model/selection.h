/* SPDX-License-Identifier: GPL-2.0 */
/* Which part of the data is asked for: -C, -r, --cause, --vm, --vcpu mean the same in every view. */
#ifndef KVMLAT_FILTER_H
#define KVMLAT_FILTER_H

#include "model/data-snapshot.h"

struct ranges {
	size_t nr;			/* 0: all */
	uint64_t *low, *high;		/* kept to the end of the program, or the next list */
};

struct filter {
	struct ranges cpus, vcpus;
	const char *reasons;		/* names and keys, parted by commas; NULL: all */
	unsigned int causes;		/* a bit each; 0: all */
	char *vm;			/* its name as it is written, or pid of the VMM; NULL: all */
	char *vm_bytes;			/* the same, if what was given is the name as it is */
};

enum { OPT_CAUSE = 256, OPT_VM, OPT_VCPU, OPT_VIEW };	/* OPT_VIEW and up: a view's own */

#define FILTER_CPUS	{ "cpus", required_argument, NULL, 'C' }
#define FILTER_REASONS	{ "reasons", required_argument, NULL, 'r' }
#define FILTER_CAUSES	{ "cause", required_argument, NULL, OPT_CAUSE }
#define FILTER_VMS	{ "vm", required_argument, NULL, OPT_VM }, { "vcpu", required_argument, NULL, OPT_VCPU }

bool filter_option(const struct cli *c, struct filter *f, int letter);	/* false: not a filter's */
bool filter_parse_ranges(struct ranges *to, const char *list);	/* false: it is none, and @to is all */
unsigned int filter_parse_causes(const char *list);		/* a bit each; 0: not a list of causes */
bool filter_cpu(const struct filter *f, uint64_t cpu);
bool filter_reason(const struct filter *f, const struct snapshot *s, uint32_t code);
bool filter_is_reason(const struct reason *reason, const char *word, size_t length);	/* its name or key */
bool filter_cause(const struct filter *f, enum cause cause);
/* Pairs of @rows, by reason and cause. */
uint64_t filter_count(const struct filter *f, const struct snapshot *s, const struct rows *rows);
void filter_vm(struct filter *f, const char *given);	/* NULL: all */
/* By what is it a VM that is asked for? */
enum met { MET_NOT, MET_WRITTEN, MET_BYTES, MET_PID };
enum met filter_met(const struct filter *f, uint64_t vmm, const char *vm);
bool filter_who(const struct filter *f, const struct who *who, const char *vm);
bool filter_vms(const struct filter *f);	/* is one of --vm and --vcpu there? */

#endif
