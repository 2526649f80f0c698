// SPDX-License-Identifier: GPL-2.0
/*
 * window: a QEMU plugin that counts what happens between the markers of pairs.c.
 *
 *   -plugin window.so,out=FILE,text=FILE[,profile=FILE]
 *
 * text: a file whose last line is "FROM TO", in hex: where kvmlat's code lies in the host, or "0
 * 0". It is read when a window begins.
 * For each window, a line of "name value" fields in FILE, in the order of windows:
 *   id, pairs
 *   kernel, user, guest   instructions executed, by where they lie: upper half, lower half, guest
 *   rep                   of them iterations of string instructions after the first: hardware does
 *                         those in bulk
 *   locked                instructions with a lock prefix
 *   touched, written      data cache lines (64 bytes of virtual address) that kernel code touched
 *                         or wrote in at least 9 of 10 pairs
 *   own                   of the lines, those that kvmlat's code wrote in as many pairs and other
 *                         code did not, as it does the stack's: how many more are written, whatever
 *                         lies where
 *   written_mean          distinct lines written per pair, mean in 1/1000: counts streams too
 * profile: for each window and executed kernel instruction "id address count".
 *
 * What the emulator itself accesses by physical address (the VMCB at vmrun and #VMEXIT) is left
 * out; it is the same with and without an observer. For one virtual CPU: nothing here is locked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "plugin.h"

#define LINE_SLOTS (1U << 20)
#define CODE_SLOTS (1U << 22)

struct line {
	uint64_t number;		/* address >> LINE_SHIFT; 0: free */
	uint32_t last_touch, last_write;	/* number of the pair, from 1 */
	uint32_t last_own, last_other;	/* written by kvmlat's code, by other */
	uint32_t touched, written, own, other;	/* in how many pairs */
};

struct code {
	uint64_t vaddr, count, before;
};

int qemu_plugin_version = 1;

static FILE *out, *profile;
static const char *text_path;
static uint64_t text_from, text_to;
static struct line *lines;
static struct code *codes;
enum { KERNEL, USER, GUEST, REP, LOCKED, COUNTERS };
static const char * const counter_names[COUNTERS] = { "kernel", "user", "guest", "rep", "locked" };
static uint64_t counter[COUNTERS], before[COUNTERS];
static uint32_t pair;			/* 0: outside a window */
static uint64_t written_sum, lines_used;
static uint64_t rep_vaddr, rep_total;

static void touch(uint64_t number, bool store, bool own)
{
	struct line *line;
	uint32_t n = hash(number, LINE_SLOTS);

	for (line = &lines[n]; line->number != number; line = &lines[n]) {
		if (!line->number) {
			if (++lines_used > LINE_SLOTS / 4 * 3) {
				fputs("window: too many cache lines in one window\n", stderr);
				exit(1);
			}
			line->number = number;
			break;
		}
		n = (n + 1) & (LINE_SLOTS - 1);
	}
	if (line->last_touch != pair) {
		line->last_touch = pair;
		line->touched++;
	}
	if (store && line->last_write != pair) {
		line->last_write = pair;
		line->written++;
		written_sum++;
	}
	if (store && own && line->last_own != pair) {
		line->last_own = pair;
		line->own++;
	}
	if (store && !own && line->last_other != pair) {
		line->last_other = pair;
		line->other++;
	}
}

static void on_memory(unsigned int vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *data)
{
	bool own = (uintptr_t)data >= text_from && (uintptr_t)data < text_to;
	uint64_t last;

	(void)vcpu;
	if (!pair || vaddr < KERNEL_BASE)
		return;
	touch(vaddr >> LINE_SHIFT, qemu_plugin_mem_is_store(info), own);
	last = vaddr + (1U << qemu_plugin_mem_size_shift(info)) - 1;
	if (last >> LINE_SHIFT != vaddr >> LINE_SHIFT)
		touch(last >> LINE_SHIFT, qemu_plugin_mem_is_store(info), own);
}

/*
 * A string instruction executes once for each iteration: the first is one whose forerunner was
 * another.
 */
static void on_rep(unsigned int vcpu, void *data)
{
	uint64_t total = counter[KERNEL] + counter[USER] + counter[GUEST];
	uint64_t vaddr = (uintptr_t)data;

	(void)vcpu;
	if (vaddr == rep_vaddr && total == rep_total + 1)
		counter[REP]++;
	rep_vaddr = vaddr;
	rep_total = total;
}

static void on_begin(unsigned int vcpu, void *data)
{
	uint32_t n;

	(void)vcpu;
	(void)data;
	memset(lines, 0, LINE_SLOTS * sizeof(*lines));
	memcpy(before, counter, sizeof(before));
	written_sum = 0;
	lines_used = 0;
	read_text(text_path, &text_from, &text_to);
	for (n = 0; profile && n < CODE_SLOTS; n++)
		codes[n].before = codes[n].count;
}

static void on_pair(unsigned int vcpu, void *data)
{
	(void)vcpu;
	(void)data;
	pair++;
}

