/* SPDX-License-Identifier: GPL-2.0 */
/* Causes and counters of the data, by number and by word. */
#ifndef KVMLAT_DATA_WORDS_H
#define KVMLAT_DATA_WORDS_H

#include <stddef.h>
#include "kvmlat-data.h"

/* In the order in which reports show them. CAUSE_ALL: a sum over causes. */
enum cause {
#define X(id, word) id,
	KVMLAT_CAUSE_WORDS(X)
#undef X
	NR_CAUSES,
	CAUSE_ALL = NR_CAUSES
};

extern const char *const cause_names[NR_CAUSES];

/* NR_CAUSES: the @length bytes at @word are none. */
enum cause cause_named(const char *word, size_t length);

/* The `count` lines that this version of the tool knows. */
enum count {
#define X(id, word) COUNT_##id,
	KVMLAT_AUDIT_COUNTS(X)
	KVMLAT_EVENT_COUNTERS(X)
	KVMLAT_STATE_COUNTS(X)
#undef X
	NR_COUNTS
};

extern const char *const count_names[NR_COUNTS];

#endif
