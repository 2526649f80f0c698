// SPDX-License-Identifier: GPL-2.0
/*
 * Where the data comes from, and what is wrong when it does not: the live module, a saved copy, a
 * recording of many snapshots one behind the other, or a pipe.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/error.h"
#include "base/stream.h"
#include "input/live-copy.h"
#include "input/parse.h"
#include "input/root.h"
#include "input/source.h"
#include "input/vm-names.h"

#define HEAD KVMLAT_LINE_HEAD " "	/* how a snapshot begins */
#define DEBUGFS "/sys/kernel/debug"
/* 256 CPUs and 1,000 vCPUs make 20 MiB; an empty disk of a VM is no torn snapshot */
#define TORN_BYTES (256 << 20)
#define END_BYTES 22	/* "\n" KVMLAT_LINE_END " ", 16 hex digits, "\n" */

static const char *rooted(const char *path)
{
	static char buffer[4096];

	snprintf(buffer, sizeof(buffer), "%s%s", root_dir, path);
	return buffer;
}

static const char *const live[] = { DEBUGFS "/kvmlat/data", "/proc/kvmlat" };

static bool is_live(void)
{
	return !access(rooted(live[0]), R_OK) || !access(rooted(live[1]), R_OK);
}

static int open_live(struct reader *r, bool may_be_gone)
{
	int n, fd, why = 0;

	for (n = 0; n < 2; n++) {
		r->name = live[n];
		fd = open(rooted(live[n]), O_RDONLY | O_CLOEXEC);
		if (fd >= 0)
			return fd;
		why = errno;
		if (why != ENOENT && why != EACCES && why != EPERM && why != ENOTDIR)
			die(EXIT_SOURCE, "%s: %s", live[n], strerror(why));
	}
	if (access(rooted("/sys/module/kvmlat"), F_OK) && may_be_gone)
		return -1;
	if (access(rooted("/sys/module/kvmlat"), F_OK))
		die(EXIT_SOURCE,
		    "the module is not loaded: try 'modprobe kvmlat' or 'insmod kvmlat.ko'");
	if ((why == EACCES || why == EPERM) && !geteuid())
		die(EXIT_SOURCE,
		    "%s: %s, though you are root: the kernel's lockdown, or a container's limits?",
		    live[1], strerror(why));
	if (why == EACCES || why == EPERM)
		die(EXIT_SOURCE, "%s: only root may read it: try 'sudo kvmlat'", live[1]);
	if (access(rooted(DEBUGFS "/kvmlat"), F_OK))
		die(EXIT_SOURCE,
		    "%s: no such file, and %s is not mounted, or only root may look into it",
		    live[1], DEBUGFS);
	die(EXIT_SOURCE, "%s: %s", live[1], strerror(why));
}

/*
 * A pipe is kept in a file, to be looked at from its end; so is the module's own file given as
 * FILE. Of what does not begin as data the beginning is enough: the parser says what is wrong with
 * it, and it may have no end.
 */
static int spool(const struct reader *r, int from)
{
	static const char head[] = HEAD;
	size_t length = 0, want = strlen(head);
	char block[65536], begin[sizeof(head)];
	FILE *f = tmpfile();
	ssize_t got;

	if (!f)
		die(EXIT_SOURCE, "temporary file: %s", strerror(errno));
	while ((got = read(from, block, sizeof(block))) > 0) {
		fwrite(block, 1, got, f);
		for (ssize_t n = 0; n < got && length < want; n++)
			begin[length++] = block[n];
		if (memcmp(begin, head, length) || ferror(f))
			break;
	}
	if (got < 0)
		die(EXIT_SOURCE, "%s: %s", r->name, strerror(errno));
	flush_out(f, "temporary file");
	close(from);
	from = dup(fileno(f));
	fclose(f);
	if (from < 0)
		die(EXIT_SOURCE, "temporary file: %s", strerror(errno));
	lseek(from, 0, SEEK_SET);
	return from;
}

