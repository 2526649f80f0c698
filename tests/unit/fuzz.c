// SPDX-License-Identifier: GPL-2.0
/*
 * A libFuzzer target: the parser and what views do with its rows, on bytes from anywhere.
 *   clang -fsanitize=fuzzer,address,undefined ... fuzz.c and the files of tools without main.c
 * Damage ends a program; here it only ends this input.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include "../../tools/delta.h"
#include "../../tools/quantile.h"
#include "../../tools/table.h"
#include "../../tools/vmname.h"

static jmp_buf damaged;
static struct rows groups;
static uint64_t sink;

static void on_die(int status)
{
	longjmp(damaged, status ? status : 1);
}

static void use(const struct row *row)
{
	uint64_t pow2[KVMLAT_POW2_BUCKETS];
	struct bounds edges;
	unsigned int permille;

	row_pow2(row, pow2);
	for (permille = 1; permille <= 1000; permille += 37) {
		sink += row_percentile_ns(row, permille) + quantile_bounds(row, permille).low_ns;
		if (quantile_edges(row, permille, &edges))
			sink += edges.high_ns;
	}
	sink += pow2[0];
	row_add(rows_get(&groups, row->where % 64, row->reason % 64, CAUSE_ALL, row->pow2), row);
}

static void cpu_row(struct snapshot *s, const struct row *row)
{
	(void)s;
	use(row);
}

static void vcpu(struct snapshot *s, const struct vcpu *v)
{
	(void)s;
	sink += strlen(vmname(v->who.vmm % 1024, false)) + strlen(v->comm);
}

static void vcpu_row(struct snapshot *s, const struct vcpu *v, const struct row *row)
{
	struct row wide = *row;

	(void)s;
	(void)v;
	wide.where += 1000000;	/* fine and plain rows are never of one group */
	use(&wide);
}

static void inflight(struct snapshot *s, const struct inflight *i)
{
	sink += strlen(snapshot_reason_name(s, i->reason)) + strlen(cause_names[i->cause]) + strlen(i->comm);
}

static void outlier(struct snapshot *s, const struct outlier *o)
{
	sink += strlen(snapshot_reason_name(s, o->reason)) + strlen(cause_names[o->cause]) + strlen(o->comm);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct filter none;
	static const struct table table = { .width = 100, .lines = INT_MAX, .by_cause = true };
	static struct snapshot s;
	static struct delta delta;
	static struct reader r;
	static FILE *null;
	bool reset;

	if (size > READER_BYTES)
		return 0;
	if (!null)
		null = fopen("/dev/null", "w");
	die_hook = on_die;
	memset(&r, 0, offsetof(struct reader, buffer));
	memcpy(r.buffer, data, size);
	r.name = "fuzz";
	r.fd = -1;
	r.limit = -1;
	r.end = size;
	s.visit = (struct visitor){ cpu_row, vcpu, vcpu_row, inflight, outlier };
	if (!setjmp(damaged)) {
		while (!reader_at_end(&r)) {
			snapshot_free(&s);
			snapshot_read(&s, &r, -1);
			table_reasons(null, &table, &s, &s.totals, &none);
			delta_step(&delta, &s, &reset);
			table_reasons(null, &table, &s, &s.totals, &none);
		}
	}
	rows_free(&groups);
	delta_free(&delta);
	memset(&delta, 0, sizeof(delta));
	snapshot_free(&s);
	return 0;
}
