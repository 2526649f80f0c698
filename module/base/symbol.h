/* SPDX-License-Identifier: GPL-2.0 */
/* Symbols of another module. */
#ifndef KVMLAT_SYMBOL_H
#define KVMLAT_SYMBOL_H

struct module;

void *kvmlat_module_symbol(struct module *mod, const char *name, unsigned long *size_bytes);

#endif
