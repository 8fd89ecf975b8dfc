// SPDX-License-Identifier: GPL-2.0
/* From the user's configuration to the module's. */
#include "commit.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

#define CGROUPS		"/sys/fs/cgroup/"

/* The cgroup's path, or NULL if the probe is for something else. */
static const char *memcg_path(const char *probe)
{
	const char *colon = strchr(probe, ':');

	return colon ? colon + 1 : NULL;
}

/* Below the root of all cgroups is what damo knows only. */
int open_cgroup(const char *path)
{
	char *below = xasprintf(CGROUPS "%s", path);
	int fd = open(below, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	free(below);
	if (fd < 0 && errno == ENOENT)
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		warn("cannot open cgroup %s", path);
	return fd;
}

bool commit_open_cgroups(struct session *session)
{
	uint32_t i;

	if (session->conf.cgroup) {
		session->cgroup = open_cgroup(session->conf.cgroup);
		if (session->cgroup < 0)
			return false;
	}

	for (i = 0; i < session->conf.nr_probes; i++) {
		const char *path = memcg_path(session->conf.probes[i]);

		if (!path)
			continue;
		session->probe_fds[i] = open_cgroup(path);
		if (session->probe_fds[i] < 0)
			return false;
	}
	return true;
}

static struct damon_range_conf *kernel_ranges(const struct monitor_conf *conf)
{
	struct damon_range_conf *ranges = xcalloc(conf->nr_ranges, sizeof(*ranges));
	size_t i;

	for (i = 0; i < conf->nr_ranges; i++) {
		ranges[i].start = conf->ranges[i].start / conf->addr_unit;
		ranges[i].end = conf->ranges[i].end / conf->addr_unit;
	}
	return ranges;
}

static struct damon_target_conf kernel_target(const struct session *session)
{
	struct damon_target_conf target = { .nr_ranges = (uint32_t)session->conf.nr_ranges };

	if (monitor_physical(&session->conf))
		return target;
	if (session->conf.cgroup) {
		target.pid = session->cgroup;
		target.flags = DAMON_TARGET_CGROUP;
		return target;
	}
	/* A pidfd cannot come to mean another process meanwhile. */
	if (session->query.features & DAMON_FEATURE_PIDFD) {
		target.pid = session->pidfd;
		target.flags = DAMON_TARGET_PIDFD;
	} else {
		target.pid = session->pid;
	}
	if (session->conf.follow_exec)
		target.flags |= DAMON_TARGET_FOLLOW_EXEC;
	if (session->conf.follow_fork)
		target.flags |= DAMON_TARGET_FOLLOW_FORK;
	return target;
}

/* Each with one filter: only what is so passes. */
static void kernel_probes(const struct session *session, struct damon_probe_conf *probes,
			  struct damon_probe_filter_conf *filters)
{
	uint32_t i;

	for (i = 0; i < session->conf.nr_probes; i++) {
		bool memcg = memcg_path(session->conf.probes[i]);

		probes[i] = (struct damon_probe_conf){ .first_filter = i, .nr_filters = 1 };
		filters[i] = (struct damon_probe_filter_conf){
			.type = memcg ? DAMON_FILTER_MEMCG : DAMON_FILTER_ANON,
			.flags = DAMON_FILTER_MATCHING | DAMON_FILTER_ALLOW,
			.fd = memcg ? session->probe_fds[i] : 0,
		};
	}
}

/* Addresses are in the module's units, like those of ranges. */
static struct damon_scheme_filter_conf *kernel_filters(const struct session *session)
{
	const struct scheme_set *set = session->schemes;
	struct damon_scheme_filter_conf *filters = xcalloc(set->nr_filters, sizeof(*filters));
	uint32_t i;

	for (i = 0; i < set->nr_filters; i++) {
		filters[i] = set->filters[i];
		if (filters[i].type == DAMON_FILTER_ADDR) {
			filters[i].min /= session->conf.addr_unit;
			filters[i].max /= session->conf.addr_unit;
		}
	}
	return filters;
}

static void take_schemes(struct damon_commit *request, const struct scheme_set *set,
			 const struct damon_scheme_filter_conf *filters)
{
	request->schemes = (uintptr_t)set->schemes;
	request->nr_schemes = set->nr_schemes;
	request->scheme_size = sizeof(*set->schemes);
	request->scheme_filters = set->nr_filters ? (uintptr_t)filters : 0;
	request->nr_scheme_filters = set->nr_filters;
	request->scheme_filter_size = sizeof(*filters);
	request->scheme_goals = (uintptr_t)set->goals;
	request->nr_scheme_goals = set->nr_goals;
	request->scheme_goal_size = sizeof(*set->goals);
	request->scheme_dests = (uintptr_t)set->dests;
	request->nr_scheme_dests = set->nr_dests;
	request->scheme_dest_size = sizeof(*set->dests);
}

static void complain(const struct session *session, const char *msg, int error)
{
	const bool denied = error == EPERM || error == EACCES;
	char name[SESSION_NAME];

	warnx("%scannot %s %s: %s%s", denied ? "permission denied: " : "",
	      session->schemes ? "run schemes on" : "watch", session_name(session, name),
	      *msg ? msg : denied ? "it needs CAP_PERFMON or ptrace permission" : strerror(error),
	      denied && !monitor_nobody(&session->conf) && !session->schemes ?
	      "\n  one's own processes can be watched, except setuid programs; root can watch all" :
	      "");
}

int commit_session(struct session *session)
{
	const struct monitor_conf *conf = &session->conf;
	struct damon_range_conf *ranges = kernel_ranges(conf);
	struct damon_scheme_filter_conf *scheme_filters = NULL;
	struct damon_target_conf target = kernel_target(session);
	struct damon_probe_filter_conf filters[MAX_PROBES];
	struct damon_probe_conf probes[MAX_PROBES];
	char msg[DEVICE_MSG] = "";
	struct damon_commit request = {
		.flags = conf->flags,
		.ops = conf->ops,
		.sample_us = conf->sample_us,
		.aggr_us = conf->aggr_us,
		.update_us = conf->update_us,
		.min_nr_regions = conf->min_nr_regions,
		.max_nr_regions = conf->max_nr_regions,
		.targets = (uintptr_t)&target,
		.nr_targets = 1,
		.target_size = sizeof(target),
		.ranges = conf->nr_ranges ? (uintptr_t)ranges : 0,
		.nr_ranges = (uint32_t)conf->nr_ranges,
		.range_size = sizeof(*ranges),
		.addr_unit = monitor_physical(conf) ? conf->addr_unit : 0,
		.access_bp = conf->goal.access_bp,
		.aggrs = conf->goal.aggrs,
		.min_sample_us = conf->goal.min_sample_us,
		.max_sample_us = conf->goal.max_sample_us,
		.probes = conf->nr_probes ? (uintptr_t)probes : 0,
		.nr_probes = conf->nr_probes,
		.probe_size = sizeof(probes[0]),
		.probe_filters = conf->nr_probes ? (uintptr_t)filters : 0,
		.nr_probe_filters = conf->nr_probes,
		.probe_filter_size = sizeof(filters[0]),
	};
	int error = 0;

	kernel_probes(session, probes, filters);
	if (session->schemes) {
		scheme_filters = kernel_filters(session);
		take_schemes(&request, session->schemes, scheme_filters);
	}
	DEVICE_SETUP(&request, msg);
	if (device_call(session->fd, DAMON_IOC_COMMIT, &request))
		error = errno;
	if (error && error != ESRCH)
		complain(session, msg, error);
	free(scheme_filters);
	free(ranges);
	return -error;
}
