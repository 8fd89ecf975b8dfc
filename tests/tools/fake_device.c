// SPDX-License-Identifier: GPL-2.0
/*
 * Stands in for /dev/damon when it is preloaded, so that the command can be
 * tested where the module is not.  A session is a pipe of packets: whole
 * records, poll() and the end of file come by themselves.  FAKE_DAMON selects
 * what goes wrong:
 *
 *	end	the session ends by itself after its windows
 *	exec	so, but only the first time, as if the target executed a program
 *	eperm	COMMIT is refused
 *	lost	a record about 7 lost windows comes with them
 */
#include <damon/device.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NR_WINDOWS	10
#define HOT_START	0x10000000ULL
#define HOT_SIZE	0x100000ULL

static int device = -1;
static int session = -1;
static int writer = -1;
static unsigned int starts;
static struct damon_commit config;

static int mode_is(const char *name)
{
	const char *mode = getenv("FAKE_DAMON");

	return mode && !strcmp(mode, name);
}

int open(const char *path, int flags, ...)
{
	static int (*real)(const char *, int, ...);
	va_list args;
	int mode;

	if (!real)
		real = dlsym(RTLD_NEXT, "open");
	va_start(args, flags);
	mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(args, int) : 0;
	va_end(args);
	if (strcmp(path, DAMON_DEVICE_PATH))
		return real(path, flags, mode);
	device = real("/dev/null", flags, mode);
	return device;
}

static int fail(int error, uint64_t msg, uint32_t msg_len, const char *text)
{
	if (msg)
		snprintf((char *)(uintptr_t)msg, msg_len, "%s", text);
	errno = error;
	return -1;
}

static int query(struct damon_query *q)
{
	q->features = DAMON_FEATURE_PTRACE | DAMON_FEATURE_PIDFD;
	q->ops = 1 << DAMON_OPS_VADDR;
	q->min_sample_us = 1000;
	q->max_nr_targets = 1;
	q->max_nr_regions = 1000;
	q->max_ring_bytes = 1 << 20;
	q->max_sessions = 4;
	strcpy(q->version, "fake");
	if (q->text)
		snprintf((char *)(uintptr_t)q->text, q->text_len, "fake_function: nothing works\n");
	return 0;
}

static int new_pipe(void)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_DIRECT))
		return -1;
	if (writer >= 0)
		close(writer);
	writer = fds[1];
	return fds[0];
}

static int create(const struct damon_create *c)
{
	if (c->ring_bytes > 1 << 20)
		return fail(EINVAL, c->msg, c->msg_len, "ring_bytes: at most 1048576 for you");
	session = new_pipe();
	return session;
}

static int commit(const struct damon_commit *c)
{
	const struct damon_target_conf *target = (const void *)(uintptr_t)c->targets;

	if (mode_is("eperm"))
		return fail(EPERM, c->msg, c->msg_len, "targets[0]: the fake says no");
	/* What damonctl has to pass here is a pidfd, and it must be one. */
	if (c->nr_targets != 1 || target->flags != DAMON_TARGET_PIDFD ||
	    fcntl(target->pid, F_GETFD) < 0)
		return fail(EINVAL, c->msg, c->msg_len, "targets[0]: no pidfd");
	config = *c;
	return 0;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void write_record(const void *record, size_t size)
{
	if (write(writer, record, size) != (ssize_t)size)
		abort();
}

static void write_windows(void)
{
	struct {
		struct damon_record_window window;
		struct damon_region_info regions[1];
	} record = { 0 };
	uint64_t start = now_ns();
	unsigned int i;

	for (i = 0; i < NR_WINDOWS; i++) {
		record.window.head.type = DAMON_RECORD_WINDOW;
		record.window.head.size = sizeof(record);
		record.window.start_ns = start + i * config.aggr_us * 1000;
		record.window.head.time_ns = record.window.start_ns + config.aggr_us * 1000;
		record.window.sample_us = config.sample_us;
		record.window.aggr_us = config.aggr_us;
		record.window.max_nr_accesses = 20;
		record.window.nr_regions = 1;
		record.window.regions[0].start = HOT_START;
		record.window.regions[0].end = HOT_START + HOT_SIZE;
		record.window.regions[0].nr_accesses = 15;
		write_record(&record, sizeof(record));
	}
}

static int start(void)
{
	const struct damon_record_lost lost = {
		.head = { .type = DAMON_RECORD_LOST, .size = sizeof(lost) },
		.nr = 7,
	};

	if (starts++) {
		int fd = new_pipe();

		if (fd < 0 || dup3(fd, session, O_CLOEXEC) < 0 ||
		    fcntl(session, F_SETFL, O_NONBLOCK))
			return -1;
		close(fd);
	}
	if (mode_is("lost"))
		write_record(&lost, sizeof(lost));
	write_windows();
	if (mode_is("end") || (mode_is("exec") && starts == 1)) {
		close(writer);
		writer = -1;
	}
	return 0;
}

static int snapshot(struct damon_snapshot *s)
{
	struct damon_region_info *regions = (void *)(uintptr_t)s->regions;

	s->seq = NR_WINDOWS * 2;
	s->total = 1;
	s->state = DAMON_STATE_RUNNING;
	s->start_ns = 1000000;
	s->end_ns = s->start_ns + config.aggr_us * 1000;
	s->sample_us = config.sample_us;
	s->aggr_us = config.aggr_us;
	s->max_nr_accesses = 20;
	s->nr_ticks = 400;
	s->nr_checks = 800;
	s->nr_missed = 2;
	if (s->nr_regions) {
		s->nr_regions = 1;
		regions[0] = (struct damon_region_info){
			.start = HOT_START,
			.end = HOT_START + HOT_SIZE,
			.nr_accesses = 15,
			.age = 50,
		};
	}
	return 0;
}

int ioctl(int fd, unsigned long command, ...)
{
	static int (*real)(int, unsigned long, ...);
	va_list args;
	void *arg;

	if (!real)
		real = dlsym(RTLD_NEXT, "ioctl");
	va_start(args, command);
	arg = va_arg(args, void *);
	va_end(args);
	if (fd < 0 || (fd != device && fd != session))
		return real(fd, command, arg);
	switch (command) {
	case DAMON_IOC_QUERY:
		return query(arg);
	case DAMON_IOC_CREATE:
		return create(arg);
	case DAMON_IOC_COMMIT:
		return commit(arg);
	case DAMON_IOC_START:
		return start();
	case DAMON_IOC_SNAPSHOT:
		return snapshot(arg);
	case DAMON_IOC_STOP:
		if (writer >= 0)
			close(writer);
		writer = -1;
		return 0;
	}
	errno = ENOTTY;
	return -1;
}
