/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kdamond directories: a monitor each.
 */
#ifndef DAMON_SYSFS_KDAMOND_H
#define DAMON_SYSFS_KDAMOND_H

#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "abi/abi.h"
#include "core/core.h"
#include "damos/damos.h"
#include "monitor/monitor.h"

struct damon_node;
struct damon_staged;

/**
 * struct damon_scheme_seen - what is known of a scheme that runs
 * @nr_snapshots: how often it was applied before this configuration
 * @max_nr_snapshots: how often it may be, 0 for ever
 * @goals_born:	damon_kdamond.born of its goals, which can be younger than the rest
 * @goal_dirs:	damon_goals.dirs
 */
struct damon_scheme_seen {
	u64 nr_snapshots;
	u64 max_nr_snapshots;
	u64 goals_born;
	u32 goal_dirs;
};

/**
 * struct damon_kdamond - the monitor of a directory
 * @monitor:	its lock serialises all keywords, and protects @begun.  Its context is
 *		freed by `off`, the next `on` or with the directory, also when the worker
 *		has ended by itself
 * @shut:	the directory is being removed: nothing is started any more.  Set before
 *		the lock is taken to end what runs, and read with it before anything
 *		is begun
 * @begun:	it was turned on once
 * @id:		its number in trace events; constant
 * @schemes:	what schemes have done
 * @wait:	for who waits until they have, or for the end
 * @nr_rounds:	changes when something may have been done
 * @pid:	the worker's, or -1
 * @lock:	protects all below.  A leaf; the worker takes it
 * @nr_taken:	configurations that were taken, twice; odd while one is, when @schemes
 *		and @seen may be of different ones
 * @born:	damon_nodes_born() before the directories of the configuration were read:
 *		younger ones have nothing to do with it
 * @paused:	the configuration is a pause
 * @unit:	bytes that an address stands for
 * @asked:	intervals that were asked for
 * @now:	those of now, or of the end
 * @nr_probes:	probes of the configuration
 * @nr_seen:	schemes of the configuration
 * @seen:	them
 */
struct damon_kdamond {
	struct damon_monitor monitor;
	bool shut;
	bool begun;
	u32 id;
	struct damon_seen_view schemes;
	wait_queue_head_t wait;
	u32 nr_rounds;
	pid_t pid;

	spinlock_t lock;
	u32 nr_taken;
	u64 born;
	bool paused;
	u64 unit;
	struct damon_attrs asked;
	struct damon_attrs now;
	u32 nr_probes;
	u32 nr_seen;
	struct damon_scheme_seen seen[DAMOS_MAX_SCHEMES];
};

/* kdamond.c */
struct damon_kdamond *damon_kdamond_of(const struct damon_node *node);
struct damon_node *damon_scheme_node_of(const struct damon_node *node);
void damon_kdamonds_shut(struct damon_node *node);

/* kdamond_run.c */
int damon_kdamond_on(struct damon_kdamond *k, struct damon_staged *staged);
int damon_kdamond_commit(struct damon_kdamond *k, struct damon_staged *staged);
void damon_kdamond_off(struct damon_kdamond *k);

/* kdamond_tells.c */
extern const struct damon_sink damon_kdamond_sink;
extern const struct damon_monitor_ops damon_kdamond_monitor_ops;

/* goals.c, tried.c: keywords */
int damon_commit_goals(struct damon_node *kdamond);
int damon_tried_update(struct damon_node *kdamond, bool with_regions);
int damon_tried_clear(struct damon_node *kdamond);

#endif /* DAMON_SYSFS_KDAMOND_H */
