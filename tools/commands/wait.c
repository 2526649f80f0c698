// SPDX-License-Identifier: GPL-2.0
/* Sleeping, and what ends it. */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>
#include "commands/wait.h"

double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

atomic_int interrupted;

static void on_signal(int number)
{
	interrupted = number;
}

void catch_signals(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	/* no SA_RESTART: sleeps end */
	struct sigaction action = { .sa_handler = on_signal }, old;
	size_t n;

	for (n = 0; n < sizeof(numbers) / sizeof(numbers[0]); n++) {
		if (!sigaction(numbers[n], NULL, &old) && old.sa_handler != SIG_IGN)
			sigaction(numbers[n], &action, NULL);
	}
}

double pause_until(double *next, double interval)
{
	double now = now_s(), wait;
	struct timespec t;

	*next += interval;
	if (*next < now)		/* reading took longer than the interval: no catching up */
		*next = now;
	wait = *next - now;
	t.tv_sec = (time_t)wait;
	t.tv_nsec = (long)((wait - (double)t.tv_sec) * 1e9);
	while (!interrupted && nanosleep(&t, &t) && errno == EINTR)
		;
	return wait;
}
