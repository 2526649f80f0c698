/* SPDX-License-Identifier: GPL-2.0 */
/* Text between quotes, as each language wants it; bytes that are no UTF-8 become '?'. */
#ifndef KVMLAT_QUOTE_H
#define KVMLAT_QUOTE_H

#include <stdio.h>

enum quoting { QUOTE_JSON, QUOTE_LABEL, QUOTE_CSV, QUOTE_XML };
void put_text(FILE *out, const char *text, enum quoting how);	/* without the quotes */
void put_quoted(FILE *out, const char *text, enum quoting how);

#endif
