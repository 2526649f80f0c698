// SPDX-License-Identifier: GPL-2.0
/*
 * expect: is what a report says what fill.c recorded, to the last pair?
 *
 *   expect VCPUS CPUS <data     every line of all sections, by fill.c's formula
 *   expect -s <data             whatever was recorded: rows of all CPUs, of each and of vCPUs add
 *                               up to the same
 *   expect -t <percpu or vcpus  pairs under `Core:`, `VM:` and `vCPU:`, and how many of these there
 *                               are
 *
 * Prints what differs and is status 1, or what it counted.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../../include/kvmlat-data.h"
#include "../../module/base/bucket.h"

#define REASONS		30
#define FIRST_REASON	0x60
#define UNKNOWN		2
#define ROUNDS		8
#define CAUSES		4
#define MIXED		CAUSES
#define OTHER		(-1)
#define VM_VCPUS	20
#define VMM		100000
#define VROWS		64
#define FIELDS		400
#define OUTLIER_NS	100000

#define WORD(id, word) #word,
static const char * const cause_names[] = { KVMLAT_CAUSE_WORDS(WORD) };
static unsigned int vcpus, cpus, faults;
static char *field[FIELDS];
static unsigned int fields;

__attribute__((format(printf, 1, 2)))
static void fault(const char *format, ...)
{
	va_list args;

	if (++faults > 10)
		return;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

static void split(char *line)
{
	static const char ends[] = { ' ', '\n', 0 };
	char *save, *word;

	fields = 0;
	for (word = strtok_r(line, ends, &save); word && fields < FIELDS;
	     word = strtok_r(NULL, ends, &save))
		field[fields++] = word;
}

/* The word after the field @name, "" when there is none. */
static const char *value(const char *name)
{
	unsigned int n;

	for (n = 0; n + 1 < fields; n++) {
		if (!strcmp(field[n], name))
			return field[n + 1];
	}
	return "";
}

static u64 number(const char *name)
{
	return strtoull(value(name), NULL, 0);
}

static int reason_of(const char *key)
{
	static const long unknown[UNKNOWN] = { 0xc5, 0x3ff };
	long code = strtol(key, NULL, 0);
	int n;

	if (!strcmp(key, "other"))
		return OTHER;
	for (n = 0; n < UNKNOWN; n++) {
		if (code == unknown[n])
			return REASONS - UNKNOWN + n;
	}
	return code < FIRST_REASON + REASONS - UNKNOWN ? (int)code - FIRST_REASON : REASONS;
}

/* A reason line: a code that nobody names keeps its number. */
static void check_reason(void)
{
	int reason = reason_of(field[1]);

	if (reason >= REASONS || fields < 4)
		fault("reason %s: not expected", field[1]);
	else if (reason >= REASONS - UNKNOWN &&
		 (strcmp(field[3], field[1]) || strcmp(field[2], "busy")))
		fault("reason %s: %s %s", field[1], field[2], field[3]);
}

static int cause_of(const char *name)
{
	int n;

	for (n = 0; n < CAUSES && strcmp(name, cause_names[n]); n++)
		;
	return n;
}

struct row {
	u64 bucket[KVMLAT_BUCKETS], sum, min, max, runq;
};

static void add(struct row *row, unsigned int v, int reason, int cause, bool pow2)
{
	unsigned int round;

	for (round = 0; round < ROUNDS; round++) {
		u64 ns = ((1000ULL + 16 * (u64)reason + (u64)cause) << round) + v;

		row->bucket[pow2 ? kvmlat_pow2(ns) : kvmlat_bucket(ns)]++;
		row->sum += ns;
		row->runq += cause ? round : 0;
		if (ns < row->min)
			row->min = ns;
		if (ns > row->max)
			row->max = ns;
	}
}

/* Does the row line in field[] say @want? */
static void compare(const struct row *want)
{
	u64 got[KVMLAT_BUCKETS] = { 0 };
	unsigned int n, b;

	for (n = 0; n < fields && strcmp(field[n], "buckets"); n++)
		;
	for (n++; n < fields; n++) {
		b = (unsigned int)atoi(field[n]);
		if (b < KVMLAT_BUCKETS)
			got[b] += strtoull(strchr(field[n], ':') + 1, NULL, 10);
	}
	if (memcmp(got, want->bucket, sizeof(got)))
		fault("%s %s %s %s: wrong buckets", field[0], field[1], field[2], field[3]);
	if (number("sum") != want->sum || number("min") != want->min ||
	    number("max") != want->max || number("runq") != want->runq)
		fault("%s %s %s %s: wrong sum, min, max or runq", field[0], field[1], field[2],
		      field[3]);
}

