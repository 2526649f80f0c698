// SPDX-License-Identifier: GPL-2.0
/*
 * The names of causes and counters in `data`, the mutex of process context, and how much memory is
 * held.
 */
#include "base/base.h"

/* What it protects: see base.h and docs/locking.md. */
DEFINE_MUTEX(kvmlat_mutex);
atomic64_t kvmlat_bytes = ATOMIC64_INIT(0);

const char * const kvmlat_counter_names[KVMLAT_NR_COUNTERS] = {
#define X(id, name) [KVMLAT_##id] = #name,
	KVMLAT_CPU_COUNTERS(X)
#undef X
};

const char * const kvmlat_cause_names[KVMLAT_CAUSES + 1] = {
#define X(id, name) [KVMLAT_##id] = #name,
	KVMLAT_CAUSE_WORDS(X)
#undef X
};
