// SPDX-License-Identifier: GPL-2.0
/*
 * The reports for people: summary, histogram, percpu, inflight, outliers.
 */
#include <linux/math64.h>
#include <linux/time64.h>
#include "arch/arch.h"
#include "base/muldiv.h"
#include "generation/filter.h"
#include "report/data-lines.h"
#include "report/summary.h"
#include "report/views.h"

void kvmlat_report_title(struct seq_file *m, const struct kvmlat_report *r, const char *what)
{
	seq_printf(m, "kvmlat %s: %s\n", r->view->name, what);
	kvmlat_settings_filter(m, r->settings);
}

/*
 * Under the title of summary and vcpus: exits that have no latency, though an entry came or may
 * have come, if these are 1 % of all or more. `status` has the same counters.
 */
void kvmlat_report_losses(struct seq_file *m, const struct kvmlat_report *r)
{
	const struct kvmlat_audit *a = &r->totals->audit;
	u64 all = a->exits + a->count[KVMLAT_CARRIED], lost, share;

	lost = a->count[KVMLAT_OVERWRITTEN] + a->count[KVMLAT_STALE] + a->count[KVMLAT_BACKWARD] +
	       a->count[KVMLAT_EXITS_NO_SLOT] + a->count[KVMLAT_VET_FAILED];
	all += a->count[KVMLAT_VET_FAILED];
	share = kvmlat_mul_div(lost, 10000, all);
	if (!lost || share < 100)
		return;
	seq_printf(m, "# not measured: %llu of %llu exits, %llu.%02llu %%: ", lost, all,
		   share / 100, share % 100);
	seq_printf(m, "overwritten %llu, stale %llu, backward %llu", a->count[KVMLAT_OVERWRITTEN],
		   a->count[KVMLAT_STALE], a->count[KVMLAT_BACKWARD]);
	seq_printf(m, ", no_slot %llu, vet_failed %llu\n", a->count[KVMLAT_EXITS_NO_SLOT],
		   a->count[KVMLAT_VET_FAILED]);
}

/* Run-queue time and, where it was measured all along, off-CPU time. */
void kvmlat_report_times(struct seq_file *m, const struct kvmlat_generation *gen,
			 const struct kvmlat_head *h)
{
	seq_printf(m, ", run-queue time %llu ns, off-CPU time ", h->runq_ns);
	if (READ_ONCE(gen->offcpu_whole))
		seq_printf(m, "%llu ns\n", h->offcpu_ns);
	else
		seq_puts(m, "-\n");
}

/* summary: title, column heads, a line a reason, a total. */
static loff_t summary_records(const struct kvmlat_report *r)
{
	return r->totals->nr_reasons + 2;
}

static void show_percentile(struct seq_file *m, const struct kvmlat_row *row, u64 count,
			    unsigned int permille)
{
	u64 ns = kvmlat_percentile_ns(row->bucket, count, permille, row->head.min_ns,
				      row->head.max_ns);

	/* In the open bucket only a lower bound is known. */
	if (ns >> (KVMLAT_MAX_LOG2 + 1))
		seq_printf(m, " >=%12llu", 1ULL << (KVMLAT_MAX_LOG2 + 1));
	else
		seq_printf(m, " %14llu", ns);
}

/* How many pairs had which cause, or `mixed` where rows were too few to tell. */
static void show_causes(struct seq_file *m, const struct kvmlat_totals *t,
			const struct kvmlat_reason *reason)
{
	u64 count[KVMLAT_CAUSES + 1] = {};
	unsigned int n;

	for (n = reason->first; n < reason->first + reason->nr; n++)
		count[min_t(u32, t->row[n].head.cause, KVMLAT_MIXED)] +=
			kvmlat_row_count(&t->row[n]);
	for (n = 0; n < ARRAY_SIZE(count); n++)
		seq_printf(m, " %10llu", count[n]);
}

