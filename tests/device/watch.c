// SPDX-License-Identifier: GPL-2.0
/*
 * Watching ranges of a process for some windows, as any user.
 */
#include <fcntl.h>

#include "harness.h"

/**
 * watch_init() - nothing to watch so far, to be filled in
 * @pid:	whom
 *
 * Returns a struct in shared memory.
 */
struct watch *watch_init(pid_t pid)
{
	struct watch *watch = shared_alloc(sizeof(*watch));

	watch->pid = pid;
	watch->nr_windows = 5;
	return watch;
}

/**
 * watch_range() - one more range; they are in address order and do not touch
 *
 * Returns its index.
 */
unsigned int watch_range(struct watch *watch, uint64_t addr, uint64_t len)
{
	ck_assert_uint_lt(watch->nr_ranges, WATCH_RANGES);
	watch->ranges[watch->nr_ranges].addr = addr;
	watch->ranges[watch->nr_ranges].len = len;
	return watch->nr_ranges++;
}

static void count_window(struct watch *watch, const struct snap *snap)
{
	double bytes[WATCH_RANGES] = {};
	uint32_t i, at;

	for (i = 0; i < snap->s.nr_regions; i++) {
		const struct damon_region_info *r = &snap->regions[i];

		for (at = 0; at < watch->nr_ranges; at++)
			if (r->start >= watch->ranges[at].addr &&
			    r->end <= watch->ranges[at].addr + watch->ranges[at].len)
				bytes[at] += (double)(r->end - r->start) * r->nr_accesses;
	}
	for (at = 0; at < watch->nr_ranges; at++)
		watch->ranges[at].heat += bytes[at] / watch->ranges[at].len /
			snap->s.max_nr_accesses / watch->nr_windows;
}

static bool fresh_window(int fd, struct snap *snap, uint64_t after)
{
	snap->s.first = 0;
	snap->s.nr_regions = snap->room;
	return !snap_try(fd, snap) && snap->s.seq > after;
}

/* In a process of its own: does not assert. */
static void watch_now(void *data)
{
	struct watch *watch = data;
	unsigned int i, nr;
	uint64_t seq = 1;
	struct conf conf;
	struct snap snap;
	int fd = session_try(open(DAMON_DEVICE_PATH, O_RDWR | O_CLOEXEC), 0, NULL);

	if (watch->physical) {
		conf_physical(&conf);
	} else {
		conf_init(&conf);
		conf_target(&conf, watch->pid);
	}
	for (i = 0; i < watch->nr_ranges; i++)
		conf_range(&conf, watch->ranges[i].addr, watch->ranges[i].len);
	conf.c.flags = watch->flags;
	if (watch->sample_us) {
		conf.c.sample_us = watch->sample_us;
		conf.c.aggr_us = 10 * watch->sample_us;
	}
	watch->err = conf_try(fd, &conf);
	memcpy(watch->msg, conf.msg, sizeof(watch->msg));
	if (watch->err || control_try(fd, DAMON_IOC_START, NULL))
		return;
	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	/* The first window may have begun before all was as it should be. */
	for (nr = 0; nr < watch->nr_windows; nr++) {
		if (!wait_for(fresh_window(fd, &snap, seq), LIMIT_S))
			return;
		seq = snap.s.seq;
		count_window(watch, &snap);
	}
	watch->nr_checks = snap.s.nr_checks;
	watch->nr_missed = snap.s.nr_missed;
	snap_free(&snap);
	close(fd);
}

/**
 * watch_as() - watch
 * @watch:	from watch_init(), with ranges
 * @uid:	as whom
 */
void watch_as(struct watch *watch, uid_t uid)
{
	unsigned int i;

	watch->nr_checks = 0;
	for (i = 0; i < watch->nr_ranges; i++)
		watch->ranges[i].heat = 0;
	ck_assert_int_eq(run_as(uid, watch_now, watch), 0);
	ck_assert_msg(!watch->err, "COMMIT: %s: %s", strerror(-watch->err), watch->msg);
	ck_assert_msg(watch->nr_checks, "no windows");
}
