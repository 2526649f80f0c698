// SPDX-License-Identifier: GPL-2.0
/*
 * Reads a report as a program would, and says what that took:
 *
 *   reader FILE CHUNK            in reads of CHUNK bytes
 *   reader -a FILE CHUNK         and wakes every 50 us meanwhile: how late at most, and how late
 *                                alone
 *   reader -w FILE 1             writes 1 instead of reading, and wakes likewise
 *   reader -k TIMES FILE CHUNK   killed after a quarter, half, three quarters in turn
 *   reader -j READERS FILE CHUNK that many at a time
 *
 * Prints one line of "name value" fields:
 *   bytes, reads             read in all; without the read that found the end
 *   lines_hash               of all lines but `info`, `count` and `inflight`, which go on while
 *                            files are open
 *   open_ns, ns              to open; from before opening to the end. Under QEMU's -icount shift=0
 *                            instructions
 *   longest_ns               of one open() or read()
 *   open_kib, peak_kib       kernel memory (Slab and VmallocUsed) when open, and at most, over that
 *                            before
 *   left_kib                 over that before, when closed again
 * A read that fails or returns more than asked, or memory that cannot be read, is status 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SAMPLE_BYTES	(1 << 20)	/* memory is looked at each time so much was read */
#define WAKE_NS		50000

static void die(const char *what)
{
	fprintf(stderr, "reader: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static long field(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	if (!at)
		die(name);
	return atol(at + strlen(name));
}

static long kernel_kib(void)
{
	static char text[8192];
	int fd = open("/proc/meminfo", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n <= 0)
		die("/proc/meminfo");
	close(fd);
	text[n] = 0;
	return field(text, "Slab:") + field(text, "VmallocUsed:");
}

/* FNV-1a of each line, added up; lines may come in pieces. */
struct lines {
	uint64_t line, sum;
	char start[10];
	unsigned int length;
};

static void lines_add(struct lines *l, const char *text, size_t n)
{
	for (; n; n--, text++) {
		if (!l->length)
			l->line = 0xcbf29ce484222325ULL;
		if (l->length < sizeof(l->start))
			l->start[l->length] = *text;
		l->length++;
		l->line = (l->line ^ (unsigned char)*text) * 0x100000001b3ULL;
		if (*text != '\n')
			continue;
		if (strncmp(l->start, "info ", 5) && strncmp(l->start, "count ", 6) &&
		    strncmp(l->start, "inflight ", 9))
			l->sum = l->sum * 31 + l->line;
		l->length = 0;
	}
}

struct result {
	uint64_t bytes, reads, hash, open_ns, ns, longest_ns;
	long open_kib, peak_kib, left_kib;
};

/* All of it, or up to @stop bytes; then the file stays open. */
static void read_file(const char *path, size_t chunk, uint64_t stop, bool measure, struct result *r)
{
	char *buf = malloc(chunk);
	uint64_t begin, before, spent_ns = 0, sampled = 0;
	struct lines lines = { 0 };
	long kib = 0, now;
	ssize_t n;
	int fd;

	memset(r, 0, sizeof(*r));
	if (!buf)
		die("memory");
	memset(buf, 0, chunk);
	if (measure)
		kib = kernel_kib();
	begin = now_ns();
	fd = open(path, O_RDONLY);
	if (fd < 0)
		die(path);
	r->open_ns = now_ns() - begin;
	r->longest_ns = r->open_ns;
	spent_ns = r->open_ns;
	if (measure)
		r->open_kib = kernel_kib() - kib;
	r->peak_kib = r->open_kib;
	while (r->bytes < stop) {
		before = now_ns();
		n = read(fd, buf, chunk);
		before = now_ns() - before;
		spent_ns += before;
		if (before > r->longest_ns)
			r->longest_ns = before;
		if (n < 0 || (size_t)n > chunk)
			die("read");
		if (!n)
			break;
		r->bytes += (uint64_t)n;
		r->reads++;
		lines_add(&lines, buf, (size_t)n);
		if (measure && r->bytes >= sampled) {
			sampled = r->bytes + SAMPLE_BYTES;
			now = kernel_kib() - kib;
			if (now > r->peak_kib)
				r->peak_kib = now;
		}
	}
	r->ns = spent_ns;
	r->hash = lines.sum;
	if (stop != UINT64_MAX)
		return;
	close(fd);
	free(buf);
	if (measure)
		r->left_kib = kernel_kib() - kib;
}

static void print(const struct result *r)
{
	printf("bytes %llu reads %llu lines_hash %016llx open_ns %llu ns %llu longest_ns %llu",
	       (unsigned long long)r->bytes, (unsigned long long)r->reads,
	       (unsigned long long)r->hash, (unsigned long long)r->open_ns,
	       (unsigned long long)r->ns, (unsigned long long)r->longest_ns);
	printf(" open_kib %ld peak_kib %ld left_kib %ld\n", r->open_kib, r->peak_kib, r->left_kib);
}

/*
 * How late a thread that goes before all others wakes, at most, until @child ends or 20 ms passed.
 */
static uint64_t latest_ns(pid_t child)
{
	uint64_t due = now_ns() + WAKE_NS, end = due + 20000000, late, most = 0;
	struct timespec t;

	for (;;) {
		t.tv_sec = (time_t)(due / 1000000000);
		t.tv_nsec = (long)(due % 1000000000);
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
		late = now_ns() - due;
		if (late > most)
			most = late;
		if (child ? waitpid(child, NULL, WNOHANG) == child : due > end)
			return most;
		due = now_ns() + WAKE_NS;
	}
}

static void write_one(const char *path)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, "1", 1) != 1)
		die(path);
	close(fd);
}

