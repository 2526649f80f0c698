// SPDX-License-Identifier: GPL-2.0
/*
 * kvmlat record: append snapshots to a file, each whole or not at all. A snapshot is read and
 * checked in memory, written with one append, and synced; what a full disk or a crash left
 * unfinished is cut off before the next one.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/error.h"
#include "base/stream.h"
#include "commands/command-line.h"
#include "commands/wait.h"
#include "input/source.h"
#include "input/vm-names.h"
#include "model/recorded-settings.h"

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "interval", required_argument, NULL, 'i' },
	{ "count", required_argument, NULL, 'c' },
	{ NULL, 0, NULL, 0 }
};

static struct {
	const char *output;
	int fd;
	FILE *copy;		/* the snapshot being read */
	uint64_t named;		/* the VMM whose name was written last */
	uint64_t written;
} opt = { .fd = -1 };

/* Before the vcpu line goes into the copy: who it is. vCPUs of a VMM stand together mostly. */
static void name_vm(struct snapshot *s, const struct vcpu *v)
{
	struct vm_name name;

	if (!s->live || v->kind != VCPU_ONE || v->id.vmm == opt.named)
		return;		/* a copy of a recorded one has its names already */
	name = vm_name_of(s, &v->id);
	if (name.is_pid)
		return;
	fprintf(opt.copy, KVMLAT_LINE_VMNAME " %" PRIu64 " %s\n", v->id.vmm, name.text);
	opt.named = v->id.vmm;
}

/*
 * Snapshots of unlike settings stand in one file: whoever compares them is told by then, the
 * operator now.
 */
static void tell_changes(const struct snapshot *s)
{
	static struct settings before;
	struct settings now = { 0 };
	char *changed;

	settings_keep(&now, s);
	changed = settings_changed(&before, &now, OF_ALL);
	if (changed)
		warn("record: settings changed since the snapshot before: %s", changed);
	free(changed);
	settings_free(&before);
	before = now;
}

/* false: once more, into a fresh copy */
static bool read_snapshot(const char *path, bool *again)
{
	struct snapshot s = { .visit = { .vcpu = name_vm } };
	struct source src;
	struct timespec t;

	opt.named = UNKNOWN;
	source_open(&src, path);
	if (src.last)
		reader_jump(src.reader, src.last);
	src.reader->first = src.last;
	src.reader->tee = opt.copy;
	clock_gettime(CLOCK_REALTIME, &t);
	if (!source_read(&src, &s, -1)) {
		snapshot_free(&s);
		return !source_stopped(&src, again, false);
	}
	tell_changes(&s);
	if (s.real_ns == UNKNOWN)	/* a copy of a recorded one keeps its time */
		fprintf(opt.copy, KVMLAT_LINE_RECORDED " %" PRIu64 "\n",
			(uint64_t)t.tv_sec * 1000000000 + t.tv_nsec);
	reader_tee(src.reader);
	source_close(&src);
	snapshot_free(&s);
	return true;
}

/* All or nothing: what was written in part is taken back. */
static void append(const char *text, size_t length)
{
	off_t before = lseek(opt.fd, 0, SEEK_END);
	size_t done = 0;
	int why = 0;

	while (done < length && !why) {
		ssize_t n = write(opt.fd, text + done, length - done);

		if (n >= 0)
			done += n;
		else if (errno != EINTR)
			why = errno;
	}
	if (!why && fsync(opt.fd))
		why = errno;
	if (!why)
		return;
	if (ftruncate(opt.fd, before))
		warn("record: %s: %s, its last snapshot is not whole", opt.output, strerror(errno));
	fsync(opt.fd);
	die(EXIT_SOURCE, "record: %s: %s; %" PRIu64 " snapshots were appended, the file is whole", opt.output,
	    strerror(why), opt.written);
}

