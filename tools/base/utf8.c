// SPDX-License-Identifier: GPL-2.0
/* UTF-8, and what drives a terminal. */
#include "base/utf8.h"

int utf8_length(const unsigned char *c)
{
	int n, length = *c < 0x80 ? 1 : *c >= 0xc2 && *c < 0xe0 ? 2 : (*c & 0xf0) == 0xe0 ? 3 :
		*c >= 0xf0 && *c < 0xf5 ? 4 : 0;

	for (n = 1; n < length; n++) {
		if ((c[n] & 0xc0) != 0x80)
			return 0;
	}
	/* overlong forms, surrogates, beyond U+10FFFF */
	if ((*c == 0xe0 && c[1] < 0xa0) || (*c == 0xed && c[1] > 0x9f) ||
	    (*c == 0xf0 && c[1] < 0x90) || (*c == 0xf4 && c[1] > 0x8f))
		return 0;
	return length;
}

bool drives_terminal(const char *text, int *length)
{
	const unsigned char *c = (const unsigned char *)text;

	*length = utf8_length(c);
	/* a byte that is no UTF-8: of C1 in a terminal of 8 bits, else only odd */
	if (!*length) {
		*length = 1;
		return *c >= 0x80 && *c < 0xa0;
	}
	return (*c && *c < ' ') || *c == 127 || (*c == 0xc2 && c[1] < 0xa0);
}
