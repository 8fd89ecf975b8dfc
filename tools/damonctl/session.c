// SPDX-License-Identifier: GPL-2.0
/* A monitoring session of /dev/damon with one process as its target. */
#include "session.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "diagnose.h"
#include "util.h"

#define MSG_BYTES	512
#define TEXT_BYTES	8192
#define FIRST_ROOM	256
#define START_TRIES	100
#define START_PAUSE_MS	10

#define GIVEN(conf, option)	((conf)->given & (1U << ((option) - OPT_SAMPLE)))

/*
 * All structures begin with size, flags, msg and msg_len.  The kernel's own
 * words are passed on as they are.
 */
#define SETUP(request, text)						\
	do {								\
		(request)->size = sizeof(*(request));			\
		(request)->msg = (uintptr_t)(text);			\
		(request)->msg_len = sizeof(text);			\
	} while (0)

static int call(int fd, unsigned long command, void *request)
{
	int ret;

	do {
		ret = ioctl(fd, command, request);
	} while (ret < 0 && errno == EINTR);
	return ret;
}

static void complain(const char *what, const char *msg, int error)
{
	warnx("%s: %s", what, *msg ? msg : strerror(error));
}

int device_query(struct damon_query *query, char **missing)
{
	char diagnosis[DIAGNOSIS_TEXT];
	char msg[MSG_BYTES] = "";
	char *text;
	int fd;

	fd = open(DAMON_DEVICE_PATH, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		warnx("%s", diagnose_missing("", errno, diagnosis));
		return -1;
	}
	text = xcalloc(TEXT_BYTES, 1);
	memset(query, 0, sizeof(*query));
	SETUP(query, msg);
	query->text = (uintptr_t)text;
	query->text_len = TEXT_BYTES;
	if (call(fd, DAMON_IOC_QUERY, query)) {
		complain("cannot ask the damon module what it can do", msg, errno);
		free(text);
		close(fd);
		return -1;
	}
	if (missing && *text)
		*missing = text;
	else
		free(text);
	return fd;
}

/* What the user did not ask for must not make it fail. */
static void fit_defaults(struct monitor_conf *conf, const struct damon_query *query)
{
	if (!GIVEN(conf, OPT_SAMPLE) && conf->sample_us < query->min_sample_us) {
		conf->sample_us = query->min_sample_us;
		if (!GIVEN(conf, OPT_AGGR))
			conf->aggr_us = conf->sample_us *
					(DAMON_DEFAULT_AGGR_US / DAMON_DEFAULT_SAMPLE_US);
	}
	if (!GIVEN(conf, OPT_MAX_REGIONS) && conf->max_nr_regions > query->max_nr_regions)
		conf->max_nr_regions = query->max_nr_regions;
	if (!GIVEN(conf, OPT_RING) && conf->ring_bytes > query->max_ring_bytes)
		conf->ring_bytes = query->max_ring_bytes;
}

bool session_create(struct session *session, const struct monitor_conf *conf, bool want_records)
{
	char msg[MSG_BYTES] = "";
	struct damon_create create = { 0 };

	*session = (struct session){ .device = -1, .fd = -1, .pidfd = -1, .conf = *conf };
	session->device = device_query(&session->query, NULL);
	if (session->device < 0)
		return false;
	fit_defaults(&session->conf, &session->query);

	SETUP(&create, msg);
	create.ring_bytes = want_records ? session->conf.ring_bytes : 0;
	session->fd = call(session->device, DAMON_IOC_CREATE, &create);
	if (session->fd < 0) {
		complain("cannot create a monitoring session", msg, errno);
		session_close(session);
		return false;
	}
	return true;
}

bool session_attach(struct session *session, pid_t pid)
{
	session->pid = pid;
	session->pidfd = pidfd_open(pid, 0);
	if (session->pidfd < 0) {
		if (errno == ESRCH)
			warnx("there is no process %d", (int)pid);
		else if (errno == EINVAL)
			warnx("%d is a thread, not a process", (int)pid);
		else
			warn("cannot look at process %d", (int)pid);
		return false;
	}
	return true;
}

static struct damon_range_conf *kernel_ranges(const struct monitor_conf *conf)
{
	struct damon_range_conf *ranges = xcalloc(conf->nr_ranges, sizeof(*ranges));
	size_t i;

	for (i = 0; i < conf->nr_ranges; i++) {
		ranges[i].start = conf->ranges[i].start;
		ranges[i].end = conf->ranges[i].end;
	}
	return ranges;
}

static void complain_commit(const struct session *session, const char *msg, int error)
{
	if (error == EPERM || error == EACCES)
		warnx("permission denied: cannot watch process %d: %s\n"
		      "  one's own processes can be watched, except setuid programs; root can "
		      "watch all", (int)session->pid,
		      *msg ? msg : "it needs CAP_PERFMON or ptrace permission");
	else
		warnx("cannot watch process %d: %s", (int)session->pid,
		      *msg ? msg : strerror(error));
}

