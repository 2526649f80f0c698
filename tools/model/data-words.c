// SPDX-License-Identifier: GPL-2.0
/* The lists of kvmlat-data.h as arrays. */
#include <string.h>
#include "model/data-words.h"

const char *const cause_names[NR_CAUSES] = {
#define X(id, word) #word,
	KVMLAT_CAUSE_WORDS(X)
#undef X
};

const char *const count_names[NR_COUNTS] = {
#define X(id, word) #word,
	KVMLAT_AUDIT_COUNTS(X)
	KVMLAT_EVENT_COUNTERS(X)
	KVMLAT_STATE_COUNTS(X)
#undef X
};

enum cause cause_named(const char *word, size_t length)
{
	int n;

	for (n = 0; n < NR_CAUSES; n++) {
		if (strlen(cause_names[n]) == length && !strncmp(cause_names[n], word, length))
			break;
	}
	return n;
}
