/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the monitoring core share with each other only.
 */
#ifndef DAMON_CORE_INTERNAL_H
#define DAMON_CORE_INTERNAL_H

#include <linux/bitops.h>
#include <linux/types.h>

#include "core/core.h"

/**
 * damon_rng_next() - 64 random bits
 * @rng:	the source
 *
 * Xoroshiro128+.  Its lowest bits are its weakest: scale, don't mask.  Inline
 * because the sampling pass takes one per region.
 */
static inline u64 damon_rng_next(struct damon_rng *rng)
{
	u64 a = rng->state[0];
	u64 b = rng->state[1];
	u64 bits = a + b;

	b ^= a;
	rng->state[0] = rol64(a, 24) ^ b ^ (b << 16);
	rng->state[1] = rol64(b, 37);
	return bits;
}

static inline u64 damon_region_sz(const struct damon_region *r)
{
	return r->end - r->start;
}

/* The first of some regions, or of places for them, and its hits. */
static inline struct damon_set damon_set_at(struct damon_region *regions,
					    struct damon_hits *hits, u32 first)
{
	return (struct damon_set){
		.regions = regions + first,
		.hits = hits ? hits + first : NULL,
	};
}

/* region.c */
void damon_region_join(struct damon_set left, struct damon_set right);
u32 damon_mvsum(const struct damon_ctx *ctx, u32 now, u32 last);
u64 damon_total_sz(const struct damon_ctx *ctx);
u64 damon_size_limit(const struct damon_ctx *ctx);
void damon_reindex(struct damon_ctx *ctx);
void damon_use_spare(struct damon_ctx *ctx, u32 nr);
void damon_drop_gone(struct damon_ctx *ctx);

/* intervals.c */
void damon_convert_results(struct damon_ctx *ctx, const struct damon_attrs *from,
			   const struct damon_attrs *to);
void damon_tune(struct damon_ctx *ctx, u64 now_ns);

/* probes.c */
u32 damon_weigh(const struct damon_ctx *ctx, const u32 *hits);
u32 damon_most_score(const struct damon_ctx *ctx);
void damon_inherit_hits(struct damon_ctx *ctx, u32 parent, u32 first, u32 nr);
bool damon_match_probes(const struct damon_ctx *ctx, struct damon_ctx *old);

/**
 * damon_score() - what a region is judged by
 * @ctx:	the context
 * @region:	index of the region
 *
 * Inline because merging asks for each region many times.
 *
 * Return: its accesses in the window at hand; where probes have weights, its
 * weighted hits.
 */
static inline u32 damon_score(const struct damon_ctx *ctx, u32 region)
{
	if (ctx->weighs)
		return damon_weigh(ctx, ctx->hits[region].now);
	return ctx->regions[region].nr_accesses;
}

/**
 * damon_last_score() - the same of the last window
 * @ctx:	the context
 * @region:	index of the region
 *
 * Return: see damon_score().
 */
static inline u32 damon_last_score(const struct damon_ctx *ctx, u32 region)
{
	if (ctx->weighs)
		return damon_weigh(ctx, ctx->hits[region].last);
	return ctx->regions[region].last_nr_accesses;
}

/* merge.c */
void damon_squeeze(struct damon_ctx *ctx, u32 goal);

/* update.c */
bool damon_ask(struct damon_ctx *ctx, u32 index, u64 now_ns);
bool damon_ask_ranges(struct damon_ctx *ctx, u64 now_ns, bool all);
void damon_carry(struct damon_ctx *ctx, struct damon_ctx *from);

/* join.c */
void damon_gather(struct damon_ctx *ctx, bool all);
bool damon_join(struct damon_ctx *ctx, u64 now_ns);
void damon_count_left_out(struct damon_ctx *ctx, u64 now_ns);
void damon_inherit(struct damon_ctx *ctx, struct damon_ctx *old);

/* step.c */
void damon_target_lost(struct damon_ctx *ctx, u32 index, u64 now_ns);
void damon_take_samples(struct damon_ctx *ctx, u64 now_ns);

#endif /* DAMON_CORE_INTERNAL_H */
