// SPDX-License-Identifier: GPL-2.0
/*
 * What the core and the worker tell of a kdamond directory's monitor.
 */
#include <linux/sched.h>

#include "abi/events.h"
#include "sysfs/kdamond.h"

/* The core's results.  Called by the owner of the context. */

static void kdamond_window(void *data, const struct damon_window *window)
{
	const struct damon_kdamond *k = data;

	damon_events_window(k->id, window);
}

static void kdamond_target_gone(void *data, u32 index, u64 now_ns)
{
}

static void kdamond_intervals(void *data, const struct damon_attrs *attrs, u64 now_ns)
{
	struct damon_kdamond *k = data;

	damon_events_intervals(k->id, attrs);
	spin_lock(&k->lock);
	k->now = *attrs;
	spin_unlock(&k->lock);
}

/* For the core's results. */
const struct damon_sink damon_kdamond_sink = {
	.window = kdamond_window,
	.target_gone = kdamond_target_gone,
	.intervals = kdamond_intervals,
};

/* What the worker tells. */

static void something_done(struct damon_kdamond *k)
{
	/* Pairs with wait_for_schemes() of tried.c: first what was done, then this. */
	smp_store_release(&k->nr_rounds, k->nr_rounds + 1);
	/* Its barrier pairs with that of who begins to wait. */
	if (wq_has_sleeper(&k->wait))
		wake_up_all(&k->wait);
}

static void kdamond_began(struct damon_monitor *m)
{
	struct damon_kdamond *k = container_of(m, struct damon_kdamond, monitor);

	WRITE_ONCE(k->pid, task_pid_nr(current));
}

static void kdamond_worked(struct damon_monitor *m)
{
	something_done(container_of(m, struct damon_kdamond, monitor));
}

static void kdamond_ended(struct damon_monitor *m, bool by_itself)
{
	struct damon_kdamond *k = container_of(m, struct damon_kdamond, monitor);

	WRITE_ONCE(k->pid, -1);
	something_done(k);
}

/* For monitors of kdamond directories. */
const struct damon_monitor_ops damon_kdamond_monitor_ops = {
	.began = kdamond_began,
	.worked = kdamond_worked,
	.ended = kdamond_ended,
};