/* `row all` and `row N`: every reason and cause has a row there. */
static void check_row(void)
{
	static struct row want;
	int reason = reason_of(field[2]), cause = cause_of(field[3]);
	unsigned int v, step = cpus;

	if (reason < 0 || reason >= REASONS || cause == MIXED) {
		fault("row %s %s %s: not expected", field[1], field[2], field[3]);
		return;
	}
	memset(&want, 0, sizeof(want));
	want.min = ~0ULL;
	v = (unsigned int)atoi(field[1]);
	if (!strcmp(field[1], "all")) {
		v = 0;
		step = 1;
	}
	for (; v < vcpus; v += step)
		add(&want, v, reason, cause, false);
	compare(&want);
}

/*
 * Which of a vCPU's VROWS rows takes (@reason, @cause). Even vCPUs met them cause by cause of a
 * reason: those behind the last row have none of their reason. Odd ones met reason by reason: later
 * causes share their reason's first row.
 */
static int vrow_cause(unsigned int v, int reason, int cause)
{
	int first_shared = VROWS / REASONS;	/* causes before have a row for each reason */
	int alone = VROWS % REASONS;		/* and that one for the first reasons */

	if (!(v & 1))
		return reason * CAUSES + cause < VROWS ? cause : OTHER;
	if (cause > 0 && (cause < first_shared || (cause == first_shared && reason < alone)))
		return cause;
	return MIXED;
}

static void check_vrow(unsigned int v)
{
	static struct row want;
	int reason = reason_of(field[2]), cause = cause_of(field[3]), r, c;

	memset(&want, 0, sizeof(want));
	want.min = ~0ULL;
	for (r = 0; r < REASONS; r++) {
		for (c = 0; c < CAUSES; c++) {
			int in = vrow_cause(v, r, c);

			if (in == OTHER ? reason == OTHER : r == reason && in == cause)
				add(&want, v, r, c, true);
		}
	}
	compare(&want);
}

static unsigned int vrows_of(unsigned int v)
{
	return v & 1 ? VROWS : VROWS + 1;
}

/* vmm, vm and vcpu of a vcpu, inflight or outlier line: whose are they? */
static unsigned int whose(void)
{
	unsigned int vm = (unsigned int)number("vm") - 1, v;

	v = vm * VM_VCPUS + (unsigned int)strtoul(value("vcpu"), NULL, 10);
	if (number("vmm") != VMM + vm || v >= vcpus)
		fault("%s: no such vCPU: vmm %s vm %s vcpu %s", field[0], value("vmm"), value("vm"),
		      value("vcpu"));
	return v;
}

static void check_outlier(void)
{
	u64 base = 1000 + 16 * (u64)reason_of(value("reason")) + (u64)cause_of(value("cause"));
	u64 ns = number("latency_ns"), rest = ns - whose();
	static u64 newest = ~0ULL;

	if (ns < OUTLIER_NS || (base << (ROUNDS - 1) != rest))
		fault("outlier of %llu ns: no such pair", (unsigned long long)ns);
	if (number("time_ns") > newest)
		fault("outliers: not the newest first");
	newest = number("time_ns");
}

static void check_inflight(void)
{
	static u64 oldest = ~0ULL;
	unsigned int v = whose();

	if (reason_of(value("reason")) != (int)(v % REASONS) ||
	    strcmp(value("cause"), v & 1 ? "user" : "blocked"))
		fault("inflight of vCPU %u: wrong reason or cause", v);
	if (number("age_ns") > oldest)
		fault("inflight: not the oldest first");
	oldest = number("age_ns");
}

/* Split the next line that is not empty; false at the end. */
static bool next_line(void)
{
	static char *line;
	static size_t size;

	do {
		if (getline(&line, &size, stdin) <= 0) {
			free(line);
			line = NULL;
			return false;
		}
		split(line);
	} while (!fields);
	return true;
}

