// SPDX-License-Identifier: GPL-2.0
/*
 * Proactive reclaim: pages out what has been idle for long, before memory is short.
 */
#include <linux/limits.h>

#include "uses/params.h"
#include "uses/uses.h"

#define VALUE(name)	damon_param_value(reclaim, name)

/* What the user's feedback is at the goal. */
#define FEEDBACK_GOAL	10000

static void reclaim_plan(const struct damon_use *use, struct damon_use_plan *plan)
{
	u64 unit = VALUE(addr_unit), quota = VALUE(quota_sz);
	struct damos_conf *conf;

	damon_use_plan_monitoring(use, plan);
	conf = damon_use_plan_scheme(use, plan, DAMOS_PAGEOUT);
	conf->pattern.max_accesses = 0;
	conf->pattern.min_age = VALUE(min_age);
	conf->quota.weight_age = 1;
	conf->quota.bytes = quota > U64_MAX / unit ? U64_MAX : quota * unit;
	if (VALUE(quota_mem_pressure_us))
		damon_use_plan_goal(plan, DAMOS_SOME_MEM_PSI_US, VALUE(quota_mem_pressure_us));
	if (VALUE(quota_autotune_feedback))
		damon_use_plan_goal(plan, DAMOS_USER_INPUT, FEEDBACK_GOAL)->input =
			VALUE(quota_autotune_feedback);
	if (VALUE(skip_anon))
		damon_use_plan_filter(plan, DAMOS_FILTER_ANON, true);
	damon_use_plan_quota(use, plan);
}

struct damon_use damon_use_reclaim = {
	.name = "reclaim",
	.shared = DAMON_PARAM_reclaim_commit_inputs,
	.plan = reclaim_plan,
	.pid = -1,
};
