// SPDX-License-Identifier: GPL-2.0
/*
 * COMMIT: schemes, their filters, goals and destinations.
 */
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/nodemask.h>

#include "abi/abi.h"
#include "kernel/attributes.h"
#include "kernel/scheme_env.h"
#include "kernel/task.h"
#include "ops/act.h"

/* Of all schemes together, of each kind. */
#define MAX_PARTS	1024

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
static_assert(DAMON_TUNER_CONSIST == (int)DAMOS_TUNER_CONSIST);
static_assert(DAMON_TUNER_TEMPORAL == (int)DAMOS_TUNER_TEMPORAL);
static_assert(sizeof(struct damos_dest) == sizeof(struct damon_scheme_dest_conf));
static_assert(offsetof(struct damos_dest, node) ==
	      offsetof(struct damon_scheme_dest_conf, node));
static_assert(offsetof(struct damos_dest, weight) ==
	      offsetof(struct damon_scheme_dest_conf, weight));

/**
 * struct damon_plan_schemes - the schemes of a plan
 * @nr:		how many
 * @confs:	the schemes
 * @regions:	their filters of regions
 * @pages:	their filters of pages; those below @nr_pages may hold references
 * @goals:	their goals; those below @nr_goals may hold references
 * @dests:	their destinations
 * @nr_pages:	see @pages
 * @nr_goals:	see @goals
 * @in:		what the caller wrote: schemes, filters, goals
 *
 * References are given up by damon_plan_schemes_free(), unless schemes made of
 * this have them.
 */
struct damon_plan_schemes {
	u32 nr;
	struct damos_conf *confs;
	struct damos_region_filter *regions;
	struct damos_page_filter *pages;
	struct damos_goal *goals;
	struct damos_dest *dests;
	u32 nr_pages;
	u32 nr_goals;
	struct {
		struct damon_scheme_conf *schemes;
		struct damon_scheme_filter_conf *filters;
		struct damon_scheme_goal_conf *goals;
	} in;
};

/**
 * damon_plan_schemes_free() - free the schemes of a plan
 * @schemes:	may be NULL
 *
 * Gives up the references, unless they were taken over.
 */
void damon_plan_schemes_free(struct damon_plan_schemes *schemes)
{
	if (!schemes)
		return;
	while (schemes->nr_goals--) {
		if (schemes->goals[schemes->nr_goals].memcg)
			damon_memcg_put(schemes->goals[schemes->nr_goals].memcg);
	}
	while (schemes->nr_pages--) {
		if (schemes->pages[schemes->nr_pages].what)
			damon_memcg_put(schemes->pages[schemes->nr_pages].what);
	}
	damon_free(schemes->in.goals);
	damon_free(schemes->in.filters);
	damon_free(schemes->in.schemes);
	damon_free(schemes->dests);
	damon_free(schemes->goals);
	damon_free(schemes->pages);
	damon_free(schemes->regions);
	damon_free(schemes->confs);
	damon_free(schemes);
}

/**
 * damon_schemes_make() - schemes for a context of a plan
 * @plan:	the plan, which has some
 * @seen:	who is told of what they do
 *
 * Return: the schemes, which have taken over the references, or NULL without
 * memory.
 */
struct damos *damon_schemes_make(struct damon_plan *plan, struct damon_seen *seen)
{
	struct damon_plan_schemes *schemes = plan->schemes;
	struct damos *damos;

	damos = damos_create(&damon_scheme_env, schemes->confs, schemes->nr,
			     plan->addr_unit, &damon_seen_sink, seen);
	if (damos) {
		schemes->nr_goals = 0;
		schemes->nr_pages = 0;
	}
	return damos;
}

/**
 * damon_schemes_seen() - room for what the schemes of a plan will have done
 * @plan:	the plan
 * @ctx_id:	number of the session in trace events
 *
 * Return: the room, with a reference, or NULL without memory.
 */
struct damon_seen *damon_schemes_seen(const struct damon_plan *plan, u32 ctx_id)
{
	return damon_seen_create(plan->schemes ? plan->schemes->confs : NULL,
				 plan->schemes ? plan->schemes->nr : 0, ctx_id);
}

/**
 * damon_schemes_allowed() - may there be so many schemes?
 * @req:	the call
 * @conf:	what the caller wrote
 *
 * Return: 0 or -EINVAL.
 */
int damon_schemes_allowed(struct damon_request *req, const struct damon_commit *conf)
{
	if (conf->nr_schemes > DAMOS_MAX_SCHEMES)
		return damon_request_fail(req, -EINVAL, "nr_schemes is %u: the most is %u",
					  conf->nr_schemes, DAMOS_MAX_SCHEMES);
	if (conf->nr_scheme_filters > MAX_PARTS)
		return damon_request_fail(req, -EINVAL,
					  "nr_scheme_filters is %u: the most is %u",
					  conf->nr_scheme_filters, MAX_PARTS);
	if (conf->nr_scheme_goals > MAX_PARTS)
		return damon_request_fail(req, -EINVAL,
					  "nr_scheme_goals is %u: the most is %u",
					  conf->nr_scheme_goals, MAX_PARTS);
	if (conf->nr_scheme_dests > MAX_PARTS)
		return damon_request_fail(req, -EINVAL,
					  "nr_scheme_dests is %u: the most is %u",
					  conf->nr_scheme_dests, MAX_PARTS);
	return 0;
}

