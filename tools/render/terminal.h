/* SPDX-License-Identifier: GPL-2.0 */
/* The terminal that reports are read on. */
#ifndef KVMLAT_TERMINAL_H
#define KVMLAT_TERMINAL_H

int terminal_width(void);	/* COLUMNS, else the terminal's; INT_MAX when it is none */
int terminal_height(void);	/* LINES, else the terminal's; INT_MAX when it is none */

#endif
