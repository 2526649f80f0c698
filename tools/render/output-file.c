// SPDX-License-Identifier: GPL-2.0
/* Files that are never seen half written. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/error.h"
#include "base/stream.h"
#include "render/output-file.h"

static const int ends[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXFSZ, SIGXCPU };
#define NR_ENDS (sizeof(ends) / sizeof(ends[0]))

static char *temp;		/* the file that is not whole yet */

/* The signal ends the program, once this returned. */
static void on_end(int number)
{
	unlink(temp);
	raise(number);
}

/*
 * Until the file has its name a signal that would end the program takes it away first. Others stay
 * as they were.
 */
static void guard(struct sigaction old[NR_ENDS])
{
	struct sigaction action = { .sa_handler = on_end, .sa_flags = SA_RESETHAND };
	size_t n;

	for (n = 0; n < NR_ENDS; n++) {
		sigaction(ends[n], NULL, &old[n]);
		if (old[n].sa_handler == SIG_DFL)
			sigaction(ends[n], &action, NULL);
	}
}

static void unguard(const struct sigaction old[NR_ENDS])
{
	size_t n;

	for (n = 0; n < NR_ENDS; n++)
		sigaction(ends[n], &old[n], NULL);
}

/* No signal comes while a name is tried that may be another's file. */
static int make_temp(const char *path, struct sigaction old[NR_ENDS])
{
	size_t size = strlen(path) + 8, n;
	sigset_t set, before;
	int fd;

	temp = xrealloc(NULL, size, 1);
	snprintf(temp, size, "%s.XXXXXX", path);
	sigemptyset(&set);
	for (n = 0; n < NR_ENDS; n++)
		sigaddset(&set, ends[n]);
	sigprocmask(SIG_BLOCK, &set, &before);
	fd = mkstemp(temp);
	if (fd < 0)
		die(EXIT_SOURCE, "%s: %s", temp, strerror(errno));
	guard(old);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return fd;
}

static void replace_file(const char *path, const char *text, size_t length)
{
	struct sigaction old[NR_ENDS];
	int fd = make_temp(path, old);
	size_t done = 0;

	while (done < length) {
		ssize_t n = write(fd, text + done, length - done);

		if (n < 0 && errno != EINTR)
			goto remove_temp;
		done += n > 0 ? n : 0;
	}
	/* Others read it: an exporter does not run as root. */
	if (fchmod(fd, 0644) || fsync(fd) || rename(temp, path))
		goto remove_temp;
	unguard(old);
	close(fd);
	free(temp);
	return;
remove_temp:
	done = errno;
	unlink(temp);
	die(EXIT_SOURCE, "%s: %s; it is as it was before", path, strerror(done));
}

/* Not a file that could be replaced: a device or a pipe, such as /dev/stdout. */
static void write_device(const char *path, const char *text, size_t length)
{
	FILE *out = fopen(path, "w");

	if (!out)
		die(EXIT_SOURCE, "%s: %s", path, strerror(errno));
	fwrite(text, 1, length, out);
	flush_out(out, path);
	fclose(out);
}

/* "-", and /dev/stdout whatever stands behind it. */
static bool is_stdout(const char *path)
{
	struct stat st, out;

	return !strcmp(path, "-") || (!stat(path, &st) && !fstat(STDOUT_FILENO, &out) &&
				      st.st_dev == out.st_dev && st.st_ino == out.st_ino);
}

/* The file that a link to nothing is to: what is written is made there, and the link stays. */
static char *end_of_links(const char *path)
{
	char to[4096], *at = xstrdup(path), *next;
	ssize_t length;
	int links;

	for (links = 0; (length = readlink(at, to, sizeof(to) - 1)) >= 0; links++) {
		const char *slash = strrchr(at, '/');
		int folder = slash && *to != '/' ? (int)(slash + 1 - at) : 0;
		size_t size = folder + length + 1;

		if (links == 40)
			die(EXIT_SOURCE, "%s: %s", path, strerror(ELOOP));
		to[length] = '\0';
		next = xrealloc(NULL, size, 1);
		snprintf(next, size, "%.*s%s", folder, at, to);
		free(at);
		at = next;
	}
	return at;
}

void write_output(const char *path, const char *text, size_t length)
{
	struct stat st;
	char *target;

	if (path && !is_stdout(path)) {
		target = end_of_links(path);
		if (!stat(path, &st) && !S_ISREG(st.st_mode))
			write_device(path, text, length);
		else
			replace_file(target, text, length);
		free(target);
		return;
	}
	fwrite(text, 1, length, stdout);
	flush_out(stdout, "standard output");
}
