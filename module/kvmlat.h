/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Internal interfaces of the kvmlat module: who owns which datum, who writes it, who reads it.
 *
 * A probe runs on the thread that runs a vCPU, which holds KVM's mutex of that vCPU from the begin
 * of KVM_RUN to its end, with preemption off. It writes only
 *  - the slot of that vCPU (struct kvmlat_slot),
 *  - the entry of its own thread (struct kvmlat_thread),
 *  - the statistics block of that vCPU (struct kvmlat_vcpu), and
 *  - the block of the CPU it runs on (struct kvmlat_cpu) in the current set,
 * so none needs a lock or an atomic. Everyone else only reads them, with READ_ONCE, and accepts
 * that figures of a running host move while they are read. The exceptions are said where they are:
 * the states of slots and threads (cmpxchg, when KVM_RUN begins), the claim of a statistics block
 * (once a vCPU), and the outlier ring.
 */
#ifndef KVMLAT_H
#define KVMLAT_H

#include <linux/cpumask.h>
#include <linux/jump_label.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/types.h>
#include "bucket.h"
#include "compat.h"

struct kvm_vcpu;
struct module;

/* What a pair's time went into: the first that applies, from the last to the first here. */
enum kvmlat_cause {
	KVMLAT_KERNEL,		/* never left the CPU */
	KVMLAT_PREEMPTED,	/* involuntary switches only */
	KVMLAT_BLOCKED,		/* the thread slept in the kernel */
	KVMLAT_USER,		/* KVM_RUN returned to the VMM in between */
	KVMLAT_CAUSES,
	KVMLAT_MIXED = KVMLAT_CAUSES,	/* of a row that several causes share */
};

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
	X(CLOCK_SWITCHED, clock_switched)	/* part of backward */		\
	X(OFFCPU_UNKNOWN, offcpu_unknown)	/* begun before it was measured */ \
	X(FAILED_ENTRIES, failed_entries)	/* VMX reason bit 31 */		\
	X(REASON_FLAGS, reason_flags)		/* VMX reason bits 16..30 */	\
	X(VCPUS_OTHER, vcpus_other)		/* times a vCPU got no block */	\
	X(VET_FAILED, vet_failed)		/* exits unlike any, part of nothing */ \
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
#define KVMLAT_MAP		216	/* dense indices of reasons are below */
#define KVMLAT_NO_INDEX		(KVMLAT_MAP - 1)	/* a reason code without one */
#define KVMLAT_OTHER		0x7ffffffeU	/* key of the catch-all row, no code of any vendor */

/* What every histogram starts with. Writer: the probes of its table's owner. */
struct kvmlat_head {
	u32 reason;		/* fixed before the row is published */
	u32 cause;		/* likewise, but may turn KVMLAT_MIXED later */
	u64 sum_ns;
	u64 min_ns;		/* U64_MAX before the first pair */
	u64 max_ns;
	u64 runq_ns;		/* part of sum_ns spent runnable and waiting */
	u64 offcpu_ns;		/* part of sum_ns spent not running, with offcpu=1 */
	u64 sum_high;		/* of totals: what of the sum is beyond 64 bits */
};

/* A histogram of a CPU. Its count is the sum of its buckets. */
struct kvmlat_row {
	struct kvmlat_head head;
	u64 bucket[KVMLAT_BUCKETS];
} ____cacheline_aligned;

/* A histogram of a vCPU, in plain powers of two. */
struct kvmlat_vrow {
	struct kvmlat_head head;
	u64 bucket[KVMLAT_POW2_BUCKETS];
} ____cacheline_aligned;

/*
 * Which row holds a (cause, reason). Rows lie behind, the one after the last is the catch-all. The
 * usual way through the entry probe goes by `usual`, all others by `map`.
 */
struct kvmlat_table {
	u8 nr_rows;			/* published rows; store-release after the row is ready */
	u8 cap;				/* rows without the catch-all */
	u8 reserve;			/* of these, for reasons that have none yet */
	u16 stride;			/* bytes of a row */
	void *base;			/* what `usual` is from: the CPU's or the vCPU's block */
	void *rows;
	u8 map[KVMLAT_CAUSES][KVMLAT_MAP];	/* dense reason index -> row */
	u32 usual[KVMLAT_MAP];		/* of cause kernel: bytes from base, or KVMLAT_UNKNOWN */
};

#define KVMLAT_UNKNOWN	0x80000000U
#define KVMLAT_VROWS	64

