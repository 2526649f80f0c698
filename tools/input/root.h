/* SPDX-License-Identifier: GPL-2.0 */
/* Where /sys and /proc are looked for: "" or --root DIR. */
#ifndef KVMLAT_ROOT_H
#define KVMLAT_ROOT_H

extern const char *root_dir;

#endif
