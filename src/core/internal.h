/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the monitoring core share with each other only.
 */
#ifndef DAMON_CORE_INTERNAL_H
#define DAMON_CORE_INTERNAL_H

#include <linux/bitops.h>
#include <linux/math64.h>
#include <linux/minmax.h>
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

/* A context's regions from one on, and what belongs to them. */
static inline struct damon_set damon_set_at(const struct damon_ctx *ctx, u32 first)
{
	return (struct damon_set){
		.regions = ctx->regions + first,
		.hits = ctx->hits ? ctx->hits + first : NULL,
		.evidence = ctx->evidence + first,
	};
}

/* The same of where the next regions are built. */
static inline struct damon_set damon_spare_at(const struct damon_ctx *ctx, u32 first)
{
	return (struct damon_set){
		.regions = ctx->spare + first,
		.hits = ctx->spare_hits ? ctx->spare_hits + first : NULL,
		.evidence = ctx->spare_evidence + first,
	};
}

/* For a window's end, where region @i costs a microsecond. */
static inline void damon_breathe_at(u32 i)
{
	if (i % 512 == 511)
		damon_breathe();
}

/* struct damon_evidence, @flags */
#define DAMON_EVIDENCE_VOID	(1U << 0)	/* counts are right, places are not */
#define DAMON_EVIDENCE_FRESH	(1U << 1)	/* cut out by this window's samples */
#define DAMON_EVIDENCE_SAME	(1U << 6)	/* told as one with the one before */
#define DAMON_EVIDENCE_TRIAL	(1U << 7)	/* cut to see whether parts differ */
#define DAMON_EVIDENCE_PART	(1U << 8)	/* was cut off the one before by an actor */
#define DAMON_EVIDENCE_DOUBT	(1U << 2)	/* to be looked into: not to be joined */
#define DAMON_EVIDENCE_SEED	(1U << 3)	/* around a hit where all else was cold */
#define DAMON_EVIDENCE_STRIP	(1U << 4)	/* beside what may reach further */
#define DAMON_EVIDENCE_GROW	(1U << 5)	/* may reach further: wants strips */

/**
 * damon_place() - where in its region a sample is
 * @e:		the region's evidence
 * @k:		which sample
 *
 * Sixteen in a row are in the sixteen parts of the region, in an order and at
 * places within them that are random, and can be told again later.
 *
 * Return: in 2^-32 of the region.
 */
static inline u32 damon_place(const struct damon_evidence *e, u32 k)
{
	u32 order = (e->base ^ (k >> 4)) * 0x9e3779b1U;
	u32 within = (order + k) * 0x85ebca6bU;

	/* Or all samples of a region would be on a grid, which memory can have, too. */
	within ^= within >> 16;
	within *= 0x9e3779b1U;
	return (k * (order >> 24 | 1) + (order >> 28)) << 28 | within >> 4;
}

static inline u64 damon_place_addr(const struct damon_region *r, u32 place)
{
	return r->start + mul_u64_u64_shr(damon_region_sz(r), (u64)place << 32, 64);
}

static inline struct damon_set damon_set_next(struct damon_set set)
{
	return (struct damon_set){
		.regions = set.regions + 1,
		.hits = set.hits ? set.hits + 1 : NULL,
		.evidence = set.evidence + 1,
	};
}

/* A region and what belongs to it; @to may be where it is. */
static inline void damon_region_copy(struct damon_set to, struct damon_set from)
{
	if (to.regions == from.regions)
		return;
	if (to.hits)
		*to.hits = *from.hits;
	*to.evidence = *from.evidence;
	*to.regions = *from.regions;
}

/**
 * damon_region_move() - what was found of a region moves with it
 * @ctx:	the context
 * @to:		index of a region that is not needed any more, or of @from
 * @from:	index of the region
 */
static inline void damon_region_move(struct damon_ctx *ctx, u32 to, u32 from)
{
	damon_region_copy(damon_set_at(ctx, to), damon_set_at(ctx, from));
}

/**
 * damon_region_keep() - a region is also one of the next ones
 * @ctx:	the context
 * @to:		index in the spare array
 * @from:	index of the region
 */
static inline void damon_region_keep(struct damon_ctx *ctx, u32 to, u32 from)
{
	damon_region_copy(damon_spare_at(ctx, to), damon_set_at(ctx, from));
}

#define DAMON_KNOWN_MOST	64U	/* struct damon_region, @hits */

/**
 * damon_recent() - count the last samples
 * @set:	a region and its evidence
 * @most:	how many to look at, 1 to 64
 * @nr:		how many there are
 *
 * Inline because a window's end asks for most regions several times.
 *
 * Return: how many of them were accessed.
 */
static inline u32 damon_recent(struct damon_set set, u32 most, u32 *nr)
{
	u64 hits = set.regions->hits;

	*nr = min_t(u32, set.evidence->known, most);
	/* Most memory is cold. */
	return *nr && hits ? hweight64(hits << (DAMON_KNOWN_MOST - *nr)) : 0;
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

/* evidence.c */
#define DAMON_BIT	128U

u32 damon_log(u32 n);
u32 damon_bits(u32 hits, u32 nr);
u32 damon_bits_apart(u32 hits, u32 nr, u32 other_hits, u32 other_nr);
void damon_renew(struct damon_ctx *ctx, struct damon_evidence *e);
void damon_pretend(struct damon_set set, u32 hits, u32 nr);
void damon_inherit(struct damon_ctx *ctx, u32 parent, u32 first, u32 nr);

/* cut.c, join.c, explore.c: a window's end */
void damon_cut(struct damon_ctx *ctx);
void damon_join(struct damon_ctx *ctx);
void damon_join_told(struct damon_ctx *ctx);
void damon_explore(struct damon_ctx *ctx);
u32 damon_explore_most(const struct damon_ctx *ctx);
void damon_explore_anew(struct damon_ctx *ctx);

/* merge.c */
void damon_squeeze(struct damon_ctx *ctx, u32 goal);

/* update.c */
bool damon_ask(struct damon_ctx *ctx, u32 index, u64 now_ns);
bool damon_ask_ranges(struct damon_ctx *ctx, u64 now_ns, bool all);
void damon_carry(struct damon_ctx *ctx, struct damon_ctx *from);

/* members.c */
void damon_gather(struct damon_ctx *ctx, bool all);
bool damon_admit(struct damon_ctx *ctx, u64 now_ns);
void damon_count_left_out(struct damon_ctx *ctx, u64 now_ns);
void damon_keep_members(struct damon_ctx *ctx, struct damon_ctx *old);

/* step.c */
void damon_target_lost(struct damon_ctx *ctx, u32 index, u64 now_ns);
void damon_take_samples(struct damon_ctx *ctx, u64 now_ns);

#endif /* DAMON_CORE_INTERNAL_H */
