// SPDX-License-Identifier: GPL-2.0
/*
 * shared: a QEMU plugin that tells, while guests run on several CPUs, what each CPU executes in
 * kvmlat's code per pair, and which cache lines it shares with the others.
 *
 *   -plugin shared.so,out=FILE,text=FILE
 *
 * text: a file whose last line is "FROM TO", in hex: where kvmlat's code lies in the host. It is
 * read when a window begins.
 * A CPU that executes the markers of pairs.c is a guest's, for the run of that marker's id; when
 * all windows of a run have ended, lines in FILE:
 *   cpu id ID cpu N pairs P kernel K own O median M unusual U
 *     K: instructions of the kernel in the window, interrupts and all (by translation block, which
 *     counts one that is left in the middle as a whole); O: of them in kvmlat's code; M: the
 *     median of the pairs' O; U: pairs with another O than that
 *   lines id ID written W shared S reader_wrote R reader_read Q
 *     W: lines of 64 bytes (virtual addresses) that kvmlat wrote on guests' CPUs; S: of those it
 *     wrote there, lines that any kernel code touched on another guest's CPU, and of those it
 *     touched, lines that any kernel code wrote on another guest's CPU; R: lines it touched
 *     there, and wrote on a CPU without a guest; Q: wrote there, and read on one without.
 *
 * Lines are those of the time when all guests were in their windows: before and after, memory such
 * as a stack goes from task to task.
 * CPUs execute at the same time. Each writes its own record only; the sums are made by the last
 * that ends, when a CPU without a guest may still add to its own, which changes nothing above.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "plugin.h"

#define MODULES_BASE 0xffffffffc0000000ULL	/* with nokaslr */
#define LINE_SLOTS (1U << 18)
#define CPUS 8
#define OWN_TOP 4096

enum { OWN_TOUCHED = 1, OWN_WRITTEN = 2, ANY_TOUCHED = 4, ANY_WRITTEN = 8 };

struct line {
	uint64_t number;		/* address >> LINE_SHIFT; 0: free */
	uint32_t how;
};

struct cpu {
	bool open, guest;		/* in its window now; has had one in this run */
	uint32_t pairs;
	uint64_t kernel, own, own_before;
	uint32_t pairs_of[OWN_TOP + 1];	/* by the instructions of a pair in kvmlat's code */
	uint32_t lines_used;
	struct line lines[LINE_SLOTS];
};

int qemu_plugin_version = 1;

static FILE *out;
static const char *text_path;
static struct cpu *cpus;
static atomic_int windows;
static atomic_bool watching;
static uint64_t text_from, text_to;

static struct line *line_of(struct cpu *cpu, uint64_t number, bool make)
{
	uint32_t n = hash(number, LINE_SLOTS);

	while (cpu->lines[n].number != number) {
		if (!cpu->lines[n].number) {
			if (!make)
				return NULL;
			if (++cpu->lines_used > LINE_SLOTS / 4 * 3) {
				fputs("shared: too many cache lines in one window\n", stderr);
				exit(1);
			}
			cpu->lines[n].number = number;
			break;
		}
		n = (n + 1) & (LINE_SLOTS - 1);
	}
	return &cpu->lines[n];
}

static uint32_t how(unsigned int vcpu, uint64_t number)
{
	struct line *line = line_of(&cpus[vcpu], number, false);

	return line ? line->how : 0;
}

static void on_memory(unsigned int vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *data)
{
	uint64_t insn = (uintptr_t)data, last, number;
	uint32_t add;

	if (!watching || vaddr < KERNEL_BASE || vcpu >= CPUS)
		return;
	add = qemu_plugin_mem_is_store(info) ? ANY_TOUCHED | ANY_WRITTEN : ANY_TOUCHED;
	if (insn >= text_from && insn < text_to)
		add |= add >> 2;
	last = vaddr + (1U << qemu_plugin_mem_size_shift(info)) - 1;
	for (number = vaddr >> LINE_SHIFT; number <= last >> LINE_SHIFT; number++)
		line_of(&cpus[vcpu], number, true)->how |= add;
}

static void on_module_insn(unsigned int vcpu, void *data)
{
	uint64_t insn = (uintptr_t)data;

	if (vcpu < CPUS && cpus[vcpu].open && insn >= text_from && insn < text_to)
		cpus[vcpu].own++;
}

static void on_kernel_block(unsigned int vcpu, void *data)
{
	if (vcpu < CPUS && cpus[vcpu].open)
		cpus[vcpu].kernel += (uintptr_t)data;
}

static void on_begin(unsigned int vcpu, void *data)
{
	struct cpu *cpu = &cpus[vcpu];
	unsigned int n;

	(void)data;
	if (vcpu >= CPUS)
		return;
	watching = false;
	for (n = 0; n < CPUS; n++) {
		memset(cpus[n].lines, 0, sizeof(cpus[n].lines));
		cpus[n].lines_used = 0;
		cpus[n].guest = cpus[n].open;
	}
	read_text(text_path, &text_from, &text_to);
	atomic_fetch_add(&windows, 1);
	cpu->pairs = 0;
	cpu->kernel = 0;
	cpu->own = 0;
	cpu->own_before = 0;
	memset(cpu->pairs_of, 0, sizeof(cpu->pairs_of));
	cpu->guest = true;
	cpu->open = true;
	watching = true;
}

