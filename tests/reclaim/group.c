// SPDX-License-Identifier: GPL-2.0
/*
 * The memory cgroup.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reclaim.h"

#define GROUP	"/sys/fs/cgroup/reclaim-test"

void group_create(void)
{
	if (mkdir(GROUP, 0755))
		err(1, "cannot create " GROUP);
}

void group_add(pid_t pid)
{
	write_number(GROUP "/cgroup.procs", (uint64_t)pid);
}

/* The group is empty once the kernel has buried its processes. */
void group_remove(void)
{
	uint64_t until = now_ns() + 30ULL * 1000000000;

	while (rmdir(GROUP)) {
		if (errno != EBUSY || now_ns() > until)
			err(1, "cannot remove " GROUP);
		sleep_us(1000);
	}
}

/* Asks for so much; getting less is no error, what went is counted elsewhere. */
void group_reclaim(uint64_t bytes)
{
	int fd = open(GROUP "/memory.reclaim", O_WRONLY | O_CLOEXEC);
	char text[32];

	if (fd < 0)
		err(1, "memory.reclaim");
	snprintf(text, sizeof(text), "%" PRIu64, bytes);
	if (write(fd, text, strlen(text)) < 0 && errno != EAGAIN)
		err(1, "memory.reclaim");
	close(fd);
}

uint64_t group_current(void)
{
	return read_number(GROUP "/memory.current");
}

uint64_t group_stat(const char *name)
{
	static char text[16384];
	size_t len = strlen(name);
	char *line;

	read_file(GROUP "/memory.stat", text, sizeof(text));
	for (line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, name, len) && line[len] == ' ')
			return strtoull(line + len, NULL, 10);
	}
	errx(1, "memory.stat has no %s", name);
}
