/* SPDX-License-Identifier: GPL-2.0 */
/* Where a picture or an export goes. */
#ifndef KVMLAT_OUTPUT_FILE_H
#define KVMLAT_OUTPUT_FILE_H

#include <stddef.h>

/*
 * Write @text to @path or, when NULL, standard output. A file is replaced as a whole or stays as it
 * was.
 */
void write_output(const char *path, const char *text, size_t length);

#endif
