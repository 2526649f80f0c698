// SPDX-License-Identifier: GPL-2.0
/*
 * kvmlat vcpus: a line a VM and one a vCPU, worst first. Idle reasons are left out unless named by
 * -r.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/text.h"
#include "commands/check-selection.h"
#include "commands/select-options.h"
#include "input/source.h"
#include "input/vm-names.h"
#include "render/settings-line.h"
#include "render/table.h"
#include "render/terminal.h"
#include "render/unmeasured.h"

#define CHAINS 1024

enum { OPT_NS = OPT_VIEW, OPT_SORT, OPT_WIDTH };
static const struct option options[] = {
	SELECT_REASONS, SELECT_CAUSES, SELECT_VMS,
	{ "vms", no_argument, NULL, 'v' },
	{ "sort", required_argument, NULL, OPT_SORT },
	{ "ns", no_argument, NULL, OPT_NS },
	{ "width", required_argument, NULL, OPT_WIDTH },
	{ NULL, 0, NULL, 0 }
};

/* VM lines have tid UNKNOWN and stand before their vCPUs. */
struct member {
	struct table_line line;
	struct identity id;
	enum { A_VM, A_VCPU, A_REST } kind;
	wide vm_rank;			/* of its VM: keeps a VM together */
	size_t next;			/* of a VM: the next of its chain + 1, 0 at the end */
};

static struct {
	struct selection f;
	struct table table;
	bool vms_only;
	struct member *member;
	size_t nr, capacity;
	size_t chain[CHAINS];		/* VMs by their identity */
	uint64_t idle;			/* exits that are left out */
	size_t vcpu, vm;		/* where the rows that follow go to; SIZE_MAX: nowhere */
} opt;

static size_t add(const struct identity *id, int kind)
{
	struct member *m;

	if (opt.nr == opt.capacity) {
		opt.capacity = opt.capacity ? 2 * opt.capacity : 64;
		opt.member = xrealloc(opt.member, opt.capacity, sizeof(*opt.member));
	}
	m = &opt.member[opt.nr];
	memset(m, 0, sizeof(*m));
	m->id = *id;
	m->kind = kind;
	row_clear(&m->line.all, true);
	return opt.nr++;
}

static size_t *chain_of(const struct identity *id)
{
	return &opt.chain[(id->vmm * 31 + id->vm) % CHAINS];
}

/* Until the members are sorted. */
static size_t vm_of(const struct identity *id)
{
	size_t n;

	for (n = *chain_of(id); n; n = opt.member[n - 1].next) {
		const struct member *m = &opt.member[n - 1];

		if (m->id.vmm == id->vmm && m->id.vm == id->vm)
			return n - 1;
	}
	return SIZE_MAX;
}

static void take_vcpu(struct snapshot *s, const struct vcpu *v)
{
	uint64_t vm = v->id.vm == UNKNOWN ? 0 : v->id.vm;
	struct vm_name name;
	struct member *m;

	opt.vcpu = SIZE_MAX;
	opt.vm = SIZE_MAX;
	if (v->kind != VCPU_ONE) {
		if (selects_vms(&opt.f))
			return;
		opt.vcpu = add(&v->id, A_REST);
		opt.member[opt.vcpu].line.name =
			v->kind == VCPU_OTHER ? xstrdup("other vCPUs") : xstrdup("departed vCPUs");
		return;
	}
	name = vm_name_of(s, &v->id);
	if (!selects_vcpu(&opt.f, &v->id, name))
		return;
	opt.vm = vm_of(&v->id);
	if (opt.vm == SIZE_MAX) {
		opt.vm = add(&v->id, A_VM);
		m = &opt.member[opt.vm];
		m->next = *chain_of(&v->id);
		*chain_of(&v->id) = opt.vm + 1;
		/* Two VMs of one process have one name. */
		if (name.is_pid)
			m->line.name = text_print("%s/%" PRIu64 " %s", name.text, vm, v->comm);
		else
			m->line.name =
				text_print("%s %" PRIu64 "/%" PRIu64, name.text, v->id.vmm, vm);
		if (!name.is_pid)
			m->line.tail = strlen(m->line.name) - strlen(name.text);
	}
	opt.vcpu = add(&v->id, A_VCPU);
	m = &opt.member[opt.vcpu];
	if (v->id.vcpu == UNKNOWN)
		m->line.name = text_print("  vcpu - tid %" PRIu64 "%s", v->id.tid,
					  v->live ? "" : " gone");
	else
		m->line.name = text_print("  vcpu %" PRIu64 " tid %" PRIu64 "%s", v->id.vcpu,
					  v->id.tid, v->live ? "" : " gone");
}

