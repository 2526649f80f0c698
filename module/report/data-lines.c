// SPDX-License-Identifier: GPL-2.0
/*
 * Single lines of the `data` format (docs/data-format.md): histograms, vCPUs, open exits,
 * outliers.
 */
#include <linux/sched.h>
#include "report/data-lines.h"

void kvmlat_data_key(struct seq_file *m, u32 reason)
{
	if (reason == KVMLAT_OVERFLOW)
		seq_puts(m, KVMLAT_WORD_OTHER);
	else
		seq_printf(m, "0x%x", reason);
}

static void show_offcpu(struct seq_file *m, u64 ns, bool known)
{
	if (known)
		seq_printf(m, "%llu", ns);
	else
		seq_putc(m, '-');
}

/* A histogram's fields up to its buckets. */
void kvmlat_data_head(struct seq_file *m, const struct kvmlat_generation *gen,
		      const struct kvmlat_head *h)
{
	kvmlat_data_key(m, h->reason);
	seq_printf(m, " %s " KVMLAT_FIELD_SUM " %llu " KVMLAT_FIELD_MIN " %llu "
		   KVMLAT_FIELD_MAX " %llu " KVMLAT_FIELD_RUNQ " %llu " KVMLAT_FIELD_OFFCPU " ",
		   kvmlat_cause_names[h->cause], h->sum_ns, h->min_ns, h->max_ns, h->runq_ns);
	show_offcpu(m, h->offcpu_ns, READ_ONCE(gen->offcpu_whole));
	seq_puts(m, " " KVMLAT_FIELD_BUCKETS);
}

/* A bucket, unless it is empty. Most of the file is these: this costs half of seq_printf(). */
void kvmlat_data_bucket(struct seq_file *m, unsigned int number, u64 count)
{
	if (!count)
		return;
	seq_put_decimal_ull(m, " ", number);
	seq_put_decimal_ull(m, ":", count);
}

/* vmm, vm, tid, vcpu. */
static void show_identity(struct seq_file *m, const struct kvmlat_identity *id)
{
	seq_printf(m, " " KVMLAT_FIELD_VMM " %d " KVMLAT_FIELD_VM " ", id->vmm);
	if (id->vm)
		seq_printf(m, "%u", id->vm);
	else
		seq_putc(m, '-');
	seq_printf(m, " " KVMLAT_FIELD_TID " %d " KVMLAT_FIELD_VCPU " ", id->tid);
	if (id->vcpu >= 0)
		seq_printf(m, "%d", id->vcpu);
	else
		seq_putc(m, '-');
}

/*
 * Length of the UTF-8 character at @c, where @left bytes are left. 0: it is none, or overlong, or
 * cut off.
 */
static unsigned int utf8_bytes(const u8 *c, size_t left)
{
	unsigned int n, bytes = *c < 0x80 ? 1 : *c < 0xc2 ? 0 : *c < 0xe0 ? 2 : *c < 0xf0 ? 3 :
				*c < 0xf5 ? 4 : 0;

	if (bytes > left)
		return 0;
	for (n = 1; n < bytes; n++) {
		if ((c[n] & 0xc0) != 0x80)
			return 0;
	}
	/* overlong, surrogates, beyond U+10FFFF */
	if ((*c == 0xe0 && c[1] < 0xa0) || (*c == 0xed && c[1] > 0x9f) ||
	    (*c == 0xf0 && c[1] < 0x90) || (*c == 0xf4 && c[1] > 0x8f))
		return 0;
	return bytes;
}

/* Does it drive a terminal, turn the text about, or end a line for some reader? */
static bool is_control(const u8 *c, unsigned int bytes)
{
	if (bytes == 1)
		return *c < ' ' || *c == 0x7f;
	if (bytes == 2)			/* C1; U+061C */
		return (*c == 0xc2 && c[1] < 0xa0) || (*c == 0xd8 && c[1] == 0x9c);
	if (bytes != 3 || *c != 0xe2)
		return false;
	if (c[1] == 0x80)		/* U+200E, 200F; U+2028 .. 202E */
		return c[2] == 0x8e || c[2] == 0x8f || (c[2] >= 0xa8 && c[2] <= 0xae);
	return c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9;	/* U+2066 .. 2069 */
}

/*
 * A name that a process gave itself, up to @size bytes or a NUL: no two names are written alike,
 * none ends the record or drives a terminal, and what is written is UTF-8 (docs/data-format.md).
 */
void kvmlat_report_text(struct seq_file *m, const char *text, size_t size)
{
	const u8 *c = (const u8 *)text, *end = c + strnlen(text, size);
	unsigned int bytes;

	for (; c < end; c += bytes) {
		bytes = utf8_bytes(c, end - c);
		if (bytes && !is_control(c, bytes) && *c != '\\') {
			seq_write(m, c, bytes);
			continue;
		}
		bytes = 1;
		if (*c == '\\')
			seq_puts(m, "\\\\");
		else if (*c == '\n')
			seq_puts(m, "\\n");
		else if (*c == '\t')
			seq_puts(m, "\\t");
		else
			seq_printf(m, "\\%03o", *c);
	}
}

