// SPDX-License-Identifier: GPL-2.0
/* The options of a selection. */
#include <string.h>
#include "base/error.h"
#include "commands/select-options.h"

static void parse_ranges(const struct cli *c, struct ranges *to, const char *what, const char *list)
{
	if (!selection_parse_ranges(to, list))
		die(EXIT_DATA, "%s: %s %.60s%s: not a %s list like 0-3,8", c->view->name, what,
		    list, strlen(list) > 60 ? "..." : "",
		    *what == '-' && what[1] == 'C' ? "CPU" : "number");
}

bool select_option(const struct cli *c, struct selection *f, int letter)
{
	switch (letter) {
	case 'C':
		parse_ranges(c, &f->cpus, "-C", optarg);
		return true;
	case 'r':
		f->reasons = optarg;
		return true;
	case OPT_CAUSE:
		f->causes = selection_parse_causes(optarg);
		if (!f->causes)
			die(EXIT_DATA,
			    "%s: --cause %s: causes are kernel, preempted, blocked, user, mixed",
			    c->view->name, optarg);
		return true;
	case OPT_VM:
		selection_set_vm(f, optarg);
		return true;
	case OPT_VCPU:
		parse_ranges(c, &f->vcpus, "--vcpu", optarg);
		return true;
	}
	return false;
}

void select_cpus_or_vms(const struct cli *c, const struct selection *f)
{
	if (f->cpus.nr && selects_vms(f))
		die(EXIT_DATA, "%s: -C with --vm or --vcpu: figures are kept %s, not per both",
		    c->view->name, "per CPU and per vCPU");
}
