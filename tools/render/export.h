/* SPDX-License-Identifier: GPL-2.0 */
/* Formats for other programs: a format is one file export-NAME.c, registered like a view. */
#ifndef KVMLAT_EXPORT_H
#define KVMLAT_EXPORT_H

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

/* Text between quotes, as each language wants it; bytes that are no UTF-8 become '?'. */
enum quoting { QUOTE_JSON, QUOTE_LABEL, QUOTE_CSV, QUOTE_XML };
void put_text(FILE *out, const char *text, enum quoting how);	/* without the quotes */
void put_quoted(FILE *out, const char *text, enum quoting how);

/* Write @text to @path or, when NULL, standard output. A file is replaced as a whole or stays as it was. */
void write_output(const char *path, const char *text, size_t length);

#endif