static void on_pair(unsigned int vcpu, void *data)
{
	struct cpu *cpu = &cpus[vcpu];
	uint64_t own;

	(void)data;
	if (vcpu >= CPUS || !cpu->open)
		return;
	own = cpu->own - cpu->own_before;
	cpu->own_before = cpu->own;
	if (cpu->pairs++)
		cpu->pairs_of[own < OWN_TOP ? own : OWN_TOP]++;
}

static uint32_t median(const struct cpu *cpu)
{
	uint32_t n, sum = 0;

	for (n = 0; n < OWN_TOP; n++) {
		sum += cpu->pairs_of[n];
		if (sum * 2 >= cpu->pairs)
			break;
	}
	return n;
}

/* What all other CPUs with, or without, a guest did to this line */
static uint32_t others(unsigned int vcpu, uint64_t number, bool guests)
{
	uint32_t sum = 0;
	unsigned int n;

	for (n = 0; n < CPUS; n++) {
		if (n != vcpu && cpus[n].guest == guests)
			sum |= how(n, number);
	}
	return sum;
}

static void end_run(unsigned int id)
{
	uint32_t written = 0, shared = 0, wrote = 0, read = 0, n, m, mine, theirs;

	for (n = 0; n < CPUS; n++) {
		struct cpu *cpu = &cpus[n];

		if (!cpu->guest)
			continue;
		m = median(cpu);
		fprintf(out,
			"cpu id %u cpu %u pairs %u kernel %llu own %llu median %u unusual %u\n", id,
			n, cpu->pairs, (unsigned long long)cpu->kernel,
			(unsigned long long)cpu->own, m, cpu->pairs - 1 - cpu->pairs_of[m]);
		for (m = 0; m < LINE_SLOTS; m++) {
			mine = cpu->lines[m].how;
			if (!(mine & OWN_TOUCHED))
				continue;
			theirs = others(n, cpu->lines[m].number, true);
			if ((mine & OWN_WRITTEN && theirs & ANY_TOUCHED) || theirs & ANY_WRITTEN) {
				shared++;
				fprintf(out, "line id %u cpu %u address %llx how %x others %x\n",
					id, n,
					(unsigned long long)cpu->lines[m].number << LINE_SHIFT,
					mine, theirs);
			}
			theirs = others(n, cpu->lines[m].number, false);
			written += !!(mine & OWN_WRITTEN);
			wrote += !!(theirs & OWN_WRITTEN);
			if (theirs & OWN_WRITTEN)
				fprintf(out, "line id %u cpu %u address %llx how %x reader %x\n",
					id, n,
					(unsigned long long)cpu->lines[m].number << LINE_SHIFT,
					mine, theirs);
			read += mine & OWN_WRITTEN && theirs & OWN_TOUCHED;
		}
	}
	fprintf(out, "lines id %u written %u shared %u reader_wrote %u reader_read %u\n", id,
		written, shared, wrote, read);
	fflush(out);
}

static void on_end(unsigned int vcpu, void *data)
{
	if (vcpu >= CPUS)
		return;
	watching = false;
	cpus[vcpu].open = false;
	if (atomic_fetch_sub(&windows, 1) == 1)
		end_run((unsigned int)(uintptr_t)data);
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	static const qemu_plugin_exec_cb on_marker[256] = {
		[MARKER_BEGIN] = on_begin, [MARKER_PAIR] = on_pair, [MARKER_END] = on_end
	};
	size_t n, all = qemu_plugin_tb_n_insns(tb);

	(void)id;
	if (qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, 0)) >= KERNEL_BASE)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, on_kernel_block, QEMU_PLUGIN_CB_NO_REGS,
						     (void *)(uintptr_t)all);
	for (n = 0; n < all; n++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, n);
		uint64_t vaddr = qemu_plugin_insn_vaddr(insn);

		register_marker(insn, on_marker);
		if (vaddr < KERNEL_BASE)
			continue;
		if (vaddr >= MODULES_BASE)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_module_insn,
							       QEMU_PLUGIN_CB_NO_REGS,
							       (void *)(uintptr_t)vaddr);
		qemu_plugin_register_vcpu_mem_cb(insn, on_memory, QEMU_PLUGIN_CB_NO_REGS,
						 QEMU_PLUGIN_MEM_RW, (void *)(uintptr_t)vaddr);
	}
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc, char **argv)
{
	const char *out_path = option(argc, argv, "out"), *path = option(argc, argv, "text");

	(void)info;
	out = out_path ? fopen(out_path, "w") : NULL;
	text_path = path ? strdup(path) : NULL;
	cpus = calloc(CPUS, sizeof(*cpus));
	if (!out || !text_path || !cpus) {
		fputs("shared: no out=FILE or text=FILE, or no memory\n", stderr);
		return 1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	return 0;
}
