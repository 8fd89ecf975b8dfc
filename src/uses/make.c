// SPDX-License-Identifier: GPL-2.0
/*
 * From parameters to a context.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "abi/events.h"
#include "kernel/memory.h"
#include "kernel/rmap.h"
#include "kernel/scheme_env.h"
#include "ops/act.h"
#include "ops/paddr.h"
#include "uses/params.h"
#include "uses/uses.h"

/* The core's results go to tracers only: who wants to know looks. */

static void use_window(void *data, const struct damon_window *window)
{
	const struct damon_use *use = data;

	damon_events_window(use->id, window);
}

static void use_target_gone(void *data, u32 index, u64 now_ns)
{
}

static void use_intervals(void *data, const struct damon_attrs *now, u64 now_ns)
{
	const struct damon_use *use = data;

	damon_events_intervals(use->id, now);
}

static const struct damon_sink use_sink = {
	.window = use_window,
	.target_gone = use_target_gone,
	.intervals = use_intervals,
};

static void use_scheme_changed(void *data, u32 index, const struct damos_scheme *scheme)
{
}

static void use_trying(void *data, u32 index, const struct damon_ctx *ctx,
		       const struct damon_region *part)
{
	const struct damon_use *use = data;

	damon_events_before_apply(use->id, index, ctx, part);
}

static void use_quota(void *data, u32 index, u64 effective)
{
	const struct damon_use *use = data;

	damon_events_quota(use->id, index, effective);
}

static void use_applied(void *data, u32 index, const struct damos_stats *stats)
{
	const struct damon_use *use = data;

	damon_events_applied(use->id, index, stats);
}

static const struct damos_sink use_damos_sink = {
	.changed = use_scheme_changed,
	.trying = use_trying,
	.quota = use_quota,
	.applied = use_applied,
};

static u64 min_region_sz(const struct damon_use_plan *plan)
{
	return max_t(u64, damon_paddr_ops.min_region_sz / plan->unit, 1);
}

/* Which parameters are to be changed. */
static const char *attrs_at(enum damon_invalid invalid)
{
	switch (invalid) {
	case DAMON_BAD_MIN_REGIONS:
	case DAMON_BAD_MAX_BELOW_MIN:
	case DAMON_BAD_MAX_REGIONS:
		return "min_nr_regions, max_nr_regions";
	case DAMON_BAD_TOO_MANY_RANGES:
		return "max_nr_regions";
	default:
		return "sample_interval, aggr_interval";
	}
}

static const char *scheme_at(enum damos_invalid invalid)
{
	switch (invalid) {
	case DAMOS_BAD_QUOTA_TIME:
		return "quota_ms, quota_reset_interval_ms";
	case DAMOS_BAD_MARK_ORDER:
		return "wmarks_high, wmarks_mid, wmarks_low";
	case DAMOS_BAD_MARK_METRIC_HERE:
		return "wmarks_high";
	case DAMOS_BAD_GOAL_METRIC_HERE:
		return "goal of the quota";
	default:
		return "parameters";
	}
}

static int check_attrs(const struct damon_use *use, const struct damon_use_plan *plan)
{
	enum damon_invalid invalid = damon_attrs_check(&plan->attrs);

	if (invalid == DAMON_VALID)
		return 0;
	pr_warn("%s: %s: %s\n", use->name, attrs_at(invalid), damon_invalid_text(invalid));
	return -EINVAL;
}

/* Grows the range to whole regions.  None is fine: then it is all memory. */
static int check_range(const struct damon_use *use, struct damon_use_plan *plan)
{
	struct damon_range *range = &plan->range;
	u64 most = damon_memory_end() / plan->unit;

	if (!range->start && !range->end)
		return 0;
	if (range->start >= range->end || range->end > most) {
		pr_warn("%s: monitor_region_start, monitor_region_end: the end is above the start and at most %llu; or give 0 and 0\n",
			use->name, most);
		return -EINVAL;
	}
	range->start = round_down(range->start, min_region_sz(plan));
	range->end = round_up(range->end, min_region_sz(plan));
	return 0;
}

