/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Internal interfaces of the kvmlat module: who owns which datum, who writes it, who reads it.
 *
 * A probe runs on the thread of a vCPU with preemption off. It writes only
 *  - the slot of its own thread (struct kvmlat_slot), and
 *  - the block of the CPU it runs on (struct kvmlat_cpu) in the current set,
 * so neither needs a lock or an atomic. Everyone else only reads them, with READ_ONCE, and accepts
 * that figures of a running host move while they are read. The two exceptions are said where they
 * are: the claim of a slot (cmpxchg, once per thread) and the outlier ring.
 */
#ifndef KVMLAT_H
#define KVMLAT_H

#include <linux/cpumask.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/types.h>
#include "bucket.h"

struct kvm_vcpu;
struct module;

/* Audit and event counters of a CPU block. Written by probes on that CPU. */
#define KVMLAT_CPU_COUNTERS(X)						\
	X(EXITS_NO_SLOT, exits_no_slot)		/* part of exits, no_slot */	\
	X(ENTRIES_NO_SLOT, entries_no_slot)	/* part of entries */		\
	X(CARRIED, carried)							\
	X(OVERWRITTEN, overwritten)						\
	X(STALE, stale)								\
	X(STALE_ENTRY, stale_entry)						\
	X(BACKWARD, backward)							\
	X(ENTRY_WITHOUT_EXIT, entry_without_exit)				\
	X(MIGRATED, migrated)							\
	X(CATCH_ALL, catch_all)		/* pairs that found no free row */	\
	X(FAILED_ENTRIES, failed_entries)	/* VMX reason bit 31 */		\
	X(REASON_FLAGS, reason_flags)		/* VMX reason bits 16..30 */	\
	X(OUTLIERS, outliers)							\
	X(OUTLIERS_DROPPED, outliers_dropped)

enum kvmlat_counter {
#define X(id, name) KVMLAT_##id,
	KVMLAT_CPU_COUNTERS(X)
#undef X
	KVMLAT_NR_COUNTERS
};

extern const char * const kvmlat_counter_names[KVMLAT_NR_COUNTERS];

#define KVMLAT_MAX_ROWS		254	/* row numbers are u8, 255 means none */
#define KVMLAT_NO_ROW		255
#define KVMLAT_NO_INDEX		255	/* a reason code without a dense index */
#define KVMLAT_MAP		256
#define KVMLAT_OTHER		0xfffffffeU	/* key of the catch-all row, no code of any vendor */

/* One histogram. Writer: probes on the owning CPU. Its count is the sum of its buckets. */
struct kvmlat_row {
	u32 reason;		/* fixed before the row is published */
	u32 unused;
	u64 sum_ns;
	u64 min_ns;		/* U64_MAX before the first pair */
	u64 max_ns;
	u64 pad[3];		/* makes the row 42 cache lines */
	u64 bucket[KVMLAT_BUCKETS];
} ____cacheline_aligned;

/* Everything one CPU records: a header, then rows; reserved at load, on the CPU's own node. */
struct kvmlat_cpu {
	bool left_out;			/* by `cpus`; writer: the parameter's setter */
	u8 nr_rows;			/* published rows; store-release after the row is ready */
	u8 map[KVMLAT_MAP];		/* dense reason index -> row */
	u64 count[KVMLAT_NR_COUNTERS];
	struct kvmlat_row row[] ____cacheline_aligned;	/* rows + 1, the last is the catch-all */
};

/* An outlier record. seq is even when whole, odd while a probe writes it. */
struct kvmlat_outlier {
	u64 seq;			/* 2 * number of the record, from 1 on; | 1 while written */
	u64 time_ns;			/* clock at the entry */
	u64 latency_ns;
	u32 reason;
	u32 exit_cpu;
	u32 cpu;			/* CPU of the entry */
	s32 pid;			/* the vCPU thread */
	s32 vm;				/* VMM pid; thread that created the VM */
	s32 vcpu;
	char comm[16];			/* not terminated when full */
};

struct kvmlat_ring {
	atomic64_t head ____cacheline_aligned;	/* records ever started; written per outlier only */
	u32 size;				/* a power of two, or 0: no ring */
	struct kvmlat_outlier *rec;
};

/* Totals of slots that are gone; written under kvmlat_mutex only. */
struct kvmlat_retired {
	u64 exits, entries, carried, abandoned;
};

