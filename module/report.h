/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reading: one snapshot of all totals (audit.c), and the reports printed from it (report*.c).
 */
#ifndef KVMLAT_REPORT_H
#define KVMLAT_REPORT_H

#include "kvmlat.h"

struct kvmlat_audit {
	u64 exits, entries, paired, abandoned, in_flight, slots_used, blocks_used;
	u64 count[KVMLAT_NR_COUNTERS];	/* carried completed by the slots' and the retired */
	u64 catch_all, mixed;		/* pairs in rows that several reasons, or causes, share */
	u64 outliers_overwritten;
	u64 exit_side_right, entry_side_right;
};

/* A reason of the totals: its rows by cause, and their sum. */
struct kvmlat_reason {
	unsigned int first, nr;		/* rows in kvmlat_totals.row */
	struct kvmlat_row sum;
};

struct kvmlat_totals {
	u64 time_ns;
	struct kvmlat_audit audit;
	u64 busy_sum_ns, busy_sum_high;	/* of all reasons that are not idle; beyond 64 bits */
	u64 rate, rate_ns;		/* pairs a second, over so many ns */
	unsigned int nr;		/* rows, ascending by reason and cause, with the catch-all */
	unsigned int nr_reasons;	/* with the catch-all */
	struct kvmlat_row *row;
	struct kvmlat_reason *reason;
	u32 *by_share;			/* nr_reasons indices: busy by falling sum, then idle likewise */
};

struct kvmlat_totals *kvmlat_totals_get(struct kvmlat_set *set);	/* under kvmlat_mutex */
void kvmlat_totals_put(struct kvmlat_totals *t);
unsigned int kvmlat_total_of(const struct kvmlat_totals *t, const struct kvmlat_head *head);

/* An exit that waits for its entry, as it was when the report was opened. */
struct kvmlat_flight {
	struct kvmlat_who who;
	u64 age_ns;
	u32 reason;
	u32 cause;		/* so far */
	int cpu;		/* where the thread is, or was last */
};

/* A vCPU with statistics: block numbers, then the three kinds of others. */
struct kvmlat_vcpu_key {
	struct kvmlat_who who;
	u32 block;
};

/* The outliers of a report: how far the two rings were read. snapshot.c */
struct kvmlat_outliers {
	u64 head[KVMLAT_RINGS], next[KVMLAT_RINGS];
	struct kvmlat_outlier peek[KVMLAT_RINGS], last;
	bool seen[KVMLAT_RINGS];	/* peek is the next of that ring */
	bool given;			/* last is number `at`, from the newest on */
	unsigned int at, nr;
};

struct kvmlat_report {
	const struct kvmlat_view *view;
	struct kvmlat_set *set;		/* a reference */
	struct kvmlat_totals *totals;
	struct kvmlat_settings *settings;
	loff_t pos;
	int err;			/* of the record being printed: ends the read */
	struct kvmlat_row copy;		/* the row being printed, consistent in itself */
	/* only of views that ask for them */
	struct kvmlat_outliers outliers;
	struct kvmlat_flight *flight;
	unsigned int flights;
	struct kvmlat_vcpu_key *vcpu;	/* by VMM, VM and vCPU; with it blocks are held */
	unsigned int vcpus;
	u32 *next;			/* by block: the next block of the same vCPU */
	u32 put_back;			/* of the set, when the list was made */
	u32 other[KVMLAT_MAP];		/* reasons of these three that no CPU has a row of */
	unsigned int others;
	struct kvmlat_vcpu *block;	/* the vCPU being printed */
	struct kvmlat_vcpu *vm;		/* the sum over a VM's vCPUs */
};

/* A report is a number of records; each is printed on its own, none knows the others. */
struct kvmlat_view {
	const char *name;
	loff_t (*records)(const struct kvmlat_report *r);
	void (*show)(struct seq_file *m, struct kvmlat_report *r, loff_t record);
	bool flights, vcpus, outliers;	/* what it needs beside the totals */
};

extern const struct kvmlat_view kvmlat_view_summary, kvmlat_view_histogram, kvmlat_view_percpu,
	kvmlat_view_vcpus, kvmlat_view_inflight, kvmlat_view_outliers, kvmlat_view_status,
	kvmlat_view_data;
int kvmlat_report_init(void);
void kvmlat_report_exit(void);
const struct kvmlat_row *kvmlat_report_row(struct kvmlat_report *r, int cpu, unsigned int nth);
int kvmlat_report_cpu(loff_t nth);
void kvmlat_report_title(struct seq_file *m, const struct kvmlat_report *r, const char *what);
void kvmlat_report_losses(struct seq_file *m, const struct kvmlat_report *r);
void kvmlat_report_times(struct seq_file *m, const struct kvmlat_set *set, const struct kvmlat_head *h);
void kvmlat_report_histogram(struct seq_file *m, const u64 pow2[KVMLAT_POW2_BUCKETS]);

/* settings.c: what shapes the figures, as it was when the report was opened */
struct kvmlat_settings *kvmlat_settings_get(const struct kvmlat_set *set);	/* under kvmlat_mutex */
void kvmlat_settings_filter(struct seq_file *m, const struct kvmlat_settings *s);
unsigned int kvmlat_settings_infos(struct seq_file *m, const struct kvmlat_settings *s,
				   const char *before, const char *between);

/* snapshot.c: who is in flight and which vCPUs there are */
int kvmlat_flights_get(struct kvmlat_report *r);	/* under kvmlat_mutex */
void kvmlat_outliers_get(struct kvmlat_report *r);
const struct kvmlat_outlier *kvmlat_outlier_read(struct kvmlat_report *r, unsigned int nth);
int kvmlat_vcpus_get(struct kvmlat_report *r);		/* under kvmlat_mutex */
#define KVMLAT_VCPU_OTHER	(U32_MAX - 1)
#define KVMLAT_VCPU_DEPARTED	U32_MAX
void kvmlat_others_get(struct kvmlat_report *r);	/* after these three */
bool kvmlat_vcpu_read(struct kvmlat_report *r, unsigned int nth, bool *live);
void kvmlat_vcpus_put(struct kvmlat_report *r);

/* report-data.c's outliers, vCPUs and exits in flight: report-lines.c */
void kvmlat_report_text(struct seq_file *m, const char *text, size_t size);
void kvmlat_data_outlier(struct seq_file *m, const struct kvmlat_outlier *o);
void kvmlat_data_flight(struct seq_file *m, const struct kvmlat_flight *f);
void kvmlat_data_vcpu(struct seq_file *m, struct kvmlat_report *r, unsigned int nth);
void kvmlat_data_bucket(struct seq_file *m, unsigned int number, u64 count);
void kvmlat_data_key(struct seq_file *m, u32 reason);
void kvmlat_data_head(struct seq_file *m, const struct kvmlat_set *set,
		      const struct kvmlat_head *h);

/* Room for the name of any reason: a code prints as "0x" and 8 digits when it has none. */
const char *kvmlat_reason_name(u32 reason, char buf[16]);

#endif
