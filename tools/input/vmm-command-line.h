/* SPDX-License-Identifier: GPL-2.0 */
/* The name of a VM in the command line of its VMM. */
#ifndef KVMLAT_VMM_COMMAND_LINE_H
#define KVMLAT_VMM_COMMAND_LINE_H

#include <stddef.h>

/*
 * What QEMU was told as -name, to free; NULL: nothing. @cmdline: of /proc/PID/cmdline, with a NUL
 * behind it.
 */
char *vmm_command_line_name(const char *cmdline, size_t length);

#endif
