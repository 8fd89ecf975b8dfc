// SPDX-License-Identifier: GPL-2.0
/*
 * What a scheme must fulfil, and what to say where it does not.
 */
#include <linux/limits.h>
#include <linux/types.h>

#include "damos/damos.h"

/* Ten years of 365 days, as for intervals of the core. */
#define LONGEST_US	(10ULL * 365 * 24 * 3600 * 1000 * 1000)

#define ALL_BP		10000U
#define ALL_PERMIL	1000U

/**
 * damos_metric_is_total() - does a metric only ever grow?
 * @metric:	the metric
 *
 * Goals then are about how much it grows in an interval of the quota.
 */
bool damos_metric_is_total(enum damos_metric metric)
{
	switch (metric) {
	case DAMOS_SOME_MEM_PSI_US:
	case DAMOS_FULL_MEM_PSI_US:
	case DAMOS_MEMCG_SOME_PSI_US:
	case DAMOS_MEMCG_FULL_PSI_US:
	case DAMOS_REFAULTS:
		return true;
	default:
		return false;
	}
}

/**
 * damos_metric_has_node() - is a metric one of a node?
 * @metric:	the metric
 */
bool damos_metric_has_node(enum damos_metric metric)
{
	switch (metric) {
	case DAMOS_NODE_MEM_USED_BP:
	case DAMOS_NODE_MEM_FREE_BP:
	case DAMOS_NODE_MEMCG_USED_BP:
	case DAMOS_NODE_MEMCG_FREE_BP:
	case DAMOS_NODE_ELIGIBLE_MEM_BP:
		return true;
	default:
		return false;
	}
}

/**
 * damos_metric_has_memcg() - is a metric one of a memory cgroup?
 * @metric:	the metric
 */
bool damos_metric_has_memcg(enum damos_metric metric)
{
	switch (metric) {
	case DAMOS_NODE_MEMCG_USED_BP:
	case DAMOS_NODE_MEMCG_FREE_BP:
	case DAMOS_MEMCG_SOME_PSI_US:
	case DAMOS_MEMCG_FULL_PSI_US:
		return true;
	default:
		return false;
	}
}

static enum damos_invalid check_action(const struct damon_ops *ops,
				       const struct damos_conf *conf)
{
	if (conf->action >= NR_DAMOS_ACTIONS)
		return DAMOS_BAD_ACTION;
	/* Who only counts, and asks nothing of pages, needs no operations set. */
	if (conf->action == DAMOS_STAT && !conf->nr_page_filters)
		return DAMOS_VALID;
	if (!(ops->actions >> conf->action & 1))
		return DAMOS_BAD_ACTION_OPS;
	return DAMOS_VALID;
}

static enum damos_invalid check_pattern(const struct damos_pattern *pattern)
{
	if (pattern->min_sz > pattern->max_sz)
		return DAMOS_BAD_SZ;
	if (pattern->min_accesses > pattern->max_accesses)
		return DAMOS_BAD_ACCESSES;
	if (pattern->accesses_in_bp && pattern->max_accesses > ALL_BP)
		return DAMOS_BAD_ACCESSES_BP;
	if (pattern->min_age > pattern->max_age)
		return DAMOS_BAD_AGE;
	return DAMOS_VALID;
}

static enum damos_invalid check_metric(const struct damon_ops *ops, const struct damos_env *env,
				       const struct damos_goal *goal)
{
	enum damos_metric metric = goal->metric;

	if (metric >= NR_DAMOS_METRICS || metric == DAMOS_FREE_MEM_PERMIL)
		return DAMOS_BAD_GOAL_METRIC;
	if (metric == DAMOS_USER_INPUT)
		return DAMOS_VALID;
	if (metric == DAMOS_NODE_ELIGIBLE_MEM_BP)
		return ops->node ? DAMOS_VALID : DAMOS_BAD_GOAL_METRIC_OPS;
	return env->metrics(goal->memcg) >> metric & 1 ? DAMOS_VALID : DAMOS_BAD_GOAL_METRIC_HERE;
}