/*
 * Who a vCPU is, by value. vm is 0 and vcpu -1 where they cannot be known. The first four tell it
 * from all others, kvmlat_who_same(); a process may rename itself, and threads change.
 */
struct kvmlat_who {
	s32 vmm;			/* pid of the VMM process */
	u32 vm;				/* tells apart the VMs of one process */
	s32 vcpu;
	s32 tid;			/* of the thread that runs it, or ran it last */
	u64 start_time;			/* of the process */
	char comm[TASK_COMM_LEN];	/* of the process, when it was first seen */
};

static inline bool kvmlat_who_same(const struct kvmlat_who *a, const struct kvmlat_who *b)
{
	return a->vmm == b->vmm && a->vm == b->vm && a->vcpu == b->vcpu &&
	       a->start_time == b->start_time;
}

/* Statistics of one vCPU in one set. Writer: the thread in its KVM_RUN; cleared under kvmlat_mutex. */
struct kvmlat_vcpu {
	struct kvmlat_who who;		/* written before `used` is, but for who.tid */
	u32 used;			/* store-release by the owner */
	struct kvmlat_table table;
	struct kvmlat_vrow row[KVMLAT_VROWS + 1];
};

/*
 * What tells that all a thread keeps of the set, the filters and the modes is still so: low bits are
 * modes, the others change whenever anything does. See kvmlat_epoch_apply().
 */
#define KVMLAT_EPOCH_CYCLES	1U	/* stamps are get_cycles(), else local_clock() */
#define KVMLAT_EPOCH_RIP	2U	/* guest_rip=1 */
#define KVMLAT_EPOCH_OFFCPU	4U	/* offcpu=1 */
#define KVMLAT_EPOCH_FLUX	8U	/* the clock is being changed: nobody takes the usual way */
#define KVMLAT_EPOCH_STEP	16U

struct kvmlat_slot;

/*
 * Everything one CPU records: a header, then rows, on the CPU's own node; reserved at load for each CPU
 * that is online, and when one comes. Of a CPU that never came there is the header and one row.
 */
struct kvmlat_cpu {
	/*
	 * Of the thread seen last here, whose slot is of this epoch; else kvmlat_no_slot, never NULL.
	 * Writers: probes on this CPU, and to forget it, whoever changes the epoch.
	 */
	struct kvmlat_slot *last;
	u32 epoch;			/* writer: under kvmlat_mutex */
	u32 set_no;			/* of `set`, whose own line readers write: its references */
	bool left_out;			/* by `cpus`; writer: under kvmlat_mutex */
	struct kvmlat_set *set;		/* what it is a part of */
	struct kvmlat_vcpu *other;	/* of vCPUs without a block, on this CPU; NULL: it is not there */
	struct kvmlat_cpu *before;	/* the block it had before it came online, or NULL */
	struct kvmlat_table table;
	u64 count[KVMLAT_NR_COUNTERS];
	struct kvmlat_row row[] ____cacheline_aligned;	/* rows + 1, the last is the catch-all */
};

#include "slot.h"

#define KVMLAT_NO_BLOCK U32_MAX
/* For so long a report that was opened keeps numbers of vCPUs that are gone from being used again. */
#define KVMLAT_HOLD_NS	(10 * NSEC_PER_SEC)

/*
 * How much of something each VMM holds, by its pid: the smaller of two counts that other pids may
 * share (a count-min sketch), so never too little, and hardly ever too much. See share.h.
 */
#define KVMLAT_SHARES	256U
struct kvmlat_shares {
	atomic_t held[2][KVMLAT_SHARES];
};

/* An outlier record. seq is even when whole, odd while a probe writes it. */
struct kvmlat_outlier {
	u64 seq;			/* 2 * number of the record, from 1 on; | 1 while written */
	u64 time_ns;			/* local_clock() at the entry */
	u64 real_ns;			/* wall clock */
	u64 latency_ns;
	u64 runq_ns;
	u64 offcpu_ns;			/* U64_MAX: not measured */
	u64 info1, info2, rip;
	u32 reason, cause, intr_info, error_code;
	u32 exit_cpu;
	u32 cpu;			/* CPU of the entry */
	u32 has_info, has_rip;
	struct kvmlat_who who;
};

/* Record number n lies at place n modulo size. */
struct kvmlat_ring {
	atomic64_t head ____cacheline_aligned;	/* records ever started; written per outlier only */
	u32 size;				/* a power of two, or 0: no ring */
	struct kvmlat_outlier *rec;
};

