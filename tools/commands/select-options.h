/* SPDX-License-Identifier: GPL-2.0 */
/* Options that say which part of the data is asked for, alike in every view. */
#ifndef KVMLAT_SELECT_OPTIONS_H
#define KVMLAT_SELECT_OPTIONS_H

#include "commands/command-line.h"
#include "model/selection.h"

enum { OPT_CAUSE = 256, OPT_VM, OPT_VCPU, OPT_VIEW };	/* OPT_VIEW and up: a view's own */

#define SELECT_CPUS	{ "cpus", required_argument, NULL, 'C' }
#define SELECT_REASONS	{ "reasons", required_argument, NULL, 'r' }
#define SELECT_CAUSES	{ "cause", required_argument, NULL, OPT_CAUSE }
#define SELECT_VMS	{ "vm", required_argument, NULL, OPT_VM },	\
			{ "vcpu", required_argument, NULL, OPT_VCPU }

/* In a command's usage. */
#define USAGE_REASONS		"[-r REASONS] [--cause CAUSES]"
#define USAGE_VMS		"[--vm VM] [--vcpu IDS]"
#define USAGE_CPUS_OR_VMS	"[-C CPUS | --vm VM | --vcpu IDS]"

/* Take the option @letter and its argument; false: it is none of these. */
bool select_option(const struct cli *c, struct selection *f, int letter);
/* Of a command that cannot do both: dies where -C stands beside --vm or --vcpu. */
void select_cpus_or_vms(const struct cli *c, const struct selection *f);

#endif