static int open_file(struct reader *r, const char *path, off_t *size)
{
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : dup(0);
	struct stat st;

	r->name = strcmp(path, "-") ? path : "standard input";
	if (fd < 0 || fstat(fd, &st))
		die(EXIT_SOURCE, "%s: %s", r->name, strerror(errno));
	if (S_ISDIR(st.st_mode))
		die(EXIT_SOURCE, "%s: is a directory", r->name);
	if (!S_ISREG(st.st_mode) || !st.st_size || lseek(fd, 0, SEEK_CUR)) {
		fd = spool(r, fd);
		if (fstat(fd, &st))
			die(EXIT_SOURCE, "%s: %s", r->name, strerror(errno));
	}
	r->seekable = true;
	*size = st.st_size;
	return fd;
}

static size_t read_at(const struct reader *r, char *to, size_t want, off_t at)
{
	ssize_t got = pread(r->fd, to, want, at);

	if (got < 0)
		die(EXIT_SOURCE, "%s: %s", r->name, strerror(errno));
	return got;
}

/* Where @needle stands for the last time and ends before @before; -1: nowhere. */
static off_t find_back(const struct reader *r, off_t before, const char *needle)
{
	static char block[65536];
	size_t length = strlen(needle), got, n;
	off_t from;

	while (before >= (off_t)length) {
		from = before > (off_t)sizeof(block) ? before - (off_t)sizeof(block) : 0;
		got = read_at(r, block, before - from, from);
		for (n = got; n >= length; n--) {
			if (block[n - length] == *needle &&
			    !memcmp(block + n - length, needle, length))
				return from + n - length;
		}
		if (!from)
			break;
		before = from + length - 1;
	}
	return -1;
}

/*
 * Find the last whole snapshot. What a crash left behind it, the beginning of a snapshot or zeroed
 * blocks, is not read, with a warning; other bytes there are an error of the parser.
 */
static void find_last(struct source *src, off_t size)
{
	struct reader *r = src->reader;
	char text[END_BYTES + 1] = "";
	off_t end = size;
	size_t tail;

	do {
		end = find_back(r, end, "\n" KVMLAT_LINE_END " ");
		if (end < 0)
			return;
		text[read_at(r, text, END_BYTES, end)] = '\0';
		end += 4;	/* what ends before here is looked for next */
	} while (strspn(text + 5, "0123456789abcdef") != 16 || text[21] != '\n');
	src->last_end = end - 3;
	src->last = find_back(r, end, "\n" HEAD) + 1;
	end += END_BYTES - 4;
	tail = read_at(r, text, strlen(HEAD), end);
	r->limit = size;
	if (!tail || (memcmp(text, HEAD, tail) && *text))
		return;
	warn("%s: its last snapshot is not whole (%jd bytes): left out", r->name,
	     (intmax_t)(size - end));
	r->limit = end;
}

/* @size without the zeros at the end. */
static off_t without_zeros(const struct reader *r, off_t size)
{
	static char block[65536];
	size_t got;

	while (size) {
		off_t from = (size - 1) / (off_t)sizeof(block) * (off_t)sizeof(block);

		for (got = read_at(r, block, size - from, from); got && !block[got - 1]; got--)
			;
		size = from + got;
		if (got)
			break;
	}
	return size;
}

bool source_is_torn(const struct source *src, off_t size)
{
	static const char digits[] = "0123456789abcdef";
	static const char head[] = HEAD KVMLAT_DATA_VERSION " " KVMLAT_FIELD_GENERATION
		" 0000000000000000\n";
	char text[sizeof(head)] = "";
	const struct reader *r = src->reader;
	size_t got, n;
	off_t end;

	if (src->last_end >= 0 || size > TORN_BYTES)
		return false;
	size = without_zeros(r, size);
	got = read_at(r, text, size < (off_t)strlen(head) ? (size_t)size : strlen(head), 0);
	for (n = strcspn(head, "0"); n < got && text[n] && strchr(digits, text[n]); n++)
		text[n] = '0';
	if (memcmp(text, head, got) || find_back(r, size, "\n" HEAD) >= 0)
		return false;
	end = find_back(r, size, "\n" KVMLAT_LINE_END " ");
	if (end < 0)
		return true;
	memset(text, 0, sizeof(text));		/* its last line may be there but for its end */
	read_at(r, text, END_BYTES, end + 5);
	n = strspn(text, digits);
	return n <= 16 && end + 5 + (off_t)n == size;
}

