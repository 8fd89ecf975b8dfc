// SPDX-License-Identifier: GPL-2.0
/*
 * From parameters that uses share to what monitoring and schemes are told.
 *
 * All with damon_uses_lock held.
 */
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/time64.h>

#include "uses/params.h"
#include "uses/uses.h"

/* Upstream's modules aim at 0.4 % of all accesses that can be seen. */
#define TUNED_BP	40

/* Ranges are asked for again when memory comes or goes; that is noticed otherwise. */
#define UPDATE_US	(60 * USEC_PER_SEC)

/**
 * damon_use_shared() - the value of a parameter that uses share
 * @use:	a use that has them
 * @which:	DAMON_SHARED_*
 */
u64 damon_use_shared(const struct damon_use *use, u32 which)
{
	return damon_params[use->shared + which].value;
}

/**
 * damon_use_plan_tuned() - intervals that follow what memory is used for
 * @plan:	where to
 * @access_bp:	how many of all accesses that can be seen shall be, in 1/10000
 */
void damon_use_plan_tuned(struct damon_use_plan *plan, u32 access_bp)
{
	plan->attrs.update_us = UPDATE_US;
	plan->attrs.sample_us = 5 * USEC_PER_MSEC;
	plan->attrs.aggr_us = 100 * USEC_PER_MSEC;
	plan->attrs.goal = (struct damon_goal) {
		.access_bp = access_bp,
		.aggrs = 3,
		.min_sample_us = 5 * USEC_PER_MSEC,
		.max_sample_us = 10 * USEC_PER_SEC,
	};
}

/**
 * damon_use_plan_monitoring() - intervals, regions and what to watch
 * @use:	the use
 * @plan:	where to
 */
void damon_use_plan_monitoring(const struct damon_use *use, struct damon_use_plan *plan)
{
	plan->attrs = (struct damon_attrs) {
		.sample_us = damon_use_shared(use, DAMON_SHARED_sample_interval),
		.aggr_us = damon_use_shared(use, DAMON_SHARED_aggr_interval),
		.update_us = UPDATE_US,
		.min_nr_regions = damon_use_shared(use, DAMON_SHARED_min_nr_regions),
		.max_nr_regions = damon_use_shared(use, DAMON_SHARED_max_nr_regions),
	};
	if (damon_use_shared(use, DAMON_SHARED_autotune_monitoring_intervals))
		damon_use_plan_tuned(plan, TUNED_BP);
	plan->unit = damon_use_shared(use, DAMON_SHARED_addr_unit);
	plan->range.start = damon_use_shared(use, DAMON_SHARED_monitor_region_start);
	plan->range.end = damon_use_shared(use, DAMON_SHARED_monitor_region_end);
}

/**
 * damon_use_plan_scheme() - one more scheme, under the use's watermarks
 * @use:	the use
 * @plan:	where to
 * @action:	what it does
 *
 * Return: the scheme, which is for all regions.
 */
struct damos_conf *damon_use_plan_scheme(const struct damon_use *use,
					 struct damon_use_plan *plan,
					 enum damos_action action)
{
	struct damos_conf *conf = &plan->schemes[plan->nr_schemes];

	conf->action = action;
	conf->pattern = (struct damos_pattern) {
		.min_sz = PAGE_SIZE,
		.max_sz = U64_MAX,
		.max_accesses = 10000,
		.max_age = U64_MAX,
		/* Thresholds stay what they are when intervals are tuned. */
		.accesses_in_bp = true,
		.age_in_us = true,
	};
	conf->watermarks = (struct damos_watermarks) {
		.used = true,
		.metric = DAMOS_FREE_MEM_PERMIL,
		.interval_us = damon_use_shared(use, DAMON_SHARED_wmarks_interval),
		.high = damon_use_shared(use, DAMON_SHARED_wmarks_high),
		.mid = damon_use_shared(use, DAMON_SHARED_wmarks_mid),
		.low = damon_use_shared(use, DAMON_SHARED_wmarks_low),
	};
	conf->quota.goals = plan->goals[plan->nr_schemes];
	conf->page_filters = &plan->filters[plan->nr_schemes];
	plan->nr_schemes++;
	return conf;
}

/**
 * damon_use_plan_goal() - one more goal of the last scheme
 * @plan:	where to
 * @metric:	what is measured
 * @target:	what it shall be
 *
 * Return: the goal.
 */
struct damos_goal *damon_use_plan_goal(struct damon_use_plan *plan,
				       enum damos_metric metric, u64 target)
{
	u32 scheme = plan->nr_schemes - 1;
	struct damos_goal *goal;

	goal = &plan->goals[scheme][plan->schemes[scheme].quota.nr_goals++];
	goal->metric = metric;
	goal->target = target;
	return goal;
}

/**
 * damon_use_plan_filter() - the filter of the last scheme: whom it spares
 * @plan:	where to
 * @type:	what pages are asked
 * @matching:	those are spared that say yes; else those that say no
 */
void damon_use_plan_filter(struct damon_use_plan *plan,
			   enum damos_page_filter_type type, bool matching)
{
	u32 scheme = plan->nr_schemes - 1;

	plan->filters[scheme].type = type;
	plan->filters[scheme].matching = matching;
	plan->schemes[scheme].nr_page_filters = 1;
}

/**
 * damon_use_plan_quota() - share the time quota among all schemes
 * @use:	the use
 * @plan:	with its schemes and what else limits them
 */
void damon_use_plan_quota(const struct damon_use *use, struct damon_use_plan *plan)
{
	u64 time_us = damon_use_shared(use, DAMON_SHARED_quota_ms) * USEC_PER_MSEC;
	u64 interval_us;
	u32 i;

	interval_us = damon_use_shared(use, DAMON_SHARED_quota_reset_interval_ms) *
		      USEC_PER_MSEC;
	for (i = 0; i < plan->nr_schemes; i++) {
		struct damos_quota *quota = &plan->schemes[i].quota;

		quota->time_us = time_us / plan->nr_schemes;
		/* It is no mistake to have an interval left for which there is no limit. */
		if (quota->time_us || quota->bytes || quota->nr_goals)
			quota->interval_us = interval_us;
	}
}
