// SPDX-License-Identifier: GPL-2.0
/*
 * Intervals that follow the workload: long enough to see accesses, short
 * enough to tell how often they come.
 */
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/types.h>

#include "core/internal.h"

#define ON_TARGET	10000U		/* a score, and a factor of 1 */

/* @x * @part / ON_TARGET without overflow, where @part is no more than that. */
static u64 scale(u64 x, u32 part)
{
	u32 rest;
	u64 whole = div_u64_rem(x, ON_TARGET, &rest);

	return whole * part + rest * part / ON_TARGET;
}

/**
 * damon_feedback() - what to try next, given what the last try has led to
 * @last:	the last try; more of it leads to a higher score
 * @score:	what it led to, 10000 for the goal
 *
 * Proportional: @last grows by the part of the score that is missing, at most
 * to its double, and shrinks by the part that is too much.
 *
 * Return: the next try; at least 10000 where it shrinks, at most U64_MAX.
 */
u64 damon_feedback(u64 last, u64 score)
{
	u64 change;

	if (score == ON_TARGET)
		return last;
	if (score >= 2 * ON_TARGET)
		return ON_TARGET;
	if (score > ON_TARGET)
		return max_t(u64, last - scale(last, score - ON_TARGET), ON_TARGET);
	change = scale(last, ON_TARGET - score);
	return last > U64_MAX - change ? U64_MAX : last + change;
}

/**
 * struct ageing - how ages are put in terms of other windows
 * @whole:	old windows are so many times as long as new ones ...
 * @rest:	... and so much more, ...
 * @window:	... where a new one is that long.  Both fit into 32 bits
 * @more:	what is added before what is left of a window is dropped; below @window
 */
struct ageing {
	u64 whole;
	u64 rest;
	u64 window;
	u64 more;
};

/*
 * What is left of a window counts as one as often as it is long.  Always dropped, with
 * intervals that are tuned every few windows it would add up to a sixth of an age.  By
 * the same luck for all, so that regions that are alike stay so.
 */
static void plan_ageing(struct ageing *ageing, u64 old_us, u64 new_us, struct damon_rng *rng)
{
	unsigned int shift = max_t(int, fls64(new_us), 32) - 32;

	ageing->whole = div64_u64(old_us, new_us);
	ageing->rest = (old_us - ageing->whole * new_us) >> shift;
	ageing->window = new_us >> shift;
	ageing->more = damon_rng_below(rng, ageing->window);
}

/* Without overflow, as far as an age goes: (2^32 - 1)^2 + 2^32 - 1 has place in 64 bits. */
static u32 convert_age(const struct ageing *ageing, u32 age)
{
	if (ageing->whole > U32_MAX)
		return age ? U32_MAX : 0;
	return min_t(u64, U32_MAX, age * ageing->whole +
		     div64_u64(age * ageing->rest + ageing->more, ageing->window));
}

static void convert_hits(struct damon_hits *hits, u32 had, u32 have)
{
	u32 i;

	for (i = 0; i < DAMON_MAX_PROBES; i++) {
		hits->now[i] = 0;
		hits->last[i] = div_u64((u64)hits->last[i] * have, had);
	}
}

/**
 * damon_convert_results() - put results in terms of other intervals
 * @ctx:	whose regions to convert; no samples are out
 * @from:	the intervals that they were counted with
 * @to:		the intervals that follow
 *
 * Ages stay the same time, up or down to a whole window so that many conversions do
 * not make them longer or shorter; the last window's counts and hits stay the same part
 * of what was possible, rounded down.  What was counted since is forgotten.
 */
