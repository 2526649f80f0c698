/* SPDX-License-Identifier: GPL-2.0 */
/* Which part of the data is asked for: -C, -r, --cause, --vm, --vcpu mean the same in every view. */
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

/* Take the option @letter and its argument; false: it is none of these. */
bool select_option(const struct cli *c, struct selection *f, int letter);

#endif
