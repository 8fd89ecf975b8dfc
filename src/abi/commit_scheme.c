// SPDX-License-Identifier: GPL-2.0
/*
 * COMMIT: one scheme, with its filters, goals and destinations.
 */
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/nodemask.h>

#include "abi/abi.h"
#include "abi/commit_schemes.h"
#include "kernel/attributes.h"
#include "kernel/scheme_env.h"
#include "kernel/task.h"
#include "ops/act.h"

#define SCHEME_FLAGS	(DAMON_SCHEME_ACCESSES_BP | DAMON_SCHEME_AGE_US)
#define FILTER_FLAGS	(DAMON_FILTER_MATCHING | DAMON_FILTER_ALLOW)

/* Numbers of the ABI that are handed on as they are. */
static_assert(DAMON_ACTION_WILLNEED == (int)DAMOS_WILLNEED);
static_assert(DAMON_ACTION_COLD == (int)DAMOS_COLD);
static_assert(DAMON_ACTION_PAGEOUT == (int)DAMOS_PAGEOUT);
static_assert(DAMON_ACTION_HUGEPAGE == (int)DAMOS_HUGEPAGE);
static_assert(DAMON_ACTION_NOHUGEPAGE == (int)DAMOS_NOHUGEPAGE);
static_assert(DAMON_ACTION_COLLAPSE == (int)DAMOS_COLLAPSE);
static_assert(DAMON_ACTION_LRU_PRIO == (int)DAMOS_LRU_PRIO);
static_assert(DAMON_ACTION_LRU_DEPRIO == (int)DAMOS_LRU_DEPRIO);
static_assert(DAMON_ACTION_MIGRATE_HOT == (int)DAMOS_MIGRATE_HOT);
static_assert(DAMON_ACTION_MIGRATE_COLD == (int)DAMOS_MIGRATE_COLD);
static_assert(DAMON_ACTION_STAT == (int)DAMOS_STAT);
static_assert(DAMON_METRIC_USER_INPUT == (int)DAMOS_USER_INPUT);
static_assert(DAMON_METRIC_SOME_MEM_PSI_US == (int)DAMOS_SOME_MEM_PSI_US);
static_assert(DAMON_METRIC_NODE_MEM_USED_BP == (int)DAMOS_NODE_MEM_USED_BP);
static_assert(DAMON_METRIC_NODE_MEM_FREE_BP == (int)DAMOS_NODE_MEM_FREE_BP);
static_assert(DAMON_METRIC_NODE_MEMCG_USED_BP == (int)DAMOS_NODE_MEMCG_USED_BP);
static_assert(DAMON_METRIC_NODE_MEMCG_FREE_BP == (int)DAMOS_NODE_MEMCG_FREE_BP);
static_assert(DAMON_METRIC_ACTIVE_MEM_BP == (int)DAMOS_ACTIVE_MEM_BP);
static_assert(DAMON_METRIC_INACTIVE_MEM_BP == (int)DAMOS_INACTIVE_MEM_BP);
static_assert(DAMON_METRIC_FULL_MEM_PSI_US == (int)DAMOS_FULL_MEM_PSI_US);
static_assert(DAMON_METRIC_MEMCG_SOME_PSI_US == (int)DAMOS_MEMCG_SOME_PSI_US);
static_assert(DAMON_METRIC_MEMCG_FULL_PSI_US == (int)DAMOS_MEMCG_FULL_PSI_US);
static_assert(DAMON_METRIC_REFAULTS == (int)DAMOS_REFAULTS);
static_assert(DAMON_METRIC_SWAP_USED_BP == (int)DAMOS_SWAP_USED_BP);
static_assert(DAMON_METRIC_NODE_ELIGIBLE_MEM_BP == (int)DAMOS_NODE_ELIGIBLE_MEM_BP);
static_assert(DAMON_TUNER_CONSIST == (int)DAMOS_TUNER_CONSIST);
static_assert(DAMON_TUNER_TEMPORAL == (int)DAMOS_TUNER_TEMPORAL);

