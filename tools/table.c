// SPDX-License-Identifier: GPL-2.0
/* The table of reasons: worst first, idle reasons apart, columns as wide a terminal has room for. */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "format.h"
#include "table.h"

const char *const table_sorts[NR_SORTS] = { "time", "samples", "mean", "p99", "max" };

/* A reason: all its causes together, and the time of each. */
struct line {
	struct row all;
	uint64_t cause_ns[NR_CAUSES];
	bool idle;
};

struct whole {				/* of the busy reasons */
	double ns, count;
};

/* Columns as in `perf kvm stat`, then what it has not. The heaviest stay on a narrow terminal. */
enum id { SAMPLES, SAMPLES_PART, TIME_PART, MIN_TIME, MAX_TIME, AVG_TIME, P50, P90, P99, P999, RUNQ,
	  CAUSE_KERNEL, CAUSE_PREEMPTED, CAUSE_BLOCKED, CAUSE_USER, CAUSE_MIXED, NR_COLUMNS };
static const struct column {
	const char *head;
	int width, weight;
} columns[NR_COLUMNS] = {
	[SAMPLES] = { "Samples", 10, 99 }, [SAMPLES_PART] = { "Samples%", 9, 30 },
	[TIME_PART] = { "Time%", 8, 98 },
	[MIN_TIME] = { "Min Time", 9, 20 }, [MAX_TIME] = { "Max Time", 9, 70 }, [AVG_TIME] = { "Avg time", 9, 97 },
	[P50] = { "p50", 8, 60 }, [P90] = { "p90", 8, 40 }, [P99] = { "p99", 8, 96 }, [P999] = { "p99.9", 8, 50 },
	[RUNQ] = { "runq%", 7, 45 },
	/* Parts of the reason's time; these stay or go together. */
	[CAUSE_KERNEL] = { "kern", 4, 94 }, [CAUSE_PREEMPTED] = { "preem", 5, 94 },
	[CAUSE_BLOCKED] = { "block", 5, 94 }, [CAUSE_USER] = { "user", 4, 94 }, [CAUSE_MIXED] = { "mixed", 5, 94 },
};

static enum table_sort sort_by;

static int column_width(const struct table *t, int id)
{
	return columns[id].width + (t->plain_ns && id >= MIN_TIME && id <= P999 ? 6 : 0);
}

static uint64_t rank(const struct line *l)
{
	switch (sort_by) {
	case SORT_SAMPLES:
		return l->all.count;
	case SORT_MEAN:
		return l->all.sum_ns / l->all.count;
	case SORT_P99:
		return row_percentile_ns(&l->all, 990);
	case SORT_MAX:
		return l->all.max_ns;
	default:
		return l->all.sum_ns;
	}
}

static int worst_first(const void *a, const void *b)
{
	const struct line *x = *(const struct line *const *)a, *y = *(const struct line *const *)b;

	if (x->idle != y->idle)
		return x->idle ? 1 : -1;
	if (rank(x) != rank(y))
		return rank(x) > rank(y) ? -1 : 1;
	return x->all.reason < y->all.reason ? -1 : 1;
}

static void print_cause_part(char buffer[FORMAT_BYTES], uint64_t ns, uint64_t of_ns)
{
	double percent = of_ns ? 100.0 * ns / of_ns : 0;

	if (ns)
		snprintf(buffer, FORMAT_BYTES, percent < 0.5 ? "<1%%" : "%.0f%%", percent);
}

static void print_cell(FILE *out, const struct table *t, const struct line *l, const struct whole *whole, enum id id)
{
	static const unsigned int permille[] = { [P50] = 500, [P90] = 900, [P99] = 990, [P999] = 999 };
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
			format_part(buffer, row->sum_ns, whole->ns);
		break;
	case MIN_TIME:
		format_ns(buffer, row->min_ns, t->plain_ns);
		break;
	case MAX_TIME:
		format_ns(buffer, row->max_ns, t->plain_ns);
		break;
	case AVG_TIME:
		format_ns(buffer, row->sum_ns / row->count, t->plain_ns);
		break;
	case P50: case P90: case P99: case P999:
		format_percentile(buffer, row, permille[id], t->plain_ns);
		break;
	case RUNQ:
		snprintf(buffer, sizeof(buffer), "%.1f%%", row->sum_ns ? 100.0 * row->runq_ns / row->sum_ns : 0.0);
		break;
	default:
		print_cause_part(buffer, l->cause_ns[id - CAUSE_KERNEL], row->sum_ns);
		break;
	}
	fprintf(out, " %*s", column_width(t, id), buffer);
}

