// SPDX-License-Identifier: GPL-2.0
/* Lines of reasons out of rows. */
#include <stdlib.h>
#include "base/alloc.h"
#include "render/reason-table.h"

static enum table_sort sort_by;

static int worst_first(const void *a, const void *b)
{
	const struct table_line *x = a, *y = b;
	wide p, q;

	if (x->idle != y->idle)
		return x->idle ? 1 : -1;
	p = table_rank(x, sort_by);
	q = table_rank(y, sort_by);
	if (p != q)
		return p > q ? -1 : 1;
	return x->all.reason < y->all.reason ? -1 : 1;
}

static void print_causes(FILE *out, const struct table *t, const struct rows *rows,
			 const struct selection *f, const struct table_line *l,
			 const struct table_whole *whole, const struct table_layout *layout)
{
	static const char *const names[NR_CAUSES] = {
#define X(id, word) "  " #word,
		KVMLAT_CAUSE_WORDS(X)
#undef X
	};
	static struct table_line one;
	int c;

	for (c = 0; c < NR_CAUSES; c++) {
		const struct row *row = rows_find(rows, WHERE_ALL, l->all.reason, c);

		if (!row || !row->count || !selects_cause(f, c))
			continue;
		one = (struct table_line){ .all = *row, .idle = l->idle };
		one.cause_ns[c] = row->sum_ns;
		one.name = names[c];
		table_line_print(out, t, layout, &one, whole);
	}
}

/* A line a reason out of the rows, a row a cause. */
static struct table_line *gather(const struct snapshot *s, const struct rows *rows,
				 const struct selection *f, size_t *nr, struct table_whole *whole)
{
	struct table_line *lines = xrealloc(NULL, s->nr_reasons + 1, sizeof(*lines));
	size_t n;
	int c;

	*nr = 0;
	for (n = 0; n < s->nr_reasons; n++) {
		uint32_t code = s->reasons[n].code;
		struct table_line *l = &lines[*nr];

		*l = (struct table_line){ .all = { .reason = code, .cause = CAUSE_ALL },
					  .idle = s->reasons[n].idle };
		l->name = s->reasons[n].name;
		row_clear(&l->all, false);
		for (c = 0; c < NR_CAUSES; c++) {
			const struct row *row = rows_find(rows, WHERE_ALL, code, c);

			if (row && row->count && selects_cause(f, c))
				table_line_add(l, row);
		}
		if (!l->all.count || !selects_reason(f, s, code))
			continue;
		whole->ns += l->idle ? 0.0 : (double)l->all.sum_ns;
		whole->count += l->idle ? 0.0 : (double)l->all.count;
		(*nr)++;
	}
	return lines;
}

void table_reasons(FILE *out, const struct table *t, const struct snapshot *s,
		   const struct rows *rows, const struct selection *f)
{
	struct table_whole whole = { 0, 0 };
	struct table_layout layout;
	uint64_t pairs = 0;
	size_t nr, n;
	struct table_line *lines = gather(s, rows, f, &nr, &whole);

	sort_by = t->sort;
	qsort(lines, nr, sizeof(*lines), worst_first);
	table_head(out, t, t->plain_ns ? "VM-EXIT (ns)" : "VM-EXIT", lines, nr, &layout);
	for (n = 0; n < nr; n++) {
		pairs = add_sat(pairs, lines[n].all.count);
		if (n >= (size_t)t->lines)
			continue;
		if (lines[n].idle && (!n || !lines[n - 1].idle))
			fputs("idle, the guest asked to sleep:\n", out);
		table_line_print(out, t, &layout, &lines[n], &whole);
		if (t->by_cause)
			print_causes(out, t, rows, f, &lines[n], &whole, &layout);
	}
	table_total(out, &layout, pairs);
	if (nr > (size_t)t->lines)
		fprintf(out, "%zu more reasons, all with -a\n", nr - t->lines);
	free(lines);
}
