// SPDX-License-Identifier: GPL-2.0
/* kvmlat outliers: the single pairs the module kept, oldest first; -f waits for more. */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include "base/alloc.h"
#include "base/error.h"
#include "base/stream.h"
#include "base/text.h"
#include "commands/check-selection.h"
#include "commands/select-options.h"
#include "commands/wait.h"
#include "input/source.h"
#include "input/vm-names.h"
#include "model/recorded-settings.h"
#include "render/columns.h"
#include "render/settings-line.h"
#include "render/terminal.h"
#include "render/units.h"

enum { OPT_NS = OPT_VIEW, OPT_SORT };
static const struct option options[] = {
	SELECT_CPUS, SELECT_REASONS, SELECT_CAUSES, SELECT_VMS,
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
	char comm[COMM_BYTES];
	bool hidden;			/* by a filter; kept to know it when it is read again */
};

struct list {
	struct kept *k;
	size_t nr, capacity;
};

static struct {
	struct selection f;
	bool follow, details, plain_ns, by_latency;
	uint64_t newest;		/* show so many */
	struct list now, before;
} opt = { .newest = UINT64_MAX };

static void take(struct snapshot *s, const struct outlier *o)
{
	struct list *l = &opt.now;
	struct kept *k;

	if (l->nr == l->capacity) {
		l->capacity = l->capacity ? 2 * l->capacity : 256;
		l->k = xrealloc(l->k, l->capacity, sizeof(*l->k));
	}
	k = &l->k[l->nr++];
	k->o = *o;
	text_copy(k->comm, sizeof(k->comm), o->comm);
	k->hidden = !selects_cpu(&opt.f, o->cpu) || !selects_cause(&opt.f, o->cause) ||
		      !selects_reason(&opt.f, s, o->reason) ||
		      !selects_vcpu(&opt.f, &o->id, vm_name_of_vmm(o->id.vmm, s->live));
}

static void again(struct snapshot *s)
{
	(void)s;
	opt.now.nr = 0;
}

static int by_time(const void *a, const void *b)
{
	const struct outlier *x = &((const struct kept *)a)->o, *y = &((const struct kept *)b)->o;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x->id.tid < y->id.tid ? -1 : x->id.tid > y->id.tid;
}

static int by_latency(const void *a, const void *b)
{
	const struct outlier *x = &((const struct kept *)a)->o, *y = &((const struct kept *)b)->o;

	return x->latency_ns > y->latency_ns ? -1 :
	       x->latency_ns < y->latency_ns ? 1 :
					       by_time(a, b);
}

enum { TIME, LATENCY, CAUSE, RUNQ, OFFCPU, VM, VCPU, TID, EXIT_CPU, CPU, REASON, RIP, NR_COLUMNS };
static struct column columns[NR_COLUMNS] = {
	[TIME] = { "TIME OF THE ENTRY", -26, 0, 0, false },
	[LATENCY] = { "LATENCY", 9, 0, 0, false },
	[CAUSE] = { "CAUSE", -9, 0, 70, false },
	[RUNQ] = { "RUNQ", 9, 0, 30, false },
	[OFFCPU] = { "OFFCPU", 9, 0, 20, false },
	[VM] = { "VM", -20, 0, 60, false },
	[VCPU] = { "vCPU", 4, 0, 50, false },
	[TID] = { "TID", 8, 0, 35, false },
	[EXIT_CPU] = { "EXIT", 4, 0, 25, false },
	[CPU] = { "CPU", 4, 0, 40, false },
	[REASON] = { "VM-EXIT", 0, 18, 0, false },
	[RIP] = { NULL, 0, 22, 10, false },
};

/*
 * The date goes first on a narrow terminal; with -l all that is known is wanted, whatever the
 * width.
 */
static void fit(int width)
{
	if (opt.details || width == INT_MAX)
		return;
	columns[TIME].width = width >= 100 ? -26 : width >= 60 ? -15 : -8;
	columns[TIME].head = width >= 100 ? columns[TIME].head : "TIME";
	columns[VM].width = width >= 100 ? -20 : -12;
	if (opt.plain_ns) {
		columns[LATENCY].width = 13;
		columns[RUNQ].width = 13;
		columns[OFFCPU].width = 13;
	}
	columns_fit(columns, NR_COLUMNS, width);
}

static const char *hex(char buffer[FORMAT_BYTES], const char *name, uint64_t value)
{
	if (value == UNKNOWN)
		snprintf(buffer, FORMAT_BYTES, "%s -", name);
	else
		snprintf(buffer, FORMAT_BYTES, "%s 0x%" PRIx64, name, value);
	return buffer;
}

static void put_number(int column, uint64_t n)
{
	char buffer[FORMAT_BYTES];

	columns_put(&columns[column], format_ns(buffer, n, true));
}

static void put_ns(int column, uint64_t ns)
{
	char buffer[FORMAT_BYTES];

	columns_put(&columns[column], format_ns(buffer, ns, opt.plain_ns));
}

static void put_time(uint64_t real_ns)
{
	time_t seconds = real_ns / 1000000000;
	char when[32], text[48];
	struct tm tm;

	strftime(when, sizeof(when), columns[TIME].width == -26 ? "%F %T" : "%T",
		 localtime_r(&seconds, &tm) ? &tm : memset(&tm, 0, sizeof(tm)));
	snprintf(text, sizeof(text), "%s.%06" PRIu64, when, real_ns % 1000000000 / 1000);
	columns_put(&columns[TIME], columns[TIME].width == -8 ? when : text);
}