static void summary_row(struct seq_file *m, struct kvmlat_report *r,
			const struct kvmlat_reason *reason)
{
	static const unsigned int permille[] = { 500, 900, 990, 999 };
	const struct kvmlat_row *row = &reason->sum;
	const struct kvmlat_head *h = &row->head;
	u64 count = kvmlat_row_count(row), share;
	char buf[16];
	unsigned int n;

	if (!count)
		return;
	seq_printf(m, "%-26s %12llu", kvmlat_reason_name(h->reason, buf), count);
	if (h->reason != KVMLAT_OVERFLOW && kvmlat_arch_idle(h->reason)) {
		seq_puts(m, "    idle");
	} else {
		share = kvmlat_wide_share(h->sum_high, h->sum_ns, 10000, r->totals->busy_sum_high,
					  r->totals->busy_sum_ns);
		seq_printf(m, " %3llu.%02llu%%", share / 100, share % 100);
	}
	seq_printf(m, " %14llu %14llu", h->min_ns, kvmlat_wide_div(h->sum_high, h->sum_ns, count));
	for (n = 0; n < ARRAY_SIZE(permille); n++)
		show_percentile(m, row, count, permille[n]);
	seq_printf(m, " %14llu", h->max_ns);
	show_causes(m, r->totals, reason);
	if (READ_ONCE(r->gen->offcpu_whole))
		seq_printf(m, " %14llu %14llu\n", h->runq_ns, h->offcpu_ns);
	else
		seq_printf(m, " %14llu %14s\n", h->runq_ns, "-");
}

static const char summary_title[] =
	"latency of VM exits in ns; share: of all not idle; pairs by cause";

static void summary_show(struct seq_file *m, struct kvmlat_report *r, loff_t record)
{
	if (!record) {
		kvmlat_report_title(m, r, summary_title);
		kvmlat_report_losses(m, r);
		seq_printf(m, "%-26s %12s %8s %14s %14s %14s %14s %14s %14s %14s", "REASON",
			   "COUNT", "SHARE", "MIN", "MEAN", "P50", "P90", "P99", "P99.9", "MAX");
		seq_printf(m, " %10s %10s %10s %10s %10s %14s %14s\n", "KERNEL", "PREEMPTED",
			   "BLOCKED", "USER", "MIXED", "RUNQ", "OFFCPU");
	} else if (record <= r->totals->nr_reasons) {
		summary_row(m, r, &r->totals->reason[r->totals->by_share[record - 1]]);
	} else {
		seq_printf(m, "%-26s %12llu\n", "total", r->totals->audit.paired);
	}
}

const struct kvmlat_view kvmlat_view_summary = { "summary", summary_records, summary_show };

/* Plain powers of two, from the first used one to the last. */
void kvmlat_report_histogram(struct seq_file *m, const u64 pow2[KVMLAT_POW2_BUCKETS])
{
	int b, first = -1, last = -1;

	for (b = 0; b < KVMLAT_POW2_BUCKETS; b++) {
		if (!pow2[b])
			continue;
		first = first < 0 ? b : first;
		last = b;
	}
	for (b = first; b >= 0 && b <= last; b++) {
		if (b == KVMLAT_POW2_OPEN)
			seq_printf(m, "[%16llu, %16s) %llu\n", kvmlat_pow2_low_ns(b), "inf",
				   pow2[b]);
		else
			seq_printf(m, "[%16llu, %16llu) %llu\n", kvmlat_pow2_low_ns(b),
				   kvmlat_pow2_low_ns(b + 1), pow2[b]);
	}
	seq_putc(m, '\n');
}

static void show_reason(struct seq_file *m, u32 reason)
{
	char buf[16];

	if (reason == KVMLAT_OVERFLOW)
		seq_puts(m, "Reason: [other] (other)\n");
	else
		seq_printf(m, "Reason: [%u] %s\n", reason, kvmlat_reason_name(reason, buf));
}

static void add_pow2(u64 pow2[KVMLAT_POW2_BUCKETS], const struct kvmlat_row *row)
{
	unsigned int b, last;

	kvmlat_row_span(row, &b, &last);
	for (; b <= last; b++)
		pow2[kvmlat_bucket_pow2(b)] += row->bucket[b];
}

