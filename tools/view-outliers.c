// SPDX-License-Identifier: GPL-2.0
/* kvmlat outliers: the single pairs the module kept, oldest first; -f waits for more. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "delta.h"
#include "filter.h"
#include "format.h"
#include "vmname.h"

enum { OPT_NS = OPT_VIEW, OPT_SORT };
static const struct option options[] = {
	FILTER_CPUS, FILTER_REASONS, FILTER_CAUSES, FILTER_VMS,
	{ "follow", no_argument, NULL, 'f' },
	{ "interval", required_argument, NULL, 'i' },
	{ "number", required_argument, NULL, 'n' },
	{ "long", no_argument, NULL, 'l' },
	{ "sort", required_argument, NULL, OPT_SORT },
	{ "ns", no_argument, NULL, OPT_NS },
	{ NULL, 0, NULL, 0 }
};

struct kept {
	struct outlier o;
	char comm[64];
	bool left_out;			/* by a filter; kept to know it when it is met again */
};

struct list {
	struct kept *k;
	size_t nr, room;
};

static struct {
	struct filter f;
	bool follow, details, plain_ns, by_latency;
	uint64_t newest;		/* show so many */
	struct list now, before;
} opt = { .newest = UINT64_MAX };

static void take(struct snapshot *s, const struct outlier *o)
{
	struct list *l = &opt.now;
	struct kept *k;

	if (l->nr == l->room) {
		l->room = l->room ? 2 * l->room : 256;
		l->k = xrealloc(l->k, l->room, sizeof(*l->k));
	}
	k = &l->k[l->nr++];
	k->o = *o;
	snprintf(k->comm, sizeof(k->comm), "%s", o->comm);
	k->left_out = !filter_cpu(&opt.f, o->cpu) || !filter_cause(&opt.f, o->cause) ||
		      !filter_reason(&opt.f, s, o->reason) ||
		      !filter_who(&opt.f, &o->who, vmname(o->who.vmm, s->live));
}

static int by_time(const void *a, const void *b)
{
	const struct outlier *x = &((const struct kept *)a)->o, *y = &((const struct kept *)b)->o;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x->who.tid < y->who.tid ? -1 : x->who.tid > y->who.tid;
}

static int by_latency(const void *a, const void *b)
{
	const struct outlier *x = &((const struct kept *)a)->o, *y = &((const struct kept *)b)->o;

	return x->latency_ns > y->latency_ns ? -1 : x->latency_ns < y->latency_ns ? 1 : by_time(a, b);
}

static void print_hex(const char *name, uint64_t value)
{
	if (value == UNKNOWN)
		printf(" %s -", name);
	else
		printf(" %s 0x%" PRIx64, name, value);
}

static void print_outlier(const struct snapshot *s, const struct kept *k)
{
	char buffer[4][FORMAT_BYTES], when[32];
	const struct outlier *o = &k->o;
	time_t seconds = o->real_ns / 1000000000;
	struct tm tm;

	strftime(when, sizeof(when), "%F %T", localtime_r(&seconds, &tm) ? &tm : memset(&tm, 0, sizeof(tm)));
	printf("%s.%06" PRIu64 " %9s %-9s %9s %9s %-20s %4s %8" PRIu64 " %4" PRIu64 " %4" PRIu64 " %s", when,
	       o->real_ns % 1000000000 / 1000, format_ns(buffer[0], o->latency_ns, opt.plain_ns), cause_names[o->cause],
	       format_ns(buffer[1], o->runq_ns, opt.plain_ns), format_ns(buffer[2], o->offcpu_ns, opt.plain_ns),
	       vmname(o->who.vmm, s->live), format_ns(buffer[3], o->who.vcpu, true), o->who.tid, o->exit_cpu, o->cpu,
	       snapshot_reason_name(s, o->reason));
	print_hex("rip", o->rip);
	if (opt.details) {
		print_hex("info1", o->info1);
		print_hex("info2", o->info2);
		print_hex("intr_info", o->intr_info);
		print_hex("error_code", o->error_code);
		printf(" time_ns %" PRIu64 " comm %s", o->time_ns, k->comm);
	}
	putchar('\n');
}