static bool open_source(struct source *src, const char *path, bool may_be_gone)
{
	struct reader *r = xrealloc(NULL, 1, sizeof(*r));
	off_t size;

	*src = (struct source){ .reader = r, .live = !path, .last_end = -1 };
	memset(r, 0, offsetof(struct reader, buffer));
	r->limit = -1;
	r->fd = -1;
	r->live = !path;
	if (path) {
		r->fd = open_file(r, path, &size);
		find_last(src, size);
		return true;
	}
	r->fd = open_live(r, may_be_gone);
	vm_names_look_again();
	if (r->fd >= 0)
		return true;
	source_close(src);
	return false;
}

void source_open(struct source *src, const char *path)
{
	open_source(src, path, false);
}

void source_close(struct source *src)
{
	if (src->reader->fd >= 0)
		close(src->reader->fd);
	free(src->reader->pending);
	free(src->reader);
	src->reader = NULL;
}

static void __attribute__((noreturn)) say_stopped(const struct reader *r)
{
	if (r->error == ESTALE)
		die(EXIT_SOURCE, "%s: VMs ended and began while it was read, %s: try again",
		    r->name, "a vCPU might be in it twice");
	if (!is_live())
		die(EXIT_SOURCE, "%s: the module was unloaded while it was read", r->name);
	die(EXIT_SOURCE, "%s: %s", r->name, strerror(r->error));
}

bool source_stopped(struct source *src, bool *again, bool may_be_gone)
{
	bool stale = src->reader->error == ESTALE;

	if (!(stale && !*again) && !(may_be_gone && !is_live()))
		say_stopped(src->reader);
	source_close(src);
	*again = true;
	return stale;
}

static void take_vm_name(struct snapshot *s, uint64_t vmm, const char *name)
{
	(void)s;
	vm_names_record(vmm, name);
}

bool source_read(struct source *src, struct snapshot *s, off_t last_line)
{
	const struct visitor *v = &s->visit;

	s->live = src->live;
	s->visit.vm_name = take_vm_name;
	if (!s->live) {
		vm_names_forget_recorded();	/* a snapshot's names are those of its own lines */
	} else if (v->vcpu || v->vcpu_row || (snapshot_wants_more(v) && !v->again)) {
		vm_names_forget_living();
		live_copy(src->reader, vm_names_lives);
	}
	return snapshot_read(s, src->reader, last_line);
}

bool source_next(struct source *src, struct snapshot *s)
{
	struct reader *r = src->reader;

	if (r->line && reader_at_end(r))
		return false;
	if (r->line && !src->live && strncmp(r->buffer + r->pos, HEAD, strlen(HEAD))) {
		reader_line(r);
		die_damaged(r, "more after the end");
	}
	snapshot_free(s);
	if (!source_read(src, s, -1))
		say_stopped(r);
	return true;
}

bool source_last(struct source *src, struct snapshot *s)
{
	if (src->last) {
		reader_jump(src->reader, src->last);
		src->reader->first = src->last;
	}
	if (!source_read(src, s, src->last_end))
		return false;
	if (!src->live && !reader_at_end(src->reader)) {
		reader_line(src->reader);
		die_damaged(src->reader, "more after the end");
	}
	return true;
}

static bool load(struct snapshot *s, const char *path, bool may_be_gone)
{
	struct source src;
	bool again = false;

	while (open_source(&src, path, may_be_gone)) {
		if (source_last(&src, s)) {
			source_close(&src);
			return true;
		}
		snapshot_free(s);
		if (!source_stopped(&src, &again, may_be_gone))
			break;
		if (s->visit.again)
			s->visit.again(s);
	}
	return false;
}

void snapshot_load(struct snapshot *s, const char *path)
{
	load(s, path, false);
}

bool snapshot_load_if_there(struct snapshot *s, const char *path)
{
	return load(s, path, true);
}