static enum damos_invalid check_goal(const struct damon_ops *ops, const struct damos_env *env,
				     const struct damos_goal *goal)
{
	enum damos_invalid invalid = check_metric(ops, env, goal);

	if (invalid != DAMOS_VALID)
		return invalid;
	if (!goal->target)
		return DAMOS_BAD_GOAL_TARGET;
	if (goal->node && !damos_metric_has_node(goal->metric))
		return DAMOS_BAD_GOAL_NODE;
	if (!goal->memcg != !damos_metric_has_memcg(goal->metric))
		return DAMOS_BAD_GOAL_MEMCG;
	if (goal->input && goal->metric != DAMOS_USER_INPUT)
		return DAMOS_BAD_GOAL_INPUT;
	return DAMOS_VALID;
}

static enum damos_invalid check_quota(const struct damon_ops *ops, const struct damos_env *env,
				      const struct damos_quota *quota, u32 *bad)
{
	enum damos_invalid invalid = DAMOS_VALID;
	u32 i;

	if (quota->interval_us > LONGEST_US || quota->time_us > LONGEST_US)
		return DAMOS_BAD_QUOTA_LONG;
	if (quota->interval_us && quota->time_us > quota->interval_us)
		return DAMOS_BAD_QUOTA_TIME;
	if (quota->interval_us && !quota->time_us && !quota->bytes && !quota->nr_goals)
		return DAMOS_BAD_QUOTA_UNUSED;
	if (quota->weight_sz > DAMOS_MAX_WEIGHT || quota->weight_age > DAMOS_MAX_WEIGHT ||
	    quota->weight_accesses > DAMOS_MAX_WEIGHT)
		return DAMOS_BAD_WEIGHT;
	if (quota->fail_num > quota->fail_denom)
		return DAMOS_BAD_FAIL;
	if (quota->tuner > DAMOS_TUNER_TEMPORAL)
		return DAMOS_BAD_TUNER;
	if (quota->seed && (quota->tuner != DAMOS_TUNER_CONSIST || !quota->nr_goals))
		return DAMOS_BAD_SEED;
	if (quota->nr_goals > DAMOS_MAX_GOALS)
		return DAMOS_BAD_GOAL_NUMBER;
	for (i = 0; i < quota->nr_goals && invalid == DAMOS_VALID; i++) {
		*bad = i;
		invalid = check_goal(ops, env, &quota->goals[i]);
	}
	return invalid;
}

static enum damos_invalid check_marks(const struct damos_env *env,
				      const struct damos_watermarks *marks)
{
	if (!marks->used)
		return DAMOS_VALID;
	if (marks->metric != DAMOS_FREE_MEM_PERMIL)
		return DAMOS_BAD_MARK_METRIC;
	if (!(env->metrics(NULL) >> marks->metric & 1))
		return DAMOS_BAD_MARK_METRIC_HERE;
	if (!marks->interval_us || marks->interval_us > LONGEST_US)
		return DAMOS_BAD_MARK_INTERVAL;
	if (marks->high < marks->mid || marks->mid < marks->low)
		return DAMOS_BAD_MARK_ORDER;
	if (marks->high > ALL_PERMIL)
		return DAMOS_BAD_MARK_HIGH;
	return DAMOS_VALID;
}

static enum damos_invalid check_region_filter(const struct damos_region_filter *f,
					      u32 nr_targets)
{
	switch (f->type) {
	case DAMOS_FILTER_ADDR:
		return f->range.start < f->range.end ? DAMOS_VALID : DAMOS_BAD_FILTER_RANGE;
	case DAMOS_FILTER_TARGET:
		return f->target < nr_targets ? DAMOS_VALID : DAMOS_BAD_FILTER_TARGET;
	}
	return DAMOS_BAD_FILTER_TYPE;
}

