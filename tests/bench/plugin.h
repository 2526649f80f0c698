/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the bench's two plugins of the emulator share: where code lies, markers, hashing, options.
 */
#ifndef BENCH_PLUGIN_H
#define BENCH_PLUGIN_H

#include <stdio.h>
#include <string.h>
#include "marker.h"
#include "qemu-plugin-v1.h"

#define GUEST_TOP 0x10000ULL /* guest code of pairs.c lies below, programs of the host above */
#define KERNEL_BASE 0xff00000000000000ULL	/* -cpu max has 5-level page tables */
#define LINE_SHIFT 6			/* cache lines of 64 bytes */

/* Place of @key in a table of @slots, a power of two. */
static inline uint32_t hash(uint64_t key, uint32_t slots)
{
	return (uint32_t)((key * 0x9e3779b97f4a7c15ULL) >> 32) & (slots - 1);
}

/* Have @on called for its kind of marker, with the marker's id, when @insn is one. */
static inline void register_marker(struct qemu_plugin_insn *insn, const qemu_plugin_exec_cb on[256])
{
	static const unsigned char prefix[] = { MARKER_PREFIX };
	const unsigned char *code = qemu_plugin_insn_data(insn);

	if (qemu_plugin_insn_vaddr(insn) >= GUEST_TOP ||
	    qemu_plugin_insn_size(insn) != MARKER_BYTES ||
	    memcmp(code, prefix, MARKER_PREFIX_BYTES) || !on[code[MARKER_PREFIX_BYTES]])
		return;
	qemu_plugin_register_vcpu_insn_exec_cb(insn, on[code[MARKER_PREFIX_BYTES]],
					       QEMU_PLUGIN_CB_NO_REGS,
					       (void *)(uintptr_t)code[MARKER_BYTES - 1]);
}

/*
 * Where kvmlat's code lies: the last line "FROM TO", in hex, of the file @path; as before when
 * there is none.
 */
static inline void read_text(const char *path, uint64_t *from, uint64_t *to)
{
	unsigned long long a, b;
	FILE *f = fopen(path, "r");

	while (f && fscanf(f, "%llx %llx", &a, &b) == 2) {
		*from = a;
		*to = b;
	}
	if (f)
		fclose(f);
}

/* The value of the option "@name=value" of a plugin; NULL without. */
static inline const char *option(int argc, char **argv, const char *name)
{
	size_t length = strlen(name);

	for (; argc > 0; argc--, argv++) {
		if (!strncmp(*argv, name, length) && (*argv)[length] == '=')
			return *argv + length + 1;
	}
	return NULL;
}

#endif
