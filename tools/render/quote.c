// SPDX-License-Identifier: GPL-2.0
/* Quoting. */
#include <string.h>
#include "base/utf8.h"
#include "render/quote.h"

static void put_ascii(FILE *out, char c, enum quoting how)
{
	static const char *const xml[] = {
		['<'] = "&lt;", ['>'] = "&gt;", ['&'] = "&amp;", ['"'] = "&quot;"
	};

	if (c == '"' && how == QUOTE_CSV)
		fputs("\"\"", out);
	else if ((c == '"' || c == '\\') && (how == QUOTE_JSON || how == QUOTE_LABEL))
		fprintf(out, "\\%c", c);
	else if (how == QUOTE_XML && strchr("<>&\"", c))
		fputs(xml[(unsigned char)c], out);
	else
		fputc(c < ' ' || c == 127 ? '?' : c, out);
}

void put_text(FILE *out, const char *text, enum quoting how)
{
	const unsigned char *c = (const unsigned char *)text;

	while (*c) {
		int length = utf8_length(c);

		if (length > 1)
			fwrite(c, 1, length, out);
		else
			put_ascii(out, length ? (char)*c : '?', how);
		c += length ? length : 1;
	}
}

void put_quoted(FILE *out, const char *text, enum quoting how)
{
	fputc('"', out);
	put_text(out, text, how);
	fputc('"', out);
}