/* The first is everybody's; the second is of VMMs that have their share of the first. */
#define KVMLAT_RINGS 2

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
	u32 no;
	u32 rows;
	u32 epoch;			/* of all its CPUs */
	bool offcpu_whole;		/* offcpu=1 since the set began */
	u64 generation;
	u64 since_ns;
	u64 bytes;
	struct kvmlat_retired retired;
	struct kvmlat_ring ring[KVMLAT_RINGS];
	struct kvmlat_shares ring_shares;	/* of the first ring's places */
	struct kvmlat_vcpu **vcpus;	/* kvmlat_max_vcpus blocks, by number */
	struct kvmlat_vcpu *departed;	/* sums of blocks that were cleared; under kvmlat_mutex */
	u32 put_back;			/* how many were; likewise */
	/* nr_cpu_ids, by CPU number; NULL where not possible. An empty one may be replaced: cpu_grow() */
	struct kvmlat_cpu *cpu[];
};

extern struct kvmlat_set __rcu *kvmlat_set;	/* writer: under kvmlat_mutex */
extern u32 kvmlat_offcpu_epoch;			/* likewise */
extern struct mutex kvmlat_mutex;		/* process context: sets, slots' reclaim, attach, filters */
extern atomic64_t kvmlat_bytes;			/* memory held by sets, slots and rings */

/*
 * The block of this CPU in the current set; stays until preemption is on again, kvmlat_reset()
 * waits for that. CPUs get a new set's block one after another, a thread adopts what it meets.
 */
DECLARE_PER_CPU(struct kvmlat_cpu *, kvmlat_block);

/* A datum with one writer, this: a plain add is one instruction, and whole on a 64-bit machine. */
#define kvmlat_add(what, n) data_race((what) += (n))

/* memory.c: whole pages of zeroes */
void kvmlat_memory_init(void);
void *kvmlat_pages_alloc(size_t bytes, int node);
void kvmlat_pages_free(void *memory, size_t bytes);
void *kvmlat_spread_alloc(size_t bytes);
void kvmlat_spread_free(void *memory);
int kvmlat_spread_node(size_t at_bytes);
int kvmlat_node(unsigned int nth);
unsigned int kvmlat_nodes(void);

/* set.c */
struct kvmlat_set *kvmlat_set_current(void);	/* under kvmlat_mutex */
int kvmlat_set_init(unsigned int rows, unsigned int ring);
void kvmlat_set_exit(void);
int kvmlat_reset(void);
void kvmlat_set_forget(struct kvmlat_set *set);
void kvmlat_set_get(struct kvmlat_set *set);
void kvmlat_set_put(struct kvmlat_set *set);
void kvmlat_epoch_apply(struct kvmlat_set *set);	/* modes or filters changed; under kvmlat_mutex */

/* hist.c */
void kvmlat_table_init(struct kvmlat_table *t, void *base, void *rows, unsigned int cap, size_t stride);
void kvmlat_vcpu_init(struct kvmlat_vcpu *v);
void kvmlat_record(struct kvmlat_cpu *c, struct kvmlat_slot *slot, u64 latency_ns,
		   enum kvmlat_cause cause, u64 runq_ns, u64 offcpu_ns);
void kvmlat_row_span(const struct kvmlat_row *row, unsigned int *first, unsigned int *last);
u64 kvmlat_row_count(const struct kvmlat_row *row);
u64 kvmlat_vrow_count(const struct kvmlat_vrow *row);
void kvmlat_row_add(struct kvmlat_row *to, const struct kvmlat_row *from);
void kvmlat_vcpu_copy(struct kvmlat_vcpu *to, const struct kvmlat_vcpu *from);
void kvmlat_vcpu_fold(struct kvmlat_vcpu *to, const struct kvmlat_vcpu *from);

/* calibrate.c */
int kvmlat_calibrate(void);		/* under kvmlat_mutex */
u64 kvmlat_cost_ps(void);		/* what a pair costs here, in picoseconds; 0: not known */
u64 kvmlat_rate(const struct kvmlat_set *set, u64 now_ns, u64 paired, u64 *over_ns);

/* clock.c */
extern u64 kvmlat_cycles_mult;		/* ns = cycles * mult >> 32 */
DECLARE_STATIC_KEY_FALSE(kvmlat_usual_cycles);	/* the usual way's clock: cycles, else local_clock() */
void kvmlat_clock_init(void);
void kvmlat_clock_watch(bool on);	/* while attached */
void kvmlat_clock_exit(void);
bool kvmlat_clock_cycles(void);		/* the clock for stamps now; under kvmlat_mutex */
int kvmlat_clock_choose(const char *name);	/* auto, cycles, local; under kvmlat_mutex */
const char *kvmlat_clock_wanted(void);

