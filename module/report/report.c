// SPDX-License-Identifier: GPL-2.0
/*
 * The debugfs files and /proc/kvmlat: opening, iterating, closing.
 *
 * All are read-only, mode 0400, without ioctl or mmap, so they can be opened under kernel lockdown;
 * by root of the host, not of a container (base/access.c). An open file has a reference on its
 * generation and a snapshot of the totals; rows of CPUs are read one at a time, as the file is
 * read. Probes never wait for a reader.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "arch/arch.h"
#include "base/access.h"
#include "report/report.h"

static struct dentry *dir;
static struct proc_dir_entry *proc;
static const struct kvmlat_view *proc_view;	/* set before the file is there */

static void *report_start(struct seq_file *m, loff_t *pos)
{
	struct kvmlat_report *r = m->private;

	r->pos = *pos;
	return *pos < r->view->records(r) ? r : NULL;
}

static void *report_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return report_start(m, pos);
}

static void report_stop(struct seq_file *m, void *v)
{
}

static int report_show(struct seq_file *m, void *v)
{
	struct kvmlat_report *r = v;
	size_t before = m->count;

	/* A read goes on until it has something to give: many records in turn may print nothing. */
	cond_resched();
	r->err = 0;
	r->view->show(m, r, r->pos);
	if (r->err)
		return r->err;
	/* A record that prints nothing must not look like the end of the file. */
	return m->count == before ? SEQ_SKIP : 0;
}

static const struct seq_operations report_seq = {
	.start = report_start, .next = report_next, .stop = report_stop, .show = report_show,
};

static void report_free(struct kvmlat_report *r)
{
	kvmlat_totals_put(r->totals);
	kvmlat_vcpus_put(r);
	if (r->gen)
		kvmlat_generation_put(r->gen);
	kvfree(r->settings);
	kvfree(r->open_exit);
	kvfree(r->next);
	kvfree(r->block);
	kvfree(r->vm);
	kvfree(r);
}

/* Copy what the view will print. Under kvmlat_mutex. */
static int report_fill(struct kvmlat_report *r)
{
	int err = 0;

	lockdep_assert_held(&kvmlat_mutex);
	r->gen = kvmlat_generation_current();
	kvmlat_generation_get(r->gen);
	r->totals = kvmlat_totals_get(r->gen);
	r->settings = kvmlat_settings_get();
	if (!r->totals || !r->settings)
		return -ENOMEM;
	if (r->view->open_exits)
		err = kvmlat_open_exits_get(r);
	if (r->view->outliers && !err)
		kvmlat_outliers_get(r);
	if (r->view->vcpus && !err)
		err = kvmlat_vcpus_get(r);
	return err;
}

/*
 * seq_file prints a record that does not fit in the buffer again, at the next read or in a larger
 * buffer. Where records are vCPUs, of some 10 KiB each, start with a buffer that several fit in.
 */
#define VCPUS_BUFFER (128 << 10)

static void report_buffer(struct seq_file *m, struct kvmlat_report *r)
{
	m->private = r;
	if (!r->view->vcpus)
		return;
	m->buf = kvmalloc(VCPUS_BUFFER, GFP_KERNEL_ACCOUNT);
	if (m->buf)
		m->size = VCPUS_BUFFER;
}

static int report_open(struct file *file, const struct kvmlat_view *view)
{
	struct kvmlat_report *r = kvzalloc(sizeof(*r), GFP_KERNEL);
	int err;

	if (!r)
		return -ENOMEM;
	r->view = view;
	err = mutex_lock_interruptible(&kvmlat_mutex);
	if (!err) {
		err = report_fill(r);
		mutex_unlock(&kvmlat_mutex);
	}
	if (!err)
		kvmlat_others_get(r);	/* may be long: without the mutex */
	if (!err)
		err = seq_open(file, &report_seq);
	if (err)
		report_free(r);
	else
		report_buffer(file->private_data, r);
	return err;
}

static int report_release(struct inode *inode, struct file *file)
{
	report_free(((struct seq_file *)file->private_data)->private);
	return seq_release(inode, file);
}

static int debugfs_report_open(struct inode *inode, struct file *file)
{
	return kvmlat_access_host() ? report_open(file, inode->i_private) : -EACCES;
}

static int proc_report_open(struct inode *inode, struct file *file)
{
	return kvmlat_access_proc(inode) ? report_open(file, proc_view) : -EACCES;
}