/*
 * A generation of statistics. Published through kvmlat_set; `reset` publishes another one. The
 * current set holds one reference, each open report one more.
 */
struct kvmlat_set {
	struct kref ref;
	u32 epoch;
	u32 rows;
	u64 generation;
	u64 since_ns;
	u64 bytes;
	struct kvmlat_retired retired;
	struct kvmlat_ring ring;
	struct kvmlat_cpu *cpu[];	/* nr_cpu_ids, by CPU number; NULL where not possible */
};

extern struct kvmlat_set __rcu *kvmlat_set;	/* writer: under kvmlat_mutex */
extern struct mutex kvmlat_mutex;		/* process context: sets, slots' reclaim, attach, filters */
extern atomic64_t kvmlat_bytes;			/* memory held by sets, slots and rings */

/* hist.c */
struct kvmlat_set *kvmlat_set_current(void);	/* under kvmlat_mutex */
int kvmlat_set_init(unsigned int rows, unsigned int ring);
void kvmlat_set_exit(void);
int kvmlat_reset(void);
void kvmlat_set_get(struct kvmlat_set *set);
void kvmlat_set_put(struct kvmlat_set *set);
void kvmlat_left_out_apply(struct kvmlat_set *set);
void kvmlat_record(struct kvmlat_cpu *c, const struct kvmlat_set *set, u32 reason, u8 index,
		   u64 latency_ns);
void kvmlat_row_copy(struct kvmlat_row *to, const struct kvmlat_row *from);
u64 kvmlat_row_count(const struct kvmlat_row *row);
void kvmlat_row_add(struct kvmlat_row *to, const struct kvmlat_row *from);

static inline u64 kvmlat_clock_ns(void);

/* vcpu.c: a slot per vCPU thread. 64 bytes, written by its own thread, found by pid and start time. */
struct kvmlat_slot {
	u32 pid;		/* 0: free. Claimed by cmpxchg, freed under kvmlat_mutex */
	u32 epoch;		/* of the set that exits and entries count for */
	u64 start_time;
	const void *vcpu;	/* compared, never followed */
	u64 exit_ns;
	u64 exits;
	u64 entries;
	u32 reason;
	u32 exit_cpu;
	u8 index;
	bool open;		/* an exit waits for its entry */
} ____cacheline_aligned;

int kvmlat_slots_init(unsigned int slots);
void kvmlat_slots_exit(void);
struct kvmlat_slot *kvmlat_slot_find(void);
struct kvmlat_slot *kvmlat_slot_claim(const struct kvmlat_set *set);
void kvmlat_slot_adopt(struct kvmlat_slot *slot, const struct kvmlat_set *set,
		       struct kvmlat_cpu *c);
void kvmlat_slots_reclaim(bool all);		/* under kvmlat_mutex */
void kvmlat_slots_stop(void);

struct kvmlat_slot_sum {
	u64 exits, entries, carried, in_flight, used;
};

void kvmlat_slots_sum(struct kvmlat_slot_sum *sum, u32 epoch);	/* under kvmlat_mutex */
extern unsigned int kvmlat_nr_slots;

/* probe.c: called by the architecture's two probe functions */
void kvmlat_probe_exit(struct kvm_vcpu *vcpu, u32 isa);
void kvmlat_probe_entry(struct kvm_vcpu *vcpu);

/* attach.c */
enum kvmlat_state { KVMLAT_WAITING, KVMLAT_DISABLED, KVMLAT_ATTACHED, KVMLAT_REFUSED };
int kvmlat_attach_init(void);
void kvmlat_attach_exit(void);
int kvmlat_attach_apply(void);			/* under kvmlat_mutex, after kvmlat_enabled changed */
enum kvmlat_state kvmlat_attach_state(void);
const char *kvmlat_attach_state_name(void);
const char *kvmlat_attach_why(void);		/* of a refusal, else NULL */
void kvmlat_refuse(const char *why);		/* from a probe: give up, say so in process context */
void kvmlat_reclaim_soon(void);			/* from a probe */