/* One kind of what schemes take one after the other. */
struct share {
	const char *what;
	u32 next;
	u32 nr;
};

static int take_share(struct damon_request *req, struct share *share, u32 index, u32 first,
		      u32 nr)
{
	if (!nr)
		return 0;
	if (first != share->next)
		return damon_request_fail(req, -EINVAL,
					  "scheme %u: first_%s is %u: the next one is %u, and schemes take them one after the other",
					  index, share->what, first, share->next);
	if (nr > share->nr - share->next)
		return damon_request_fail(req, -EINVAL,
					  "scheme %u: nr_%ss is %u: only %u are left",
					  index, share->what, nr, share->nr - share->next);
	share->next += nr;
	return 0;
}

static int all_shared(struct damon_request *req, const struct share *share)
{
	if (share->next == share->nr)
		return 0;
	return damon_request_fail(req, -EINVAL, "nr_scheme_%ss is %u: the schemes take %u",
				  share->what, share->nr, share->next);
}

/* Each filter, goal and destination belongs to exactly one scheme. */
static int share_parts(struct damon_request *req, const struct damon_commit *conf,
		       const struct damon_scheme_conf *schemes)
{
	struct share filters = { .what = "filter", .nr = conf->nr_scheme_filters };
	struct share goals = { .what = "goal", .nr = conf->nr_scheme_goals };
	struct share dests = { .what = "dest", .nr = conf->nr_scheme_dests };
	int err = 0;
	u32 i;

	for (i = 0; !err && i < conf->nr_schemes; i++) {
		const struct damon_scheme_conf *s = &schemes[i];

		err = take_share(req, &filters, i, s->first_filter, s->nr_filters);
		if (!err)
			err = take_share(req, &goals, i, s->first_goal, s->nr_goals);
		if (!err)
			err = take_share(req, &dests, i, s->first_dest, s->nr_dests);
	}
	if (!err)
		err = all_shared(req, &filters);
	if (!err)
		err = all_shared(req, &goals);
	return err ? err : all_shared(req, &dests);
}

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

static int get_memcg(struct damon_request *req, const char *what, u32 index, s32 fd,
		     void **memcg)
{
	const char *why = "";
	void *got = damon_memcg_get(fd, &why);

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
			err = get_memcg(req, "filter", i, f->fd, &page->what);
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
			err = get_memcg(req, "goal", i, g->fd, &goal->memcg);
		else if (g->fd)
			err = damon_request_fail(req, -EINVAL,
						 "scheme goal %u: fd is %d: this metric is not one of a cgroup, give 0",
						 i, g->fd);
	}
	return err;
}

/* What the caller may not have done to memory, or learn. */
static int check_rights(struct damon_request *req, const struct damos_conf *conf, u32 index,
			bool own_bits_only)
{
	u32 i;

	if (conf->action != DAMOS_STAT && !damon_may_act())
		return damon_request_fail(req, -EPERM,
					  "scheme %u: action is %u: only %u (stat) works without CAP_SYS_NICE",
					  index, conf->action, DAMON_ACTION_STAT);
	if (!own_bits_only)
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

static int plan_scheme(struct damon_request *req, struct damon_plan *plan, u32 index,
		       u32 nr_targets, bool own_bits_only)
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
	if (!err)
		err = check_rights(req, to, index, own_bits_only);
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

/* So that what is kept of all schemes stays small. */
static int check_tried(struct damon_request *req, const struct damon_plan *plan)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < plan->schemes->nr; i++) {
		sum += plan->schemes->confs[i].max_tried;
		if (sum > plan->attrs.max_nr_regions)
			return damon_request_fail(req, -EINVAL,
						  "scheme %u: max_tried is %u: that of all schemes together is above max_nr_regions, %u",
						  i, plan->schemes->confs[i].max_tried,
						  plan->attrs.max_nr_regions);
	}
	return 0;
}

/* Reads an array that may be empty. */
static int read_array(struct damon_request *req, const struct damon_array *array, void **to)
{
	void *got;
	int err;

	if (!array->nr)
		return 0;
	err = damon_array_check(req, array);
	if (err)
		return err;
	got = damon_array_get(req, array);
	if (IS_ERR(got))
		return PTR_ERR(got);
	*to = got;
	return 0;
}