static const struct file_operations report_fops = {
	.owner = THIS_MODULE,
	.open = debugfs_report_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = report_release,
};

static const struct proc_ops proc_report_ops = {
	.proc_open = proc_report_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = report_release,
};

/*
 * @row has the reason of total @nth: add it to @to if it belongs to that total, and set @any. If it
 * turned mixed since the totals were made, kvmlat_total_of() says which it belongs to. A row of a
 * new cause is left for the next report.
 */
static void row_take(struct kvmlat_row *to, bool *any, const struct kvmlat_totals *t,
		     unsigned int nth, const struct kvmlat_row *row)
{
	const struct kvmlat_head *want = &t->row[nth].head;
	u32 cause = READ_ONCE(row->head.cause);

	if (READ_ONCE(row->head.min_ns) == U64_MAX)
		return;
	if (cause != want->cause &&
	    (cause != KVMLAT_MIXED || kvmlat_total_of(t, &row->head) != nth))
		return;
	if (!*any) {
		memset(to, 0, sizeof(*to));
		to->head.reason = want->reason;
		to->head.cause = want->cause;
		to->head.min_ns = U64_MAX;
		*any = true;
	}
	kvmlat_row_add(to, row);
}

/*
 * Sum up the rows on @cpu that belong to total @nth; NULL if they have no pairs. The map of the
 * table tells which rows a reason has, and a row that is not in it yet has no pairs yet. A reason
 * without a dense index is not in the map: look at all rows.
 */
const struct kvmlat_row *kvmlat_report_row(struct kvmlat_report *r, int cpu, unsigned int nth)
{
	const struct kvmlat_cpu *c = r->gen->cpu[cpu];
	const struct kvmlat_head *want = &r->totals->row[nth].head;
	unsigned int index = kvmlat_arch_index(want->reason), n, cause, nr, before[KVMLAT_CAUSES];
	bool any = false;

	/* pairs with the release that publishes a row: row_find() */
	nr = smp_load_acquire(&c->table.nr_rows);
	if (want->reason == KVMLAT_OVERFLOW) {
		row_take(&r->copy, &any, r->totals, nth, &c->row[c->table.cap]);
	} else if (index == KVMLAT_NO_INDEX) {
		for (n = 0; n < nr; n++) {
			if (c->row[n].head.reason == want->reason)
				row_take(&r->copy, &any, r->totals, nth, &c->row[n]);
		}
	} else {
		for (cause = 0; cause < KVMLAT_CAUSES; cause++) {
			before[cause] = READ_ONCE(c->table.map[cause][index]);
			for (n = 0; before[n] != before[cause]; n++)
				;
			/* not the overflow row, and each row once */
			if (n == cause && before[n] < nr)
				row_take(&r->copy, &any, r->totals, nth, &c->row[before[n]]);
		}
	}
	return any && kvmlat_row_count(&r->copy) ? &r->copy : NULL;
}

/* Number of the @nth possible CPU. */
int kvmlat_report_cpu(loff_t nth)
{
	return cpumask_nth(nth, cpu_possible_mask);
}

const char *kvmlat_reason_name(u32 reason, char buf[16])
{
	const char *name;

	if (reason == KVMLAT_OVERFLOW)
		return KVMLAT_NAME_OTHER;
	name = kvmlat_arch_reason_name(reason);
	if (!name)
		snprintf(buf, 16, "0x%x", reason);
	return name ? name : buf;
}

int kvmlat_report_init(const struct kvmlat_view * const *views, unsigned int nr,
		       const struct kvmlat_view *data)
{
	unsigned int n;

	proc_view = data;
	proc = proc_create(KBUILD_MODNAME, 0400, NULL, &proc_report_ops);
	if (!proc)
		return -ENOMEM;
	/* Without debugfs /proc/kvmlat still gives everything: say so, go on. */
	dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	if (IS_ERR(dir))
		pr_warn("no debugfs (error %ld): read /proc/kvmlat\n", PTR_ERR(dir));
	for (n = 0; n < nr; n++)
		debugfs_create_file(views[n]->name, 0400, dir, (void *)views[n], &report_fops);
	return 0;
}

void kvmlat_report_exit(void)
{
	debugfs_remove_recursive(dir);
	proc_remove(proc);
}
