// SPDX-License-Identifier: GPL-2.0
/*
 * Cut regions without evidence: where probes have weights, to see whether their
 * parts differ; and those that are too big.
 */
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/types.h>

#include "core/internal.h"

/* Number of regions that the cap still allows. */
static u32 room_left(const struct damon_ctx *ctx)
{
	u32 max = ctx->attrs.max_nr_regions;

	return ctx->nr_regions < max ? max - ctx->nr_regions : 0;
}

/* A random tenth of @sz in whole smallest regions: 0 if that is none. */
static u64 some_tenths(struct damon_ctx *ctx, u64 sz)
{
	u32 tenths = 1 + damon_rng_below(&ctx->rng, 9);
	u32 rest;
	u64 part;

	/* sz * tenths / 10 without overflow */
	part = div_u64_rem(sz, 10, &rest) * tenths + rest * tenths / 10;
	return part & ~(ctx->min_region_sz - 1);
}

/**
 * struct cuts - how a split goes about
 * @most:	cuts per region, 1 or 2
 * @smallest:	size from which a region is cut
 * @stride:	one region in so many is cut
 * @skip:	regions to pass over before the first one
 */
struct cuts {
	u32 most;
	u64 smallest;
	u32 stride;
	u32 skip;
};

/* Write @r to @to, cut in up to @most places; returns the number of parts. */
static u32 cut(struct damon_ctx *ctx, struct damon_region *to,
	       const struct damon_region *r, u32 most, u64 smallest)
{
	u64 at[2];
	u64 sz = damon_region_sz(r);
	u64 start = r->start;
	u32 nr = 0;
	u32 i;

	/* The second cut is made in the left part of the first. */
	for (i = 0; i < most && sz >= smallest; i++) {
		u64 left = some_tenths(ctx, sz);

		if (!left)
			continue;
		sz = left;
		at[nr++] = r->start + left;
	}

	for (i = 0; i < nr; i++) {
		to[i] = *r;
		to[i].start = start;
		to[i].end = at[nr - 1 - i];
		start = to[i].end;
	}
	to[nr] = *r;
	to[nr].start = start;
	return nr + 1;
}

static void cut_all(struct damon_ctx *ctx, const struct cuts *cuts)
{
	u32 room = room_left(ctx);
	u32 skip = cuts->skip;
	u32 nr = 0;
	u32 i;

	for (i = 0; i < ctx->nr_regions; i++) {
		u32 parts = 1;

		if (skip) {
			skip--;
			ctx->spare[nr] = ctx->regions[i];
		} else {
			skip = cuts->stride - 1;
			parts = cut(ctx, &ctx->spare[nr], &ctx->regions[i],
				    min(cuts->most, room), cuts->smallest);
		}
		damon_inherit(ctx, i, nr, parts);
		nr += parts;
		room -= parts - 1;
	}
	damon_use_spare(ctx, nr);
}

/**
 * damon_split() - cut regions at random places
 * @ctx:	the context, no samples out
 *
 * Up to half of max_nr_regions, every region is cut in two; in three if
 * that many regions were there the last time, too, and three times as many
 * are allowed.  Above half, some are cut in two, others each time, as far as
 * the maximum allows.  The parts inherit counters and age.
 */
void damon_split(struct damon_ctx *ctx)
{
	u32 nr = ctx->nr_regions;
	u32 max = ctx->attrs.max_nr_regions;
	u64 min_sz = ctx->min_region_sz;
	struct cuts cuts = { .most = 1, .smallest = 2 * min_sz + 1, .stride = 1 };

	if (nr > max / 2 && nr < max) {
		cuts.smallest = 2 * min_sz;
		cuts.stride = max / (max - nr);
		cuts.skip = ctx->split_turn++ % cuts.stride;
	} else if (nr == ctx->last_nr_regions && nr < max / 3) {
		cuts.most = 2;
	}
	ctx->last_nr_regions = nr;

	if (nr && nr < max)
		cut_all(ctx, &cuts);
}

/* Write @r to @to in @parts parts that differ by one smallest region at most. */
static void cut_evenly(const struct damon_ctx *ctx, struct damon_region *to,
		       const struct damon_region *r, u32 parts)
{
	u64 min_sz = ctx->min_region_sz;
	u64 start = r->start;
	u32 longer, i;
	u64 units;

	units = div_u64_rem(div64_u64(damon_region_sz(r), min_sz), parts, &longer);
	for (i = 0; i < parts; i++) {
		to[i] = *r;
		to[i].start = start;
		start += (units + (i < longer)) * min_sz;
		to[i].end = start;
	}
}

/**
 * damon_enforce_min_regions() - no region above damon_size_limit()
 * @ctx:	the context, no samples out
 *
 * Bigger ones are cut evenly, as far as max_nr_regions allows; the parts
 * inherit counters and age.
 */
void damon_enforce_min_regions(struct damon_ctx *ctx)
{
	u64 limit = damon_size_limit(ctx);
	u32 room = room_left(ctx);
	u32 nr = 0;
	u32 i;

	for (i = 0; i < ctx->nr_regions; i++) {
		if (damon_region_sz(&ctx->regions[i]) > limit)
			break;
	}
	if (i == ctx->nr_regions || !room)
		return;

	for (i = 0; i < ctx->nr_regions; i++) {
		const struct damon_region *r = &ctx->regions[i];
		u32 more = min_t(u64, div64_u64(damon_region_sz(r) - 1, limit), room);

		cut_evenly(ctx, &ctx->spare[nr], r, more + 1);
		damon_inherit(ctx, i, nr, more + 1);
		nr += more + 1;
		room -= more;
	}
	damon_use_spare(ctx, nr);
}
