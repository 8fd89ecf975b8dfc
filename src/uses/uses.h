/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ready-made uses: monitors of all memory that are started and steered by module
 * parameters.
 *
 * Locks, outer ones first
 *
 *	the kernel's for parameters of the module (held where one is written or read
 *	by its own file, and at load)
 *	damon_uses_lock		 -> damon_monitor.lock
 *
 * A worker takes none of these, so that they can be held while it is waited for.
 */
#ifndef DAMON_USES_USES_H
#define DAMON_USES_USES_H

#include <linux/mutex.h>
#include <linux/types.h>

#include "damos/damos.h"
#include "monitor/monitor.h"

#define DAMON_USE_MAX_SCHEMES	2
#define DAMON_USE_MAX_GOALS	2

/**
 * struct damon_use_plan - what parameters ask for
 * @attrs:	intervals and numbers of regions
 * @unit:	bytes that an address stands for
 * @range:	what to watch, in such addresses; from 0 to 0: all memory
 * @schemes:	the schemes, whose arrays may be those here
 * @nr_schemes:	how many
 * @goals:	for each of them
 * @filters:	for each of them, one
 */
struct damon_use_plan {
	struct damon_attrs attrs;
	u64 unit;
	struct damon_range range;
	struct damos_conf schemes[DAMON_USE_MAX_SCHEMES];
	u32 nr_schemes;
	struct damos_goal goals[DAMON_USE_MAX_SCHEMES][DAMON_USE_MAX_GOALS];
	struct damos_page_filter filters[DAMON_USE_MAX_SCHEMES];
};

/**
 * struct damon_use_seen - what was seen of a use when somebody looked last
 * @unit:	bytes that an address stands for
 * @range:	from the first to the last address that is watched
 * @aggr_us:	aggregation interval
 * @stats:	what its schemes have done
 */
struct damon_use_seen {
	u64 unit;
	struct damon_range range;
	u64 aggr_us;
	struct damos_stats stats[DAMON_USE_MAX_SCHEMES];
};

/**
 * struct damon_use - a ready-made use
 * @name:	as in names of parameters
 * @shared:	index of the first of its DAMON_SHARED_PARAMS
 * @plan:	asks the parameters; @plan is zeroed.  With damon_uses_lock held
 * @look:	notes more than @seen.  By the owner of @ctx, with damon_uses_lock held
 *		by who waits for it; never sleeps.  May be NULL
 * @monitor:	its context and worker; has a context while it is enabled
 * @wanted:	before the module is ready: it is to be enabled
 * @seen:	see there
 * @id:		number of its context in trace events
 * @pid:	the worker's, or -1; written by that
 *
 * Protected by damon_uses_lock, but for @pid; @name to @look are constant.
 */
struct damon_use {
	const char *name;
	u32 shared;
	void (*plan)(const struct damon_use *use, struct damon_use_plan *plan);
	void (*look)(const struct damon_ctx *ctx);
	struct damon_monitor monitor;
	bool wanted;
	struct damon_use_seen seen;
	u32 id;
	pid_t pid;
};

extern struct mutex damon_uses_lock;
extern struct damon_use damon_use_stat;
extern struct damon_use damon_use_reclaim;
extern struct damon_use damon_use_lru_sort;

extern const struct damon_monitor_ops damon_use_monitor_ops;

/* use.c: with damon_uses_lock held */
int damon_use_enable(struct damon_use *use, bool on);
int damon_use_commit(struct damon_use *use);
bool damon_use_is_enabled(struct damon_use *use);
int damon_use_look(struct damon_use *use);

/* make.c */
struct damon_ctx *damon_use_make(struct damon_use *use);

/* plan.c */
u64 damon_use_shared(const struct damon_use *use, u32 which);
void damon_use_plan_tuned(struct damon_use_plan *plan, u32 access_bp);
void damon_use_plan_monitoring(const struct damon_use *use, struct damon_use_plan *plan);
struct damos_conf *damon_use_plan_scheme(const struct damon_use *use,
					 struct damon_use_plan *plan,
					 enum damos_action action);
struct damos_goal *damon_use_plan_goal(struct damon_use_plan *plan,
				       enum damos_metric metric, u64 target);
void damon_use_plan_filter(struct damon_use_plan *plan,
			   enum damos_page_filter_type type, bool matching);
void damon_use_plan_quota(const struct damon_use *use, struct damon_use_plan *plan);

/* names.c */
int damon_names_init(void);
void damon_names_exit(void);

/* uses.c */
bool damon_uses_are_ready(void);
bool damon_uses_are_gone(void);
int damon_uses_init(void);
void damon_uses_exit(void);

#endif /* DAMON_USES_USES_H */