/* vcpu.c: numbers of statistics blocks, given to vCPUs and taken back */
extern unsigned int kvmlat_max_vcpus;
int kvmlat_blocks_init(void);
void kvmlat_blocks_exit(void);
u32 kvmlat_block_claim(const struct kvmlat_who *who);
bool kvmlat_block_to_have(s32 vmm);
int kvmlat_block_node(u32 block);
void kvmlat_block_leave(u32 block);
void kvmlat_block_take_up(struct kvmlat_set *set, struct kvmlat_slot *slot);
void kvmlat_blocks_reclaim(void);		/* under kvmlat_mutex */
void kvmlat_blocks_hold(void);			/* likewise */
void kvmlat_blocks_let_go(void);		/* likewise */
bool kvmlat_block_live(u32 block, const struct kvmlat_who *who);
unsigned int kvmlat_blocks_used(void);

/* probe.c: the unusual ways through a probe, for probe.h; and attach.c's probes */
/* The unused argument keeps the others where the tracepoint passed them: no moves on the usual way. */
void kvmlat_exit_slow(void *unused, struct kvm_vcpu *vcpu, u32 isa);
void kvmlat_entry_slow(void *unused, struct kvm_vcpu *vcpu);
void kvmlat_probe_userspace(void *unused, u32 reason, int error);
void kvmlat_probe_switch(void *unused, bool preempt, struct task_struct *prev,
			 struct task_struct *next, unsigned int prev_state);

/* attach.c */
enum kvmlat_state { KVMLAT_WAITING, KVMLAT_DISABLED, KVMLAT_ATTACHED, KVMLAT_REFUSED };
int kvmlat_attach_init(void);
void kvmlat_attach_exit(void);
int kvmlat_attach_apply(void);			/* under kvmlat_mutex, after enabled or offcpu changed */
enum kvmlat_state kvmlat_attach_state(void);
const char *kvmlat_attach_state_name(void);
const char *kvmlat_attach_why(void);		/* of a refusal, else NULL */
void kvmlat_refuse(const char *why);		/* from a probe: give up, say so in process context */
void kvmlat_reprobe(void);			/* from a probe: choose the probes anew, soon */
void kvmlat_reclaim_soon(void);			/* from a probe */

/* symbol.c */
void *kvmlat_module_symbol(struct module *mod, const char *name, unsigned long *size_bytes);

/* outlier.c */
int kvmlat_rings_init(struct kvmlat_set *set, u32 size);
void kvmlat_rings_exit(struct kvmlat_set *set);
void kvmlat_outlier(struct kvmlat_set *set, struct kvmlat_cpu *c, const struct kvmlat_slot *slot,
		    u64 latency_ns, enum kvmlat_cause cause, u64 runq_ns, u64 offcpu_ns);
bool kvmlat_ring_read(const struct kvmlat_ring *ring, u64 number, struct kvmlat_outlier *out);
u64 kvmlat_ring_first(const struct kvmlat_ring *ring, u64 head);
u64 kvmlat_rings_overwritten(const struct kvmlat_set *set);

/* param.c: parameters. Writers hold kvmlat_mutex; probes read outlier_ns, the skip map and vms. */
extern bool kvmlat_enabled, kvmlat_offcpu, kvmlat_guest_rip, kvmlat_direct;
extern unsigned long long kvmlat_outlier_ns;
extern u64 kvmlat_usual_ns;			/* KVMLAT_SUB + this and more is an outlier, or very long */
extern unsigned int kvmlat_rows, kvmlat_slots_wanted, kvmlat_outlier_ring;
extern unsigned long kvmlat_skip[];
extern struct cpumask kvmlat_cpus;		/* all ones: no filter */
struct kernel_param;
char *kvmlat_param_copy(const char *val, char **stripped);
int kvmlat_param_refuse(const struct kernel_param *kp, const char *val, const char *why);
void kvmlat_params_changed(void);		/* under kvmlat_mutex */
void kvmlat_params_init(void);
void kvmlat_params_live(bool live);

extern const char * const kvmlat_cause_names[KVMLAT_CAUSES + 1];

#include "arch.h"
#include "control.h"

#endif