static int check_scheme(const struct damon_use *use, const struct damon_use_plan *plan,
			const struct damos_conf *conf)
{
	enum damos_invalid invalid;
	u32 bad;

	if (!(damon_actions_usable() >> conf->action & 1)) {
		pr_warn("%s: this kernel does not let the module do that\n", use->name);
		return -EOPNOTSUPP;
	}
	invalid = damos_check(&damon_paddr_ops, &damon_scheme_env, &plan->attrs, 1, conf, &bad);
	if (invalid == DAMOS_VALID)
		return 0;
	pr_warn("%s: %s: %s\n", use->name, scheme_at(invalid), damos_invalid_text(invalid));
	return -EINVAL;
}

static int check(const struct damon_use *use, struct damon_use_plan *plan)
{
	u32 i;
	int err;

	if (!damon_pages_usable()) {
		pr_warn("%s: this kernel does not let the module find the mappings of a page\n",
			use->name);
		return -EOPNOTSUPP;
	}
	err = check_attrs(use, plan);
	if (!err)
		err = check_range(use, plan);
	for (i = 0; !err && i < plan->nr_schemes; i++)
		err = check_scheme(use, plan, &plan->schemes[i]);
	return err;
}

/* With the target, which it owns if this succeeds. */
static struct damon_ctx *make_ctx(struct damon_use *use, const struct damon_use_plan *plan,
				  void *target)
{
	bool all = !plan->range.end;
	const struct damon_target_spec spec = {
		.priv = target,
		/* What was learnt in other units is of no use. */
		.key = plan->unit,
		.ranges = all ? NULL : &plan->range,
		.nr_ranges = all ? 0 : 1,
	};
	enum damon_invalid invalid;
	struct damon_ctx *ctx;

	invalid = damon_capacity_check(&damon_paddr_ops, &plan->attrs, &spec, 1);
	if (invalid != DAMON_VALID) {
		pr_warn("%s: %s: %s\n", use->name, attrs_at(invalid),
			damon_invalid_text(invalid));
		return ERR_PTR(-EINVAL);
	}
	ctx = damon_ctx_create(&damon_paddr_ops, &plan->attrs, &spec, 1, get_random_u64(),
			       &use_sink, use);
	return ctx ? ctx : ERR_PTR(-ENOMEM);
}

static struct damon_ctx *make(struct damon_use *use, const struct damon_use_plan *plan)
{
	void *target = damon_paddr_target(plan->unit);
	struct damon_ctx *ctx;
	struct damos *damos;

	if (!target)
		return ERR_PTR(-ENOMEM);
	ctx = make_ctx(use, plan, target);
	if (IS_ERR(ctx)) {
		damon_paddr_ops.put(target);
		return ctx;
	}
	ctx->min_region_sz = min_region_sz(plan);
	if (!plan->nr_schemes)
		return ctx;
	damos = damos_create(&damon_scheme_env, plan->schemes, plan->nr_schemes, plan->unit,
			     &use_damos_sink, use);
	if (!damos) {
		damon_ctx_destroy(ctx);
		return ERR_PTR(-ENOMEM);
	}
	ctx->actor = &damos_actor;
	ctx->actor_data = damos;
	return ctx;
}

/**
 * damon_use_make() - a context as the parameters say
 * @use:	the use; damon_uses_lock is held
 *
 * What is wrong with them is in the log then.
 *
 * Return: the context, or ERR_PTR(): -EINVAL, -EOPNOTSUPP (not on this kernel),
 * -ENOMEM.
 */
struct damon_ctx *damon_use_make(struct damon_use *use)
{
	struct damon_use_plan *plan;
	struct damon_ctx *ctx;
	int err;

	plan = kzalloc(sizeof(*plan), GFP_KERNEL_ACCOUNT);
	if (!plan)
		return ERR_PTR(-ENOMEM);
	use->plan(use, plan);
	err = check(use, plan);
	ctx = err ? ERR_PTR(err) : make(use, plan);
	kfree(plan);
	return ctx;
}
