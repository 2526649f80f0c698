// SPDX-License-Identifier: GPL-2.0
/*
 * A libFuzzer target: the parser and what views do
	with its rows, on bytes from anywhere: from memory; as a file, or a
 * pipe, of which the last whole snapshot is looked for; as the command line of a VMM.
 *   clang -fsanitize=fuzzer,address,undefined ... fuzz.c and the files of tools without main()
 * Damage ends a program; here it only ends this input.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "input/parse.h"
#include "input/source.h"
#include "input/vm-names.h"
#include "input/vmm-command-line.h"
#include "model/delta.h"
#include "model/quantile.h"
#include "render/reason-table.h"

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
	sink += strlen(vm_name_of_vmm(v->id.vmm % 1024, false).text) + strlen(v->comm);
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
	sink += strlen(snapshot_reason_name(s, i->reason)) + strlen(cause_names[i->cause]) +
		strlen(i->comm);
}

static void outlier(struct snapshot *s, const struct outlier *o)
{
	sink += strlen(snapshot_reason_name(s, o->reason)) + strlen(cause_names[o->cause]) +
		strlen(o->comm);
}

static void vm_name(struct snapshot *s, uint64_t vmm, const char *name)
{
	(void)s;
	vm_names_record(vmm, name);
}

static const struct visitor visitor = { cpu_row, vcpu, vcpu_row, inflight, outlier, NULL, vm_name };

static void from_memory(const uint8_t *data, size_t size)
{
	static const struct selection none;
	static const struct table table = { .width = 100, .lines = INT_MAX, .by_cause = true };
	static struct snapshot s;
	static struct delta delta;
	static struct reader r;
	static FILE *null;
	bool reset;

	if (!null)
		null = fopen("/dev/null", "w");
	memset(&r, 0, offsetof(struct reader, buffer));
	memcpy(r.buffer, data, size);
	r.name = "fuzz";
	r.fd = -1;
	r.limit = -1;
	r.end = size;
	s.visit = visitor;
	die_hook = on_die;
	if (!setjmp(damaged)) {
		while (!reader_at_end(&r)) {
			snapshot_free(&s);
			vm_names_forget_recorded();
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
}

/*
 * The last snapshot, with all that stands in it or the totals only: is it whole and at the end,
 * or is it damaged or torn?
 */
static void from_path(const char *path, size_t size, bool all)
{
	static struct snapshot last, s;
	static struct source src;
	static uint64_t snapshots;

	last.visit = all ? visitor : (struct visitor){ 0 };
	die_hook = on_die;
	if (!setjmp(damaged)) {
		source_open(&src, path);
		sink += source_is_torn(&src, size);
		source_last(&src, &last);
	}
	if (src.reader)
		source_close(&src);
	snapshots = 0;
	die_hook = on_die;
	if (!setjmp(damaged)) {
		source_open(&src, path);
		while (source_next(&src, &s))
			snapshots++;
		/* All of it was right, so the last one was: it is the same one. */
		if (snapshots && strcmp(last.generation, s.generation))
			abort();
	}
	if (src.reader)
		source_close(&src);
	rows_free(&groups);
	snapshot_free(&last);
	snapshot_free(&s);
}

static void from_file(const uint8_t *data, size_t size, bool all)
{
	int fd = memfd_create("fuzz", 0);
	char path[32];

	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	lseek(fd, 0, SEEK_SET);
	from_path(path, size, all);
	close(fd);
}

/* Less than a pipe holds without a reader. */
static void from_pipe(const uint8_t *data, size_t size)
{
	static struct snapshot s;
	static struct source src;
	char path[32];
	int fds[2];

	if (pipe(fds) || write(fds[1], data, size) != (ssize_t)size)
		abort();
	close(fds[1]);
	snprintf(path, sizeof(path), "/dev/fd/%d", fds[0]);
	die_hook = on_die;
	if (!setjmp(damaged)) {
		source_open(&src, path);
		source_last(&src, &s);
	}
	if (src.reader)
		source_close(&src);
	close(fds[0]);
	snapshot_free(&s);
}

static void from_cmdline(const uint8_t *data, size_t size)
{
	char *cmdline = xrealloc(NULL, size + 1, 1), *name, *given, *again;

	memcpy(cmdline, data, size);
	cmdline[size] = '\0';
	name = vmm_command_line_name(cmdline, size);
	if (name) {
		given = text_written(name, strlen(name));
		again = text_of_name(given);
		if (strcmp(given, again))	/* a written form is its own */
			abort();
		free(again);
		free(given);
	}
	free(name);
	free(cmdline);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 8192)
		return 0;
	no_warnings = true;
	from_memory(data, size);
	from_cmdline(data, size);
	from_file(data, size, size % 2);
	if (size && size % 8 == 0)
		from_pipe(data, size);
	return 0;
}
