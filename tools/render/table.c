// SPDX-License-Identifier: GPL-2.0
/* Tables of latencies: columns as wide a terminal has room for. */
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include "base/error.h"
#include "base/text.h"
#include "render/table.h"
#include "render/units.h"

const char *const table_sorts[NR_SORTS] = { "time", "samples", "mean", "p99", "max" };

/* Columns as in `perf kvm stat`, then what it has not. The heaviest stay on a narrow terminal. */
enum id { SAMPLES, SAMPLES_PART, TIME_PART, MIN_TIME, MAX_TIME, AVG_TIME, P50, P90, P99, P999, RUNQ,
	  CAUSE_KERNEL, CAUSE_PREEMPTED, CAUSE_BLOCKED, CAUSE_USER, CAUSE_MIXED, NR_COLUMNS };
static const struct table_column {
	const char *head;
	int width, weight;
} columns[NR_COLUMNS] = {
	[SAMPLES] = { "Samples", 10, 99 },
	[SAMPLES_PART] = { "Samples%", 9, 30 },
	[TIME_PART] = { "Time%", 8, 98 },
	[MIN_TIME] = { "Min Time", 9, 20 },
	[MAX_TIME] = { "Max Time", 9, 70 },
	[AVG_TIME] = { "Avg time", 9, 97 },
	[P50] = { "p50", 8, 60 },
	[P90] = { "p90", 8, 40 },
	[P99] = { "p99", 8, 96 },
	[P999] = { "p99.9", 8, 50 },
	[RUNQ] = { "runq%", 7, 45 },
	/* Parts of the reason's time; these stay or go together. */
	[CAUSE_KERNEL] = { "kern", 4, 94 },
	[CAUSE_PREEMPTED] = { "preem", 5, 94 },
	[CAUSE_BLOCKED] = { "block", 5, 94 },
	[CAUSE_USER] = { "user", 4, 94 },
	[CAUSE_MIXED] = { "mixed", 5, 94 },
};

static int column_width(const struct table *t, int id)
{
	return columns[id].width + (t->plain_ns && id >= MIN_TIME && id <= P999 ? 6 : 0) +
	       (t->pow2 && id >= P50 && id <= P999 ? 2 : 0);
}

wide table_rank(const struct table_line *l, enum table_sort sort)
{
	switch (sort) {
	case SORT_SAMPLES:
		return l->all.count;
	case SORT_MEAN:
		return l->all.count ? row_mean_ns(&l->all) : 0;
	case SORT_P99:
		return row_percentile_ns(&l->all, 990);
	case SORT_MAX:
		return l->all.max_ns;
	default:
		return l->all.sum_ns;
	}
}

enum table_sort table_sort_named(const char *command, const char *name)
{
	int n;

	for (n = 0; n < NR_SORTS; n++) {
		if (!strcmp(name, table_sorts[n]))
			return n;
	}
	die(EXIT_DATA, "%s: --sort %s: one of time, samples, mean, p99, max", command, name);
}

void table_line_add(struct table_line *l, const struct row *row)
{
	row_add(&l->all, row);
	l->cause_ns[row->cause] = add_wide(l->cause_ns[row->cause], row->sum_ns);
}

static void print_cause_part(char buffer[FORMAT_BYTES], wide ns, wide of_ns)
{
	double percent = of_ns ? 100.0 * (double)ns / (double)of_ns : 0;

	if (ns)
		snprintf(buffer, FORMAT_BYTES, percent < 0.5 ? "<1%%" : "%.0f%%", percent);
}