static int awake(const char *path, size_t chunk, bool write)
{
	struct sched_param first = { .sched_priority = 50 }, none = { 0 };
	uint64_t alone_ns, late_ns;
	struct result r;
	pid_t child;

	if (mlockall(MCL_CURRENT | MCL_FUTURE) || sched_setscheduler(0, SCHED_FIFO, &first))
		die("SCHED_FIFO");
	alone_ns = latest_ns(0);
	child = fork();
	if (child < 0)
		die("fork");
	if (!child) {
		sched_setscheduler(0, SCHED_OTHER, &none);
		if (write)
			write_one(path);
		else
			read_file(path, chunk, UINT64_MAX, false, &r);
		_exit(0);
	}
	late_ns = latest_ns(child);
	printf("late_ns %llu alone_ns %llu\n", (unsigned long long)late_ns,
	       (unsigned long long)alone_ns);
	return 0;
}

/* A reader that dies with the file open, and one that is killed in a read. */
static int killed(unsigned long times, const char *path, size_t chunk)
{
	long kib, most = 0, now;
	struct result r;
	unsigned long n;
	uint64_t bytes;
	pid_t child;

	read_file(path, chunk, UINT64_MAX, false, &r);
	bytes = r.bytes;
	kib = kernel_kib();
	for (n = 0; n < times; n++) {
		child = fork();
		if (child < 0)
			die("fork");
		if (!child) {
			read_file(path, chunk, bytes / 4 * (n % 4), false, &r);
			if (n & 1)
				_exit(0);
			for (;;)
				read_file(path, chunk, UINT64_MAX, false, &r);
		}
		if (!(n & 1)) {
			usleep(20000 + 7000 * (unsigned int)n);
			kill(child, SIGKILL);
		}
		waitpid(child, NULL, 0);
	}
	usleep(200000);
	now = kernel_kib();
	if (now - kib > most)
		most = now - kib;
	printf("killed %lu left_kib %ld\n", times, most);
	return 0;
}

/* Each line of a reader's own; status 1 when one failed. */
static int together(unsigned long readers, const char *path, size_t chunk)
{
	unsigned long n;
	int status, bad = 0;

	for (n = 0; n < readers; n++) {
		pid_t child = fork();

		if (child < 0)
			die("fork");
		if (!child) {
			struct result r;

			read_file(path, chunk, UINT64_MAX, false, &r);
			print(&r);
			exit(0);
		}
	}
	while (wait(&status) > 0)
		bad |= status;
	return bad ? 1 : 0;
}

int main(int argc, char **argv)
{
	unsigned long times = 0;
	struct result r;
	size_t chunk;
	int c, mode = 0;

	while ((c = getopt(argc, argv, "awk:j:")) != -1) {
		if (c == '?')
			return 1;
		mode = c;
		times = optarg ? strtoul(optarg, NULL, 10) : 0;
	}
	if (argc - optind != 2)
		return 1;
	chunk = strtoul(argv[optind + 1], NULL, 10);
	if (!chunk)
		return 1;
	switch (mode) {
	case 'a': return awake(argv[optind], chunk, false);
	case 'w': return awake(argv[optind], chunk, true);
	case 'k': return killed(times, argv[optind], chunk);
	case 'j': return together(times, argv[optind], chunk);
	}
	read_file(argv[optind], chunk, UINT64_MAX, true, &r);
	print(&r);
	return 0;
}
