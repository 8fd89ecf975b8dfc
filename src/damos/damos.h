/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Schemes: what is to be done to memory that is accessed in some way.
 *
 * Pure C as src/core: compiled in user space by tests/unit, too.
 *
 * The schemes of a context belong to whoever owns that: to its worker, which
 * applies them between samples.  No state is shared between contexts.  Locking:
 * none.
 *
 * What schemes mean is upstream's (Documentation/mm/damon/design.rst of Linux
 * 7.3), but where a comment says otherwise.
 */
#ifndef DAMON_DAMOS_DAMOS_H
#define DAMON_DAMOS_DAMOS_H

#include <linux/types.h>

#include "core/core.h"
#include "damos/act.h"
#include "damos/env.h"

#define DAMOS_MAX_SCORE		99

/* Bounds of a configuration. */
#define DAMOS_MAX_SCHEMES	64
#define DAMOS_MAX_FILTERS	64	/* of each kind, of a scheme */
#define DAMOS_MAX_GOALS		16
#define DAMOS_MAX_DESTS		64
#define DAMOS_MAX_WEIGHT	10000

/**
 * struct damos_pattern - which regions a scheme is for
 * @min_sz:		size in bytes, at least
 * @max_sz:		at most
 * @min_accesses:	accesses in the last window's length, at least
 * @max_accesses:	at most
 * @min_age:		for how long it has looked alike, at least
 * @max_age:		at most
 * @accesses_in_bp:	accesses are in 1/10000 of the samples that a window has
 * @age_in_us:		ages are in microseconds, not in windows
 *
 * What is in time or parts stays what it is when intervals are tuned.
 */
struct damos_pattern {
	u64 min_sz;
	u64 max_sz;
	u32 min_accesses;
	u32 max_accesses;
	u64 min_age;
	u64 max_age;
	bool accesses_in_bp;
	bool age_in_us;
};

/**
 * enum damos_region_filter_type - what is asked of regions
 * @DAMOS_FILTER_ADDR:		is it in a range?
 * @DAMOS_FILTER_TARGET:	is it of a target?
 */
enum damos_region_filter_type {
	DAMOS_FILTER_ADDR,
	DAMOS_FILTER_TARGET,
};

/**
 * struct damos_region_filter - a filter that needs no look at pages
 * @type:	the question
 * @matching:	decides where the answer is yes; else where it is no
 * @allow:	what it decides
 * @target:	DAMOS_FILTER_TARGET: index of the target
 * @range:	DAMOS_FILTER_ADDR: the range; borders are multiples of the
 *		smallest region's size
 */
struct damos_region_filter {
	enum damos_region_filter_type type;
	bool matching;
	bool allow;
	u32 target;
	struct damon_range range;
};

/**
 * struct damos_goal - what a quota is tuned for
 * @metric:	what is measured
 * @node:	for DAMOS_*NODE_*
 * @memcg:	for DAMOS_*MEMCG_*; the schemes hold a reference
 * @target:	what it shall be; not 0.  Of totals: how much shall come up
 *		in one quota interval
 * @input:	DAMOS_USER_INPUT: what it is
 */
struct damos_goal {
	enum damos_metric metric;
	u32 node;
	void *memcg;
	u64 target;
	u64 input;
};

/**
 * enum damos_tuner - how goals make a quota
 * @DAMOS_TUNER_CONSIST:	feedback, for a quota that is always there
 * @DAMOS_TUNER_TEMPORAL:	all or nothing: until a goal is reached
 */
enum damos_tuner {
	DAMOS_TUNER_CONSIST,
	DAMOS_TUNER_TEMPORAL,
};

