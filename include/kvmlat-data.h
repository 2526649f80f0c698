/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The words of the `data` format, version 1 (docs/data-format.md): the module that writes it, the
 * tool that reads it and the tests take them from here. No header of the kernel or the C library is
 * needed. Within version 1 words may be added; none changes its meaning, none goes.
 *
 * Lists are macros that call X(ID, word) for each element, in the order in which `data` has them.
 */
#ifndef KVMLAT_DATA_H
#define KVMLAT_DATA_H

#define KVMLAT_DATA_VERSION	"1"

/* First words of lines, in the order of the sections. vmname and recorded are `kvmlat record`'s. */
#define KVMLAT_LINE_HEAD	"kvmlat-data"
#define KVMLAT_LINE_TOTALS	"totals"
#define KVMLAT_LINE_INFO	"info"
#define KVMLAT_LINE_COUNT	"count"
#define KVMLAT_LINE_REASON	"reason"
#define KVMLAT_LINE_ROW		"row"
#define KVMLAT_LINE_CPU		"cpu"
#define KVMLAT_LINE_VCPU	"vcpu"
#define KVMLAT_LINE_VROW	"vrow"
#define KVMLAT_LINE_VMNAME	"vmname"
#define KVMLAT_LINE_INFLIGHT	"inflight"
#define KVMLAT_LINE_OUTLIER	"outlier"
#define KVMLAT_LINE_RECORDED	"recorded"
#define KVMLAT_LINE_END		"end"

/* Names of fields: of the head; of `row` and `vrow`; of who a vCPU is; of single exits. */
#define KVMLAT_FIELD_GENERATION	"generation"
#define KVMLAT_FIELD_SUM	"sum"
#define KVMLAT_FIELD_MIN	"min"
#define KVMLAT_FIELD_MAX	"max"
#define KVMLAT_FIELD_RUNQ	"runq"
#define KVMLAT_FIELD_OFFCPU	"offcpu"
#define KVMLAT_FIELD_BUCKETS	"buckets"
#define KVMLAT_FIELD_VMM	"vmm"
#define KVMLAT_FIELD_VM		"vm"
#define KVMLAT_FIELD_TID	"tid"
#define KVMLAT_FIELD_VCPU	"vcpu"
#define KVMLAT_FIELD_STATE	"state"
#define KVMLAT_FIELD_COMM	"comm"
#define KVMLAT_FIELD_REASON	"reason"
#define KVMLAT_FIELD_CAUSE	"cause"
#define KVMLAT_FIELD_AGE	"age_ns"
#define KVMLAT_FIELD_CPU	"cpu"
#define KVMLAT_FIELD_EXIT_CPU	"exit_cpu"
#define KVMLAT_FIELD_TIME	"time_ns"
#define KVMLAT_FIELD_REAL	"real_ns"
#define KVMLAT_FIELD_LATENCY	"latency_ns"
#define KVMLAT_FIELD_RUNQ_NS	"runq_ns"
#define KVMLAT_FIELD_OFFCPU_NS	"offcpu_ns"
#define KVMLAT_FIELD_INFO1	"info1"
#define KVMLAT_FIELD_INFO2	"info2"
#define KVMLAT_FIELD_INTR_INFO	"intr_info"
#define KVMLAT_FIELD_ERROR_CODE	"error_code"
#define KVMLAT_FIELD_RIP	"rip"

/* Values. UNKNOWN: not measured or not known; ABSENT: KVM does not tell it here. */
#define KVMLAT_WORD_ALL		"all"		/* of all CPUs; a filter that filters nothing */
#define KVMLAT_WORD_IDLE	"idle"		/* a reason by which the guest asked to sleep ... */
#define KVMLAT_WORD_BUSY	"busy"		/* ... or any other */
#define KVMLAT_WORD_LIVE	"live"		/* a vCPU ... */
#define KVMLAT_WORD_GONE	"gone"		/* ... that was closed */
#define KVMLAT_WORD_OTHER	"other"		/* the overflow row; the overflow blocks */
#define KVMLAT_WORD_DEPARTED	"departed"	/* the sum of recycled blocks */
#define KVMLAT_WORD_NONE	"none"		/* no vendor yet; no reason is skipped */
#define KVMLAT_WORD_UNKNOWN	"-"
#define KVMLAT_WORD_ABSENT	"n/a"
#define KVMLAT_NAME_OTHER	"(other)"	/* what the overflow row's reason is called */

