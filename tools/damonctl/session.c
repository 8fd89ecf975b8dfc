// SPDX-License-Identifier: GPL-2.0
/* A monitoring session of /dev/damon with one process, or memory, as its target. */
#include "session.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "commit.h"

#define START_TRIES	100
#define START_PAUSE_MS	10

/* What the user did not ask for must not make it fail. */
static void fit_defaults(struct monitor_conf *conf, const struct damon_query *query)
{
	if (!MONITOR_GIVEN(conf, OPT_SAMPLE) && conf->sample_us < query->min_sample_us) {
		conf->sample_us = query->min_sample_us;
		if (!MONITOR_GIVEN(conf, OPT_AGGR))
			conf->aggr_us = conf->sample_us *
					(DAMON_DEFAULT_AGGR_US / DAMON_DEFAULT_SAMPLE_US);
	}
	if (!MONITOR_GIVEN(conf, OPT_MAX_REGIONS) && conf->max_nr_regions > query->max_nr_regions)
		conf->max_nr_regions = query->max_nr_regions;
	if (!MONITOR_GIVEN(conf, OPT_RING) && conf->ring_bytes > query->max_ring_bytes)
		conf->ring_bytes = query->max_ring_bytes;
}

bool session_create(struct session *session, const struct monitor_conf *conf, bool want_records)
{
	char msg[DEVICE_MSG] = "";
	struct damon_create create = { 0 };

	*session = (struct session){
		.device = -1, .fd = -1, .pidfd = -1, .cgroup = -1,
		.probe_fds = { [0 ... MAX_PROBES - 1] = -1 },
		.conf = *conf,
	};
	session->device = device_query(&session->query, NULL);
	if (session->device < 0)
		return false;
	fit_defaults(&session->conf, &session->query);
	if (!commit_open_cgroups(session))
		goto close;

	DEVICE_SETUP(&create, msg);
	create.ring_bytes = want_records ? session->conf.ring_bytes : 0;
	session->fd = device_call(session->device, DAMON_IOC_CREATE, &create);
	if (session->fd < 0) {
		device_complain("cannot create a monitoring session", msg, errno);
		goto close;
	}
	return true;

close:
	session_close(session);
	return false;
}

bool session_attach(struct session *session, pid_t pid)
{
	session->pid = pid;
	if (!pid)
		return true;
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

const char *session_name(const struct session *session, char *buf)
{
	if (monitor_physical(&session->conf))
		snprintf(buf, SESSION_NAME, "physical memory");
	else if (session->conf.cgroup)
		snprintf(buf, SESSION_NAME, "cgroup %s", session->conf.cgroup);
	else
		snprintf(buf, SESSION_NAME, "process %d%s", (int)session->pid,
			 session->conf.follow_fork ? " and what it forks" : "");
	return buf;
}

static int control(struct session *session, unsigned long command, char *msg, size_t msg_len)
{
	struct damon_control request = {
		.size = sizeof(request),
		.msg = (uintptr_t)msg,
		.msg_len = (uint32_t)msg_len,
	};

	return device_call(session->fd, command, &request);
}

/* Commits and starts once.  Says nothing when the target is gone: ESRCH. */
static int start_once(struct session *session)
{
	char msg[DEVICE_MSG] = "";
	int error;

	error = commit_session(session);
	if (error)
		return error;
	if (!control(session, DAMON_IOC_START, msg, sizeof(msg)) || errno == EALREADY)
		return 0;
	error = errno;
	if (error != ESRCH)
		device_complain("cannot start monitoring", msg, error);
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
	char msg[DEVICE_MSG] = "";

	if (control(session, DAMON_IOC_STOP, msg, sizeof(msg)))
		device_complain("cannot stop monitoring", msg, errno);
}

bool session_alive(const struct session *session)
{
	struct pollfd fd = { .fd = session->pidfd, .events = POLLIN };

	return poll(&fd, 1, 0) == 0;
}

void session_close(struct session *session)
{
	uint32_t i;

	for (i = 0; i < MAX_PROBES; i++) {
		if (session->probe_fds[i] >= 0)
			close(session->probe_fds[i]);
		session->probe_fds[i] = -1;
	}
	if (session->cgroup >= 0)
		close(session->cgroup);
	if (session->pidfd >= 0)
		close(session->pidfd);
	if (session->fd >= 0)
		close(session->fd);
	if (session->device >= 0)
		close(session->device);
	session->cgroup = session->pidfd = session->fd = session->device = -1;
}
