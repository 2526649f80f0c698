// SPDX-License-Identifier: GPL-2.0
/*
 * The reports that show state: `status` for people, `data` for programs (docs/data-format.md).
 */
#include <linux/math64.h>
#include <linux/utsname.h>
#include "arch/arch.h"
#include "base/muldiv.h"
#include "control/benchmark.h"
#include "control/modes.h"
#include "generation/filter.h"
#include "report/data-lines.h"
#include "report/views.h"

/* Counts that are fields of struct kvmlat_audit; `data` has them by the names of the fields. */
struct count_name {
	const char *name;
	size_t at;
};

#define FIELD(id, field) { #field, offsetof(struct kvmlat_audit, field) },
static const struct count_name audit_counts[] = { KVMLAT_AUDIT_COUNTS(FIELD) };
static const struct count_name state_counts[] = { KVMLAT_STATE_COUNTS(FIELD) };

static void show_fields(struct seq_file *m, const struct kvmlat_audit *a, const char *format,
			const struct count_name *count, unsigned int nr)
{
	for (; nr; nr--, count++)
		seq_printf(m, format, count->name, *(const u64 *)((const void *)a + count->at));
}

/* Every audit and event counter, once: `status` and `data` print the same list. */
static void show_counts(struct seq_file *m, const struct kvmlat_totals *t, const char *format)
{
	const struct kvmlat_audit *a = &t->audit;
	unsigned int n;

	show_fields(m, a, format, audit_counts, ARRAY_SIZE(audit_counts));
	for (n = KVMLAT_CARRIED; n < KVMLAT_NR_COUNTERS; n++)
		seq_printf(m, format, kvmlat_counter_names[n], a->count[n]);
	show_fields(m, a, format, state_counts, ARRAY_SIZE(state_counts));
}

#define NR_COUNT_LINES \
	(ARRAY_SIZE(audit_counts) + KVMLAT_NR_COUNTERS - KVMLAT_CARRIED + ARRAY_SIZE(state_counts))

/* Facts: one line each, the same in both reports; how many. @m NULL: only count them. */
static unsigned int show_infos(struct seq_file *m, const struct kvmlat_report *r,
			       const char *before, const char *between)
{
	const struct kvmlat_generation *gen = r->gen;
	unsigned int n = 0;

#define INFO(name, format, ...) do {								\
	if (m)											\
		seq_printf(m, "%s" name "%s" format "\n", before, between, __VA_ARGS__);	\
	n++;											\
} while (0)
	INFO(KVMLAT_INFO_VERSION, "%s", KVMLAT_VERSION);
	INFO(KVMLAT_INFO_KERNEL, "%s", init_utsname()->release);
	INFO(KVMLAT_INFO_ISA, "%s", kvmlat_arch_isa());
	n += kvmlat_settings_infos(m, r->settings, before, between);
	INFO(KVMLAT_INFO_REASON_FROM, "%s", kvmlat_arch_reason_source());
	INFO(KVMLAT_INFO_OFFCPU, "%u", kvmlat_offcpu);
	INFO(KVMLAT_INFO_PAIR_COST, "%llu", kvmlat_cost_ps());
	INFO(KVMLAT_INFO_TIME, "%llu", r->totals->time_ns);
	INFO(KVMLAT_INFO_SINCE, "%llu", gen->since_ns);
	INFO(KVMLAT_INFO_OUTLIER_NS, "%llu", READ_ONCE(kvmlat_outlier_ns));
	INFO(KVMLAT_INFO_POSSIBLE_CPUS, "%u", num_possible_cpus());
	INFO(KVMLAT_INFO_ROWS, "%u", gen->rows);
	INFO(KVMLAT_INFO_ROW_BYTES, "%zu", sizeof(struct kvmlat_row));
	INFO(KVMLAT_INFO_SLOTS, "%u", kvmlat_nr_slots);
	INFO(KVMLAT_INFO_MAX_VCPUS, "%u", kvmlat_max_vcpus);
	INFO(KVMLAT_INFO_VCPU_BYTES, "%zu", sizeof(struct kvmlat_vcpu));
	INFO(KVMLAT_INFO_OUTLIER_RING, "%u", gen->rings.ring[0].size);
	INFO(KVMLAT_INFO_SET_BYTES, "%llu", gen->bytes);
	INFO(KVMLAT_INFO_MEMORY_BYTES, "%llu", atomic64_read(&kvmlat_bytes));