/* Members that the type of a filter has no use for. */
static int check_filter(struct damon_request *req, u32 index,
			const struct damon_scheme_filter_conf *f)
{
	bool of_memcg = f->type == DAMON_FILTER_MEMCG;
	u32 flags = FILTER_FLAGS | (of_memcg ? DAMON_FILTER_HIERARCHICAL : 0);

	if (f->type > DAMON_FILTER_TARGET)
		return damon_request_fail(req, -EINVAL,
					  "scheme filter %u: type is %u: the last one is %u (target)",
					  index, f->type, DAMON_FILTER_TARGET);
	if (f->flags & ~flags)
		return damon_request_fail(req, -EINVAL,
					  "scheme filter %u: flags is 0x%x: only 0x%x are defined for its type",
					  index, f->flags, flags);
	if (!of_memcg && f->fd)
		return damon_request_fail(req, -EINVAL,
					  "scheme filter %u: fd is %d: this type has none, give 0",
					  index, f->fd);
	if (f->type != DAMON_FILTER_TARGET && f->target)
		return damon_request_fail(req, -EINVAL,
					  "scheme filter %u: target is %u: this type has none, give 0",
					  index, f->target);
	if (f->type != DAMON_FILTER_ADDR && f->type != DAMON_FILTER_HUGEPAGE_SIZE &&
	    (f->min || f->max))
		return damon_request_fail(req, -EINVAL,
					  "scheme filter %u: min and max are 0x%llx and 0x%llx: this type has none, give 0",
					  index, f->min, f->max);
	return 0;
}

static enum damos_page_filter_type page_type(u32 type)
{
	switch (type) {
	case DAMON_FILTER_MEMCG:
		return DAMOS_FILTER_MEMCG;
	case DAMON_FILTER_ACTIVE:
		return DAMOS_FILTER_ACTIVE;
	case DAMON_FILTER_YOUNG:
		return DAMOS_FILTER_YOUNG;
	case DAMON_FILTER_HUGEPAGE_SIZE:
		return DAMOS_FILTER_HUGEPAGE_SIZE;
	case DAMON_FILTER_UNMAPPED:
		return DAMOS_FILTER_UNMAPPED;
	default:
		return DAMOS_FILTER_ANON;
	}
}

/* @what @index names a cgroup by @fd, which for modules is an index. */
static int get_memcg(struct damon_request *req, const struct damon_plan_schemes *schemes,
		     const char *what, u32 index, s32 fd, void **memcg)
{
	const char *why = "";
	void *got;

	if (!schemes->of_kernel)
		got = damon_memcg_get(fd, &why);
	else if (fd >= 0 && (u32)fd < schemes->nr_cgroups)
		got = damon_memcg_find(schemes->cgroups[fd], &why);
	else
		return damon_request_fail(req, -EINVAL,
					  "scheme %s %u: fd is %d: nr_cgroups is %u, and it is an index there",
					  what, index, fd, schemes->nr_cgroups);
	if (IS_ERR(got))
		return damon_request_fail(req, PTR_ERR(got), "scheme %s %u (fd %d): %s", what,
					  index, fd, why);
	*memcg = got;
	return 0;
}

static bool is_of_regions(const struct damon_scheme_filter_conf *f)
{
	return f->type == DAMON_FILTER_ADDR || f->type == DAMON_FILTER_TARGET;
}

static struct damos_region_filter region_filter(const struct damon_plan *plan,
						const struct damon_scheme_filter_conf *f)
{
	u64 mask = ~(plan->min_region_sz - 1);

	return (struct damos_region_filter) {
		.type = f->type == DAMON_FILTER_ADDR ? DAMOS_FILTER_ADDR : DAMOS_FILTER_TARGET,
		.matching = f->flags & DAMON_FILTER_MATCHING,
		.allow = f->flags & DAMON_FILTER_ALLOW,
		.target = f->target,
		.range = { f->min & mask, f->max & mask },
	};
}

/* The filters of one scheme, in two groups. */
static int plan_filters(struct damon_request *req, struct damon_plan *plan,
			struct damos_conf *to, const struct damon_scheme_conf *s)
{
	struct damon_plan_schemes *schemes = plan->schemes;
	u32 i, last = s->nr_filters ? s->first_filter + s->nr_filters : 0;
	int err = 0;

	/* @first_filter was looked at only if there are any. */
	if (s->nr_filters)
		to->region_filters = schemes->regions + s->first_filter;
	to->page_filters = schemes->pages + schemes->nr_pages;
	for (i = s->nr_filters ? s->first_filter : 0; !err && i < last; i++) {
		const struct damon_scheme_filter_conf *f = &schemes->in.filters[i];
		struct damos_page_filter *page;

		err = check_filter(req, i, f);
		if (err)
			break;
		if (is_of_regions(f)) {
			schemes->regions[s->first_filter + to->nr_region_filters++] =
				region_filter(plan, f);
			continue;
		}
		page = &schemes->pages[schemes->nr_pages++];
		to->nr_page_filters++;
		page->type = page_type(f->type);
		page->matching = f->flags & DAMON_FILTER_MATCHING;
		page->allow = f->flags & DAMON_FILTER_ALLOW;
		page->hierarchical = f->flags & DAMON_FILTER_HIERARCHICAL;
		page->min = f->min;
		page->max = f->max;
		if (f->type == DAMON_FILTER_MEMCG)
			err = get_memcg(req, schemes, "filter", i, f->fd, &page->what);
	}
	return err;
}