/* arch-*.c: the only files that know a vendor or an architecture */
int kvmlat_arch_bind(struct module *mod, const char **why);
void kvmlat_arch_unbind(void);
void *kvmlat_arch_probe_exit_fn(void);
void *kvmlat_arch_probe_entry_fn(void);
const char *kvmlat_arch_vet(struct kvm_vcpu *vcpu, u32 isa);	/* NULL: plausible */
u32 kvmlat_arch_reason(struct kvm_vcpu *vcpu, u32 isa, u8 *index, u64 *count);
u8 kvmlat_arch_index(u32 reason);
bool kvmlat_arch_first_entry(const struct kvm_vcpu *vcpu);
void kvmlat_arch_who(const struct kvm_vcpu *vcpu, s32 *vm, s32 *id);
const char *kvmlat_arch_isa(void);
const char *kvmlat_arch_reason_name(u32 reason);	/* NULL: no name known */
bool kvmlat_arch_idle(u32 reason);
bool kvmlat_arch_name_known(const char *name, bool *ours, u32 *reason);
extern const char kvmlat_arch_idle_names[];

/* outlier.c */
int kvmlat_ring_init(struct kvmlat_ring *ring, u32 size, u64 *bytes);
void kvmlat_ring_exit(struct kvmlat_ring *ring);
void kvmlat_outlier(struct kvmlat_set *set, struct kvmlat_cpu *c, const struct kvm_vcpu *vcpu,
		    const struct kvmlat_slot *slot, u64 now_ns, u64 latency_ns);
bool kvmlat_ring_read(const struct kvmlat_ring *ring, u64 number, struct kvmlat_outlier *out);
u64 kvmlat_ring_overwritten(const struct kvmlat_ring *ring);

/* param.c: parameters. Writers hold kvmlat_mutex; probes read outlier_ns and the skip map. */
extern bool kvmlat_enabled;
extern unsigned long long kvmlat_outlier_ns;
extern unsigned int kvmlat_rows, kvmlat_slots_wanted, kvmlat_outlier_ring;
extern unsigned long kvmlat_skip[];
extern struct cpumask kvmlat_cpus;		/* all ones: no filter */
void kvmlat_params_init(void);
void kvmlat_params_live(bool live);

/* audit.c: one snapshot of all totals. */
struct kvmlat_audit {
	u64 exits, entries, paired, abandoned, in_flight, slots_used;
	u64 count[KVMLAT_NR_COUNTERS];	/* carried completed by the slots' and the retired */
	u64 outliers_overwritten;
	u64 exit_side_right, entry_side_right;
};

struct kvmlat_totals {
	u64 time_ns;
	struct kvmlat_audit audit;
	u64 busy_sum_ns;		/* of all reasons that are not idle */
	unsigned int nr;		/* reasons, ascending by code, the catch-all last */
	u32 *by_share;			/* nr indices: busy by falling sum, then idle likewise */
	struct kvmlat_row row[];
};

struct kvmlat_totals *kvmlat_totals_get(struct kvmlat_set *set);	/* under kvmlat_mutex */
void kvmlat_totals_put(struct kvmlat_totals *t);

/* report.c and report-*.c */
struct kvmlat_report {
	const struct kvmlat_view *view;
	struct kvmlat_set *set;		/* a reference */
	struct kvmlat_totals *totals;
	u64 ring_head;
	loff_t pos;
	struct kvmlat_row copy;		/* the row being printed, consistent in itself */
};

/* A report is a number of records; each is printed on its own, none knows the others. */
struct kvmlat_view {
	const char *name;
	loff_t (*records)(const struct kvmlat_report *r);
	void (*show)(struct seq_file *m, struct kvmlat_report *r, loff_t record);
};

extern const struct kvmlat_view kvmlat_view_summary, kvmlat_view_histogram, kvmlat_view_percpu,
	kvmlat_view_outliers, kvmlat_view_status, kvmlat_view_data;
int kvmlat_report_init(void);
void kvmlat_report_exit(void);
const struct kvmlat_row *kvmlat_report_row(struct kvmlat_report *r, int cpu, unsigned int nth);
int kvmlat_report_cpu(loff_t nth);
bool kvmlat_report_outlier(const struct kvmlat_report *r, u64 nth, struct kvmlat_outlier *o);
u64 kvmlat_report_outliers(const struct kvmlat_report *r);

/* Room for the name of any reason: a code prints as "0x" and 8 digits when it has none. */
const char *kvmlat_reason_name(u32 reason, char buf[16]);

#include "compat.h"

#endif