static void print_cell(FILE *out, const struct table *t, const struct table_line *l,
		       const struct table_whole *whole, enum id id)
{
	static const unsigned int permille[] = {
		[P50] = 500, [P90] = 900, [P99] = 990, [P999] = 999
	};
	const struct row *row = &l->all;
	char buffer[FORMAT_BYTES] = "-";

	switch (id) {
	case SAMPLES:
		snprintf(buffer, sizeof(buffer), "%" PRIu64, row->count);
		break;
	case SAMPLES_PART:
		if (!l->idle)
			format_part(buffer, row->count, whole->count);
		break;
	case TIME_PART:
		if (!l->idle)
			format_part(buffer, (double)row->sum_ns, whole->ns);
		break;
	case MIN_TIME:
		format_ns(buffer, row->min_ns, t->plain_ns);
		break;
	case MAX_TIME:
		format_ns(buffer, row->max_ns, t->plain_ns);
		break;
	case AVG_TIME:
		format_ns(buffer, row_mean_ns(row), t->plain_ns);
		break;
	case P50: case P90: case P99: case P999:
		format_percentile(buffer, row, permille[id], t->plain_ns);
		break;
	case RUNQ:
		if (!row->wrapped)
			snprintf(buffer, sizeof(buffer), "%.1f%%",
				 row->sum_ns ? 100.0 * (double)row->runq_ns / (double)row->sum_ns
					     : 0.0);
		break;
	default:
		print_cause_part(buffer, l->cause_ns[id - CAUSE_KERNEL], row->sum_ns);
		break;
	}
	fprintf(out, " %*s", column_width(t, id), buffer);
}

/* Leave out the lightest columns until a line fits; causes that no row has are no columns. */
static void choose_columns(const struct table *t, unsigned int causes, struct table_layout *layout)
{
	bool shown[NR_COLUMNS];
	int width = layout->name_width, n, lightest;

	for (n = 0; n < NR_COLUMNS; n++) {
		shown[n] = n < CAUSE_KERNEL || causes & 1U << (n - CAUSE_KERNEL);
		width += shown[n] * (1 + column_width(t, n));
	}
	while (width > t->width) {
		for (lightest = SAMPLES, n = 0; n < NR_COLUMNS; n++) {
			if (shown[n] && columns[n].weight < columns[lightest].weight)
				lightest = n;
		}
		if (lightest == SAMPLES)
			break;
		for (n = 0; n < NR_COLUMNS; n++) {
			if (shown[n] && columns[n].weight == columns[lightest].weight) {
				shown[n] = false;
				width -= 1 + column_width(t, n);
			}
		}
	}
	for (layout->shown = 0, n = 0; n < NR_COLUMNS; n++)
		layout->shown |= (uint32_t)shown[n] << n;
}

void table_head(FILE *out, const struct table *t, const char *head, const struct table_line *lines,
		size_t nr, struct table_layout *layout)
{
	int c, length, most = 32;
	unsigned int causes = 0;
	size_t n;

	layout->name_width = 12;
	for (n = 0; n < nr; n++) {
		length = strlen(lines[n].name);
		layout->name_width = length > layout->name_width ? length : layout->name_width;
		most = lines[n].tail + 2 > most ? lines[n].tail + 2 : most;
		for (c = 0; c < NR_CAUSES; c++)
			causes |= (unsigned int)!!lines[n].cause_ns[c] << c;
	}
	if (t->width < INT_MAX && layout->name_width > most)
		layout->name_width = most;
	choose_columns(t, causes, layout);
	fprintf(out, "%-*s", layout->name_width, head);
	for (c = 0; c < NR_COLUMNS; c++) {
		if (layout->shown & 1U << c)
			fprintf(out, " %*s", column_width(t, c), columns[c].head);
	}
	fputc('\n', out);
}

static void print_name(FILE *out, const struct table_line *l, int width)
{
	int length = strlen(l->name), cut = width - l->tail - 2;

	if (length <= width) {
		fprintf(out, "%-*s", width, l->name);
		return;
	}
	cut = (int)text_fit(l->name, cut > 0 ? cut : 0);
	fprintf(out, "%.*s..%-*s", cut, l->name, width - cut - 2, l->name + length - l->tail);
}

void table_line_print(FILE *out, const struct table *t, const struct table_layout *layout,
		      const struct table_line *l, const struct table_whole *whole)
{
	int n;

	print_name(out, l, layout->name_width);
	for (n = 0; n < NR_COLUMNS; n++) {
		if (layout->shown & 1U << n)
			print_cell(out, t, l, whole, n);
	}
	fputc('\n', out);
}

void table_total(FILE *out, const struct table_layout *layout, uint64_t pairs)
{
	fprintf(out, "%-*s %*" PRIu64 "\n", layout->name_width, "total", columns[SAMPLES].width,
		pairs);
}