/**
 * struct damos_quota - how much a scheme may do
 * @bytes:		in an interval; 0 for no limit
 * @time_us:		CPU time that actions may take in one; 0 for no limit
 * @interval_us:	how long an interval is; 0: from one application to the
 *			next
 * @later_us:		without any limit, when @interval_us is 0: what it becomes when
 *			damos_exchange_goals() brings goals; not looked at else
 * @seed:		DAMOS_TUNER_CONSIST: bytes to begin with; 0 for
 *			DAMOS_DEFAULT_SEED
 * @weight_sz:		weights of a region's score: of its size,
 * @weight_accesses:	of its accesses,
 * @weight_age:		and of its age
 * @fail_num:		of memory that was tried in vain, this many
 * @fail_denom:		of so many parts count; 0: all of it does
 * @tuner:		how goals are used
 * @goals:		the goals
 * @nr_goals:		how many
 */
struct damos_quota {
	u64 bytes;
	u64 time_us;
	u64 interval_us;
	u64 later_us;
	u64 seed;
	u32 weight_sz;
	u32 weight_accesses;
	u32 weight_age;
	u32 fail_num;
	u32 fail_denom;
	enum damos_tuner tuner;
	const struct damos_goal *goals;
	u32 nr_goals;
};

#define DAMOS_DEFAULT_SEED	(1ULL << 20)

/**
 * struct damos_watermarks - when a scheme is in force
 * @used:		there are some; else it always is
 * @metric:		what is measured
 * @interval_us:	how long to wait while none of the schemes is in force
 * @high:		above, it is not in force
 * @mid:		it comes into force below
 * @low:		below, it is not in force
 */
struct damos_watermarks {
	bool used;
	enum damos_metric metric;
	u64 interval_us;
	u32 high;
	u32 mid;
	u32 low;
};

/**
 * struct damos_conf - a scheme as the user wants it
 * @action:		what is done
 * @pattern:		to which regions
 * @apply_us:		how often; 0: at each window's end
 * @quota:		how much
 * @watermarks:		when
 * @region_filters:	asked in this order
 * @nr_region_filters:	how many
 * @page_filters:	asked of what those let through, but not of what they
 *			allow by name; the schemes hold references to what they need
 * @nr_page_filters:	how many
 * @dests:		DAMOS_MIGRATE_*: where to
 * @nr_dests:		how many
 * @node:		where to without those
 * @max_nr_snapshots:	it is applied so often; 0: for ever
 * @max_tried:		most regions to be kept in struct damos_tried
 */
struct damos_conf {
	enum damos_action action;
	struct damos_pattern pattern;
	u64 apply_us;
	struct damos_quota quota;
	struct damos_watermarks watermarks;
	const struct damos_region_filter *region_filters;
	u32 nr_region_filters;
	const struct damos_page_filter *page_filters;
	u32 nr_page_filters;
	const struct damos_dest *dests;
	u32 nr_dests;
	u32 node;
	u64 max_nr_snapshots;
	u32 max_tried;
};

/**
 * enum damos_invalid - what damos_check() found
 */
