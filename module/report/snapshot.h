/* SPDX-License-Identifier: GPL-2.0 */
/* What an open report has copied, and how it is shown. snapshot.c */
#ifndef KVMLAT_SNAPSHOT_H
#define KVMLAT_SNAPSHOT_H

#include <linux/seq_file.h>
#include "generation/generation.h"
#include "report/settings.h"
#include "report/totals.h"

/* An open exit, as it was when the report was opened. */
struct kvmlat_open_exit {
	struct kvmlat_identity id;
	u64 age_ns;
	u32 reason;
	u32 cause;		/* so far */
	int cpu;		/* where the thread is, or was last */
};

/* A vCPU with statistics: its last block, or KVMLAT_VCPU_OVERFLOW or _DEPARTED. */
struct kvmlat_vcpu_key {
	struct kvmlat_identity id;
	u32 block;
};

/* The outliers of a report: how far the two rings were read. snapshot.c */
struct kvmlat_outliers {
	u64 head[KVMLAT_RINGS], next[KVMLAT_RINGS];
	struct kvmlat_outlier peek[KVMLAT_RINGS], last;
	bool seen[KVMLAT_RINGS];	/* peek[n] is the next record of ring n */
	bool given;			/* `last` is record number `at`, counted from the newest */
	unsigned int at, nr;
};

struct kvmlat_report {
	const struct kvmlat_view *view;
	struct kvmlat_generation *gen;		/* a reference */
	struct kvmlat_totals *totals;
	struct kvmlat_settings *settings;
	loff_t pos;
	int err;			/* of the record being printed: ends the read */
	struct kvmlat_row copy;		/* the row being printed, consistent in itself */
	/* only of views that ask for them */
	struct kvmlat_outliers outliers;
	struct kvmlat_open_exit *open_exit;
	unsigned int open_exits;
	struct kvmlat_vcpu_key *vcpu;	/* by VMM, VM and vCPU; not NULL: blocks are pinned */
	unsigned int vcpus;
	u32 *next;			/* by block: the next block of the same vCPU */
	u32 recycled;			/* blocks.recycled when the list of vCPUs was made */
	u32 other[KVMLAT_MAP];		/* reasons of the three above that no CPU has a row of */
	unsigned int others;
	struct kvmlat_vcpu *block;	/* the vCPU being printed */
	struct kvmlat_vcpu *vm;		/* the sum over a VM's vCPUs */
};

/* A report is a number of records, each of which is printed independently of the others. */
struct kvmlat_view {
	const char *name;
	loff_t (*records)(const struct kvmlat_report *r);
	void (*show)(struct seq_file *m, struct kvmlat_report *r, loff_t record);
	bool open_exits, vcpus, outliers;	/* what it needs beside the totals */
};

/* snapshot.c: open exits, outliers, and which vCPUs there are */
int kvmlat_open_exits_get(struct kvmlat_report *r);	/* under kvmlat_mutex */
void kvmlat_outliers_get(struct kvmlat_report *r);
const struct kvmlat_outlier *kvmlat_outlier_read(struct kvmlat_report *r, unsigned int nth);
int kvmlat_vcpus_get(struct kvmlat_report *r);		/* under kvmlat_mutex */
#define KVMLAT_VCPU_OVERFLOW	(U32_MAX - 1)
#define KVMLAT_VCPU_DEPARTED	U32_MAX
void kvmlat_others_get(struct kvmlat_report *r);	/* after these three */
bool kvmlat_vcpu_read(struct kvmlat_report *r, unsigned int nth, bool *live);
void kvmlat_vcpus_put(struct kvmlat_report *r);

#endif