static int plan_goals(struct damon_request *req, struct damon_plan *plan,
		      struct damos_conf *to, const struct damon_scheme_conf *s)
{
	struct damon_plan_schemes *schemes = plan->schemes;
	u32 i, last = s->nr_goals ? s->first_goal + s->nr_goals : 0;
	int err = 0;

	to->quota.goals = schemes->goals + schemes->nr_goals;
	to->quota.nr_goals = s->nr_goals;
	for (i = s->nr_goals ? s->first_goal : 0; !err && i < last; i++) {
		const struct damon_scheme_goal_conf *g = &schemes->in.goals[i];
		struct damos_goal *goal = &schemes->goals[schemes->nr_goals++];

		if (g->reserved)
			return damon_request_fail(req, -EINVAL,
						  "scheme goal %u: reserved is 0x%x: it must be 0",
						  i, g->reserved);
		goal->metric = g->metric;
		goal->node = g->node;
		goal->target = g->target;
		goal->input = g->value;
		if (g->metric < NR_DAMOS_METRICS && damos_metric_has_memcg(g->metric))
			err = get_memcg(req, schemes, "goal", i, g->fd, &goal->memcg);
		else if (g->fd)
			err = damon_request_fail(req, -EINVAL,
						 "scheme goal %u: fd is %d: this metric is not one of a cgroup, give 0",
						 i, g->fd);
	}
	return err;
}

/* What the caller may not have done to memory, or learn. */
static int check_rights(struct damon_request *req, const struct damos_conf *conf, u32 index,
			const struct damon_limits *limits)
{
	u32 i;

	if (conf->action != DAMOS_STAT && !damon_may_act())
		return damon_request_fail(req, -EPERM,
					  "scheme %u: action is %u: only %u (stat) works without CAP_SYS_NICE",
					  index, conf->action, DAMON_ACTION_STAT);
	/* The worker wakes up for them as it does for samples. */
	if (conf->watermarks.interval_us && conf->watermarks.interval_us < limits->min_sample_us)
		return damon_request_fail(req, -EPERM,
					  "scheme %u: watermark_us is %llu: without CAP_PERFMON the least is %llu",
					  index, conf->watermarks.interval_us,
					  limits->min_sample_us);
	if (!limits->own_bits_only)
		return 0;
	if (conf->action != DAMOS_STAT)
		return damon_request_fail(req, -EPERM,
					  "scheme %u: action is %u: only %u (stat) works without CAP_PERFMON",
					  index, conf->action, DAMON_ACTION_STAT);
	if (conf->nr_page_filters)
		return damon_request_fail(req, -EPERM,
					  "scheme %u: filters of pages need CAP_PERFMON",
					  index);
	for (i = 0; i < conf->quota.nr_goals; i++) {
		if (conf->quota.goals[i].metric != DAMOS_USER_INPUT)
			return damon_request_fail(req, -EPERM,
						  "scheme %u: goals other than user input need CAP_PERFMON",
						  index);
	}
	return 0;
}

static int check_node(struct damon_request *req, const char *what, u32 index, u32 node)
{
	if (node < MAX_NUMNODES && node_state(node, N_MEMORY))
		return 0;
	return damon_request_fail(req, -EINVAL,
				  "%s %u: node is %u: there is no such node with memory",
				  what, index, node);
}

static int check_nodes(struct damon_request *req, const struct damos_conf *conf,
		       const struct damon_scheme_conf *s, u32 index)
{
	int err = 0;
	u32 i;

	for (i = 0; !err && i < conf->quota.nr_goals; i++) {
		if (damos_metric_has_node(conf->quota.goals[i].metric))
			err = check_node(req, "scheme goal", s->first_goal + i,
					 conf->quota.goals[i].node);
	}
	for (i = 0; !err && i < conf->nr_dests; i++)
		err = check_node(req, "scheme dest", s->first_dest + i, conf->dests[i].node);
	if (!err && !conf->nr_dests &&
	    (conf->action == DAMOS_MIGRATE_HOT || conf->action == DAMOS_MIGRATE_COLD))
		err = check_node(req, "scheme", index, conf->node);
	return err;
}