enum damos_invalid {
	DAMOS_VALID = 0,
	DAMOS_BAD_ACTION,		/* unknown */
	DAMOS_BAD_ACTION_OPS,		/* the operations set has no such thing */
	DAMOS_BAD_SZ,			/* minimum above maximum */
	DAMOS_BAD_ACCESSES,
	DAMOS_BAD_ACCESSES_BP,		/* above 10000 */
	DAMOS_BAD_AGE,
	DAMOS_BAD_APPLY_LONG,		/* over ten years */
	DAMOS_BAD_QUOTA_LONG,
	DAMOS_BAD_QUOTA_TIME,		/* more time than the interval has */
	DAMOS_BAD_QUOTA_UNUSED,		/* an interval for nothing */
	DAMOS_BAD_WEIGHT,
	DAMOS_BAD_FAIL,			/* more than all */
	DAMOS_BAD_TUNER,
	DAMOS_BAD_SEED,			/* not for this tuner, or without goals */
	DAMOS_BAD_GOAL_NUMBER,
	DAMOS_BAD_GOAL_METRIC,		/* unknown, or none for goals */
	DAMOS_BAD_GOAL_METRIC_HERE,	/* cannot be measured here */
	DAMOS_BAD_GOAL_METRIC_OPS,	/* the operations set cannot tell */
	DAMOS_BAD_GOAL_TARGET,		/* 0 */
	DAMOS_BAD_GOAL_NODE,		/* for a metric that has none */
	DAMOS_BAD_GOAL_MEMCG,		/* missing, or for a metric that has none */
	DAMOS_BAD_GOAL_INPUT,		/* for a metric that is measured */
	DAMOS_BAD_MARK_METRIC,
	DAMOS_BAD_MARK_METRIC_HERE,
	DAMOS_BAD_MARK_INTERVAL,	/* 0, or over ten years */
	DAMOS_BAD_MARK_ORDER,		/* not high >= mid >= low */
	DAMOS_BAD_MARK_HIGH,		/* above 1000 */
	DAMOS_BAD_FILTER_NUMBER,
	DAMOS_BAD_FILTER_TYPE,
	DAMOS_BAD_FILTER_TARGET,	/* there is no such target */
	DAMOS_BAD_FILTER_RANGE,		/* empty */
	DAMOS_BAD_FILTER_SIZES,		/* minimum above maximum */
	DAMOS_BAD_FILTER_MEMCG,
	DAMOS_BAD_DEST_ACTION,		/* nodes for what moves nothing */
	DAMOS_BAD_DEST_NUMBER,
	DAMOS_BAD_DEST_WEIGHT,		/* the sum is 0 or does not fit */
	DAMOS_BAD_TRIED,		/* more than there can be regions */
};

/**
 * struct damos_stats - totals of a scheme
 * @nr_tried:		parts of regions that it was for
 * @sz_tried:		their bytes
 * @nr_applied:		those in which the action has changed something
 * @sz_applied:		bytes that it has changed
 * @sz_passed:		bytes that page filters have let through
 * @qt_exceeds:		quota intervals with more to do than the quota allowed
 * @nr_snapshots:	applications
 * @cpu_ns:		CPU time of its actions
 *
 * From when it was committed first; kept by later ones that have it, too.
 */
struct damos_stats {
	u64 nr_tried;
	u64 sz_tried;
	u64 nr_applied;
	u64 sz_applied;
	u64 sz_passed;
	u64 qt_exceeds;
	u64 nr_snapshots;
	u64 cpu_ns;
};

/**
 * struct damos_tried - a part of a region that was tried
 * @start:		first address
 * @end:		first address behind it
 * @passed:		bytes of it that page filters have let through
 * @nr_accesses:	damon_region_mvsum() when it was tried
 * @age:		as when it was tried
 * @target:		index of its target
 * @hits:		damon_probe_mvsum() of its region for each probe
 */
struct damos_tried {
	u64 start;
	u64 end;
	u64 passed;
	u32 nr_accesses;
	u32 age;
	u32 target;
	u32 hits[DAMON_MAX_PROBES];
};

/**
 * struct damos_reading - what a goal's metric has come to
 * @value:	the last value, in terms of damos_goal.target
 * @known:	there is one
 * @total:	of totals: what it was at @total_ns
 * @total_ns:	of what is not asked for too often: when it was, 0: never yet
 */
struct damos_reading {
	u64 value;
	bool known;
	u64 total;
	u64 total_ns;
};

/**
 * struct damos_place - a place in the regions of a context
 * @set:	it is one
 * @target:	index of the target
 * @addr:	address
 */
struct damos_place {
	bool set;
	u32 target;
	u64 addr;
};

/**
 * struct damos_charge - how much of a quota is used
 * @begun:	an interval has begun
 * @stale:	@effective is to be found anew
 * @untuned:	@tuned_bp is, too
 * @lacked:	there was more to do than the quota allows
 * @begun_ns:	when
 * @effective:	bytes that the scheme may charge in it; U64_MAX for no limit
 * @tuned_bp:	DAMOS_TUNER_CONSIST: 10000 times the bytes that goals allow; 0
 *		before there is any
 * @bytes:	charged in this interval
 * @ns:		CPU time taken in it, and what the last one took too much
 * @past_bytes:	charged so far, what is long ago counting less
 * @past_ns:	CPU time taken for that
 */