static void print_outlier(const struct snapshot *s, const struct kept *k)
{
	const struct outlier *o = &k->o;
	char buffer[FORMAT_BYTES];

	put_time(o->real_ns);
	put_ns(LATENCY, o->latency_ns);
	columns_put(&columns[CAUSE], cause_names[o->cause]);
	put_ns(RUNQ, o->runq_ns);
	put_ns(OFFCPU, o->offcpu_ns);
	columns_put(&columns[VM], vm_name_of_vmm(o->id.vmm, s->live).text);
	put_number(VCPU, o->id.vcpu);
	put_number(TID, o->id.tid);
	put_number(EXIT_CPU, o->exit_cpu);
	put_number(CPU, o->cpu);
	columns_put(&columns[REASON], snapshot_reason_name(s, o->reason));
	columns_put(&columns[RIP], hex(buffer, "rip", o->rip));
	if (opt.details) {
		printf(" %s", hex(buffer, "info1", o->info1));
		printf(" %s", hex(buffer, "info2", o->info2));
		printf(" %s", hex(buffer, "intr_info", o->intr_info));
		printf(" %s", hex(buffer, "error_code", o->error_code));
		printf(" time_ns %" PRIu64 " comm %s", o->time_ns, k->comm);
	}
	columns_end();
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
			now->k[n].hidden = true;
		else
			fresh++;
		wanted += !now->k[n].hidden;
	}
	if (opt.by_latency && now->nr)
		qsort(now->k, now->nr, sizeof(*now->k), by_latency);
	for (n = 0; n < now->nr; n++) {
		if (now->k[n].hidden)
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
 * How many were gone before the first read. The module takes the time, then the count, then the
 * ring: records younger than the time are taken as not counted, since those that are would be
 * missed later though they were shown. At later reads such records only make @counted greater than
 * the count, until the next one.
 */
static uint64_t gone_before(const struct snapshot *s, uint64_t total)
{
	uint64_t time_ns = snapshot_number(s, KVMLAT_INFO_TIME, UNKNOWN);
	size_t n;

	for (n = 0; n < opt.now.nr; n++)
		total += opt.now.k[n].o.time_ns > time_ns;
	return total > opt.now.nr ? total - opt.now.nr : 0;
}

/* Of settings that decide which outliers there are. */
static void tell_changes(const struct snapshot *s)
{
	static struct settings before;
	struct settings now = { 0 };
	char *changed;

	settings_keep(&now, s);
	changed = settings_changed(&before, &now, OF_OUTLIERS);
	if (changed)
		warn("settings changed: %s", changed);
	free(changed);
	settings_free(&before);
	before = now;
}

/* Print, wait, read again. Records that came and went in between are counted, never passed over. */
static void __attribute__((noreturn)) follow(const struct cli *c, const char *path, double interval)
{
	struct snapshot s = { .visit = { .outlier = take, .again = again } };
	uint64_t total, base = 0, counted = 0, missed = 0;
	char generation[17] = "";
	double next = now_s();
	bool gone = false;

	check_begin(&opt.f, &s);
	for (;; pause_until(&next, interval)) {
		struct list old;

		opt.now.nr = 0;
		if (*generation && !snapshot_load_if_there(&s, path)) {
			if (!gone)
				warn("the module is gone: waiting for the next one");
			gone = true;
			continue;
		}
		if (!*generation) {
			snapshot_load(&s, path);
			check_end(c, &opt.f, &s, true);
			settings_print(stdout, &s);
			columns_head(columns, NR_COLUMNS);
		}
		tell_changes(&s);
		gone = false;
		total = snapshot_count(&s, COUNT_OUTLIERS);
		if (strcmp(generation, s.generation)) {
			if (*generation)
				warn("the module was loaded or reset anew");
			strcpy(generation, s.generation);
			opt.before.nr = 0;
			counted = 0;
			missed = 0;
			base = gone_before(&s, total);
		}
		counted += print_new(&s);
		if (total - base > counted + missed && total > base) {
			warn("%" PRIu64
			     " outliers were overwritten or dropped before they could be read",
			     total - base - counted - missed);
			missed = total - base - counted;
		}
		snapshot_free(&s);
		opt.newest = UINT64_MAX;
		old = opt.before;
		opt.before = opt.now;
		opt.now = old;
	}
}

/* Nothing is behind what was read of it but more of the same. */
static bool is_stream(const char *path)
{
	struct stat st;

	return !stat(path, &st) &&
	       (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode) || S_ISSOCK(st.st_mode));
}

static int run(struct cli *c)
{
	struct snapshot s = { .visit = { .outlier = take, .again = again } };
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
			select_option(c, &opt.f, letter);
	}
	path = cli_file(c);
	if (opt.follow && path && (!strcmp(path, "-") || is_stream(path)))
		die(EXIT_DATA,
		    "outliers: -f: %s: wants what can be read again, the module or a file",
		    strcmp(path, "-") ? path : "standard input");
	if (opt.follow && opt.by_latency)
		die(EXIT_DATA, "outliers: -f shows them as they come, not by latency");
	if (!opt.follow) {
		check_begin(&opt.f, &s);
		snapshot_load(&s, path);
		check_end(c, &opt.f, &s, false);
	}
	fit(terminal_width());
	if (opt.follow)
		follow(c, path, interval);
	settings_print(stdout, &s);
	columns_head(columns, NR_COLUMNS);
	print_new(&s);
	free(opt.now.k);
	snapshot_free(&s);
	return 0;
}

static const char usage[] =
	"outliers [-f [-i SEC]] [-n N] [-l] [--sort time|latency] [--ns] [FILTERS] [FILE]";
VIEW(outliers, "outliers", usage, "single long pairs, with their context", options, run);