/* The member of struct damon_scheme_conf, or the element, that is to blame. */
static const char *member_of(enum damos_invalid invalid, const struct damos_conf *conf)
{
	switch (invalid) {
	case DAMOS_BAD_ACTION:
	case DAMOS_BAD_ACTION_OPS:
		return "action";
	case DAMOS_BAD_SZ:
		return "min_sz";
	case DAMOS_BAD_ACCESSES:
		return "min_accesses";
	case DAMOS_BAD_ACCESSES_BP:
		return "max_accesses";
	case DAMOS_BAD_AGE:
		return "min_age";
	case DAMOS_BAD_APPLY_LONG:
		return "apply_us";
	case DAMOS_BAD_QUOTA_LONG:
		return conf->quota.time_us > conf->quota.interval_us ? "quota_us" :
								       "quota_interval_us";
	case DAMOS_BAD_QUOTA_TIME:
		return "quota_us";
	case DAMOS_BAD_QUOTA_UNUSED:
		return "quota_interval_us";
	case DAMOS_BAD_WEIGHT:
		if (conf->quota.weight_sz > DAMOS_MAX_WEIGHT)
			return "weight_sz";
		return conf->quota.weight_accesses > DAMOS_MAX_WEIGHT ? "weight_accesses" :
									"weight_age";
	case DAMOS_BAD_FAIL:
		return "fail_num";
	case DAMOS_BAD_TUNER:
		return "tuner";
	case DAMOS_BAD_SEED:
		return "quota_seed";
	case DAMOS_BAD_GOAL_NUMBER:
		return "nr_goals";
	case DAMOS_BAD_MARK_METRIC:
	case DAMOS_BAD_MARK_METRIC_HERE:
		return "watermark";
	case DAMOS_BAD_MARK_INTERVAL:
		return "watermark_us";
	case DAMOS_BAD_MARK_ORDER:
		return conf->watermarks.high < conf->watermarks.mid ? "mid" : "low";
	case DAMOS_BAD_MARK_HIGH:
		return "high";
	case DAMOS_BAD_FILTER_NUMBER:
		return "nr_filters";
	case DAMOS_BAD_DEST_ACTION:
		return conf->nr_dests ? "nr_dests" : "node";
	case DAMOS_BAD_DEST_NUMBER:
		return "nr_dests";
	case DAMOS_BAD_TRIED:
		return "max_tried";
	default:
		return NULL;
	}
}

/* @bad counts region filters before page filters; which is that in the caller's order? */
static u32 filter_at(const struct damon_scheme_filter_conf *filters, u32 first,
		     const struct damos_conf *conf, u32 bad)
{
	bool of_regions = bad < conf->nr_region_filters;
	u32 left = of_regions ? bad : bad - conf->nr_region_filters;
	u32 at = first;

	while (is_of_regions(&filters[at]) != of_regions || left--)
		at++;
	return at;
}

static int fail(struct damon_request *req, enum damos_invalid invalid,
		const struct damon_plan *plan, u32 index, u32 bad)
{
	const struct damon_scheme_conf *s = &plan->schemes->in.schemes[index];
	const struct damos_conf *conf = &plan->schemes->confs[index];
	const char *member = member_of(invalid, conf);
	const char *text = damos_invalid_text(invalid);

	if (member)
		return damon_request_fail(req, -EINVAL, "scheme %u: %s: %s", index, member,
					  text);
	if (invalid == DAMOS_BAD_DEST_WEIGHT)
		return damon_request_fail(req, -EINVAL, "scheme dest %u: weight: %s",
					  s->first_dest + bad, text);
	if (invalid >= DAMOS_BAD_GOAL_METRIC && invalid <= DAMOS_BAD_GOAL_INPUT)
		return damon_request_fail(req, -EINVAL, "scheme goal %u: %s: %s",
					  s->first_goal + bad,
					  invalid == DAMOS_BAD_GOAL_TARGET ? "target" :
					  invalid == DAMOS_BAD_GOAL_NODE ? "node" :
					  invalid == DAMOS_BAD_GOAL_INPUT ? "value" : "metric",
					  text);
	return damon_request_fail(req, -EINVAL, "scheme filter %u: %s: %s",
				  filter_at(plan->schemes->in.filters, s->first_filter, conf,
					    bad),
				  invalid == DAMOS_BAD_FILTER_TARGET ? "target" :
				  invalid == DAMOS_BAD_FILTER_SIZES ? "min" :
				  invalid == DAMOS_BAD_FILTER_RANGE ? "max" : "type",
				  text);
}