static int read_arrays(struct damon_request *req, struct damon_plan_schemes *schemes,
		       const struct damon_commit *conf)
{
	const struct damon_array arrays[] = {
		{ "schemes", "scheme_size", conf->schemes, conf->nr_schemes,
		  conf->scheme_size, sizeof(*schemes->in.schemes) },
		{ "scheme_filters", "scheme_filter_size", conf->scheme_filters,
		  conf->nr_scheme_filters, conf->scheme_filter_size,
		  sizeof(*schemes->in.filters) },
		{ "scheme_goals", "scheme_goal_size", conf->scheme_goals,
		  conf->nr_scheme_goals, conf->scheme_goal_size, sizeof(*schemes->in.goals) },
		{ "scheme_dests", "scheme_dest_size", conf->scheme_dests,
		  conf->nr_scheme_dests, conf->scheme_dest_size, sizeof(*schemes->dests) },
	};
	void **to[] = {
		(void **)&schemes->in.schemes,
		(void **)&schemes->in.filters,
		(void **)&schemes->in.goals,
		(void **)&schemes->dests,
	};
	int err = 0;
	u32 i;

	for (i = 0; !err && i < ARRAY_SIZE(arrays); i++)
		err = read_array(req, &arrays[i], to[i]);
	return err;
}

static bool make_room(struct damon_plan_schemes *schemes, const struct damon_commit *conf)
{
	u32 nr_filters = conf->nr_scheme_filters;
	u32 nr_goals = conf->nr_scheme_goals;

	schemes->confs = damon_zalloc(conf->nr_schemes, sizeof(*schemes->confs));
	if (!schemes->confs)
		return false;
	if (nr_filters) {
		schemes->regions = damon_zalloc(nr_filters, sizeof(*schemes->regions));
		schemes->pages = damon_zalloc(nr_filters, sizeof(*schemes->pages));
		if (!schemes->regions || !schemes->pages)
			return false;
	}
	if (nr_goals) {
		schemes->goals = damon_zalloc(nr_goals, sizeof(*schemes->goals));
		if (!schemes->goals)
			return false;
	}
	return true;
}

/* Parts of schemes that are not there. */
static int check_none(struct damon_request *req, const struct damon_commit *conf)
{
	if (conf->nr_scheme_filters)
		return damon_request_fail(req, -EINVAL,
					  "nr_scheme_filters is %u: the schemes take 0",
					  conf->nr_scheme_filters);
	if (conf->nr_scheme_goals)
		return damon_request_fail(req, -EINVAL,
					  "nr_scheme_goals is %u: the schemes take 0",
					  conf->nr_scheme_goals);
	if (conf->nr_scheme_dests)
		return damon_request_fail(req, -EINVAL,
					  "nr_scheme_dests is %u: the schemes take 0",
					  conf->nr_scheme_dests);
	return 0;
}

/**
 * damon_plan_schemes() - the schemes of a plan
 * @req:	the call
 * @plan:	after damon_plan_ops(); gets @schemes and @acts, also if this fails
 * @conf:	what the caller wrote, accepted by damon_schemes_allowed()
 * @own_bits_only: see struct damon_limits
 *
 * Return: 0 or a negative errno.
 */
int damon_plan_schemes(struct damon_request *req, struct damon_plan *plan,
		       const struct damon_commit *conf, bool own_bits_only)
{
	struct damon_plan_schemes *schemes;
	int err;
	u32 i;

	if (!conf->nr_schemes)
		return check_none(req, conf);
	schemes = damon_zalloc(1, sizeof(*schemes));
	if (!schemes)
		return -ENOMEM;
	plan->schemes = schemes;
	schemes->nr = conf->nr_schemes;
	err = read_arrays(req, schemes, conf);
	if (err)
		return err;
	err = share_parts(req, conf, schemes->in.schemes);
	if (err)
		return err;
	if (!make_room(schemes, conf))
		return -ENOMEM;
	for (i = 0; !err && i < schemes->nr; i++)
		err = plan_scheme(req, plan, i, conf->nr_targets, own_bits_only);
	return err ? err : check_tried(req, plan);
}

/* Does a pattern tell regions apart by their accesses? */
static bool asks_accesses(const struct damon_plan *plan, const struct damos_pattern *pattern)
{
	u32 all = pattern->accesses_in_bp ? 10000 : damon_attrs_samples(&plan->attrs);

	return pattern->min_accesses || pattern->max_accesses < all;
}

/**
 * damon_schemes_observable() - is everything looked for that schemes go by?
 * @req:	the call
 * @plan:	with its schemes and probes
 *
 * Where probes have weights no accesses are found: all memory would look cold.
 *
 * Return: 0 or -EINVAL.
 */
int damon_schemes_observable(struct damon_request *req, const struct damon_plan *plan)
{
	bool weighs = false;
	u32 i;

	for (i = 0; i < plan->nr_probes; i++)
		weighs |= plan->probes[i].weight;
	for (i = 0; weighs && plan->schemes && i < plan->schemes->nr; i++) {
		if (asks_accesses(plan, &plan->schemes->confs[i].pattern))
			return damon_request_fail(req, -EINVAL,
						  "scheme %u: min_accesses or max_accesses: probes have weights, so accesses are not looked for: let any number of them match",
						  i);
	}
	return 0;
}
