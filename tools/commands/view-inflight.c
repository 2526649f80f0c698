// SPDX-License-Identifier: GPL-2.0
/* kvmlat inflight: vCPUs now between exit and entry, oldest first. Idle ones only with -a. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/text.h"
#include "commands/check-selection.h"
#include "commands/select-options.h"
#include "input/source.h"
#include "input/vm-names.h"
#include "render/columns.h"
#include "render/settings-line.h"
#include "render/terminal.h"
#include "render/units.h"

static const struct option options[] = {
	SELECT_CPUS, SELECT_REASONS, SELECT_CAUSES, SELECT_VMS,
	{ "all", no_argument, NULL, 'a' },
	{ NULL, 0, NULL, 0 }
};

static struct {
	struct selection f;
	bool all;
	struct open_exit {
		struct inflight i;
		char comm[COMM_BYTES];
	} *found;
	size_t nr, capacity, idle;
} opt;

static void take(struct snapshot *s, const struct inflight *i)
{
	if (!selects_cpu(&opt.f, i->cpu) || !selects_cause(&opt.f, i->cause) ||
	    !selects_reason(&opt.f, s, i->reason) ||
	    !selects_vcpu(&opt.f, &i->id, vm_name_of_vmm(i->id.vmm, s->live)))
		return;
	if (!opt.all && !opt.f.reasons && snapshot_idle(s, i->reason)) {
		opt.idle++;
		return;
	}
	if (opt.nr == opt.capacity) {
		opt.capacity = opt.capacity ? 2 * opt.capacity : 64;
		opt.found = xrealloc(opt.found, opt.capacity, sizeof(*opt.found));
	}
	opt.found[opt.nr].i = *i;
	text_copy(opt.found[opt.nr].comm, sizeof(opt.found[0].comm), i->comm);
	opt.nr++;
}

static void again(struct snapshot *s)
{
	(void)s;
	opt.nr = 0;
	opt.idle = 0;
}

enum { AGE, VM, VCPU, TID, CPU, CAUSE, REASON, COMM, NR_COLUMNS };
static struct column columns[NR_COLUMNS] = {
	[AGE] = { "AGE", 8, 0, 0, false },	   [VM] = { "VM", -4, 0, 0, false },
	[VCPU] = { "vCPU", 4, 0, 50, false },	   [TID] = { "TID", 8, 0, 20, false },
	[CPU] = { "CPU", 4, 0, 30, false },	   [CAUSE] = { "CAUSE", -9, 0, 40, false },
	[REASON] = { "VM-EXIT", -7, 0, 0, false }, [COMM] = { "COMM", 0, 4, 10, false },
};

static void at_least(int *width, const char *text, int most)
{
	int length = strlen(text);

	length = length < most ? length : most;
	if (length > abs(*width))
		*width = *width < 0 ? -length : length;
}

/* As wide as they are; a name of a VM takes no more than a third of a terminal. */
static void find_widths(const struct snapshot *s)
{
	int width = terminal_width();
	size_t n;

	for (n = 0; n < opt.nr; n++) {
		at_least(&columns[VM].width, vm_name_of_vmm(opt.found[n].i.id.vmm, s->live).text,
			 width / 3);
		at_least(&columns[REASON].width, snapshot_reason_name(s, opt.found[n].i.reason),
			 INT_MAX);
		at_least(&columns[COMM].expected, opt.found[n].comm, INT_MAX);
	}
	columns_fit(columns, NR_COLUMNS, width);
}

static void put_number(int column, uint64_t n)
{
	char buffer[FORMAT_BYTES];

	columns_put(&columns[column], format_ns(buffer, n, true));
}

static int run(struct cli *c)
{
	struct snapshot s = { .visit = { .inflight = take, .again = again } };
	char age[FORMAT_BYTES];
	int letter;
	size_t n;

	while ((letter = cli_next(c)) != -1) {
		if (letter == 'a')
			opt.all = true;
		else
			select_option(c, &opt.f, letter);
	}
	check_begin(&opt.f, &s);
	snapshot_load(&s, cli_file(c));
	check_end(c, &opt.f, &s, false);
	find_widths(&s);
	settings_print(stdout, &s);
	columns_head(columns, NR_COLUMNS);
	for (n = 0; n < opt.nr; n++) {
		const struct inflight *i = &opt.found[n].i;

		columns_put(&columns[AGE], format_ns(age, i->age_ns, false));
		columns_put(&columns[VM], vm_name_of_vmm(i->id.vmm, s.live).text);
		put_number(VCPU, i->id.vcpu);
		put_number(TID, i->id.tid);
		put_number(CPU, i->cpu);
		columns_put(&columns[CAUSE], cause_names[i->cause]);
		columns_put(&columns[REASON], snapshot_reason_name(&s, i->reason));
		columns_put(&columns[COMM], opt.found[n].comm);
		columns_end();
	}
	printf("%zu between exit and entry", opt.nr);
	printf(opt.idle ? ", %zu more idle (-a shows them)\n" : "\n", opt.idle);
	free(opt.found);
	snapshot_free(&s);
	return 0;
}

static const char usage[] =
	"inflight [-a] [-C CPUS] " USAGE_REASONS " " USAGE_VMS " [FILE]";
VIEW(inflight, "inflight", usage, "vCPUs now between exit and entry, oldest first", options, run);