/* Leave out the lightest columns until a line fits; causes that no row has are no columns. */
static void choose_columns(const struct table *t, int name_width, unsigned int causes, bool shown[NR_COLUMNS])
{
	int width = name_width, n, lightest;

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
}

static void print_line(FILE *out, const struct table *t, const struct line *l, const struct whole *whole,
		       const bool shown[NR_COLUMNS], int width, const char *name)
{
	int n;

	fprintf(out, "%-*.*s", width, width, name);
	for (n = 0; n < NR_COLUMNS; n++) {
		if (shown[n])
			print_cell(out, t, l, whole, n);
	}
	fputc('\n', out);
}

static void print_causes(FILE *out, const struct table *t, const struct rows *rows, const struct line *l,
			 const struct whole *whole, const bool shown[NR_COLUMNS], int width)
{
	static struct line one;
	char name[32];
	int c;

	for (c = 0; c < NR_CAUSES; c++) {
		const struct row *row = rows_find(rows, WHERE_ALL, l->all.reason, c);

		if (!row || !row->count || !l->cause_ns[c])
			continue;
		one = (struct line){ .all = *row, .idle = l->idle };
		one.cause_ns[c] = row->sum_ns;
		snprintf(name, sizeof(name), "  %s", cause_names[c]);
		print_line(out, t, &one, whole, shown, width, name);
	}
}

/* One line a reason out of the rows, a row a cause. */
static struct line *gather(const struct snapshot *s, const struct rows *rows, const struct filter *f,
			   size_t *nr, struct whole *whole, unsigned int *causes)
{
	struct line *lines = xrealloc(NULL, s->nr_reasons + 1, sizeof(*lines));
	size_t n;
	int c;

	*nr = 0;
	for (n = 0; n < s->nr_reasons; n++) {
		uint32_t code = s->reasons[n].code;
		struct line *l = &lines[*nr];

		*l = (struct line){ .all = { .reason = code, .cause = CAUSE_ALL }, .idle = s->reasons[n].idle };
		row_clear(&l->all, false);
		for (c = 0; c < NR_CAUSES; c++) {
			const struct row *row = rows_find(rows, WHERE_ALL, code, c);

			if (!row || !row->count || !filter_cause(f, c))
				continue;
			row_add(&l->all, row);
			l->cause_ns[c] = row->sum_ns;
			*causes |= 1U << c;
		}
		if (!l->all.count || !filter_reason(f, s, code))
			continue;
		whole->ns += l->idle ? 0.0 : (double)l->all.sum_ns;
		whole->count += l->idle ? 0.0 : (double)l->all.count;
		(*nr)++;
	}
	return lines;
}

void table_print(FILE *out, const struct table *t, const struct snapshot *s, const struct rows *rows,
		 const struct filter *f)
{
	unsigned int causes = 0;
	bool shown[NR_COLUMNS];
	uint64_t pairs = 0;
	struct whole whole = { 0, 0 };
	size_t nr, n;
	struct line *lines = gather(s, rows, f, &nr, &whole, &causes);
	const struct line **order = xrealloc(NULL, nr, sizeof(*order));
	int width = 12, left = 0, c, length;

	for (n = 0; n < nr; n++) {
		order[n] = &lines[n];
		pairs = add_sat(pairs, lines[n].all.count);
		length = strlen(snapshot_reason_name(s, lines[n].all.reason));
		width = length > width ? length : width;
	}
	width = width > 32 ? 32 : width;
	sort_by = t->sort;
	if (nr)
		qsort(order, nr, sizeof(*order), worst_first);
	choose_columns(t, width, causes, shown);
	fprintf(out, "%-*s", width, t->plain_ns ? "VM-EXIT (ns)" : "VM-EXIT");
	for (c = 0; c < NR_COLUMNS; c++) {
		if (shown[c])
			fprintf(out, " %*s", column_width(t, c), columns[c].head);
	}
	fputc('\n', out);
	for (n = 0; n < nr; n++) {
		if ((int)n >= t->lines) {
			left++;
			continue;
		}
		if (order[n]->idle && (!n || !order[n - 1]->idle))
			fputs("idle, the guest asked to sleep:\n", out);
		print_line(out, t, order[n], &whole, shown, width, snapshot_reason_name(s, order[n]->all.reason));
		if (t->by_cause)
			print_causes(out, t, rows, order[n], &whole, shown, width);
	}
	fprintf(out, "%-*s %*" PRIu64 "\n", width, "total", columns[SAMPLES].width, pairs);
	if (left)
		fprintf(out, "%d more reasons, all with -a\n", left);
	if (t->times)
		fprintf(out, "%s\n", t->times);
	free(lines);
	free(order);
}
