/* SPDX-License-Identifier: GPL-2.0 */
/* Which part of the data is asked for. What the module itself filters is in recorded-settings.h. */
#ifndef KVMLAT_SELECTION_H
#define KVMLAT_SELECTION_H

#include "model/data-snapshot.h"
#include "model/vm-name.h"

struct ranges {
	size_t nr;			/* 0: all */
	uint64_t *low, *high;		/* kept to the end of the program, or the next list */
};

struct selection {
	struct ranges cpus, vcpus;
	const char *reasons;		/* names and keys, parted by commas; NULL: all */
	unsigned int causes;		/* a bit each; 0: all */
	/* its name as it is written, or pid of the VMM; NULL: all */
	char *vm;
	char *vm_bytes;			/* the same, if what was given is the name as it is */
};

/* false: @list is no list of ranges, and @to is all. */
bool selection_parse_ranges(struct ranges *to, const char *list);
unsigned int selection_parse_causes(const char *list);	/* a bit each; 0: not a list of causes */
void selection_set_vm(struct selection *f, const char *given);	/* NULL: all */

bool selects_cpu(const struct selection *f, uint64_t cpu);
bool selects_reason(const struct selection *f, const struct snapshot *s, uint32_t code);
bool selects_cause(const struct selection *f, enum cause cause);
bool selects_vcpu(const struct selection *f, const struct identity *id, struct vm_name vm);
bool selects_vms(const struct selection *f);	/* is one of --vm and --vcpu there? */
/* Is that the name or key of @reason? */
bool reason_is_called(const struct reason *reason, const char *word, size_t length);
/* Pairs of @rows, by reason and cause. */
uint64_t selection_count(const struct selection *f, const struct snapshot *s,
			 const struct rows *rows);
/* By what is it a VM that is asked for? */
enum match { MATCH_NOT, MATCH_WRITTEN, MATCH_BYTES, MATCH_PID };
enum match selection_match(const struct selection *f, uint64_t vmm, struct vm_name vm);

#endif
