// SPDX-License-Identifier: GPL-2.0
/* The line that keeps a reader from taking a part for the whole. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "model/recorded-settings.h"
#include "render/settings-line.h"
#include "render/terminal.h"

bool settings_print(FILE *out, const struct snapshot *s)
{
	static const char before[] = "Not the whole host:";
	char *text = settings_filter(s), *word, *save = NULL;
	int at = (int)strlen(before);

	if (!text)
		return false;
	fputs(before, out);
	for (word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (at + 1 + (int)strlen(word) > terminal_width()) {
			fputs("\n ", out);
			at = 1;
		}
		at += fprintf(out, " %s", word);
	}
	fputc('\n', out);
	free(text);
	return true;
}
