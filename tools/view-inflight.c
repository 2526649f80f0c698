// SPDX-License-Identifier: GPL-2.0
/* kvmlat inflight: vCPUs now between exit and entry, oldest first. Idle ones only with -a. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "filter.h"
#include "format.h"
#include "vmname.h"

static const struct option options[] = {
	FILTER_CPUS, FILTER_REASONS, FILTER_CAUSES, FILTER_VMS,
	{ "all", no_argument, NULL, 'a' },
	{ NULL, 0, NULL, 0 }
};

static struct {
	struct filter f;
	bool all;
	struct open_exit {
		struct inflight i;
		char comm[64];
	} *found;
	size_t nr, room, idle;
} opt;

static void take(struct snapshot *s, const struct inflight *i)
{
	if (!filter_cpu(&opt.f, i->cpu) || !filter_cause(&opt.f, i->cause) || !filter_reason(&opt.f, s, i->reason) ||
	    !filter_who(&opt.f, &i->who, vmname(i->who.vmm, s->live)))
		return;
	if (!opt.all && !opt.f.reasons && snapshot_idle(s, i->reason)) {
		opt.idle++;
		return;
	}
	if (opt.nr == opt.room) {
		opt.room = opt.room ? 2 * opt.room : 64;
		opt.found = xrealloc(opt.found, opt.room, sizeof(*opt.found));
	}
	opt.found[opt.nr].i = *i;
	snprintf(opt.found[opt.nr].comm, sizeof(opt.found[0].comm), "%s", i->comm);
	opt.nr++;
}

/* As wide as they are, for narrow terminals. */
static void find_widths(const struct snapshot *s, int *vm, int *reason)
{
	size_t n;

	*vm = 4;
	*reason = 7;
	for (n = 0; n < opt.nr; n++) {
		int wide = strlen(vmname(opt.found[n].i.who.vmm, s->live));

		*vm = wide > *vm ? wide : *vm;
		wide = strlen(snapshot_reason_name(s, opt.found[n].i.reason));
		*reason = wide > *reason ? wide : *reason;
	}
}

static int run(struct cli *c)
{
	struct snapshot s = { .visit = { .inflight = take } };
	char age[FORMAT_BYTES], id[FORMAT_BYTES];
	int letter, vm, reason;
	size_t n;

	while ((letter = cli_next(c)) != -1) {
		if (letter == 'a')
			opt.all = true;
		else
			filter_option(c, &opt.f, letter);
	}
	snapshot_load(&s, cli_file(c));
	find_widths(&s, &vm, &reason);
	printf("%8s %-*s %4s %8s %4s %-9s %-*s %s\n", "AGE", vm, "VM", "vCPU", "TID", "CPU", "CAUSE", reason, "VM-EXIT",
	       "COMM");
	for (n = 0; n < opt.nr; n++) {
		const struct inflight *i = &opt.found[n].i;

		format_ns(id, i->who.vcpu, true);
		printf("%8s %-*s %4s %8" PRIu64 " %4" PRIu64 " %-9s %-*s %s\n", format_ns(age, i->age_ns, false), vm,
		       vmname(i->who.vmm, s.live), id, i->who.tid, i->cpu, cause_names[i->cause], reason,
		       snapshot_reason_name(&s, i->reason), opt.found[n].comm);
	}
	printf("%zu between exit and entry", opt.nr);
	printf(opt.idle ? ", %zu more idle (-a shows them)\n" : "\n", opt.idle);
	free(opt.found);
	snapshot_free(&s);
	return 0;
}

static const char usage[] = "inflight [-a] [-C CPUS] [-r REASONS] [--cause CAUSES] [--vm VM] [--vcpu IDS] [FILE]";
VIEW(inflight, "inflight", usage, "vCPUs now between exit and entry, oldest first", options, run);
