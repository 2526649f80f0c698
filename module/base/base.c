// SPDX-License-Identifier: GPL-2.0
/*
 * The names of causes and counters, as `data` has them, the lock of process context, and the
 * account of memory.
 */
#include "base/base.h"

/* What it covers: base.h, and docs/locking.md. */
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
