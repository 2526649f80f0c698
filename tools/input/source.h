/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the data comes from: the live module, a saved copy, a recording of many snapshots one
 * behind the other, or a pipe; and what is wrong when it does not come.
 */
#ifndef KVMLAT_SOURCE_H
#define KVMLAT_SOURCE_H

#include "input/reader.h"
#include "model/data-snapshot.h"

struct source {
	struct reader *reader;
	off_t last;		/* of a file: where its last whole snapshot begins */
	off_t last_end;		/* ... and where its `end` line begins; -1 when there is none */
	bool live;
};

/* The live module's data, or @path; when it cannot be opened says why, exits with EXIT_SOURCE. */
void source_open(struct source *src, const char *path);
void source_close(struct source *src);
/*
 * Is a file of @size bytes no more than what a crash left of its first snapshot: its beginning,
 * zeros, or both?
 */
bool source_is_torn(const struct source *src, off_t size);
/* The next snapshot of a file, from its beginning on; false after the last. */
bool source_next(struct source *src, struct snapshot *s);
/* The last whole snapshot, or the live module's; as snapshot_read(). */
bool source_last(struct source *src, struct snapshot *s);
/* The snapshot that comes next, into @s, which is empty; as snapshot_read(). */
bool source_read(struct source *src, struct snapshot *s, off_t last_line);
/*
 * Close what could not be read to its end. Where it may be read once more, which @again is for,
 * returns true; else it dies with why, or returns false where the module is gone and @may_be_gone.
 */
bool source_stopped(struct source *src, bool *again, bool may_be_gone);
/* The live module's snapshot or the last whole one of a file: what most views show. */
void snapshot_load(struct snapshot *s, const char *path);
/* false: the live module is not loaded */
bool snapshot_load_if_there(struct snapshot *s, const char *path);

#endif