struct damos_charge {
	bool begun;
	bool stale;
	bool untuned;
	bool lacked;
	u64 begun_ns;
	u64 effective;
	u64 tuned_bp;
	u64 bytes;
	u64 ns;
	u64 past_bytes;
	u64 past_ns;
};

/**
 * struct damos_turn - one application of a scheme
 * @due:	it is applied
 * @full:	the quota is used up
 * @early:	not everything was done; @from is where
 * @limited:	the quota is less than what there is: by score
 * @floor:	with @limited: the lowest score that gets anything
 * @from:	where what gets something begins, if not everything did the
 *		last time
 */
struct damos_turn {
	bool due;
	bool full;
	bool early;
	bool limited;
	u32 floor;
	struct damos_place from;
};

/**
 * struct damos_scheme - a scheme at work
 * @conf:	its configuration; with arrays of its own
 * @order:	what operations sets are told
 * @unasked:	the same for memory that region filters have allowed: no page
 *		filters
 * @stats:	see there
 * @readings:	for each of its goals
 * @charge:	see there
 * @active:	watermarks have it in force
 * @next_ns:	when it is due, if it has an interval of its own
 * @turn:	the application at hand
 * @from:	where to go on after one that ended early
 * @tried:	what was tried in the last application: room for
 *		damos_conf.max_tried
 * @nr_tried:	how many of those are in use
 * @nr_tried_all: how many there would be
 * @sz_tried:	bytes of all
 */
struct damos_scheme {
	struct damos_conf conf;
	struct damos_order order;
	struct damos_order unasked;
	struct damos_stats stats;
	struct damos_reading *readings;
	struct damos_charge charge;
	bool active;
	u64 next_ns;
	struct damos_turn turn;
	struct damos_place from;
	struct damos_tried *tried;
	u32 nr_tried;
	u64 nr_tried_all;
	u64 sz_tried;
};

/**
 * struct damos_sink - who wants to know
 * @changed:	something of scheme @index is another than before: stats,
 *		quota, goals, tried regions or whether it is in force
 * @trying:	scheme @index is about to be tried on @part, a region of @ctx or a
 *		part of one.  NULL if nobody wants to know
 * @quota:	its effective quota is another, or the first.  Or NULL
 * @applied:	it was applied.  Or NULL
 *
 * Called by the owner of the context; must not block and must not fail.
 */
struct damos_sink {
	void (*changed)(void *data, u32 index, const struct damos_scheme *scheme);
	void (*trying)(void *data, u32 index, const struct damon_ctx *ctx,
		       const struct damon_region *part);
	void (*quota)(void *data, u32 index, u64 effective);
	void (*applied)(void *data, u32 index, const struct damos_stats *stats);
};

struct damos;

/* check.c */
enum damos_invalid damos_check(const struct damon_ops *ops, const struct damos_env *env,
			       const struct damon_attrs *attrs, u32 nr_targets,
			       const struct damos_conf *conf, u32 *bad);
const char *damos_invalid_text(enum damos_invalid invalid);
bool damos_metric_is_total(enum damos_metric metric);
bool damos_metric_has_node(enum damos_metric metric);
bool damos_metric_has_memcg(enum damos_metric metric);

/* exchange.c */
struct damos_goals;
struct damos_goals *damos_goals_create(const struct damos_goal *list, u32 nr);
void damos_goals_destroy(const struct damos_env *env, struct damos_goals *goals);
void damos_exchange_goals(struct damos *damos, u32 index, struct damos_goals *goals);

/* set.c */
struct damos *damos_create(const struct damos_env *env, const struct damos_conf *confs,
			   u32 nr, u64 unit, const struct damos_sink *sink, void *sink_data);
void damos_destroy(struct damos *damos);
u32 damos_nr_schemes(const struct damos *damos);
const struct damos_scheme *damos_scheme_at(const struct damos *damos, u32 index);
extern const struct damon_actor damos_actor;

#endif /* DAMON_DAMOS_DAMOS_H */