/* The new name must survive a crash as the bytes do. */
static void sync_directory(void)
{
	char *path = xstrdup(opt.output), *slash = strrchr(path, '/');
	int fd;

	if (slash)
		slash[slash == path] = '\0';
	fd = open(slash ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(path);
}

static void open_output(void)
{
	struct source src;
	struct stat st;

	if (opt.fd >= 0)
		close(opt.fd);
	opt.fd = open(opt.output, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (opt.fd < 0 || fstat(opt.fd, &st))
		die(EXIT_SOURCE, "record: %s: %s", opt.output, strerror(errno));
	if (!S_ISREG(st.st_mode))
		die(EXIT_SOURCE, "record: %s: not a regular file", opt.output);
	if (flock(opt.fd, LOCK_EX | LOCK_NB)) {
		if (errno == EWOULDBLOCK)
			die(EXIT_SOURCE, "record: %s: another kvmlat record is writing to it", opt.output);
		die(EXIT_SOURCE, "record: %s: cannot be locked, which keeps another record off: %s", opt.output,
		    strerror(errno));
	}
	if (fstat(opt.fd, &st))
		die(EXIT_SOURCE, "record: %s: %s", opt.output, strerror(errno));
	sync_directory();
	if (!st.st_size)
		return;
	source_open(&src, opt.output);	/* warns of an unfinished tail */
	if (source_is_torn(&src, st.st_size)) {
		warn("record: %s: holds no whole snapshot, only what a crash left of one (%jd bytes): cut off",
		     opt.output, (intmax_t)st.st_size);
		src.reader->limit = 0;
	} else if (src.last_end < 0 || (src.reader->limit == st.st_size && src.last_end + 21 != st.st_size)) {
		die(EXIT_DATA, "record: %s: is not a recording, or damaged; not touched", opt.output);
	}
	if (src.reader->limit < st.st_size && ftruncate(opt.fd, src.reader->limit))
		die(EXIT_SOURCE, "record: %s: %s", opt.output, strerror(errno));
	source_close(&src);
}

/* A file that was moved away or removed is not the one an operator finds: what is appended to it is lost. */
static bool is_there(void)
{
	struct stat at, st;

	return !fstat(opt.fd, &st) && !stat(opt.output, &at) && at.st_dev == st.st_dev && at.st_ino == st.st_ino;
}

static void take(const char *path)
{
	bool again = false, done = false;
	char *text = NULL;
	size_t length = 0;

	while (!done) {
		free(text);
		opt.copy = buffer_open(&text, &length);
		done = read_snapshot(path, &again);
		if (fclose(opt.copy))
			die(EXIT_SOURCE, "out of memory");
	}
	if (opt.fd >= 0 && !is_there())
		warn("record: %s: was moved or removed after %" PRIu64 " snapshots: the next ones go into a new one",
		     opt.output, opt.written);
	if (opt.fd < 0 || !is_there())		/* no file is made for data that cannot be read */
		open_output();
	append(text, length);
	free(text);
	opt.written++;
}

static int run(struct cli *c)
{
	uint64_t count = 0;
	double interval = 0, next;
	const char *path;
	int letter;

	while ((letter = cli_next(c)) != -1) {
		if (letter == 'o')
			opt.output = optarg;
		else if (letter == 'i')
			interval = cli_seconds(c, optarg);
		else if (letter == 'c')
			count = cli_number(c, "-c", optarg, 1, UINT32_MAX);
	}
	path = cli_file(c);
	if (!opt.output)
		die(EXIT_DATA, "record: -o FILE: where to?");
	if (!strcmp(opt.output, "-"))
		die(EXIT_DATA, "record: -o -: only to a file: it is appended to, whole or not at all");
	if (!count)
		count = interval ? UINT64_MAX : 1;
	catch_signals();
	next = now_s();
	while (!interrupted) {
		take(path);
		if (opt.written == count)
			break;
		pause_until(&next, interval ? interval : 1);
	}
	close(opt.fd);
	return 0;
}

static const char usage[] = "record -o FILE [-i SEC] [-c N] [FILE]";
VIEW(record, "record", usage, "append snapshots to a file, every SEC seconds; one without -i", options, run);