#undef INFO
	return n;
}

static loff_t status_records(const struct kvmlat_report *r)
{
	return 1;
}

static void show_identity(struct seq_file *m, const char *side, u64 left, u64 right)
{
	seq_printf(m, "%s: %llu = %llu %s\n", side, left, right,
		   left == right ? "holds" : "differs (events under way, or a fault)");
}

/* What measuring costs here: ns a pair with hot caches, and how much of one CPU at this rate. */
static void show_cost(struct seq_file *m, const struct kvmlat_totals *t)
{
	u64 cost_ps = kvmlat_cost_ps(), reason_cost_ns = kvmlat_arch_reason_cost_ns();
	u64 ppm = kvmlat_mul_div(t->rate, cost_ps, 1000000);	/* ps a second are 10^-12 */
	u64 over_s = div_u64(t->rate_ns, NSEC_PER_SEC / 10);

	if (!cost_ps)
		return;
	seq_printf(m, "cost: %llu.%llu ns a pair", cost_ps / 1000, cost_ps % 1000 / 100);
	if (reason_cost_ns)
		seq_printf(m, " (%llu of them KVM takes to tell the reason)", reason_cost_ns);
	seq_printf(m, ", times %llu pairs a second in the last %llu.%llu s: ", t->rate, over_s / 10,
		   over_s % 10);
	seq_printf(m, "%llu.%04llu %% of one CPU\n", ppm / 10000, ppm % 10000);
}

static void status_show(struct seq_file *m, struct kvmlat_report *r, loff_t record)
{
	const struct kvmlat_audit *a = &r->totals->audit;

	seq_printf(m, "kvmlat status: state, memory and audit; generation %016llx\n",
		   r->gen->unique);
	show_infos(m, r, "", ": ");
	show_cost(m, r->totals);
	seq_puts(m, "\nAudit, true at any quiet moment\n");
	seq_puts(m, "exits + carried = paired + overwritten + stale + backward + abandoned + ");
	show_identity(m, "no_slot + in_flight", a->exits + a->count[KVMLAT_CARRIED],
		      a->exit_side_right);
	show_identity(m, "entries = paired + stale_entry + backward + entry_without_exit",
		      a->entries, a->entry_side_right);
	seq_putc(m, '\n');
	show_counts(m, r->totals, "%s: %llu\n");
}

const struct kvmlat_view kvmlat_view_status = { "status", status_records, status_show };

static void show_row(struct seq_file *m, const struct kvmlat_report *r,
		     const struct kvmlat_row *row)
{
	unsigned int b, last;

	kvmlat_data_head(m, r->gen, &row->head);
	kvmlat_row_span(row, &b, &last);
	for (; b <= last; b++)
		kvmlat_data_bucket(m, b, row->bucket[b]);
	seq_putc(m, '\n');
}

/* Lines of the reasons, and of their rows, that have pairs. */
static unsigned int reason_lines(const struct kvmlat_totals *t)
{
	unsigned int n, nr = 0;

	for (n = 0; n < t->nr; n++)
		nr += kvmlat_row_count(&t->row[n]) != 0;
	for (n = 0; n < t->nr_reasons; n++)
		nr += kvmlat_row_count(&t->reason[n].sum) != 0;
	return nr;
}

static void show_reason_line(struct seq_file *m, u32 code)
{
	bool idle = code != KVMLAT_OVERFLOW && kvmlat_arch_idle(code);
	char buf[16];

	seq_puts(m, KVMLAT_LINE_REASON " ");
	kvmlat_data_key(m, code);
	seq_printf(m, " %s %s\n", idle ? KVMLAT_WORD_IDLE : KVMLAT_WORD_BUSY,
		   kvmlat_reason_name(code, buf));
}