static void write_profile(unsigned int id)
{
	uint32_t n;

	for (n = 0; n < CODE_SLOTS; n++) {
		if (codes[n].count != codes[n].before)
			fprintf(profile, "%u %llx %llu\n", id, (unsigned long long)codes[n].vaddr,
				(unsigned long long)(codes[n].count - codes[n].before));
	}
	fflush(profile);
}

static void on_end(unsigned int vcpu, void *data)
{
	uint32_t n, enough = pair - pair / 10, touched = 0, written = 0, own = 0;
	uint64_t delta[COUNTERS];

	(void)vcpu;
	for (n = 0; n < COUNTERS; n++)
		delta[n] = counter[n] - before[n];
	for (n = 0; n < LINE_SLOTS; n++) {
		touched += lines[n].touched >= enough;
		written += lines[n].written >= enough;
		own += lines[n].own >= enough && lines[n].other < enough;
	}
	fprintf(out, "window id %u pairs %u", (unsigned int)(uintptr_t)data, pair);
	for (n = 0; n < COUNTERS; n++)
		fprintf(out, " %s %llu", counter_names[n], (unsigned long long)delta[n]);
	fprintf(out, " touched %u written %u own %u written_mean %llu\n", touched, written, own,
		(unsigned long long)(written_sum * 1000 / (pair ? pair : 1)));
	fflush(out);
	if (profile)
		write_profile((unsigned int)(uintptr_t)data);
	pair = 0;
}

static uint64_t *code_cell(uint64_t vaddr)
{
	static uint32_t used;
	uint32_t n = hash(vaddr, CODE_SLOTS);

	while (codes[n].vaddr != vaddr) {
		if (!codes[n].vaddr) {
			if (++used > CODE_SLOTS / 4 * 3) {
				fputs("window: too much code to profile\n", stderr);
				exit(1);
			}
			codes[n].vaddr = vaddr;
			break;
		}
		n = (n + 1) & (CODE_SLOTS - 1);
	}
	return &codes[n].count;
}

/* Look at the prefixes of an instruction: does it repeat a string operation, is it locked? */
static void prefixes(const unsigned char *code, size_t size, bool *rep, bool *locked)
{
	bool repeat = false;
	size_t n;

	*rep = *locked = false;
	for (n = 0; n < size; n++) {
		if (code[n] == 0xf2 || code[n] == 0xf3)
			repeat = true;
		else if (code[n] == 0xf0)
			*locked = true;
		else if (code[n] != 0x66 && code[n] != 0x67 && code[n] != 0x65 && code[n] != 0x64 &&
			 code[n] != 0x2e && code[n] != 0x3e && (code[n] & 0xf0) != 0x40)
			break;
	}
	if (n < size && repeat)		/* ins, outs; movs, cmps; stos, lods, scas */
		*rep = (code[n] >= 0x6c && code[n] <= 0x6f) ||
		       (code[n] >= 0xa4 && code[n] <= 0xa7) || (code[n] >= 0xaa && code[n] <= 0xaf);
}

static void instrument(struct qemu_plugin_insn *insn)
{
	static const qemu_plugin_exec_cb on_marker[256] = {
		[MARKER_BEGIN] = on_begin, [MARKER_PAIR] = on_pair, [MARKER_END] = on_end
	};
	const unsigned char *code = qemu_plugin_insn_data(insn);
	size_t size = qemu_plugin_insn_size(insn);
	uint64_t vaddr = qemu_plugin_insn_vaddr(insn);
	int where = vaddr >= KERNEL_BASE ? KERNEL : vaddr < GUEST_TOP ? GUEST : USER;
	bool rep, locked;

	qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64,
						   &counter[where], 1);
	register_marker(insn, on_marker);
	if (where == GUEST)
		return;
	prefixes(code, size, &rep, &locked);
	if (rep)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_rep, QEMU_PLUGIN_CB_NO_REGS,
						       (void *)(uintptr_t)vaddr);
	if (where != KERNEL)
		return;
	if (locked)
		qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64,
							   &counter[LOCKED], 1);
	if (profile)
		qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64,
							   code_cell(vaddr), 1);
	qemu_plugin_register_vcpu_mem_cb(insn, on_memory, QEMU_PLUGIN_CB_NO_REGS,
					 QEMU_PLUGIN_MEM_RW, (void *)(uintptr_t)vaddr);
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t n;

	(void)id;
	for (n = 0; n < qemu_plugin_tb_n_insns(tb); n++)
		instrument(qemu_plugin_tb_get_insn(tb, n));
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc, char **argv)
{
	const char *out_path = option(argc, argv, "out"),
		   *profile_path = option(argc, argv, "profile");
	const char *path = option(argc, argv, "text");

	(void)info;
	text_path = path ? strdup(path) : NULL;
	out = out_path ? fopen(out_path, "w") : NULL;
	profile = profile_path ? fopen(profile_path, "w") : NULL;
	lines = calloc(LINE_SLOTS, sizeof(*lines));
	codes = calloc(profile ? CODE_SLOTS : 1, sizeof(*codes));
	if (!out || !text_path || !lines || !codes) {
		fputs("window: no out=FILE or text=FILE, or no memory\n", stderr);
		return 1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	return 0;
}