void damon_convert_results(struct damon_ctx *ctx, const struct damon_attrs *from,
			   const struct damon_attrs *to)
{
	u32 had = damon_attrs_samples(from);
	u32 have = damon_attrs_samples(to);
	struct ageing ageing;
	u32 i;

	plan_ageing(&ageing, from->aggr_us, to->aggr_us, &ctx->rng);
	for (i = 0; i < ctx->nr_regions; i++) {
		struct damon_region *r = &ctx->regions[i];

		r->nr_accesses = 0;
		r->last_nr_accesses = div_u64((u64)r->last_nr_accesses * have, had);
		r->age = convert_age(&ageing, r->age);
		/* A page is accessed more often in longer intervals. */
		ctx->evidence[i].known = 0;
		ctx->evidence[i].flags = DAMON_EVIDENCE_VOID;
		if (ctx->hits)
			convert_hits(&ctx->hits[i], had, have);
	}
}

/* What part of all possible accesses the last window has seen, in 2^-32. */
static u64 observed(const struct damon_ctx *ctx)
{
	u64 total = damon_total_sz(ctx);
	u64 events = 0;
	u64 most = 0;
	unsigned int shift;
	u32 i;

	/*
	 * Sizes whose sum is at most 2^32 times 32-bit counters cannot
	 * overflow.  A sum that has no place in 64 bits is still below 2^84:
	 * there are at most 2^20 regions.
	 */
	BUILD_BUG_ON(DAMON_MAX_NR_REGIONS > 1U << 20);
	shift = total == U64_MAX ? 52 : max_t(int, fls64(total), 32) - 32;
	for (i = 0; i < ctx->nr_regions; i++) {
		u64 sz = damon_region_sz(&ctx->regions[i]) >> shift;

		events += sz * ctx->regions[i].last_nr_accesses;
		most += sz * ctx->max_nr_accesses;
	}
	shift = max_t(int, fls64(most), 32) - 32;
	most >>= shift;
	return most ? div64_u64((events >> shift << 32) + most / 2, most) : 0;
}

/* The sampling interval to follow one with which @share was observed. */
static u64 next_sample_us(const struct damon_attrs *attrs, u64 share)
{
	const struct damon_goal *goal = &attrs->goal;
	/* Rounded to hundred millionths, so that just the goal is just that. */
	u64 parts = (share * ON_TARGET * ON_TARGET + (1ULL << 31)) >> 32;
	u64 score = div_u64(parts, goal->access_bp);
	/* 1 to 20000, where 10000 is to keep the interval. */
	u32 factor = div_u64(damon_feedback(ON_TARGET * ON_TARGET, score), ON_TARGET);

	/* Never below half at once. */
	if (factor <= ON_TARGET)
		factor = (ON_TARGET + factor) / 2;
	return clamp(div_u64(attrs->sample_us * factor, ON_TARGET),
		     goal->min_sample_us, goal->max_sample_us);
}

/**
 * damon_tune() - after a window: fit the intervals to the goal, if it is time
 * @ctx:	the context, with the window's counts as the last ones; no
 *		samples are out
 * @now_ns:	the time
 *
 * Every damon_goal.aggrs windows.  Where accesses were observed less often than
 * the goal says, over all these windows, both intervals become longer, up to
 * twice as long; else shorter, down to half.  Results are converted, and the
 * sink is told.
 */
void damon_tune(struct damon_ctx *ctx, u64 now_ns)
{
	struct damon_tuning *tuning = &ctx->tuning;
	struct damon_attrs next = ctx->attrs;

	/* Where there is no memory, longer windows would only see later who comes. */
	if (!next.goal.aggrs || !ctx->nr_regions)
		return;
	tuning->shares += observed(ctx);
	if (++tuning->nr_windows < next.goal.aggrs)
		return;
	next.sample_us = next_sample_us(&next, div_u64(tuning->shares, tuning->nr_windows));
	tuning->shares = 0;
	tuning->nr_windows = 0;
	if (next.sample_us == ctx->attrs.sample_us)
		return;

	next.aggr_us = next.sample_us * ctx->max_nr_accesses;
	damon_convert_results(ctx, &ctx->attrs, &next);
	ctx->attrs = next;
	if (ctx->sink->intervals)
		ctx->sink->intervals(ctx->sink_data, &ctx->attrs, now_ns);
}