static enum damos_invalid check_page_filter(const struct damos_page_filter *f)
{
	if (f->type >= NR_DAMOS_PAGE_FILTERS)
		return DAMOS_BAD_FILTER_TYPE;
	if (f->type == DAMOS_FILTER_HUGEPAGE_SIZE && f->min > f->max)
		return DAMOS_BAD_FILTER_SIZES;
	if (!f->what != (f->type != DAMOS_FILTER_MEMCG))
		return DAMOS_BAD_FILTER_MEMCG;
	return DAMOS_VALID;
}

/* Of both kinds; @bad counts the region filters first. */
static enum damos_invalid check_filters(const struct damos_conf *conf, u32 nr_targets,
					u32 *bad)
{
	enum damos_invalid invalid = DAMOS_VALID;
	u32 i;

	if (conf->nr_region_filters > DAMOS_MAX_FILTERS ||
	    conf->nr_page_filters > DAMOS_MAX_FILTERS)
		return DAMOS_BAD_FILTER_NUMBER;
	for (i = 0; i < conf->nr_region_filters && invalid == DAMOS_VALID; i++) {
		*bad = i;
		invalid = check_region_filter(&conf->region_filters[i], nr_targets);
	}
	for (i = 0; i < conf->nr_page_filters && invalid == DAMOS_VALID; i++) {
		*bad = conf->nr_region_filters + i;
		invalid = check_page_filter(&conf->page_filters[i]);
	}
	return invalid;
}

static enum damos_invalid check_dests(const struct damos_conf *conf, u32 *bad)
{
	u64 weights = 0;
	u32 i;

	if (conf->action != DAMOS_MIGRATE_HOT && conf->action != DAMOS_MIGRATE_COLD)
		return conf->nr_dests || conf->node ? DAMOS_BAD_DEST_ACTION : DAMOS_VALID;
	if (conf->nr_dests > DAMOS_MAX_DESTS)
		return DAMOS_BAD_DEST_NUMBER;
	for (i = 0; i < conf->nr_dests; i++) {
		*bad = i;
		weights += conf->dests[i].weight;
		if (weights > U32_MAX)
			return DAMOS_BAD_DEST_WEIGHT;
	}
	if (conf->nr_dests && !weights)
		return DAMOS_BAD_DEST_WEIGHT;
	return DAMOS_VALID;
}

/**
 * damos_check() - is a scheme usable?
 * @ops:	operations set of the context
 * @env:	what schemes get from outside
 * @attrs:	attributes of the context, valid ones
 * @nr_targets:	how many targets the context has
 * @conf:	the scheme
 * @bad:	if a goal, filter or destination is wrong: its index; page filters
 *		are counted behind region filters
 *
 * Whether nodes exist is for who knows nodes.
 *
 * Return: DAMOS_VALID, or the first thing that is wrong.
 */
enum damos_invalid damos_check(const struct damon_ops *ops, const struct damos_env *env,
			       const struct damon_attrs *attrs, u32 nr_targets,
			       const struct damos_conf *conf, u32 *bad)
{
	enum damos_invalid invalid;

	*bad = 0;
	invalid = check_action(ops, conf);
	if (invalid == DAMOS_VALID)
		invalid = check_pattern(&conf->pattern);
	if (invalid == DAMOS_VALID && conf->apply_us > LONGEST_US)
		invalid = DAMOS_BAD_APPLY_LONG;
	if (invalid == DAMOS_VALID)
		invalid = check_quota(ops, env, &conf->quota, bad);
	if (invalid == DAMOS_VALID)
		invalid = check_marks(env, &conf->watermarks);
	if (invalid == DAMOS_VALID)
		invalid = check_filters(conf, nr_targets, bad);
	if (invalid == DAMOS_VALID)
		invalid = check_dests(conf, bad);
	if (invalid == DAMOS_VALID && conf->max_tried > attrs->max_nr_regions)
		invalid = DAMOS_BAD_TRIED;
	return invalid;
}

/**
 * damos_invalid_text() - what to change
 * @invalid:	what damos_check() has returned
 *
 * Return: a constant text without a full stop or newline, for people; empty
 * for DAMOS_VALID.
 */
