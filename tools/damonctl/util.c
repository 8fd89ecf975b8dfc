// SPDX-License-Identifier: GPL-2.0
/* Small things that every subcommand needs. */
#include "util.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "units.h"

void *xcalloc(size_t nr, size_t size)
{
	void *mem = calloc(nr ? nr : 1, size);

	if (!mem)
		errx(EXIT_FAILED, "out of memory");
	return mem;
}

void *xreallocarray(void *old, size_t nr, size_t size)
{
	void *mem = reallocarray(old, nr ? nr : 1, size);

	if (!mem)
		errx(EXIT_FAILED, "out of memory");
	return mem;
}

char *xasprintf(const char *format, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0)
		errx(EXIT_FAILED, "out of memory");
	return text;
}

bool read_small_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return false;
	do {
		len = read(fd, buf, size - 1);
	} while (len < 0 && errno == EINTR);
	close(fd);
	if (len < 0)
		return false;
	while (len && (buf[len - 1] == '\n' || buf[len - 1] == '\0'))
		len--;
	buf[len] = '\0';
	return true;
}

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

bool terminal_size(unsigned int *cols, unsigned int *rows)
{
	struct winsize ws;

	*cols = 80;
	*rows = 24;
	if (!isatty(STDOUT_FILENO))
		return false;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) && ws.ws_col && ws.ws_row) {
		*cols = ws.ws_col;
		*rows = ws.ws_row;
	}
	return true;
}

int usage_error(const char *command, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vwarnx(format, args);
	va_end(args);
	fprintf(stderr, "Try 'damonctl %s%s--help'.\n", command ? command : "",
		command ? " " : "");
	return EXIT_USAGE;
}

int process_option(const char *command, const char *value, int64_t *pid)
{
	uint64_t number;

	if (!parse_count(value, 1, INT32_MAX, &number))
		return usage_error(command, "--process wants a process id, not '%s'", value);
	*pid = (int64_t)number;
	return EXIT_OK;
}
