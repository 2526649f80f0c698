// SPDX-License-Identifier: GPL-2.0
/*
 * Looking up a data symbol of another module in that module's own symbol table, which the
 * tracepoint notifier hands over: no kallsyms_lookup_name(), which is not exported.
 */
#include <linux/kallsyms.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include "base/symbol.h"

/* Address and size of a data symbol in a module's own symbol table, or NULL. */
void *kvmlat_module_symbol(struct module *mod, const char *name, unsigned long *size_bytes)
{
	const struct mod_kallsyms *kallsyms;
	void *found = NULL;
	unsigned int n;

	preempt_disable();
	kallsyms = rcu_dereference_sched(mod->kallsyms);
	for (n = 0; kallsyms && n < kallsyms->num_symtab; n++) {
		const Elf_Sym *sym = &kallsyms->symtab[n];

		if (sym->st_shndx == SHN_UNDEF || strcmp(kallsyms->strtab + sym->st_name, name))
			continue;
		*size_bytes = sym->st_size;
		found = (void *)sym->st_value;
		break;
	}
	preempt_enable();
	return found;
}
