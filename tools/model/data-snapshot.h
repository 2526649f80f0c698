/* SPDX-License-Identifier: GPL-2.0 */
/* One snapshot of the `data` format (docs/data-format.md), and questions to it. */
#ifndef KVMLAT_DATA_SNAPSHOT_H
#define KVMLAT_DATA_SNAPSHOT_H

#include "model/data-records.h"
#include "model/rows.h"

struct snapshot;

/* Called in file order for what stands behind the totals; NULL: checked and dropped. */
struct visitor {
	void (*cpu_row)(struct snapshot *s, const struct row *row);
	void (*vcpu)(struct snapshot *s, const struct vcpu *vcpu);
	void (*vcpu_row)(struct snapshot *s, const struct vcpu *vcpu, const struct row *row);
	void (*inflight)(struct snapshot *s, const struct inflight *i);
	void (*outlier)(struct snapshot *s, const struct outlier *o);
	/*
	 * What was taken so far is void, all comes once more: the module stopped in the middle.
	 * NULL: a view that cannot take it back; the module is read into memory first.
	 */
	void (*again)(struct snapshot *s);
	/* A recording's name of the VM of the VMM @vmm; whoever reads the source sets it. */
	void (*vm_name)(struct snapshot *s, uint64_t vmm, const char *name);
};

struct snapshot {
	struct visitor visit;		/* all NULL: the rest of the file may stay unread */
	void *ctx;			/* the visitor's own */
	char generation[17];
	struct fact *facts;
	size_t nr_facts;
	struct reason *reasons;
	size_t nr_reasons;
	struct rows totals;		/* the rows of WHERE `all` */
	/* when `record` took it; UNKNOWN, or the rest was not read */
	uint64_t real_ns;
	bool live;			/* read from the module of the running kernel */
	/* a row has a sum that its buckets do not allow; it was said */
	bool odd_sums;
};

bool snapshot_wants_more(const struct visitor *v);	/* than the totals */
void snapshot_free(struct snapshot *s);	/* leaves visit and ctx, ready for the next */
/* NULL only for codes that no row of the file has. */
const struct reason *snapshot_reason(const struct snapshot *s, uint32_t code);
/* Always a name: the key where there is none. */
const char *snapshot_reason_name(const struct snapshot *s, uint32_t code);
bool snapshot_idle(const struct snapshot *s, uint32_t code);
/* those that it has not */
void snapshot_keep_reasons(struct snapshot *to, const struct snapshot *from);
/* @name: KVMLAT_INFO_... or another; NULL: not there */
const char *snapshot_fact(const struct snapshot *s, const char *name);
/* Which vendor's codes its reasons are; "none" before there was a VM: then it has no reasons. */
const char *snapshot_isa(const struct snapshot *s);
bool snapshot_same_isa(const char *a, const char *b);	/* are reasons of one code the same? */
uint64_t snapshot_number(const struct snapshot *s, const char *name, uint64_t otherwise);
uint64_t snapshot_count(const struct snapshot *s, enum count which);	/* 0: not there */
double snapshot_age_s(const struct snapshot *s);	/* since its generation began */

#endif