/* Names of `info` lines, in their order. why, began_* and clock_why are there only when needed. */
#define KVMLAT_INFO_VERSION		"version"
#define KVMLAT_INFO_KERNEL		"kernel"
#define KVMLAT_INFO_ISA			"isa"
#define KVMLAT_INFO_STATE		"state"
#define KVMLAT_INFO_WHY			"why"
#define KVMLAT_INFO_ENABLED		"enabled"
#define KVMLAT_INFO_CPUS		"cpus"
#define KVMLAT_INFO_VMS			"vms"
#define KVMLAT_INFO_FILTER_CHANGES	"filter_changes"
#define KVMLAT_INFO_BEGAN_ENABLED	"began_enabled"
#define KVMLAT_INFO_BEGAN_CPUS		"began_cpus"
#define KVMLAT_INFO_BEGAN_VMS		"began_vms"
#define KVMLAT_INFO_CLOCK		"clock"
#define KVMLAT_INFO_CLOCK_WANTED	"clock_wanted"
#define KVMLAT_INFO_CLOCK_WHY		"clock_why"
#define KVMLAT_INFO_CYCLES_KHZ		"cycles_khz"
#define KVMLAT_INFO_OUTLIER_SKIP	"outlier_skip"
#define KVMLAT_INFO_GUEST_RIP		"guest_rip"
#define KVMLAT_INFO_REASON_FROM		"reason_from"
#define KVMLAT_INFO_OFFCPU		"offcpu"
#define KVMLAT_INFO_PAIR_COST		"pair_cost_ps"
#define KVMLAT_INFO_TIME		"time_ns"
#define KVMLAT_INFO_SINCE		"since_ns"
#define KVMLAT_INFO_OUTLIER_NS		"outlier_ns"
#define KVMLAT_INFO_POSSIBLE_CPUS	"possible_cpus"
#define KVMLAT_INFO_ROWS		"rows"
#define KVMLAT_INFO_ROW_BYTES		"row_bytes"
#define KVMLAT_INFO_SLOTS		"slots"
#define KVMLAT_INFO_MAX_VCPUS		"max_vcpus"
#define KVMLAT_INFO_VCPU_BYTES		"vcpu_bytes"
#define KVMLAT_INFO_OUTLIER_RING	"outlier_ring"
#define KVMLAT_INFO_SET_BYTES		"set_bytes"
#define KVMLAT_INFO_MEMORY_BYTES	"memory_bytes"

/* Values of `info state`. */
#define KVMLAT_STATE_WORDS(X)	\
	X(WAITING, waiting)	\
	X(DISABLED, disabled)	\
	X(ATTACHED, attached)	\
	X(REFUSED, refused)

/*
 * What a pair's time went into: the first that applies, from USER back to KERNEL. MIXED is of a row
 * that several causes share.
 */
#define KVMLAT_CAUSE_WORDS(X)	\
	X(KERNEL, kernel)	\
	X(PREEMPTED, preempted)	\
	X(BLOCKED, blocked)	\
	X(USER, user)		\
	X(MIXED, mixed)

/* `count` lines: first the audit figures, each from a source of its own. */
#define KVMLAT_AUDIT_COUNTS(X)		\
	X(EXITS, exits)			\
	X(ENTRIES, entries)		\
	X(PAIRED, paired)		\
	X(ABANDONED, abandoned)		\
	X(IN_FLIGHT, in_flight)		\
	X(NO_SLOT, no_slot)

/* Then the events that each CPU counts, by the names of these counters. */
#define KVMLAT_EVENT_COUNTERS(X)					\
	X(CARRIED, carried)						\
	X(OVERWRITTEN, overwritten)					\
	X(STALE, stale)							\
	X(STALE_ENTRY, stale_entry)					\
	X(BACKWARD, backward)						\
	X(ENTRY_WITHOUT_EXIT, entry_without_exit)			\
	X(MIGRATED, migrated)						\
	X(CLOCK_SWITCHED, clock_switched)	/* part of backward */	\
	X(OFFCPU_UNKNOWN, offcpu_unknown)	/* begun before it was measured */ \
	X(FAILED_ENTRIES, failed_entries)	/* VMX reason bit 31 */	\
	X(REASON_FLAGS, reason_flags)		/* VMX reason bits 16..30 */ \
	X(VCPUS_OTHER, vcpus_other)		/* times a vCPU got no block */ \
	X(VET_FAILED, vet_failed)		/* exits unlike any, part of nothing */ \
	X(OUTLIERS, outliers)						\
	X(OUTLIERS_DROPPED, outliers_dropped)

/* Last what is read off when the report is opened. */
#define KVMLAT_STATE_COUNTS(X)				\
	X(CATCH_ALL, catch_all)				\
	X(MIXED, mixed)					\
	X(OUTLIERS_OVERWRITTEN, outliers_overwritten)	\
	X(SLOTS_USED, slots_used)			\
	X(VCPU_BLOCKS_USED, vcpu_blocks_used)

/*
 * All counters of a CPU: two that have no `count` line, being parts of exits, no_slot and entries,
 * and the events.
 */
#define KVMLAT_CPU_COUNTERS(X)				\
	X(EXITS_NO_SLOT, exits_no_slot)			\
	X(ENTRIES_NO_SLOT, entries_no_slot)		\
	KVMLAT_EVENT_COUNTERS(X)

/*
 * The audit: counts whose sums are the same at any quiet moment. How reports write that, and the
 * IDs of each side.
 */
#define KVMLAT_EXIT_AUDIT	\
	"exits + carried = paired + overwritten + stale + backward + "	\
	"abandoned + no_slot + in_flight"
#define KVMLAT_EXIT_AUDIT_LEFT(X)	X(EXITS) X(CARRIED)
#define KVMLAT_EXIT_AUDIT_RIGHT(X)	\
	X(PAIRED) X(OVERWRITTEN) X(STALE) X(BACKWARD) X(ABANDONED) X(NO_SLOT) X(IN_FLIGHT)
#define KVMLAT_ENTRY_AUDIT	\
	"entries = paired + stale_entry + backward + entry_without_exit"
#define KVMLAT_ENTRY_AUDIT_LEFT(X)	X(ENTRIES)
#define KVMLAT_ENTRY_AUDIT_RIGHT(X)	X(PAIRED) X(STALE_ENTRY) X(BACKWARD) X(ENTRY_WITHOUT_EXIT)

#endif