static void show_comm(struct seq_file *m, const struct kvmlat_identity *id)
{
	seq_puts(m, " " KVMLAT_FIELD_COMM " ");
	kvmlat_report_text(m, id->comm, sizeof(id->comm));
	seq_putc(m, '\n');
}

/* @o: NULL when the record was overwritten since the report was opened. */
void kvmlat_data_outlier(struct seq_file *m, const struct kvmlat_outlier *o)
{
	if (!o)
		return;
	seq_printf(m, KVMLAT_LINE_OUTLIER " " KVMLAT_FIELD_TIME " %llu "
		   KVMLAT_FIELD_REAL " %llu " KVMLAT_FIELD_EXIT_CPU " %u "
		   KVMLAT_FIELD_CPU " %u", o->time_ns,
		   o->real_ns, o->exit_cpu, o->cpu);
	show_identity(m, &o->id);
	seq_puts(m, " " KVMLAT_FIELD_REASON " ");
	kvmlat_data_key(m, o->reason);
	seq_printf(m, " " KVMLAT_FIELD_CAUSE " %s " KVMLAT_FIELD_LATENCY " %llu "
		   KVMLAT_FIELD_RUNQ_NS " %llu " KVMLAT_FIELD_OFFCPU_NS " ",
		   kvmlat_cause_names[o->cause], o->latency_ns, o->runq_ns);
	show_offcpu(m, o->offcpu_ns, o->offcpu_ns != U64_MAX);
	if (o->has_info)
		seq_printf(m, " " KVMLAT_FIELD_INFO1 " 0x%llx " KVMLAT_FIELD_INFO2 " 0x%llx",
			   o->info1, o->info2);
	else
		seq_puts(m, " " KVMLAT_FIELD_INFO1 " " KVMLAT_WORD_ABSENT " " KVMLAT_FIELD_INFO2 " "
			 KVMLAT_WORD_ABSENT);
	seq_printf(m, " " KVMLAT_FIELD_INTR_INFO " 0x%x " KVMLAT_FIELD_ERROR_CODE " 0x%x "
		   KVMLAT_FIELD_RIP " ", o->intr_info, o->error_code);
	if (o->has_rip)
		seq_printf(m, "0x%llx", o->rip);
	else
		seq_puts(m, KVMLAT_WORD_ABSENT);
	show_comm(m, &o->id);
}

void kvmlat_data_open_exit(struct seq_file *m, const struct kvmlat_open_exit *f)
{
	seq_puts(m, KVMLAT_LINE_INFLIGHT);
	show_identity(m, &f->id);
	seq_puts(m, " " KVMLAT_FIELD_REASON " ");
	kvmlat_data_key(m, f->reason);
	seq_printf(m, " " KVMLAT_FIELD_CAUSE " %s " KVMLAT_FIELD_AGE " %llu "
		   KVMLAT_FIELD_CPU " %d", kvmlat_cause_names[f->cause], f->age_ns,
		   f->cpu);
	show_comm(m, &f->id);
}

static void show_vrow(struct seq_file *m, const struct kvmlat_report *r, const char *number,
		      const struct kvmlat_vrow *row)
{
	unsigned int p;

	cond_resched();
	if (!kvmlat_vrow_count(row))
		return;
	seq_printf(m, KVMLAT_LINE_VROW " %s ", number);
	kvmlat_data_head(m, r->gen, &row->head);
	for (p = 0; p < KVMLAT_POW2_BUCKETS; p++)
		kvmlat_data_bucket(m, p, row->bucket[p]);
	seq_putc(m, '\n');
}

/* The @nth vCPU and its histograms. */
void kvmlat_data_vcpu(struct seq_file *m, struct kvmlat_report *r, unsigned int nth)
{
	const struct kvmlat_vcpu_key *key = &r->vcpu[nth];
	const struct kvmlat_vcpu *v = r->block;
	char number[16];
	unsigned int n;
	bool live;

	if (!kvmlat_vcpu_read(r, nth, &live))
		return;
	if (key->block == KVMLAT_VCPU_OVERFLOW) {
		strscpy(number, KVMLAT_WORD_OTHER, sizeof(number));
		seq_puts(m, KVMLAT_LINE_VCPU " " KVMLAT_WORD_OTHER "\n");
	} else if (key->block == KVMLAT_VCPU_DEPARTED) {
		strscpy(number, KVMLAT_WORD_DEPARTED, sizeof(number));
		seq_puts(m, KVMLAT_LINE_VCPU " " KVMLAT_WORD_DEPARTED "\n");
	} else {
		snprintf(number, sizeof(number), "%u", key->block);
		seq_printf(m, KVMLAT_LINE_VCPU " %s", number);
		show_identity(m, &key->id);
		seq_printf(m, " " KVMLAT_FIELD_STATE " %s",
			   live ? KVMLAT_WORD_LIVE : KVMLAT_WORD_GONE);
		show_comm(m, &key->id);
	}
	for (n = 0; n < v->table.nr_rows; n++)
		show_vrow(m, r, number, &v->row[n]);
	show_vrow(m, r, number, &v->row[v->table.cap]);
}