static void show_row(struct seq_file *m, const struct kvmlat_row *row)
{
	u64 pow2[KVMLAT_POW2_BUCKETS] = {};

	add_pow2(pow2, row);
	kvmlat_report_histogram(m, pow2);
}

/* A reason, and each cause of its pairs; a single cause has the histogram of the reason. */
static void show_histogram(struct seq_file *m, const struct kvmlat_report *r,
			   const struct kvmlat_reason *reason)
{
	u64 count = kvmlat_row_count(&reason->sum);
	unsigned int n;

	if (!count)
		return;
	show_reason(m, reason->sum.head.reason);
	show_row(m, &reason->sum);
	for (n = reason->first; n < reason->first + reason->nr; n++) {
		const struct kvmlat_row *row = &r->totals->row[n];
		u64 of_cause = kvmlat_row_count(row);

		if (!of_cause)
			continue;
		seq_printf(m, "Cause: %s", kvmlat_cause_names[row->head.cause]);
		kvmlat_report_times(m, r->gen, &row->head);
		if (of_cause < count)
			show_row(m, row);
		else
			seq_putc(m, '\n');
	}
}

static loff_t histogram_records(const struct kvmlat_report *r)
{
	return r->totals->nr_reasons + 1;
}

static void histogram_show(struct seq_file *m, struct kvmlat_report *r, loff_t record)
{
	if (!record)
		kvmlat_report_title(m, r, "pairs by latency in ns, all CPUs, and by cause");
	else
		show_histogram(m, r, &r->totals->reason[record - 1]);
}

const struct kvmlat_view kvmlat_view_histogram = { "histogram", histogram_records, histogram_show };

/* percpu: title, then for each CPU a heading and a record a reason. */
static loff_t percpu_records(const struct kvmlat_report *r)
{
	return 1 + (loff_t)num_possible_cpus() * (r->totals->nr_reasons + 1);
}

static void percpu_reason(struct seq_file *m, struct kvmlat_report *r, int cpu,
			  const struct kvmlat_reason *reason)
{
	u64 pow2[KVMLAT_POW2_BUCKETS] = {};
	const struct kvmlat_row *row;
	bool any = false;
	unsigned int n;

	for (n = reason->first; n < reason->first + reason->nr; n++) {
		row = kvmlat_report_row(r, cpu, n);
		if (row)
			add_pow2(pow2, row);
		any |= !!row;
	}
	if (!any)
		return;
	show_reason(m, reason->sum.head.reason);
	kvmlat_report_histogram(m, pow2);
}

static void percpu_show(struct seq_file *m, struct kvmlat_report *r, loff_t record)
{
	u64 cpu, part;
	unsigned int n;

	if (!record) {
		kvmlat_report_title(m, r,
				    "pairs by latency in ns, by the CPU that entered the guest");
		return;
	}
	cpu = kvmlat_report_cpu(div64_u64_rem(record - 1, r->totals->nr_reasons + 1, &part));
	if (part) {
		percpu_reason(m, r, cpu, &r->totals->reason[part - 1]);
		return;
	}
	for (n = 0; n < r->totals->nr; n++) {
		if (kvmlat_report_row(r, cpu, n)) {
			seq_printf(m, "Core: %llu\n", cpu);
			return;
		}
	}
}

const struct kvmlat_view kvmlat_view_percpu = { "percpu", percpu_records, percpu_show };

static loff_t inflight_records(const struct kvmlat_report *r)
{
	return r->open_exits + 1;
}

