// SPDX-License-Identifier: GPL-2.0
/*
 * A recording that is appended to. A snapshot is written with one append, and synced; what a full
 * disk or a crash left unfinished is cut off before the next one.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/error.h"
#include "input/recording.h"
#include "input/source.h"

/* All or nothing: what was written in part is taken back. */
static void append(struct recording *r, const char *text, size_t length)
{
	off_t before = lseek(r->fd, 0, SEEK_END);
	size_t done = 0;
	int why = 0;

	while (done < length && !why) {
		ssize_t n = write(r->fd, text + done, length - done);

		if (n >= 0)
			done += n;
		else if (errno != EINTR)
			why = errno;
	}
	if (!why && fsync(r->fd))
		why = errno;
	if (!why)
		return;
	if (ftruncate(r->fd, before))
		warn("record: %s: %s, its last snapshot is not whole", r->path, strerror(errno));
	fsync(r->fd);
	die(EXIT_SOURCE, "record: %s: %s; %" PRIu64 " snapshots were appended, the file is whole",
	    r->path, strerror(why), r->written);
}

/* The new name must survive a crash as the bytes do. */
static void sync_directory(const struct recording *r)
{
	char *path = xstrdup(r->path), *slash = strrchr(path, '/');
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

static void open_file(struct recording *r)
{
	struct source src;
	struct stat st;

	if (r->fd >= 0)
		close(r->fd);
	r->fd = open(r->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (r->fd < 0 || fstat(r->fd, &st))
		die(EXIT_SOURCE, "record: %s: %s", r->path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		die(EXIT_SOURCE, "record: %s: not a regular file", r->path);
	if (flock(r->fd, LOCK_EX | LOCK_NB)) {
		if (errno == EWOULDBLOCK)
			die(EXIT_SOURCE, "record: %s: another kvmlat record is writing to it",
			    r->path);
		die(EXIT_SOURCE, "record: %s: cannot be locked, which keeps another record off: %s",
		    r->path, strerror(errno));
	}
	if (fstat(r->fd, &st))
		die(EXIT_SOURCE, "record: %s: %s", r->path, strerror(errno));
	sync_directory(r);
	if (!st.st_size)
		return;
	source_open(&src, r->path);	/* warns of an unfinished tail */
	if (source_is_torn(&src, st.st_size)) {
		warn("record: %s: holds no whole snapshot, %s (%jd bytes): cut off", r->path,
		     "only what a crash left of one", (intmax_t)st.st_size);
		src.reader->limit = 0;
	} else if (src.last_end < 0 ||
		   (src.reader->limit == st.st_size && src.last_end + 21 != st.st_size)) {
		die(EXIT_DATA, "record: %s: is not a recording, or damaged; not touched", r->path);
	}
	if (src.reader->limit < st.st_size && ftruncate(r->fd, src.reader->limit))
		die(EXIT_SOURCE, "record: %s: %s", r->path, strerror(errno));
	source_close(&src);
}

/*
 * A file that was moved away or removed is not the one an operator finds: what is appended to it is
 * lost.
 */
static bool is_there(const struct recording *r)
{
	struct stat at, st;

	return !fstat(r->fd, &st) && !stat(r->path, &at) && at.st_dev == st.st_dev &&
	       at.st_ino == st.st_ino;
}

void recording_begin(struct recording *r, const char *path)
{
	*r = (struct recording){ .path = path, .fd = -1 };
}

void recording_append(struct recording *r, const char *text, size_t length)
{
	if (r->fd >= 0 && !is_there(r))
		warn("record: %s: was moved or removed after %" PRIu64
		     " snapshots: the next ones go into a new one",
		     r->path, r->written);
	if (r->fd < 0 || !is_there(r))		/* no file is made for data that cannot be read */
		open_file(r);
	append(r, text, length);
	r->written++;
}

void recording_end(struct recording *r)
{
	close(r->fd);
}
