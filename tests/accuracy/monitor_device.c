// SPDX-License-Identifier: GPL-2.0
/*
 * The module's monitor, through /dev/damon.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <damon/device.h>

#include "monitor.h"

#define MAX_WORKERS	16

static char msg[512];

/* A new session's worker is the thread that was not there before. */
static pid_t new_worker(const pid_t *before, size_t nr_before)
{
	pid_t now[MAX_WORKERS];
	size_t nr = find_threads("kdamond.", now, MAX_WORKERS), i, j;

	for (i = 0; i < nr; i++) {
		for (j = 0; j < nr_before && before[j] != now[i]; j++)
			;
		if (j == nr_before)
			return now[i];
	}
	errx(1, "the session has no thread named kdamond.N");
}

/* Of those who are not in the group nothing is let through.  Returns its descriptor. */
static int only_group(const char *group, struct damon_scheme_filter_conf *filter)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), GROUPS "%s", group);
	*filter = (struct damon_scheme_filter_conf) {
		.type = DAMON_FILTER_MEMCG,
		.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
	};
	if (filter->fd < 0)
		err(1, "%s", path);
	return filter->fd;
}

static void device_start(struct monitor *m, pid_t pid, const struct mon_attrs *attrs)
{
	struct damon_create create = {
		.size = sizeof(create), .msg = (uintptr_t)msg, .msg_len = sizeof(msg),
	};
	struct damon_target_conf target = { .pid = pid };
	struct damon_range_conf range = { .start = m->given.start, .end = m->given.end };
	struct damon_scheme_filter_conf filter;
	struct damon_scheme_conf scheme = {
		.max_sz = UINT64_MAX, .max_accesses = UINT32_MAX, .max_age = UINT64_MAX,
	};
	struct damon_commit commit = {
		.size = sizeof(commit), .msg = (uintptr_t)msg, .msg_len = sizeof(msg),
		.flags = attrs->flags,
		.ops = DAMON_OPS_VADDR,
		.sample_us = attrs->sample_us, .aggr_us = attrs->aggr_us,
		.update_us = DAMON_DEFAULT_UPDATE_US,
		.min_nr_regions = attrs->min, .max_nr_regions = attrs->max,
		.access_bp = attrs->goal_bp, .aggrs = attrs->goal_aggrs,
		.min_sample_us = attrs->sample_us, .max_sample_us = attrs->max_sample_us,
		.targets = (uintptr_t)&target, .nr_targets = 1, .target_size = sizeof(target),
		.range_size = sizeof(struct damon_range_conf),
	};
	struct damon_control control = {
		.size = sizeof(control), .msg = (uintptr_t)msg, .msg_len = sizeof(msg),
	};
	pid_t before[MAX_WORKERS];
	size_t nr_before = find_threads("kdamond.", before, MAX_WORKERS);
	int dev = open(DAMON_DEVICE_PATH, O_RDWR | O_CLOEXEC), group = -1;

	if (dev < 0)
		err(1, "cannot open " DAMON_DEVICE_PATH);
	if (attrs->scheme) {
		scheme.action = attrs->scheme->action;
		scheme.node = attrs->scheme->node;
		commit.schemes = (uintptr_t)&scheme;
		commit.nr_schemes = 1;
		commit.scheme_size = sizeof(scheme);
	}
	if (attrs->scheme && attrs->scheme->group) {
		group = only_group(attrs->scheme->group, &filter);
		scheme.nr_filters = 1;
		commit.scheme_filters = (uintptr_t)&filter;
		commit.nr_scheme_filters = 1;
		commit.scheme_filter_size = sizeof(filter);
	}
	if (m->ops == &mon_device_paddr) {
		commit.ops = DAMON_OPS_PADDR;
		target.pid = 0;
	} else if (m->ops == &mon_device_fvaddr) {
		commit.ops = DAMON_OPS_FVADDR;
		commit.ranges = (uintptr_t)&range;
		commit.nr_ranges = 1;
		target.nr_ranges = 1;
	}
	m->attrs = *attrs;
	m->seq = 0;
	m->fd = ioctl(dev, DAMON_IOC_CREATE, &create);
	if (m->fd < 0)
		err(1, "CREATE: %s", msg);
	close(dev);
	if (ioctl(m->fd, DAMON_IOC_COMMIT, &commit))
		err(1, "COMMIT: %s", msg);
	if (group >= 0)
		close(group);
	if (ioctl(m->fd, DAMON_IOC_START, &control))
		err(1, "START: %s", msg);
	m->worker = new_worker(before, nr_before);
}

