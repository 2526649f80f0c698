// SPDX-License-Identifier: GPL-2.0
/* Where the data comes from, and what is wrong when it does not. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "snapshot.h"

#define DEBUGFS "/sys/kernel/debug"

static FILE *source_open(const char *path, const char **name)
{
	static const char *const live[] = { DEBUGFS "/kvmlat/data", "/proc/kvmlat" };
	struct stat st;
	FILE *f;
	int n;

	if (path) {
		*name = path;
		f = fopen(path, "r");
		if (!f)
			die(EXIT_SOURCE, "%s: %s", path, strerror(errno));
		if (!fstat(fileno(f), &st) && S_ISDIR(st.st_mode))
			die(EXIT_SOURCE, "%s: is a directory", path);
		return f;
	}
	for (n = 0; n < 2; n++) {
		*name = live[n];
		f = fopen(live[n], "r");
		if (f)
			return f;
		if (errno != ENOENT && errno != EACCES && errno != EPERM)
			die(EXIT_SOURCE, "%s: %s", live[n], strerror(errno));
	}
	if (access("/sys/module/kvmlat", F_OK))
		die(EXIT_SOURCE, "the module is not loaded: try 'modprobe kvmlat' or 'insmod kvmlat.ko'");
	if (geteuid())
		die(EXIT_SOURCE, "%s: only root may read it: try 'sudo kvmlat'", live[1]);
	if (access(DEBUGFS "/kvmlat", F_OK))
		die(EXIT_SOURCE, "%s: no such file, and %s is not mounted", live[1], DEBUGFS);
	die(EXIT_SOURCE, "%s: %s", live[1], strerror(errno));
}

void snapshot_load(struct snapshot *s, const char *path)
{
	const char *name;
	FILE *f = source_open(path, &name);

	snapshot_read(s, f, name);
	fclose(f);
}
