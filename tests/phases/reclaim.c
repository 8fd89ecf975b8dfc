// SPDX-License-Identifier: GPL-2.0
/*
 * Proactive reclaim from the workload, by a session of /dev/damon.
 */
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <damon/device.h>

#include "phases.h"

#define SAMPLE_US	40000
#define AGGR_US		800000
#define COLD_US		1500000

/* In each second. */
#define WINDOW_US	1000000
#define QUOTA		(384ULL << 10)
#define REFAULTS	32

static char msg[512];

/**
 * reclaim_start() - page out what the workload has not used for a while
 * @w:		the workload
 * @control:	what limits that; not CONTROL_BASELINE
 *
 * Return: the session.
 */
int reclaim_start(const struct work *w, enum control control)
{
	struct damon_create create = {
		.size = sizeof(create), .msg = (uintptr_t)msg, .msg_len = sizeof(msg),
	};
	struct damon_target_conf target = { .pid = w->pid, .nr_ranges = 1 };
	struct damon_range_conf range = { .start = w->start, .end = w->start + w->len };
	struct damon_scheme_goal_conf goal = {
		.metric = DAMON_METRIC_REFAULTS, .target = REFAULTS,
	};
	struct damon_scheme_conf scheme = {
		.action = DAMON_ACTION_PAGEOUT,
		.flags = DAMON_SCHEME_ACCESSES_BP | DAMON_SCHEME_AGE_US,
		.min_sz = 4096, .max_sz = UINT64_MAX,
		.min_age = COLD_US, .max_age = UINT64_MAX,
	};
	struct damon_commit commit = {
		.size = sizeof(commit), .msg = (uintptr_t)msg, .msg_len = sizeof(msg),
		.ops = DAMON_OPS_FVADDR,
		.sample_us = SAMPLE_US, .aggr_us = AGGR_US,
		.update_us = DAMON_DEFAULT_UPDATE_US,
		.min_nr_regions = 10, .max_nr_regions = 100,
		.targets = (uintptr_t)&target, .nr_targets = 1, .target_size = sizeof(target),
		.ranges = (uintptr_t)&range, .nr_ranges = 1, .range_size = sizeof(range),
		.schemes = (uintptr_t)&scheme, .nr_schemes = 1, .scheme_size = sizeof(scheme),
	};
	struct damon_control start = {
		.size = sizeof(start), .msg = (uintptr_t)msg, .msg_len = sizeof(msg),
	};
	int dev = open(DAMON_DEVICE_PATH, O_RDWR | O_CLOEXEC), fd;

	if (control == CONTROL_QUOTA)
		scheme.quota_bytes = QUOTA;
	if (control == CONTROL_GOAL) {
		commit.scheme_goals = (uintptr_t)&goal;
		commit.nr_scheme_goals = 1;
		commit.scheme_goal_size = sizeof(goal);
		scheme.nr_goals = 1;
	}
	if (control == CONTROL_QUOTA || control == CONTROL_GOAL) {
		scheme.quota_interval_us = WINDOW_US;
		scheme.weight_age = 1;
		/* What is paged out already is still cold, and costs nothing. */
		scheme.fail_denom = 1;
	}
	if (dev < 0)
		err(1, DAMON_DEVICE_PATH);
	fd = ioctl(dev, DAMON_IOC_CREATE, &create);
	if (fd < 0)
		err(1, "CREATE: %s", msg);
	close(dev);
	if (ioctl(fd, DAMON_IOC_COMMIT, &commit))
		err(1, "COMMIT: %s", msg);
	if (ioctl(fd, DAMON_IOC_START, &start))
		err(1, "START: %s", msg);
	return fd;
}

/* Returns the bytes that were paged out. */
uint64_t reclaim_stop(int session)
{
	struct damon_scheme scheme = {
		.size = sizeof(scheme), .msg = (uintptr_t)msg, .msg_len = sizeof(msg),
	};

	if (ioctl(session, DAMON_IOC_SCHEME, &scheme))
		err(1, "SCHEME: %s", msg);
	close(session);
	return scheme.sz_applied;
}