static bool commit(struct session *session)
{
	const struct monitor_conf *conf = &session->conf;
	struct damon_range_conf *ranges = kernel_ranges(conf);
	char msg[MSG_BYTES] = "";
	struct damon_target_conf target = { 0 };
	struct damon_commit request = { 0 };
	int ret, error;

	/* A pidfd cannot come to mean another process meanwhile. */
	if (session->query.features & DAMON_FEATURE_PIDFD) {
		target.pid = session->pidfd;
		target.flags = DAMON_TARGET_PIDFD;
	} else {
		target.pid = session->pid;
	}
	target.nr_ranges = (uint32_t)conf->nr_ranges;

	SETUP(&request, msg);
	request.ops = DAMON_OPS_VADDR;
	request.sample_us = conf->sample_us;
	request.aggr_us = conf->aggr_us;
	request.update_us = conf->update_us;
	request.min_nr_regions = conf->min_nr_regions;
	request.max_nr_regions = conf->max_nr_regions;
	request.targets = (uintptr_t)&target;
	request.nr_targets = 1;
	request.target_size = sizeof(target);
	request.ranges = conf->nr_ranges ? (uintptr_t)ranges : 0;
	request.nr_ranges = (uint32_t)conf->nr_ranges;
	request.range_size = sizeof(*ranges);

	ret = call(session->fd, DAMON_IOC_COMMIT, &request);
	error = errno;
	if (ret && error != ESRCH)
		complain_commit(session, msg, error);
	free(ranges);
	errno = error;
	return !ret;
}

static int control(struct session *session, unsigned long command, char *msg, size_t msg_len)
{
	struct damon_control request = {
		.size = sizeof(request),
		.msg = (uintptr_t)msg,
		.msg_len = (uint32_t)msg_len,
	};

	return call(session->fd, command, &request);
}

/* Commits and starts once.  Says nothing when the target is gone: ESRCH. */
static int start_once(struct session *session)
{
	char msg[MSG_BYTES] = "";
	int error;

	if (!commit(session))
		return -errno;
	if (!control(session, DAMON_IOC_START, msg, sizeof(msg)) || errno == EALREADY)
		return 0;
	error = errno;
	if (error != ESRCH)
		complain("cannot start monitoring", msg, error);
	return -error;
}

enum started session_start(struct session *session)
{
	struct pollfd fd = { .fd = session->pidfd, .events = POLLIN };
	unsigned int tries;
	int ret;

	/*
	 * A process that is just executing a program loses the address space
	 * that was committed.  Only if it still runs after that is it another
	 * program now.
	 */
	for (tries = 0; tries < START_TRIES; tries++) {
		ret = start_once(session);
		if (!ret)
			return START_OK;
		if (ret != -ESRCH)
			return START_FAILED;
		if (poll(&fd, 1, START_PAUSE_MS) > 0)
			return START_GONE;
	}
	return START_GONE;
}

void session_stop(struct session *session)
{
	char msg[MSG_BYTES] = "";

	if (control(session, DAMON_IOC_STOP, msg, sizeof(msg)))
		complain("cannot stop monitoring", msg, errno);
}

bool session_alive(const struct session *session)
{
	struct pollfd fd = { .fd = session->pidfd, .events = POLLIN };

	return poll(&fd, 1, 0) == 0;
}

void session_close(struct session *session)
{
	if (session->pidfd >= 0)
		close(session->pidfd);
	if (session->fd >= 0)
		close(session->fd);
	if (session->device >= 0)
		close(session->device);
	session->pidfd = session->fd = session->device = -1;
}

static void live_room(struct live *live, uint32_t nr)
{
	live->room = nr;
	live->raw = xreallocarray(live->raw, nr, sizeof(*live->raw));
	live->window.regions = xreallocarray(live->window.regions, nr,
					     sizeof(*live->window.regions));
}

static void live_take(struct live *live)
{
	const struct damon_snapshot *info = &live->info;
	struct window *window = &live->window;
	uint32_t i;

	live->seq = info->seq;
	window->start_ns = info->start_ns;
	window->end_ns = info->end_ns;
	window->sample_us = info->sample_us;
	window->aggr_us = info->aggr_us;
	window->max_nr_accesses = info->max_nr_accesses;
	window->nr_regions = info->nr_regions;
	for (i = 0; i < info->nr_regions; i++) {
		window->regions[i].start = live->raw[i].start;
		window->regions[i].end = live->raw[i].end;
		window->regions[i].nr_accesses = live->raw[i].nr_accesses;
		window->regions[i].age = live->raw[i].age;
	}
}

bool session_snapshot(struct session *session, struct live *live)
{
	char msg[MSG_BYTES] = "";
	struct damon_snapshot *info = &live->info;

	if (!live->room)
		live_room(live, FIRST_ROOM);
	/* The next snapshot may be a little larger than the one just sized. */
	for (;;) {
		memset(info, 0, sizeof(*info));
		SETUP(info, msg);
		info->regions = (uintptr_t)live->raw;
		info->nr_regions = live->room;
		info->region_size = sizeof(*live->raw);
		if (call(session->fd, DAMON_IOC_SNAPSHOT, info)) {
			if (errno == ENODATA)
				return true;
			complain("cannot get a snapshot", msg, errno);
			return false;
		}
		if (info->nr_regions >= info->total)
			break;
		live_room(live, info->total + info->total / 4);
	}
	live_take(live);
	return true;
}

void live_free(struct live *live)
{
	free(live->raw);
	free(live->window.regions);
}

char *process_command(pid_t pid)
{
	char *path = xasprintf("/proc/%d/cmdline", (int)pid);
	char text[1024];
	FILE *file;
	size_t len = 0;
	size_t i;

	file = fopen(path, "re");
	free(path);
	if (file) {
		len = fread(text, 1, sizeof(text) - 1, file);
		fclose(file);
	}
	while (len && !text[len - 1])
		len--;
	if (!len)
		return xasprintf("?");
	for (i = 0; i < len; i++) {
		/* Words end with NUL; control characters would reach the terminal. */
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = ' ';
	}
	text[len] = '\0';
	return xasprintf("%s", text);
}
