// SPDX-License-Identifier: GPL-2.0
/*
 * Small things: files, clocks, threads, figures, verdicts.
 */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "monitor.h"

/* Another writer of the built-in monitor's files makes it refuse for a moment. */
#define BUSY_LIMIT_NS	(10ULL * 1000000000)

static int failed;

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

void sleep_us(uint64_t us)
{
	struct timespec ts = {
		.tv_sec = (time_t)(us / 1000000),
		.tv_nsec = (long)(us % 1000000) * 1000,
	};

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

bool have_file(const char *path)
{
	return !access(path, F_OK);
}

/* Returns the length, without the newline at the end. */
size_t read_file(const char *path, char *buf, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		err(1, "cannot open %s", path);
	while (len < room - 1 && (n = read(fd, buf + len, room - 1 - len)) != 0) {
		if (n < 0)
			err(1, "cannot read %s", path);
		len += (size_t)n;
	}
	close(fd);
	if (len && buf[len - 1] == '\n')
		len--;
	buf[len] = 0;
	return len;
}

uint64_t read_number(const char *path)
{
	char buf[64], *end;
	uint64_t value;

	read_file(path, buf, sizeof(buf));
	value = strtoull(buf, &end, 10);
	if (end == buf)
		errx(1, "%s: '%s' is no number", path, buf);
	return value;
}

void write_file(const char *path, const char *text)
{
	uint64_t until = now_ns() + BUSY_LIMIT_NS;
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		err(1, "cannot open %s", path);
	while (write(fd, text, strlen(text)) < 0) {
		if (errno != EBUSY || now_ns() > until)
			err(1, "cannot write '%s' to %s", text, path);
		sleep_us(1000);
	}
	close(fd);
}

void write_number(const char *path, uint64_t value)
{
	char buf[32];

	snprintf(buf, sizeof(buf), "%" PRIu64, value);
	write_file(path, buf);
}

/* The time that a thread had a CPU for, interrupts included. */
uint64_t cpu_ns_of(pid_t tid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/schedstat", tid);
	return read_number(path);
}

size_t find_threads(const char *prefix, pid_t *tids, size_t room)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	size_t nr = 0;

	if (!dir)
		err(1, "cannot list /proc");
	while ((entry = readdir(dir)) && nr < room) {
		int tid = atoi(entry->d_name);
		char path[64], comm[64] = "";
		FILE *file;

		if (tid <= 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/comm", tid);
		file = fopen(path, "re");
		if (!file)
			continue;	/* it has just ended */
		if (fgets(comm, sizeof(comm), file) && !strncmp(comm, prefix, strlen(prefix)))
			tids[nr++] = tid;
		fclose(file);
	}
	closedir(dir);
	return nr;
}

/* A line of explanation, in a form that is no verdict. */
void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printf("# ");
	vprintf(fmt, args);
	printf("\n");
	va_end(args);
	fflush(stdout);
}

/* Prints "ok ..." or "not ok ...". */
bool verdict(bool ok, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printf(ok ? "ok " : "not ok ");
	vprintf(fmt, args);
	printf("\n");
	va_end(args);
	fflush(stdout);
	failed += !ok;
	return ok;
}

int nr_failed(void)
{
	return failed;
}

int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts @values. */
double median(double *values, size_t nr)
{
	qsort(values, nr, sizeof(*values), compare_doubles);
	return nr % 2 ? values[nr / 2] : (values[nr / 2 - 1] + values[nr / 2]) / 2;
}
