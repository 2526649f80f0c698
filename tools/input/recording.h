/* SPDX-License-Identifier: GPL-2.0 */
/* A file that snapshots are appended to, each whole or not at all. */
#ifndef KVMLAT_RECORDING_H
#define KVMLAT_RECORDING_H

#include <stddef.h>
#include <stdint.h>

struct recording {
	const char *path;
	int fd;				/* -1: not open yet */
	uint64_t written;		/* snapshots */
};

void recording_begin(struct recording *r, const char *path);
/*
 * Append the snapshot @text. The file is made, or its unfinished end cut off, at the first one, and
 * again when it was moved away meanwhile. Dies when not all could be written; what was is taken
 * back.
 */
void recording_append(struct recording *r, const char *text, size_t length);
void recording_end(struct recording *r);

#endif