#define HEAD KVMLAT_LINE_HEAD " " KVMLAT_DATA_VERSION " " KVMLAT_FIELD_GENERATION

static void show_head(struct seq_file *m, const struct kvmlat_report *r)
{
	unsigned int n;

	seq_printf(m, HEAD " %016llx\n" KVMLAT_LINE_TOTALS " %u\n", r->gen->unique,
		   show_infos(NULL, r, "", "") + (unsigned int)NR_COUNT_LINES + r->others +
			   reason_lines(r->totals));
	show_infos(m, r, KVMLAT_LINE_INFO " ", " ");
	show_counts(m, r->totals, KVMLAT_LINE_COUNT " %s %llu\n");
	for (n = 0; n < r->others; n++)
		show_reason_line(m, r->other[n]);
}

static void show_reason(struct seq_file *m, const struct kvmlat_report *r,
			const struct kvmlat_reason *reason)
{
	unsigned int n;

	if (!kvmlat_row_count(&reason->sum))
		return;
	show_reason_line(m, reason->sum.head.reason);
	for (n = reason->first; n < reason->first + reason->nr; n++) {
		if (!kvmlat_row_count(&r->totals->row[n]))
			continue;
		seq_puts(m, KVMLAT_LINE_ROW " " KVMLAT_WORD_ALL " ");
		show_row(m, r, &r->totals->row[n]);
	}
}

/* A CPU and its @part: 0 the heading, else a reason and cause. */
static void show_cpu(struct seq_file *m, struct kvmlat_report *r, int cpu, unsigned int part)
{
	const struct kvmlat_row *row;
	unsigned int n;

	if (part) {
		row = kvmlat_report_row(r, cpu, part - 1);
		if (!row)
			return;
		seq_printf(m, KVMLAT_LINE_ROW " %d ", cpu);
		show_row(m, r, row);
		return;
	}
	for (n = 0; n < r->totals->nr; n++) {
		if (kvmlat_report_row(r, cpu, n)) {
			seq_printf(m, KVMLAT_LINE_CPU " %d\n", cpu);
			return;
		}
	}
}

/*
 * Records: the head, one a reason, 1 + rows for each CPU, vCPUs, open exits, outliers, the end.
 */
static loff_t data_cpu_records(const struct kvmlat_report *r)
{
	return (loff_t)num_possible_cpus() * (r->totals->nr + 1);
}

static loff_t data_records(const struct kvmlat_report *r)
{
	return 1 + r->totals->nr_reasons + data_cpu_records(r) + r->vcpus + r->open_exits +
	       r->outliers.nr + 1;
}

static void data_show(struct seq_file *m, struct kvmlat_report *r, loff_t record)
{
	u64 part;

	if (!record)
		return show_head(m, r);
	record--;
	if (record < r->totals->nr_reasons)
		return show_reason(m, r, &r->totals->reason[record]);
	record -= r->totals->nr_reasons;
	if (record < data_cpu_records(r)) {
		int cpu = kvmlat_report_cpu(div64_u64_rem(record, r->totals->nr + 1, &part));

		return show_cpu(m, r, cpu, part);
	}
	record -= data_cpu_records(r);
	if (record < r->vcpus)
		return kvmlat_data_vcpu(m, r, record);
	record -= r->vcpus;
	if (record < r->open_exits)
		return kvmlat_data_open_exit(m, &r->open_exit[record]);
	record -= r->open_exits;
	if (record < r->outliers.nr)
		return kvmlat_data_outlier(m, kvmlat_outlier_read(r, record));
	seq_printf(m, KVMLAT_LINE_END " %016llx\n", r->gen->unique);
}

const struct kvmlat_view kvmlat_view_data = {
	"data", data_records, data_show, .open_exits = true, .vcpus = true, .outliers = true,
};
