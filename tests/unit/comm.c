// SPDX-License-Identifier: GPL-2.0
/*
 * How the module writes names of processes, by its own function: literally, and that any bytes are
 * UTF-8 then, on one line, told from any other bytes, read back by the formatter as what they were,
 * and written by it alike.
 */
#include <stdarg.h>
#include <stdio.h>

static char line[256];
static size_t length;

#define seq_putc(m, c) (line[length++] = (c))
#define seq_puts(m, text) seq_write(m, text, strlen(text))
#define seq_put_decimal_ull(m, before, n) ((void)(before), (void)(n))
#define strscpy(to, from, size) ((void)snprintf(to, size, "%s", from))

static inline int seq_write(struct seq_file *m, const void *data, size_t bytes)
{
	(void)m;
	memcpy(line + length, data, bytes);
	length += bytes;
	return 0;
}

static inline void seq_printf(struct seq_file *m, const char *format, ...)
{
	va_list args;

	(void)m;
	va_start(args, format);
	length += vsnprintf(line + length, sizeof(line) - length, format, args);
	va_end(args);
}

#include "report/data-lines.c"
#include "tap.h"

const char * const kvmlat_cause_names[KVMLAT_CAUSES + 1];

bool kvmlat_vcpu_read(struct kvmlat_report *r, unsigned int nth, bool *live)
{
	(void)r;
	(void)nth;
	(void)live;
	return false;
}

u64 kvmlat_vrow_count(const struct kvmlat_vrow *row)
{
	(void)row;
	return 0;
}

void cond_resched(void)
{
}

/* tools/base/text.h */
char *text_written(const char *bytes, size_t length);
char *text_of_data(const char *told);

static const char *written(const char *text, size_t size)
{
	length = 0;
	kvmlat_report_text(NULL, text, size);
	line[length] = '\0';
	return line;
}

static const struct {
	const char *name, *written;
} known[] = {
	{ "qemu-system-x86", "qemu-system-x86" },
	{ "CPU 0/KVM", "CPU 0/KVM" },
	{ "", "" },
	{ " both ", " both " },
	{ "back\\slash", "back\\\\slash" },
	{ "new\nline", "new\\nline" },
	{ "tab\tx", "tab\\tx" },
	{ "esc\033[31m", "esc\\033[31m" },
	{ "del\177", "del\\177" },
	{ "cr\r\f\v\a", "cr\\015\\014\\013\\007" },
	{ "quo\"te", "quo\"te" },
	{ "\303\234bung", "\303\234bung" },
	{ "\346\227\245\346\234\254", "\346\227\245\346\234\254" },
	{ "\360\237\230\200", "\360\237\230\200" },
	{ "\342\202\254", "\342\202\254" },
	{ "cut\303", "cut\\303" },
	{ "cut\342\202", "cut\\342\\202" },
	{ "\234alone", "\\234alone" },
	{ "\351t\351", "\\351t\\351" },
	{ "\300\257", "\\300\\257" },
	{ "\340\200\257", "\\340\\200\\257" },
	{ "\355\240\200", "\\355\\240\\200" },
	{ "\364\220\200\200", "\\364\\220\\200\\200" },
	{ "\302\233m", "\\302\\233m" },
	{ "\302\240", "\302\240" },
	{ "\342\200\256rtl", "\\342\\200\\256rtl" },
	{ "\342\200\250", "\\342\\200\\250" },
	{ "\342\201\246", "\\342\\201\\246" },
	{ "\330\234", "\\330\\234" },
	{ "\342\200\220", "\342\200\220" },
};

static bool known_names(void)
{
	size_t n;

	for (n = 0; n < ARRAY_SIZE(known); n++) {
		if (strcmp(written(known[n].name, 64), known[n].written)) {
			printf("# number %zu is %s\n", n, line);
			return false;
		}
	}
	return true;
}

/* Of @size bytes without a NUL. */
static bool right(const char *bytes, size_t size)
{
	char *read, *again, *other = text_written(bytes, size);
	bool same;
	size_t n;

	written(bytes, size);
	for (n = 0; n < length; n++) {
		if ((unsigned char)line[n] < ' ' || line[n] == 127)
			return false;
	}
	read = text_of_data(line);		/* which reads the bytes, and writes them */
	again = text_of_data(read);
	same = !strcmp(read, line) && !strcmp(again, line) && !strcmp(other, line);
	if (!same)
		printf("# %s, read and written %s, by the formatter %s\n", line, read, other);
	free(read);
	free(again);
	free(other);
	return same;
}

static bool all_of_two(void)
{
	int a, b;

	for (a = 1; a < 256; a++) {
		for (b = 1; b < 256; b++) {
			char bytes[2] = { a, b };

			if (!right(bytes, 2))
				return false;
		}
	}
	return true;
}

static bool at_random(void)
{
	static const unsigned char often[] =
		"\\\\\\n3\n\t \342\200\256\303\251\360\237\302\233\355\240";
	char bytes[15];
	unsigned int n, at;
	u32 seed = 1;

	for (n = 0; n < 200000; n++) {
		for (at = 0; at < sizeof(bytes); at++) {
			/* Numerical Recipes, 2nd edition, 7.1 */
			seed = seed * 1664525 + 1013904223;
			bytes[at] = seed >> 31 ? often[(seed >> 8) % (sizeof(often) - 1)]
					       : 1 + (seed >> 8) % 255;
		}
		if (!right(bytes, sizeof(bytes)))
			return false;
	}
	return true;
}

/* What is behind the end of the array is not looked at, nor what is behind a NUL. */
static bool ends(void)
{
	static const char whole[16] = "0123456789abcd\303\234", nul[8] = "ab\303\0\234c";

	return !strcmp(written(whole, 15), "0123456789abcd\\303") &&
	       !strcmp(written(nul, 8), "ab\\303");
}

int main(void)
{
	result(known_names(), "names of all kinds are written as they must be");
	result(all_of_two(),
	       "any two bytes stay on a line, and the tool reads and writes them alike");
	result(at_random(),
	       "any fifteen bytes stay on a line, and the tool reads and writes them alike");
	result(ends(), "a letter that the end of a name cuts is written as bytes");
	return results_failed() != 0;
}