const char *damos_invalid_text(enum damos_invalid invalid)
{
	switch (invalid) {
	case DAMOS_VALID:
		return "";
	case DAMOS_BAD_ACTION:
		return "there is no such action";
	case DAMOS_BAD_ACTION_OPS:
		return "this operations set has no such action, or cannot ask pages: take another one";
	case DAMOS_BAD_SZ:
		return "the smallest size is above the largest: exchange them";
	case DAMOS_BAD_ACCESSES:
		return "the fewest accesses are above the most: exchange them";
	case DAMOS_BAD_ACCESSES_BP:
		return "more than all samples: give at most 10000";
	case DAMOS_BAD_AGE:
		return "the lowest age is above the highest: exchange them";
	case DAMOS_BAD_APPLY_LONG:
	case DAMOS_BAD_QUOTA_LONG:
		return "it is over ten years: give at most 315360000000000 us";
	case DAMOS_BAD_QUOTA_TIME:
		return "it is more time than the quota's interval has: lower it";
	case DAMOS_BAD_QUOTA_UNUSED:
		return "there is nothing that it is an interval of: give a size, a time or goals, or 0";
	case DAMOS_BAD_WEIGHT:
		return "a weight is above 10000: lower it";
	case DAMOS_BAD_FAIL:
		return "what has failed would count more than it is: give at most the denominator";
	case DAMOS_BAD_TUNER:
		return "there is no such tuner";
	case DAMOS_BAD_SEED:
		return "only feedback from goals begins with a seed: give 0";
	case DAMOS_BAD_GOAL_NUMBER:
		return "more than 16 goals: give fewer";
	case DAMOS_BAD_GOAL_METRIC:
		return "there is no such metric for goals";
	case DAMOS_BAD_GOAL_METRIC_HERE:
	case DAMOS_BAD_MARK_METRIC_HERE:
		return "this metric cannot be measured here: take another one";
	case DAMOS_BAD_GOAL_METRIC_OPS:
		return "only of physical addresses nodes can be told: take another metric, or that operations set";
	case DAMOS_BAD_GOAL_TARGET:
		return "it is 0, and a goal is reached in parts of its target: give at least 1";
	case DAMOS_BAD_GOAL_NODE:
		return "this metric is not one of a node: give 0";
	case DAMOS_BAD_GOAL_MEMCG:
		return "there is a cgroup for just those metrics that are of one";
	case DAMOS_BAD_GOAL_INPUT:
		return "this metric is measured: give no value";
	case DAMOS_BAD_MARK_METRIC:
		return "there is no such metric for watermarks";
	case DAMOS_BAD_MARK_INTERVAL:
		return "it is 0 or over ten years: give 1 to 315360000000000 us";
	case DAMOS_BAD_MARK_ORDER:
		return "watermarks are not in order: high must not be below mid, nor mid below low";
	case DAMOS_BAD_MARK_HIGH:
		return "the high watermark is more than all: give at most 1000";
	case DAMOS_BAD_FILTER_NUMBER:
		return "more than 64 filters of regions or of pages: give fewer";
	case DAMOS_BAD_FILTER_TYPE:
		return "there is no such filter";
	case DAMOS_BAD_FILTER_TARGET:
		return "there is no such target: give the index of one";
	case DAMOS_BAD_FILTER_RANGE:
		return "its range is empty: the end must be above the start by a smallest region";
	case DAMOS_BAD_FILTER_SIZES:
		return "its smallest size is above the largest: exchange them";
	case DAMOS_BAD_FILTER_MEMCG:
		return "there is a cgroup for just those filters that are of one";
	case DAMOS_BAD_DEST_ACTION:
		return "this action moves nothing: give no nodes";
	case DAMOS_BAD_DEST_NUMBER:
		return "more than 64 destinations: give fewer";
	case DAMOS_BAD_DEST_WEIGHT:
		return "the sum of weights must be 1 to 4294967295";
	case DAMOS_BAD_TRIED:
		return "more than there can be regions: give at most max_nr_regions";
	}
	return "invalid value";
}
