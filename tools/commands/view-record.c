// SPDX-License-Identifier: GPL-2.0
/*
 * kvmlat record: append snapshots to a file, each whole or not at all. A snapshot is read and
 * checked in memory before any of it is written.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/error.h"
#include "base/stream.h"
#include "commands/command-line.h"
#include "commands/wait.h"
#include "input/recording.h"
#include "input/source.h"
#include "input/vm-names.h"
#include "model/recorded-settings.h"

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "interval", required_argument, NULL, 'i' },
	{ "count", required_argument, NULL, 'c' },
	{ NULL, 0, NULL, 0 }
};

static struct {
	struct recording file;
	FILE *copy;		/* the snapshot being read */
	uint64_t named;		/* the VMM whose name was written last */
} opt;

/* Before the vcpu line goes into the copy: who it is. vCPUs of a VMM stand together mostly. */
static void name_vm(struct snapshot *s, const struct vcpu *v)
{
	struct vm_name name;

	if (!s->live || v->kind != VCPU_ONE || v->id.vmm == opt.named)
		return;		/* a copy of a recorded one has its names already */
	name = vm_name_of(s, &v->id);
	if (name.is_pid)
		return;
	fprintf(opt.copy, KVMLAT_LINE_VMNAME " %" PRIu64 " %s\n", v->id.vmm, name.text);
	opt.named = v->id.vmm;
}

/*
 * Snapshots of unlike settings stand in one file: whoever compares them is told by then, the
 * operator now.
 */
static void tell_changes(const struct snapshot *s)
{
	static struct settings before;
	struct settings now = { 0 };
	char *changed;

	settings_keep(&now, s);
	changed = settings_changed(&before, &now, OF_ALL);
	if (changed)
		warn("record: settings changed since the snapshot before: %s", changed);
	free(changed);
	settings_free(&before);
	before = now;
}

/* false: once more, into a fresh copy */
static bool read_snapshot(const char *path, bool *again)
{
	struct snapshot s = { .visit = { .vcpu = name_vm } };
	struct source src;
	struct timespec t;

	opt.named = UNKNOWN;
	source_open(&src, path);
	if (src.last)
		reader_jump(src.reader, src.last);
	src.reader->first = src.last;
	src.reader->tee = opt.copy;
	clock_gettime(CLOCK_REALTIME, &t);
	if (!source_read(&src, &s, -1)) {
		snapshot_free(&s);
		return !source_stopped(&src, again, false);
	}
	tell_changes(&s);
	if (s.real_ns == UNKNOWN)	/* a copy of a recorded one keeps its time */
		fprintf(opt.copy, KVMLAT_LINE_RECORDED " %" PRIu64 "\n",
			(uint64_t)t.tv_sec * 1000000000 + t.tv_nsec);
	reader_tee(src.reader);
	source_close(&src);
	snapshot_free(&s);
	return true;
}

static void take(const char *path)
{
	bool again = false, done = false;
	char *text = NULL;
	size_t length = 0;

	while (!done) {
		free(text);
		opt.copy = buffer_open(&text, &length);
		done = read_snapshot(path, &again);
		if (fclose(opt.copy))
			die(EXIT_SOURCE, "out of memory");
	}
	recording_append(&opt.file, text, length);
	free(text);
}

static int run(struct cli *c)
{
	uint64_t count = 0;
	double interval = 0, next;
	const char *path, *output = NULL;
	int letter;

	while ((letter = cli_next(c)) != -1) {
		if (letter == 'o')
			output = optarg;
		else if (letter == 'i')
			interval = cli_seconds(c, optarg);
		else if (letter == 'c')
			count = cli_number(c, "-c", optarg, 1, UINT32_MAX);
	}
	path = cli_file(c);
	if (!output)
		die(EXIT_DATA, "record: -o FILE: where to?");
	if (!strcmp(output, "-"))
		die(EXIT_DATA,
		    "record: -o -: only to a file: it is appended to, whole or not at all");
	if (!count)
		count = interval ? UINT64_MAX : 1;
	recording_begin(&opt.file, output);
	catch_signals();
	next = now_s();
	while (!interrupted) {
		take(path);
		if (opt.file.written == count)
			break;
		pause_until(&next, interval ? interval : 1);
	}
	recording_end(&opt.file);
	return 0;
}

static const char usage[] = "record -o FILE [-i SEC] [-c N] [FILE]";
static const char help[] = "append snapshots to a file, every SEC seconds; one without -i";
VIEW(record, "record", usage, help, options, run);