/* Print what was not there before; returns how many records were new, shown or not. */
static size_t print_new(const struct snapshot *s)
{
	size_t n, seen = 0, shown = 0, wanted = 0, fresh = 0;
	struct list *now = &opt.now;

	if (now->nr)
		qsort(now->k, now->nr, sizeof(*now->k), by_time);
	/* Both lists in order of time: walk them side by side. */
	for (n = 0; n < now->nr; n++) {
		while (seen < opt.before.nr && by_time(&opt.before.k[seen], &now->k[n]) < 0)
			seen++;
		if (seen < opt.before.nr && !by_time(&opt.before.k[seen], &now->k[n]))
			now->k[n].left_out = true;
		else
			fresh++;
		wanted += !now->k[n].left_out;
	}
	if (opt.by_latency && now->nr)
		qsort(now->k, now->nr, sizeof(*now->k), by_latency);
	for (n = 0; n < now->nr; n++) {
		if (now->k[n].left_out)
			continue;
		/* -n: the last ones in order of time, the first ones in order of latency. */
		if (opt.by_latency ? shown < opt.newest : wanted - shown <= opt.newest)
			print_outlier(s, &now->k[n]);
		shown++;
	}
	flush_out(stdout, "standard output");
	return fresh;
}

/*
 * How many were gone before the first read. The module takes the time, then the count, then the ring: records younger
 * than the time are taken as not counted, since those that are would be missed later though they were shown. At later
 * reads such records only make @met greater than the count, until the next one.
 */
static uint64_t gone_before(const struct snapshot *s, uint64_t total)
{
	uint64_t time_ns = snapshot_number(s, "time_ns", UNKNOWN);
	size_t n;

	for (n = 0; n < opt.now.nr; n++)
		total += opt.now.k[n].o.time_ns > time_ns;
	return total > opt.now.nr ? total - opt.now.nr : 0;
}

/* Print, wait, read again. Records that came and went in between are counted, never passed over. */
static void __attribute__((noreturn)) follow(const char *path, double interval)
{
	struct snapshot s = { .visit = { .outlier = take } };
	uint64_t total, base = 0, met = 0, missed = 0;
	char generation[17] = "";
	double next = now_s();

	for (;;) {
		struct list old;

		opt.now.nr = 0;
		snapshot_load(&s, path);
		total = snapshot_number(&s, "outliers", 0);
		if (strcmp(generation, s.generation)) {
			if (*generation)
				warn("the module was loaded or reset anew");
			strcpy(generation, s.generation);
			opt.before.nr = 0;
			met = 0;
			missed = 0;
			base = gone_before(&s, total);
		}
		met += print_new(&s);
		if (total - base > met + missed && total > base) {
			warn("%" PRIu64 " outliers were overwritten or dropped before they could be read",
			     total - base - met - missed);
			missed = total - base - met;
		}
		snapshot_free(&s);
		opt.newest = UINT64_MAX;
		old = opt.before;
		opt.before = opt.now;
		opt.now = old;
		pause_until(&next, interval);
	}
}

static int run(struct cli *c)
{
	struct snapshot s = { .visit = { .outlier = take } };
	double interval = 1;
	const char *path;
	int letter;

	while ((letter = cli_next(c)) != -1) {
		if (letter == 'f')
			opt.follow = true;
		else if (letter == 'i')
			interval = cli_seconds(c, optarg);
		else if (letter == 'n')
			opt.newest = cli_number(c, "-n", optarg, 1, UINT32_MAX);
		else if (letter == 'l')
			opt.details = true;
		else if (letter == OPT_NS)
			opt.plain_ns = true;
		else if (letter == OPT_SORT && strcmp(optarg, "time") && strcmp(optarg, "latency"))
			die(EXIT_DATA, "outliers: --sort %s: one of time, latency", optarg);
		else if (letter == OPT_SORT)
			opt.by_latency = !strcmp(optarg, "latency");
		else
			filter_option(c, &opt.f, letter);
	}
	path = cli_file(c);
	if (opt.follow && opt.by_latency)
		die(EXIT_DATA, "outliers: -f shows them as they come, not by latency");
	if (!opt.follow)
		snapshot_load(&s, path);
	printf("%-26s %9s %-9s %9s %9s %-20s %4s %8s %4s %4s %s\n", "TIME OF THE ENTRY", "LATENCY", "CAUSE", "RUNQ",
	       "OFFCPU", "VM", "vCPU", "TID", "EXIT", "CPU", "VM-EXIT");
	if (opt.follow)
		follow(path, interval);
	print_new(&s);
	free(opt.now.k);
	snapshot_free(&s);
	return 0;
}

static const char usage[] =
	"outliers [-f [-i SEC]] [-n N] [-l] [--sort time|latency] [--ns] [FILTERS] [FILE]";
VIEW(outliers, "outliers", usage, "single long pairs, with their context", options, run);