static void device_stop(struct monitor *m)
{
	if (close(m->fd))
		err(1, "cannot close the session");
	m->fd = -1;
}

/* One SNAPSHOT into @s, whose @regions and @nr_regions the caller has set. */
int device_snapshot(const struct monitor *m, struct damon_snapshot *s)
{
	s->size = sizeof(*s);
	s->msg = (uintptr_t)msg;
	s->msg_len = sizeof(msg);
	s->first = 0;
	s->region_size = sizeof(struct damon_region_info);
	return ioctl(m->fd, DAMON_IOC_SNAPSHOT, s);
}

static void device_wait(struct monitor *m, struct damon_snapshot *s,
			struct damon_region_info *infos, size_t room)
{
	uint64_t until = now_ns() + 1000 * (50 * m->attrs.aggr_us + 10000000);

	for (;;) {
		memset(s, 0, sizeof(*s));
		s->regions = (uintptr_t)infos;
		s->nr_regions = infos ? (uint32_t)room : 0;
		if (device_snapshot(m, s)) {
			if (errno != ENODATA)
				err(1, "SNAPSHOT: %s", msg);
		} else if (s->seq != m->seq) {
			break;
		}
		if (s->state != DAMON_STATE_RUNNING)
			errx(1, "the session ended by itself");
		if (now_ns() > until)
			errx(1, "no new window within 50 windows");
		sleep_us(m->attrs.aggr_us / 20 + 1);
	}
	if (s->total > room)
		errx(1, "%u regions, max_nr_regions was %u", s->total, m->attrs.max);
	m->seq = s->seq;
}

static void device_regions(struct monitor *m, struct mon_snapshot *snap)
{
	struct damon_region_info *infos = calloc(m->attrs.max, sizeof(*infos));
	struct damon_snapshot s;
	uint32_t i;

	if (!infos)
		err(1, "no memory");
	device_wait(m, &s, infos, m->attrs.max);
	if (snap->room < s.nr_regions) {
		snap->room = s.nr_regions;
		snap->regions = realloc(snap->regions, snap->room * sizeof(*snap->regions));
		if (!snap->regions)
			err(1, "no memory");
	}
	for (i = 0; i < s.nr_regions; i++) {
		snap->regions[i].start = infos[i].start;
		snap->regions[i].end = infos[i].end;
		snap->regions[i].nr_accesses = infos[i].nr_accesses;
	}
	snap->nr = s.nr_regions;
	snap->max_nr_accesses = s.max_nr_accesses;
	free(infos);
}

/* The module counts its samples itself. */
static void device_cost(struct monitor *m, struct mon_cost *cost)
{
	struct damon_snapshot s;

	device_wait(m, &s, NULL, SIZE_MAX);
	cost->cpu_ns = cpu_ns_of(m->worker);
	cost->samples = s.nr_checks;
	cost->now_ns = now_ns();
}

#define DEVICE(kind) {			\
	.name = kind,			\
	.start = device_start,		\
	.stop = device_stop,		\
	.snapshot = device_regions,	\
	.cost = device_cost,		\
}

const struct mon_ops mon_device = DEVICE("damon.ko");
const struct mon_ops mon_device_fvaddr = DEVICE("damon.ko fvaddr");
const struct mon_ops mon_device_paddr = DEVICE("damon.ko paddr");
