/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names that others gave: one form of each, that terminals, lines and labels can take, and that has
 * but one meaning.
 */
#ifndef KVMLAT_TEXT_H
#define KVMLAT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The written form, as the module writes a process' name (kvmlat_report_text()): UTF-8 as it is; a
 * backslash as two, a line end \n, a tab \t; any other byte, of what drives a terminal, turns the
 * text about, ends a line for some reader or is no UTF-8, as \ooo in octal. Two names are one
 * exactly where these are. All results are the caller's to free.
 */
char *text_written(const char *bytes, size_t length);
/*
 * Of what stands in data: as of the module, or of one that wrote by %*pE, which has \e \r \f \v \a
 * \" \xHH too.
 */
char *text_of_data(const char *told);
/*
 * Of what an operator typed or an older recording has: as it is where it is a written form, else
 * the form of it.
 */
char *text_of_name(const char *given);
/* How much of a written form fits into @bytes, so that no character and no \ooo is cut. */
size_t text_fit(const char *written, size_t bytes);
/* As asprintf(), but never NULL. */
__attribute__((format(printf, 1, 2))) char *text_print(const char *format, ...);
#define COMM_BYTES 64	/* of a process' name of 15 bytes, each written as \ooo */
/* Into a field of fixed size: what does not fit becomes "..". */
void text_copy(char *to, size_t size, const char *written);

#endif
