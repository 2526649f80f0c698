/* SPDX-License-Identifier: GPL-2.0 */
/* Formats for other programs: a format is one file export-NAME.c, registered as a view is. */
#ifndef KVMLAT_EXPORT_H
#define KVMLAT_EXPORT_H

#include <stdio.h>
#include "model/data-snapshot.h"

struct export_options {
	bool per_cpu, per_vm;
};

/* begin sets the visitor up, snapshot is called when all of one was read. */
struct export_format {
	const char *name;
	bool many;		/* can hold a whole recording, snapshot by snapshot */
	void (*begin)(FILE *out, struct snapshot *s, const struct export_options *o);
	void (*snapshot)(FILE *out, struct snapshot *s, const struct export_options *o);
};

#define EXPORT_FORMAT(id, ...)							\
	static const struct export_format format_##id = { __VA_ARGS__ };	\
	static const struct export_format *const format_##id##_entry		\
	__attribute__((used, section("kvmlat_formats"))) = &format_##id

#endif