static void take_row(struct snapshot *s, const struct vcpu *v, const struct row *row)
{
	(void)v;
	if (opt.vcpu == SIZE_MAX || !selects_cause(&opt.f, row->cause) ||
	    !selects_reason(&opt.f, s, row->reason))
		return;
	if (!opt.f.reasons && snapshot_idle(s, row->reason)) {
		opt.idle = add_sat(opt.idle, row->count);
		return;
	}
	table_line_add(&opt.member[opt.vcpu].line, row);
	if (opt.vm != SIZE_MAX)
		table_line_add(&opt.member[opt.vm].line, row);
}

static void forget(void)
{
	while (opt.nr)
		free((char *)opt.member[--opt.nr].line.name);
}

static void again(struct snapshot *s)
{
	(void)s;
	forget();
	opt.idle = 0;
	memset(opt.chain, 0, sizeof(opt.chain));
}

static int worst_first(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	wide p = table_rank(&x->line, opt.table.sort), q = table_rank(&y->line, opt.table.sort);

	if ((x->kind == A_REST) != (y->kind == A_REST))
		return x->kind == A_REST ? 1 : -1;
	if (x->kind != A_REST) {
		if (x->vm_rank != y->vm_rank)
			return x->vm_rank > y->vm_rank ? -1 : 1;
		if (x->id.vmm != y->id.vmm)
			return x->id.vmm < y->id.vmm ? -1 : 1;
		if (x->id.vm != y->id.vm)
			return x->id.vm < y->id.vm ? -1 : 1;
		if (x->kind != y->kind)
			return x->kind == A_VM ? -1 : 1;
	}
	if (p != q)
		return p > q ? -1 : 1;
	return x->id.tid < y->id.tid ? -1 : x->id.tid > y->id.tid;
}

static void print_members(void)
{
	struct table_line *lines = xrealloc(NULL, opt.nr, sizeof(*lines));
	struct table_whole whole = { 0, 0 };
	struct table_layout layout;
	uint64_t pairs = 0;
	size_t n, vm = 0;

	for (n = 0; n < opt.nr; n++) {
		struct member *m = &opt.member[n];

		vm = m->kind == A_VCPU ? vm_of(&m->id) : n;
		m->vm_rank = table_rank(&opt.member[vm].line, opt.table.sort);
		if (m->kind == A_VM)
			continue;
		whole.ns += (double)m->line.all.sum_ns;
		whole.count += (double)m->line.all.count;
		pairs = add_sat(pairs, m->line.all.count);
	}
	if (opt.nr)
		qsort(opt.member, opt.nr, sizeof(*opt.member), worst_first);
	for (n = 0; n < opt.nr; n++)
		lines[n] = opt.member[n].line;
	table_head(stdout, &opt.table, "VM and vCPU", lines, opt.nr, &layout);
	for (n = 0; n < opt.nr; n++) {
		if (lines[n].all.count && !(opt.vms_only && opt.member[n].kind == A_VCPU))
			table_line_print(stdout, &opt.table, &layout, &lines[n], &whole);
	}
	table_total(stdout, &layout, pairs);
	if (opt.idle)
		printf("%" PRIu64 " idle exits left out, -r REASON shows them\n", opt.idle);
	free(lines);
}

static int run(struct cli *c)
{
	struct snapshot s = { .visit = {
				      .vcpu = take_vcpu, .vcpu_row = take_row, .again = again } };
	int letter;

	opt.table = (struct table){ .width = terminal_width(), .lines = INT_MAX, .pow2 = true };
	while ((letter = cli_next(c)) != -1) {
		if (letter == 'v')
			opt.vms_only = true;
		else if (letter == OPT_SORT)
			opt.table.sort = table_sort_named(c->view->name, optarg);
		else if (letter == OPT_NS)
			opt.table.plain_ns = true;
		else if (letter == OPT_WIDTH)
			opt.table.width = cli_number(c, "--width", optarg, 20, 10000);
		else
			select_option(c, &opt.f, letter);
	}
	check_begin(&opt.f, &s);
	snapshot_load(&s, cli_file(c));
	check_end(c, &opt.f, &s, false);
	settings_print(stdout, &s);
	unmeasured_print(stdout, &s);
	print_members();
	forget();
	free(opt.member);
	snapshot_free(&s);
	return 0;
}

static const char usage[] =
	"vcpus [-v] " USAGE_REASONS " " USAGE_VMS " [--sort KEY] [--ns] [--width N] [FILE]";
static const char help[] = "a line a VM and a vCPU, worst first";
static const char more[] = TABLE_MORE "\nIdle exits are left out unless -r names their reason.";
VIEW(vcpus, "vcpus", usage, help, options, run, .more = more);
