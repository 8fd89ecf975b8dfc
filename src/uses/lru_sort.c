// SPDX-License-Identifier: GPL-2.0
/*
 * Has reclaim find memory in the order of its use: what is hot becomes active, what
 * has been idle for long inactive.
 */
#include "uses/params.h"
#include "uses/uses.h"

#define VALUE(name)	damon_param_value(lru_sort, name)

#define ALL_BP		10000

/* The two aims overlap by so much, lest they push the same memory to and fro. */
#define OVERLAP_BP	2

static void lru_sort_plan(const struct damon_use *use, struct damon_use_plan *plan)
{
	u64 active_bp = VALUE(active_mem_bp);
	struct damos_conf *hot, *cold;

	damon_use_plan_monitoring(use, plan);

	hot = damon_use_plan_scheme(use, plan, DAMOS_LRU_PRIO);
	hot->pattern.min_accesses = VALUE(hot_thres_access_freq) * (ALL_BP / 1000);
	hot->quota.weight_accesses = 1;
	hot->quota.weight_age = 1;
	if (active_bp)
		damon_use_plan_goal(plan, DAMOS_ACTIVE_MEM_BP, active_bp);
	if (VALUE(filter_young_pages))
		damon_use_plan_filter(plan, DAMOS_FILTER_YOUNG, false);

	cold = damon_use_plan_scheme(use, plan, DAMOS_LRU_DEPRIO);
	cold->pattern.max_accesses = 0;
	cold->pattern.min_age = VALUE(cold_min_age);
	cold->quota.weight_accesses = 1;
	cold->quota.weight_age = 1;
	if (active_bp)
		damon_use_plan_goal(plan, DAMOS_INACTIVE_MEM_BP, ALL_BP - active_bp + OVERLAP_BP);
	if (VALUE(filter_young_pages))
		damon_use_plan_filter(plan, DAMOS_FILTER_YOUNG, true);

	damon_use_plan_quota(use, plan);
}

struct damon_use damon_use_lru_sort = {
	.name = "lru_sort",
	.shared = DAMON_PARAM_lru_sort_commit_inputs,
	.plan = lru_sort_plan,
	.pid = -1,
};
