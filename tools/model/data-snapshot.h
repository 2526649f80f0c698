/* SPDX-License-Identifier: GPL-2.0 */
/* Reading the `data` format (docs/data-format.md), a line at a time. */
#ifndef KVMLAT_SNAPSHOT_H
#define KVMLAT_SNAPSHOT_H

#include "base/error.h"
#include "input/reader.h"
#include "model/histogram.h"

extern const char snapshot_format[];	/* the version of the format that is read */

struct reason {
	uint32_t code;
	bool idle;
	char *key, *name;
};

struct fact {				/* an `info` or a `count` */
	char *name, *value;
	bool is_count;
};

struct who {				/* UNKNOWN where the data has - */
	uint64_t vmm, vm, tid, vcpu;
};

struct vcpu {
	enum { VCPU_ONE, VCPU_OTHER, VCPU_DEPARTED } kind;
	uint64_t number;		/* of VCPU_ONE: in this snapshot only */
	struct who who;
	bool live;
	const char *comm;		/* of the VMM, as written; "" of others. Valid during the call */
};

struct inflight {
	struct who who;
	uint32_t reason;
	enum cause cause;
	uint64_t age_ns, cpu;
	const char *comm;		/* valid during the call */
};

struct outlier {
	uint64_t time_ns, real_ns, exit_cpu, cpu;
	struct who who;
	uint32_t reason;
	enum cause cause;
	uint64_t latency_ns, runq_ns, offcpu_ns, info1, info2, intr_info, error_code, rip;
	const char *comm;		/* valid during the call */
};

struct snapshot;

/* Called in file order for what stands behind the totals; NULL: checked and dropped. */
struct visitor {
	void (*cpu_row)(struct snapshot *s, const struct row *row);
	void (*vcpu)(struct snapshot *s, const struct vcpu *vcpu);
	void (*vcpu_row)(struct snapshot *s, const struct vcpu *vcpu, const struct row *row);
	void (*inflight)(struct snapshot *s, const struct inflight *i);
	void (*outlier)(struct snapshot *s, const struct outlier *o);
	/*
	 * What was taken so far is void, all comes once more: the module stopped in the middle. NULL: a view
	 * that cannot take it back; the module is read into memory first.
	 */
	void (*again)(struct snapshot *s);
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
	uint64_t real_ns;		/* when `record` took it; UNKNOWN, or the rest was not read */
	bool live;			/* read from the module of the running kernel */
	bool odd_sums;			/* a row has a sum that its buckets do not allow; it was said */
};

/*
 * parse.c: one snapshot; on bad input prints `kvmlat: NAME:LINE: why` and exits with EXIT_DATA. false: @r->error kept
 * it from the end.
 */
bool snapshot_read(struct snapshot *s, struct reader *r, off_t last_line);
bool snapshot_wants_more(const struct visitor *v);	/* than the totals */
void snapshot_free(struct snapshot *s);	/* leaves visit and ctx, ready for the next */
/* NULL only for codes that no row of the file has. */
const struct reason *snapshot_reason(const struct snapshot *s, uint32_t code);
/* Always a name: the key where there is none. */
const char *snapshot_reason_name(const struct snapshot *s, uint32_t code);
bool snapshot_idle(const struct snapshot *s, uint32_t code);
void snapshot_keep_reasons(struct snapshot *to, const struct snapshot *from);	/* those that it has not */
const char *snapshot_fact(const struct snapshot *s, const char *name);	/* NULL: not there */
/* Which vendor's codes its reasons are; "none" before there was a VM: then it has no reasons. */
const char *snapshot_isa(const struct snapshot *s);
bool snapshot_same_isa(const char *a, const char *b);	/* are reasons of one code the same? */
uint64_t snapshot_number(const struct snapshot *s, const char *name, uint64_t otherwise);

/* source.c */
struct source {
	struct reader *reader;
	off_t last;		/* of a file: where its last whole snapshot begins */
	off_t last_end;		/* ... and where its `end` line begins; -1 when there is none */
	bool live;
};

bool source_is_live(void);	/* is the module there to be read? */
/* The live module's data, or @path; when it cannot be opened says why, exits with EXIT_SOURCE. */
void source_open(struct source *src, const char *path);
void source_close(struct source *src);
/* Is a file of @size bytes no more than what a crash left of its first snapshot: its beginning, zeros, or both? */
bool source_is_torn(const struct source *src, off_t size);
/* The next snapshot of a file, from its beginning on; false after the last. */
bool source_next(struct source *src, struct snapshot *s);
/* The last whole snapshot, or the live module's; as snapshot_read(). */
bool source_last(struct source *src, struct snapshot *s);
/*
 * Close what could not be read to its end. Where it may be read once more, which @again is for, returns true; else it
 * dies with why, or returns false where the module is gone and @may_be_gone.
 */
bool source_stopped(struct source *src, bool *again, bool may_be_gone);
/* The live module's snapshot or the last whole one of a file: what most views show. */
void snapshot_load(struct snapshot *s, const char *path);
bool snapshot_load_if_there(struct snapshot *s, const char *path);	/* false: the live module is not loaded */

#endif
