// SPDX-License-Identifier: GPL-2.0
/*
 * What a VM is called depends on whether any of its vCPUs lives, and those that are gone may stand
 * first: so vCPUs are looked at before all is read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/error.h"
#include "base/stream.h"
#include "input/live-copy.h"
#include "input/parse-line.h"

#define BEFORE_VCPU KVMLAT_LINE_VCPU " "

static void note(const struct reader *r, void (*lives)(const struct identity *id))
{
	struct vcpu vcpu = { .comm = "" };
	char *text = r->text + strlen(BEFORE_VCPU), *which = take_field(r, &text);

	if (!strcmp(which, KVMLAT_WORD_OTHER) || !strcmp(which, KVMLAT_WORD_DEPARTED))
		return;
	parse_vcpu(r, text, &vcpu);
	if (vcpu.live)
		lives(&vcpu.id);
}

void live_copy(struct reader *r, void (*lives)(const struct identity *id))
{
	int fd = memfd_create("kvmlat", MFD_CLOEXEC);
	FILE *copy = fd < 0 ? NULL : fdopen(fd, "w"), *tee = r->tee;

	if (!copy)
		die(EXIT_SOURCE, "a file in memory: %s", strerror(errno));
	r->tee = NULL;
	while (reader_line(r)) {
		fprintf(copy, "%s\n", r->text);
		if (!strncmp(r->text, BEFORE_VCPU, strlen(BEFORE_VCPU)))
			note(r, lives);
	}
	flush_out(copy, "a file in memory");
	if (dup3(fd, r->fd, O_CLOEXEC) < 0)
		die(EXIT_SOURCE, "a file in memory: %s", strerror(errno));
	fclose(copy);
	reader_jump(r, 0);
	r->jumped = false;
	r->line = 0;
	r->tee = tee;
}
