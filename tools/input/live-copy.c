// SPDX-License-Identifier: GPL-2.0
/*
 * The live module's data with vCPUs is read into memory first, and looked at ahead: what a VM is
 * called depends on whether any of its vCPUs lives, and those that are gone may stand first. The
 * module is done with the reader all the sooner.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "input/parse-line.h"
#include "input/vm-names.h"

static void note(const struct reader *r)
{
	struct vcpu vcpu = { .comm = "" };
	char *text = r->text + strlen("vcpu "), *which = field(r, &text);

	if (!strcmp(which, "other") || !strcmp(which, "departed"))
		return;
	parse_vcpu(r, text, &vcpu);
	if (vcpu.live)
		vmname_lives(&vcpu.who);
}

void parse_ahead(struct reader *r)
{
	int fd = memfd_create("kvmlat", MFD_CLOEXEC);
	FILE *copy = fd < 0 ? NULL : fdopen(fd, "w"), *tee = r->tee;

	if (!copy)
		die(EXIT_SOURCE, "a file in memory: %s", strerror(errno));
	r->tee = NULL;
	vmname_forget_living();
	while (reader_line(r)) {
		fprintf(copy, "%s\n", r->text);
		if (!strncmp(r->text, "vcpu ", 5))
			note(r);
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
