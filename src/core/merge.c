// SPDX-License-Identifier: GPL-2.0
/*
 * Window's end where probes have weights: age regions, and join neighbours that
 * look alike.  Scores come without places, so there is no evidence to go by; join.c
 * is for all others.  And: get along with fewer regions, for both.
 */
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/types.h>

#include "core/internal.h"

static u32 distance(u32 a, u32 b)
{
	return a > b ? a - b : b - a;
}

static void grow_older(struct damon_ctx *ctx, u32 i, u32 threshold)
{
	struct damon_region *r = &ctx->regions[i];
	u32 score = damon_score(ctx, i);
	u32 last = damon_last_score(ctx, i);

	if (distance(score, last) > threshold || !score != !last)
		r->age = 0;
	else if (r->age < U32_MAX)
		r->age++;
}

/**
 * struct rule - which neighbours to join
 * @threshold:	by how much they may differ
 * @limit:	how big the result may be
 * @by_last:	compare the last window, not the one at hand
 */
struct rule {
	u32 threshold;
	u64 limit;
	bool by_last;
};

/* Regions that are to be joined, @left before @right, with none between. */
static bool alike(const struct damon_ctx *ctx, u32 left, u32 right,
		  const struct rule *rule)
{
	const struct damon_region *l = &ctx->regions[left];
	const struct damon_region *r = &ctx->regions[right];
	u32 differ;

	if (l->target != r->target || l->end != r->start ||
	    r->end - l->start > rule->limit)
		return false;
	differ = rule->by_last ?
		distance(damon_last_score(ctx, left), damon_last_score(ctx, right)) :
		distance(damon_score(ctx, left), damon_score(ctx, right));
	return differ <= rule->threshold;
}

/* In place: the result is never longer than what was read. */
static void join_all(struct damon_ctx *ctx, const struct rule *rule)
{
	u32 i, nr = 0;

	for (i = 0; i < ctx->nr_regions; i++) {
		if (nr && alike(ctx, nr - 1, i, rule)) {
			damon_region_join(damon_set_at(ctx, nr - 1), damon_set_at(ctx, i));
			continue;
		}
		damon_region_move(ctx, nr++, i);
	}
	ctx->nr_regions = nr;
	damon_reindex(ctx);
}

/*
 * Join more and more unlike neighbours, then bigger and bigger ones, until at
 * most @goal regions are left.  In the end one region per contiguous part of a
 * target remains, so a @goal of at least the number of ranges is reached.
 */
static void join_until(struct damon_ctx *ctx, u32 goal, struct rule rule)
{
	u32 most = damon_most_score(ctx);

	while (ctx->nr_regions > goal) {
		if (rule.threshold < most)
			rule.threshold = rule.threshold < most / 2 ?
				max(2 * rule.threshold, 1U) : most;
		else if (rule.limit < U64_MAX)
			rule.limit = rule.limit > U64_MAX / 2 ? U64_MAX : 2 * rule.limit;
		else
			break;
		join_all(ctx, &rule);
	}
}

/**
 * damon_squeeze() - get along with fewer regions
 * @ctx:	the context, no samples out
 * @goal:	how many it may have at most; reached if that is no less than
 *		the number of ranges of all targets
 *
 * For the time between two windows' ends: what looked alike in the last
 * window is joined first.  Counters of both windows and ages become means.
 */
void damon_squeeze(struct damon_ctx *ctx, u32 goal)
{
	struct rule rule = { .by_last = true };

	if (ctx->nr_regions <= goal)
		return;
	rule.limit = damon_size_limit(ctx);
	join_all(ctx, &rule);
	join_until(ctx, goal, rule);
}

/**
 * damon_merge() - end of a window: age all regions and join those alike
 * @ctx:	the context, no samples out
 *
 * Counts are scores where probes have weights.  A region whose count differs
 * from the last window's by more than the threshold, or became zero or was zero,
 * is young again; others are one window older.  Then neighbours of one target that
 * differ by no more than the threshold are joined, unless the result would exceed
 * damon_size_limit().
 * max_nr_regions is held in any case.
 *
 * Return: the threshold, a tenth of the highest count of the window.
 */
u32 damon_merge(struct damon_ctx *ctx)
{
	struct rule rule = { .limit = damon_size_limit(ctx) };
	u32 highest = 0;
	u32 i;

	for (i = 0; i < ctx->nr_regions; i++)
		highest = max(highest, damon_score(ctx, i));
	rule.threshold = highest / 10;

	for (i = 0; i < ctx->nr_regions; i++)
		grow_older(ctx, i, rule.threshold);

	join_all(ctx, &rule);
	join_until(ctx, ctx->attrs.max_nr_regions, rule);
	return rule.threshold;
}
