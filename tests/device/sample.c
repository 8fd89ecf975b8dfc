// SPDX-License-Identifier: GPL-2.0
/*
 * The modules of tests/sample and their parameters: see sample.h.
 */
#include <fcntl.h>
#include <sys/syscall.h>

#include "sample.h"

bool sample_modules(void)
{
	if (getenv("DAMON_SAMPLE_DIR"))
		return true;
	skipped("no sample modules: DAMON_SAMPLE_DIR is not set");
	return false;
}

int sample_load(const char *name)
{
	const char *dir = getenv("DAMON_SAMPLE_DIR");
	char path[256];
	int fd, err = 0;

	snprintf(path, sizeof(path), "%s/%s.ko", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	if (syscall(SYS_finit_module, fd, "", 0))
		err = -errno;
	close(fd);
	return err;
}

int sample_unload(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

static const char *parameter(const char *module, const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "/sys/module/%s/parameters/%s", module, name);
	return path;
}

/* Returns what the module answers. */
int sample_write(const char *module, const char *name, const char *text)
{
	int fd = open(parameter(module, name), O_WRONLY | O_CLOEXEC), err = 0;

	ck_assert_msg(fd >= 0, "%s: %s: %s", module, name, strerror(errno));
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

int sample_write_number(const char *module, const char *name, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%lu", (unsigned long)value);
	return sample_write(module, name, text);
}

const char *sample_text(const char *module, const char *name)
{
	static char text[8192];

	read_text(parameter(module, name), text, sizeof(text));
	return text;
}

int sample_number(const char *module, const char *name)
{
	return atoi(sample_text(module, name));
}
