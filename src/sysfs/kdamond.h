/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kdamond directories: a monitor each, and configurations for it.
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

/**
 * struct damon_staged - a configuration made of what is in the tree
 * @born:	damon_nodes_born() before
 * @ops:	operations set
 * @addr_unit:	bytes that an address stands for
 * @min_region_sz: smallest region, in such addresses
 * @end:	where addresses end
 * @attrs:	intervals and numbers of regions
 * @paused:	it shall take no samples
 * @acts:	schemes do more than count
 * @specs:	targets, of which @nr_targets hold a reference; each has ranges of
 *		its own
 * @nr_specs:	how many there are
 * @nr_targets:	see @specs
 * @probes:	probes, @nr_probes of them with a reference
 * @nr_probes:	how many
 * @confs:	schemes
 * @parts:	what @confs point to; may hold references, if not @given_away
 * @nr_schemes:	how many of both
 * @given_away:	the references of @parts are somebody else's
 */
struct damon_staged {
	u64 born;
	const struct damon_ops *ops;
	u64 addr_unit;
	u64 min_region_sz;
	u64 end;
	struct damon_attrs attrs;
	bool paused;
	bool acts;
	struct damon_target_spec *specs;
	u32 nr_specs;
	u32 nr_targets;
	struct damon_probe probes[DAMON_MAX_PROBES];
	u32 nr_probes;
	struct damos_conf *confs;
	struct damon_scheme_parts **parts;
	u32 nr_schemes;
	bool given_away;
};

/* kdamond.c */
struct damon_kdamond *damon_kdamond_of(const struct damon_node *node);
struct damon_node *damon_scheme_node_of(const struct damon_node *node);
int damon_kdamond_on(struct damon_kdamond *k, struct damon_staged *staged);
int damon_kdamond_commit(struct damon_kdamond *k, struct damon_staged *staged);
void damon_kdamond_off(struct damon_kdamond *k);
void damon_kdamonds_shut(struct damon_node *node);

/* staged.c, staged_targets.c, staged_probes.c, staged_schemes.c, staged_parts.c */
int damon_staged_make(struct damon_staged *staged, struct damon_node *contexts,
		      const struct damon_ctx *running);
void damon_staged_free(struct damon_staged *staged);
__printf(2, 3) int damon_staged_fail(int err, const char *fmt, ...);
int damon_staged_targets(struct damon_staged *staged, struct damon_node *targets,
			 const struct damon_ctx *running);
void damon_staged_targets_free(struct damon_staged *staged);
int damon_staged_probes(struct damon_staged *staged, struct damon_node *probes);
int damon_staged_schemes(struct damon_staged *staged, struct damon_node *schemes,
			 u32 nr_targets);
void damon_staged_schemes_free(struct damon_staged *staged);

/**
 * struct damon_goals - goals of a scheme
 * @list:	they
 * @nr:		how many; those with a cgroup have a reference to it
 * @dirs:	which directories they are of, in the same order: a bit each
 */
struct damon_goals {
	struct damos_goal list[DAMOS_MAX_GOALS];
	u32 nr;
	u32 dirs;
};

static_assert(DAMOS_MAX_GOALS <= 32);

int damon_staged_goals(struct damon_goals *goals, struct damon_node *dir, u32 scheme);
void damon_staged_goals_put(struct damon_goals *goals);
int damon_staged_node(u32 scheme, s64 nid, u32 *node);

/**
 * struct damon_scheme_parts - what a scheme consists of
 * @regions:	filters of regions
 * @pages:	filters of pages, @nr_pages of them; may hold references
 * @nr_pages:	how many
 * @goals:	goals of its quota
 * @dests:	destinations
 */
struct damon_scheme_parts {
	struct damos_region_filter regions[3 * DAMOS_MAX_FILTERS];
	struct damos_page_filter pages[3 * DAMOS_MAX_FILTERS];
	u32 nr_pages;
	struct damon_goals goals;
	struct damos_dest dests[DAMOS_MAX_DESTS];
};

int damon_staged_filters(const struct damon_staged *staged, struct damon_scheme_parts *parts,
			 struct damos_conf *conf, struct damon_node *scheme);
int damon_staged_dests(struct damon_scheme_parts *parts, struct damos_conf *conf,
		       struct damon_node *dir, u32 scheme);
void damon_staged_parts_put(struct damon_scheme_parts *parts);

/* nothing.c */
const struct damon_ops *damon_ops_of_nothing(void);

/* goals.c, tried.c: keywords */
int damon_commit_goals(struct damon_node *kdamond);
int damon_tried_update(struct damon_node *kdamond, bool with_regions);
int damon_tried_clear(struct damon_node *kdamond);

#endif /* DAMON_SYSFS_KDAMOND_H */
