// SPDX-License-Identifier: GPL-2.0
/*
 * The reports for people: summary, histogram, percpu, outliers.
 */
#include <linux/math64.h>
#include "kvmlat.h"

static void show_title(struct seq_file *m, const struct kvmlat_report *r, const char *what)
{
	seq_printf(m, "kvmlat %s: %s\n", r->view->name, what);
}

/* summary: title, column heads, a line a reason, a total. */
static loff_t summary_records(const struct kvmlat_report *r)
{
	return r->totals->nr + 2;
}

static void show_percentile(struct seq_file *m, const struct kvmlat_row *row, u64 count,
			    unsigned int permille)
{
	u64 ns = kvmlat_percentile_ns(row->bucket, count, permille, row->min_ns, row->max_ns);

	/* In the open bucket only a lower bound is known. */
	if (ns >> (KVMLAT_MAX_LOG2 + 1))
		seq_printf(m, " >=%12llu", 1ULL << (KVMLAT_MAX_LOG2 + 1));
	else
		seq_printf(m, " %14llu", ns);
}

static void summary_row(struct seq_file *m, struct kvmlat_report *r, const struct kvmlat_row *row)
{
	static const unsigned int permille[] = { 500, 900, 990, 999 };
	u64 count = kvmlat_row_count(row), share;
	char buf[16];
	unsigned int n;

	if (!count)
		return;
	seq_printf(m, "%-26s %12llu", kvmlat_reason_name(row->reason, buf), count);
	if (row->reason != KVMLAT_OTHER && kvmlat_arch_idle(row->reason)) {
		seq_puts(m, "    idle");
	} else {
		share = r->totals->busy_sum_ns ?
			mul_u64_u64_div_u64(row->sum_ns, 10000, r->totals->busy_sum_ns) : 0;
		seq_printf(m, " %3llu.%02llu%%", share / 100, share % 100);
	}
	seq_printf(m, " %14llu %14llu", row->min_ns, div64_u64(row->sum_ns, count));
	for (n = 0; n < ARRAY_SIZE(permille); n++)
		show_percentile(m, row, count, permille[n]);
	seq_printf(m, " %14llu\n", row->max_ns);
}

static void summary_show(struct seq_file *m, struct kvmlat_report *r, loff_t record)
{
	if (!record) {
		show_title(m, r, "latency of VM exits in ns, all CPUs; share is of all reasons not idle");
		seq_printf(m, "%-26s %12s %8s %14s %14s %14s %14s %14s %14s %14s\n", "REASON", "COUNT",
			   "SHARE", "MIN", "MEAN", "P50", "P90", "P99", "P99.9", "MAX");
	} else if (record <= r->totals->nr) {
		summary_row(m, r, &r->totals->row[r->totals->by_share[record - 1]]);
	} else {
		seq_printf(m, "%-26s %12llu\n", "total", r->totals->audit.paired);
	}
}

const struct kvmlat_view kvmlat_view_summary = { "summary", summary_records, summary_show };

/* One histogram as plain powers of two, from the first used one to the last. */
static void show_histogram(struct seq_file *m, const struct kvmlat_row *row)
{
	u64 pow2[KVMLAT_POW2_BUCKETS] = {};
	int b, first = -1, last = -1;
	char buf[16];

	for (b = 0; b < KVMLAT_BUCKETS; b++)
		pow2[kvmlat_bucket_pow2(b)] += row->bucket[b];
	for (b = 0; b < KVMLAT_POW2_BUCKETS; b++) {
		if (!pow2[b])
			continue;
		first = first < 0 ? b : first;
		last = b;
	}
	if (first < 0)
		return;
	if (row->reason == KVMLAT_OTHER)
		seq_puts(m, "Reason: [other] (other)\n");
	else
		seq_printf(m, "Reason: [%u] %s\n", row->reason,
			   kvmlat_reason_name(row->reason, buf));
	for (b = first; b <= last; b++) {
		if (b == KVMLAT_POW2_OPEN)
			seq_printf(m, "[%16llu, %16s) %llu\n", kvmlat_pow2_low_ns(b), "inf", pow2[b]);
		else
			seq_printf(m, "[%16llu, %16llu) %llu\n", kvmlat_pow2_low_ns(b),
				   kvmlat_pow2_low_ns(b + 1), pow2[b]);
	}
	seq_putc(m, '\n');
}

static loff_t histogram_records(const struct kvmlat_report *r)
{
	return r->totals->nr + 1;
}

static void histogram_show(struct seq_file *m, struct kvmlat_report *r, loff_t record)
{
	if (!record)
		show_title(m, r, "pairs by latency in ns, all CPUs");
	else
		show_histogram(m, &r->totals->row[record - 1]);
}

const struct kvmlat_view kvmlat_view_histogram = { "histogram", histogram_records, histogram_show };

/* percpu: title, then for each CPU a heading and a record a reason. */
static loff_t percpu_records(const struct kvmlat_report *r)
{
	return 1 + (loff_t)num_possible_cpus() * (r->totals->nr + 1);
}

static void percpu_show(struct seq_file *m, struct kvmlat_report *r, loff_t record)
{
	const struct kvmlat_row *row;
	u64 cpu, part;
	unsigned int n;

	if (!record) {
		show_title(m, r, "pairs by latency in ns, by the CPU that entered the guest");
		return;
	}
	cpu = kvmlat_report_cpu(div64_u64_rem(record - 1, r->totals->nr + 1, &part));
	if (part) {
		row = kvmlat_report_row(r, cpu, part - 1);
		if (row)
			show_histogram(m, row);
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

static loff_t outliers_records(const struct kvmlat_report *r)
{
	return kvmlat_report_outliers(r) + 1;
}

static void outliers_show(struct seq_file *m, struct kvmlat_report *r, loff_t record)
{
	struct kvmlat_outlier o;
	char buf[16];
	u32 ns;
	u64 s;

	if (!record) {
		show_title(m, r, "single pairs of outlier_ns or more, newest first");
		seq_printf(m, "# outlier_ns %llu, kept %llu, overwritten %llu, dropped %llu\n",
			   READ_ONCE(kvmlat_outlier_ns), kvmlat_report_outliers(r),
			   r->totals->audit.outliers_overwritten,
			   r->totals->audit.count[KVMLAT_OUTLIERS_DROPPED]);
		seq_printf(m, "%-20s %8s %5s %8s %8s %5s %-26s %16s %s\n", "TIME", "EXIT_CPU", "CPU",
			   "PID", "VM", "VCPU", "REASON", "LATENCY_NS", "COMM");
		return;
	}
	if (!kvmlat_report_outlier(r, record - 1, &o))
		return;
	s = div_u64_rem(o.time_ns, NSEC_PER_SEC, &ns);
	seq_printf(m, "%10llu.%09u %8u %5u %8d %8d %5d %-26s %16llu %.16s\n", s, ns, o.exit_cpu,
		   o.cpu, o.pid, o.vm, o.vcpu, kvmlat_reason_name(o.reason, buf), o.latency_ns,
		   o.comm);
}

const struct kvmlat_view kvmlat_view_outliers = { "outliers", outliers_records, outliers_show };