static void fill(struct damos_conf *to, const struct damon_scheme_conf *s,
		 const struct damos_dest *dests)
{
	*to = (struct damos_conf) {
		.action = s->action,
		.pattern = {
			.min_sz = s->min_sz,
			.max_sz = s->max_sz,
			.min_accesses = s->min_accesses,
			.max_accesses = s->max_accesses,
			.min_age = s->min_age,
			.max_age = s->max_age,
			.accesses_in_bp = s->flags & DAMON_SCHEME_ACCESSES_BP,
			.age_in_us = s->flags & DAMON_SCHEME_AGE_US,
		},
		.apply_us = s->apply_us,
		.quota = {
			.bytes = s->quota_bytes,
			.time_us = s->quota_us,
			.interval_us = s->quota_interval_us,
			.seed = s->quota_seed,
			.weight_sz = s->weight_sz,
			.weight_accesses = s->weight_accesses,
			.weight_age = s->weight_age,
			.fail_num = s->fail_num,
			.fail_denom = s->fail_denom,
			.tuner = s->tuner,
		},
		.watermarks = {
			.used = s->watermark != DAMON_WATERMARK_NONE,
			.metric = DAMOS_FREE_MEM_PERMIL,
			.interval_us = s->watermark_us,
			.high = s->high,
			.mid = s->mid,
			.low = s->low,
		},
		.dests = s->nr_dests ? dests + s->first_dest : NULL,
		.nr_dests = s->nr_dests,
		.node = s->node,
		.max_nr_snapshots = s->max_nr_snapshots,
		.max_tried = s->max_tried,
	};
}

/* What the core of schemes never sees. */
static int check_scheme(struct damon_request *req, const struct damon_scheme_conf *s, u32 index)
{
	if (s->flags & ~SCHEME_FLAGS)
		return damon_request_fail(req, -EINVAL,
					  "scheme %u: flags is 0x%x: only 0x%x are defined",
					  index, s->flags, SCHEME_FLAGS);
	if (s->watermark > DAMON_WATERMARK_FREE)
		return damon_request_fail(req, -EINVAL,
					  "scheme %u: watermark is %u: there are %u (none) and %u (free memory)",
					  index, s->watermark, DAMON_WATERMARK_NONE,
					  DAMON_WATERMARK_FREE);
	if (s->watermark == DAMON_WATERMARK_NONE &&
	    (s->high || s->mid || s->low || s->watermark_us))
		return damon_request_fail(req, -EINVAL,
					  "scheme %u: watermark is %u (none): then high, mid, low and watermark_us are 0",
					  index, s->watermark);
	return 0;
}

/**
 * damon_plan_scheme() - one scheme of a plan
 * @req:	the call
 * @plan:	with what the caller wrote of its schemes, and room for them
 * @index:	index of the scheme; those before are done
 * @nr_targets:	targets of the caller's
 * @limits:	what holds for the caller
 *
 * Return: 0 or a negative errno.
 */
int damon_plan_scheme(struct damon_request *req, struct damon_plan *plan, u32 index,
		      u32 nr_targets, const struct damon_limits *limits)
{
	struct damon_plan_schemes *schemes = plan->schemes;
	const struct damon_scheme_conf *s = &schemes->in.schemes[index];
	struct damos_conf *to = &schemes->confs[index];
	enum damos_invalid invalid;
	u32 bad = 0;
	int err;

	err = check_scheme(req, s, index);
	if (err)
		return err;
	fill(to, s, schemes->dests);
	err = plan_filters(req, plan, to, s);
	if (!err)
		err = plan_goals(req, plan, to, s);
	if (!err && !schemes->of_kernel)
		err = check_rights(req, to, index, limits);
	if (err)
		return err;
	invalid = damos_check(plan->ops, &damon_scheme_env, &plan->attrs, nr_targets, to, &bad);
	if (invalid != DAMOS_VALID)
		return fail(req, invalid, plan, index, bad);
	if (!(damon_actions_usable() >> to->action & 1))
		return damon_request_fail(req, -EOPNOTSUPP,
					  "scheme %u: action is %u: this kernel does not let the module do that",
					  index, s->action);
	plan->acts |= to->action != DAMOS_STAT;
	return check_nodes(req, to, s, index);
}
