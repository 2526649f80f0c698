// SPDX-License-Identifier: GPL-2.0
/* The size of the terminal. */
#include <limits.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "render/terminal.h"

static int from_env(const char *name)
{
	const char *text = getenv(name);
	int n = text ? atoi(text) : 0;

	return n > 0 ? n : 0;
}

int terminal_width(void)
{
	struct winsize size;

	if (from_env("COLUMNS"))
		return from_env("COLUMNS");
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col ? INT_MAX : size.ws_col;
}

int terminal_height(void)
{
	struct winsize size;

	/* Only on a terminal: a pipe must lose nothing because a shell exported LINES. */
	if (!isatty(STDOUT_FILENO))
		return INT_MAX;
	if (from_env("LINES"))
		return from_env("LINES");
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_row ? INT_MAX : size.ws_row;
}