static void inflight_show(struct seq_file *m, struct kvmlat_report *r, loff_t record)
{
	const struct kvmlat_open_exit *f;
	char buf[16];

	if (!record) {
		kvmlat_report_title(m, r, "vCPUs between exit and entry, the longest first");
		seq_printf(m, "%16s %8s %10s %8s %5s %5s %-26s %-10s %s\n", "AGE_NS", "VMM", "VM",
			   "TID", "VCPU", "CPU", "REASON", "CAUSE", "COMM");
		return;
	}
	f = &r->open_exit[record - 1];
	seq_printf(m, "%16llu %8d %10u %8d %5d %5d %-26s %-10s ", f->age_ns, f->id.vmm,
		   f->id.vm, f->id.tid, f->id.vcpu, f->cpu, kvmlat_reason_name(f->reason, buf),
		   kvmlat_cause_names[f->cause]);
	kvmlat_report_text(m, f->id.comm, sizeof(f->id.comm));
	seq_putc(m, '\n');
}

const struct kvmlat_view kvmlat_view_inflight = {
	"inflight", inflight_records, inflight_show, .open_exits = true,
};

static loff_t outliers_records(const struct kvmlat_report *r)
{
	return r->outliers.nr + 1;
}

static void outliers_head(struct seq_file *m, struct kvmlat_report *r)
{
	kvmlat_report_title(m, r, "single pairs of outlier_ns or more, newest first");
	seq_printf(m, "# outlier_ns %llu, kept %u, overwritten %llu, dropped %llu; ",
		   READ_ONCE(kvmlat_outlier_ns), r->outliers.nr,
		   r->totals->audit.outliers_overwritten,
		   r->totals->audit.count[KVMLAT_OUTLIERS_DROPPED]);
	seq_puts(m, "TIME is local_clock(), WALL is UTC\n");
	seq_printf(m, "%-20s %-29s %8s %5s %8s %10s %8s %5s %-26s %16s %-10s %14s %14s",
		   "TIME", "WALL", "EXIT_CPU", "CPU", "VMM", "VM", "TID", "VCPU", "REASON",
		   "LATENCY_NS", "CAUSE", "RUNQ_NS", "OFFCPU_NS");
	seq_printf(m, " %-18s %-18s %-10s %-10s %-18s %s\n", "INFO1", "INFO2", "INTR_INFO",
		   "ERROR_CODE", "RIP", "COMM");
}

static void outliers_show(struct seq_file *m, struct kvmlat_report *r, loff_t record)
{
	const struct kvmlat_outlier *o;
	u32 ns, real_ns;
	struct tm tm;
	char buf[16];
	u64 s;

	if (!record)
		return outliers_head(m, r);
	o = kvmlat_outlier_read(r, record - 1);
	if (!o)
		return;
	s = div_u64_rem(o->time_ns, NSEC_PER_SEC, &ns);
	time64_to_tm(div_u64_rem(o->real_ns, NSEC_PER_SEC, &real_ns), 0, &tm);
	seq_printf(m, "%10llu.%09u %04ld-%02d-%02dT%02d:%02d:%02d.%09u", s, ns, tm.tm_year + 1900,
		   tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, real_ns);
	seq_printf(m, " %8u %5u %8d %10u %8d %5d %-26s %16llu %-10s %14llu", o->exit_cpu, o->cpu,
		   o->id.vmm, o->id.vm, o->id.tid, o->id.vcpu, kvmlat_reason_name(o->reason, buf),
		   o->latency_ns, kvmlat_cause_names[o->cause], o->runq_ns);
	if (o->offcpu_ns == U64_MAX)
		seq_printf(m, " %14s", "-");
	else
		seq_printf(m, " %14llu", o->offcpu_ns);
	if (o->has_info)
		seq_printf(m, " 0x%016llx 0x%016llx", o->info1, o->info2);
	else
		seq_printf(m, " %-18s %-18s", "n/a", "n/a");
	seq_printf(m, " 0x%08x 0x%08x", o->intr_info, o->error_code);
	if (o->has_rip)
		seq_printf(m, " 0x%016llx", o->rip);
	else
		seq_printf(m, " %-18s", "n/a");
	seq_putc(m, ' ');
	kvmlat_report_text(m, o->id.comm, sizeof(o->id.comm));
	seq_putc(m, '\n');
}

const struct kvmlat_view kvmlat_view_outliers = {
	"outliers", outliers_records, outliers_show, .outliers = true,
};