static int check_data(void)
{
	unsigned int reasons = 0, seen_cpus = 0, rows = 0, alls = 0, vrows = 0, wanted_vrows = 0, n;
	unsigned int seen_vcpus = 0, open_exits = 0, outliers = 0, v = 0, ends = 0;
	bool *seen = calloc(vcpus, sizeof(*seen));

	while (next_line()) {
		if (!strcmp(field[0], "row")) {
			check_row();
			strcmp(field[1], "all") ? rows++ : alls++;
		} else if (!strcmp(field[0], "reason")) {
			check_reason();
			reasons += strcmp(field[1], "other") != 0;
		} else if (!strcmp(field[0], "cpu")) {
			if (atoi(field[1]) != (int)seen_cpus++ ||
			    rows != (seen_cpus - 1) * REASONS * CAUSES)
				fault("cpu %s: not in its place", field[1]);
		} else if (!strcmp(field[0], "vcpu") && fields > 2) {
			field[0] = "a vcpu";	/* its other field `vcpu` is meant below */
			v = whose();
			if (v < vcpus && seen[v])
				fault("vCPU %u: twice", v);
			if (v < vcpus)
				seen[v] = true;
			if (strcmp(value("state"), "live"))
				fault("vCPU %u: not live", v);
			seen_vcpus++;
		} else if (!strcmp(field[0], "vrow")) {
			check_vrow(v);
			vrows++;
		} else if (!strcmp(field[0], "inflight")) {
			check_inflight();
			open_exits++;
		} else if (!strcmp(field[0], "outlier")) {
			check_outlier();
			outliers++;
		} else if (!strcmp(field[0], "end")) {
			ends++;
		}
	}
	for (n = 0; n < vcpus; n++)
		wanted_vrows += vrows_of(n);
	if (reasons != REASONS || seen_cpus != cpus || rows != cpus * REASONS * CAUSES ||
	    alls != REASONS * CAUSES ||
	    seen_vcpus != vcpus || vrows != wanted_vrows || open_exits != vcpus || ends != 1)
		fault("lines are missing or too many");
	printf("cpus %u rows %u alls %u vcpus %u vrows %u inflight %u outliers %u\n", seen_cpus,
	       rows,
	       alls, seen_vcpus, vrows, open_exits, outliers);
	free(seen);
	return faults != 0;
}

/* Pairs and ns in all rows of a kind. */
static int check_sums(void)
{
	static const char * const kinds[] = { "all", "CPUs", "vCPUs" };
	u64 pairs[3] = { 0 }, ns[3] = { 0 };
	unsigned int n, kind;

	while (next_line()) {
		if (!strcmp(field[0], "vrow"))
			kind = 2;
		else if (!strcmp(field[0], "row"))
			kind = !!strcmp(field[1], "all");
		else
			continue;
		ns[kind] += number("sum");
		for (n = 0; n < fields && strcmp(field[n], "buckets"); n++)
			;
		for (n++; n < fields; n++)
			pairs[kind] += strtoull(strchr(field[n], ':') + 1, NULL, 10);
	}
	for (n = 0; n < 3; n++) {
		if (pairs[n] != pairs[0] || ns[n] != ns[0])
			fault("%s: %llu pairs, %llu ns", kinds[n], (unsigned long long)pairs[n],
			      (unsigned long long)ns[n]);
	}
	printf("pairs %llu\n", (unsigned long long)pairs[0]);
	return faults != 0;
}

static int count_text(void)
{
	static const char * const heads[] = { "Core:", "VM:", "vCPU:", "vCPUs" };
	unsigned int nr[4] = { 0 }, n, kind = 0;
	u64 pairs[4] = { 0 };
	char *line = NULL, *last;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		for (n = 0; n < 4; n++) {
			if (!strncmp(line, heads[n], strlen(heads[n]))) {
				kind = n;
				nr[n]++;
			}
		}
		last = line[0] == '[' ? strrchr(line, ' ') : NULL;
		if (last)
			pairs[kind] += strtoull(last, NULL, 10);
	}
	printf("cores %u pairs %llu VMs %u pairs %llu vCPUs %u pairs %llu\n", nr[0],
	       (unsigned long long)pairs[0], nr[1], (unsigned long long)pairs[1], nr[2],
	       (unsigned long long)pairs[2]);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "-s"))
		return check_sums();
	if (argc == 2 && !strcmp(argv[1], "-t"))
		return count_text();
	if (argc != 3)
		return 1;
	vcpus = (unsigned int)atoi(argv[1]);
	cpus = (unsigned int)atoi(argv[2]);
	if (!vcpus || !cpus)
		return 1;
	return check_data();
}
