// SPDX-License-Identifier: GPL-2.0
/*
 * switches: a fixed number of task switches between two tasks that are no vCPUs.
 *
 *   switches [-n ROUNDS]
 *
 * Two processes hand a byte back and forth through two pipes, ROUNDS times (default 20000) after
 * 500 that are not counted. On one CPU each hand-over is a switch. Prints "ticks T" (of the TSC,
 * which under QEMU's -icount shift=0 counts instructions) and "switches N" (two a round). Status 0
 * or 1.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

#define WARM 500UL

static void die(const char *what)
{
	fprintf(stderr, "switches: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Take a byte from one pipe, put it into the other. */
static void hand_over(int from, int to)
{
	char byte;

	if (read(from, &byte, 1) != 1 || write(to, &byte, 1) != 1)
		die("pipe");
}

static void play(int from, int to, unsigned long rounds)
{
	while (rounds--)
		hand_over(from, to);
}

int main(int argc, char **argv)
{
	unsigned long rounds = 20000;
	int there[2], back[2], status, c;
	uint64_t begin, end;
	char *rest;
	pid_t child;

	while ((c = getopt(argc, argv, "n:")) != -1) {
		if (c != 'n')
			return 1;
		rounds = strtoul(optarg, &rest, 10);
		if (*rest || rounds < 1 || rounds > 100000000) {
			errno = ERANGE;
			die(optarg);
		}
	}
	if (pipe(there) || pipe(back))
		die("pipe");
	child = fork();
	if (child < 0)
		die("fork");
	if (!child) {
		play(there[0], back[1], WARM + rounds + 1);
		_exit(0);
	}
	if (write(there[1], "", 1) != 1)
		die("pipe");
	play(back[0], there[1], WARM);
	begin = __rdtsc();
	play(back[0], there[1], rounds);
	end = __rdtsc();
	if (waitpid(child, &status, 0) != child || status)
		die("the other task");
	printf("ticks %llu\nswitches %lu\n", (unsigned long long)(end - begin), 2 * rounds);
	return 0;
}
