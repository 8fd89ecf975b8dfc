// SPDX-License-Identifier: GPL-2.0
/*
 * Which regions a scheme is for, and which of them come first.
 */
#include <linux/bitops.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/time64.h>
#include <linux/types.h>

#include "damos/internal.h"

#define ALL_BP		10000U

/**
 * damos_matches() - does a region look as a scheme wants it?
 * @ctx:	the context
 * @pattern:	the pattern
 * @r:		the region, or a part of it
 * @bytes:	size of the whole region
 *
 * Bounds are closed.  Accesses are damon_region_mvsum(), so that applications
 * between two windows' ends see a whole window's.  A bound in parts is held
 * exactly: nothing is rounded.
 */
bool damos_matches(const struct damon_ctx *ctx, const struct damos_pattern *pattern,
		   const struct damon_region *r, u64 bytes)
{
	u64 accesses = damon_region_mvsum(ctx, r);
	u64 unit = 1;
	u64 age = r->age;

	if (bytes < pattern->min_sz || bytes > pattern->max_sz)
		return false;
	if (pattern->accesses_in_bp) {
		accesses *= ALL_BP;
		unit = ctx->max_nr_accesses;
	}
	if (accesses < pattern->min_accesses * unit ||
	    accesses > pattern->max_accesses * unit)
		return false;
	/* 32 bits times ten years: no overflow. */
	if (pattern->age_in_us)
		age = age > div64_u64(U64_MAX, ctx->attrs.aggr_us) ? U64_MAX :
			age * ctx->attrs.aggr_us;
	return age >= pattern->min_age && age <= pattern->max_age;
}

/* The answer of @f for [start, *end) of a target, which is cut to what has one. */
static bool answer(const struct damos_region_filter *f, u32 target, u64 start, u64 *end)
{
	if (f->type == DAMOS_FILTER_TARGET)
		return target == f->target;
	if (start >= f->range.end || *end <= f->range.start)
		return false;
	if (start < f->range.start) {
		*end = f->range.start;
		return false;
	}
	*end = min(*end, f->range.end);
	return true;
}

/**
 * damos_judge() - ask the region filters
 * @conf:	the scheme
 * @target:	index of the target
 * @start:	of the memory
 * @end:	of the memory, above @start
 *
 * The first that decides does.  What it allows is not for page filters to refuse.
 * If none decides: where there are page filters, it is for them; else the
 * opposite of what the last one would have decided, and without any, yes.
 *
 * Return: what they say of @start, and how far that holds.
 */
struct damos_verdict damos_judge(const struct damos_conf *conf, u32 target, u64 start,
				 u64 end)
{
	struct damos_verdict verdict = { .end = end, .pass = true };
	u32 i;

	for (i = 0; i < conf->nr_region_filters; i++) {
		const struct damos_region_filter *f = &conf->region_filters[i];

		if (answer(f, target, start, &verdict.end) == f->matching) {
			verdict.pass = f->allow;
			return verdict;
		}
		verdict.pass = !f->allow;
	}
	if (conf->nr_page_filters) {
		verdict.pass = true;
		verdict.asked = true;
	}
	return verdict;
}

/*
 * 0 to 100.  By powers of two of seconds, 2^32 at most: halfway for what looks as
 * it does for less than a second; above for what is in use, below for what is not.
 */
static u32 age_part(const struct damon_ctx *ctx, const struct damon_region *r,
		    u32 frequency)
{
	u64 most = div64_u64(U64_MAX, ctx->attrs.aggr_us);
	u64 us = min_t(u64, r->age, most) * ctx->attrs.aggr_us;
	u32 log = min_t(u32, fls64(div_u64(us, USEC_PER_SEC)), 32);

	return (frequency ? 32 + log : 32 - log) * 100 / 64;
}

/* 0 to DAMOS_MAX_SCORE, by powers of two of smallest regions: 2^30 are the most. */
static u32 size_part(const struct damon_ctx *ctx, const struct damon_region *r)
{
	u64 sz = div64_u64(r->end - r->start, ctx->min_region_sz);

	return min_t(u32, fls64(sz >> 1), 30) * DAMOS_MAX_SCORE / 30;
}

/* Is the action for what is used least? */
static bool wants_cold(enum damos_action action)
{
	switch (action) {
	case DAMOS_COLD:
	case DAMOS_PAGEOUT:
	case DAMOS_NOHUGEPAGE:
	case DAMOS_LRU_DEPRIO:
	case DAMOS_MIGRATE_COLD:
		return true;
	default:
		return false;
	}
}

/**
 * damos_score() - how much a region is worth to a scheme
 * @ctx:	the context
 * @conf:	the scheme
 * @r:		the region
 *
 * Upstream's: accesses in percent of what is possible and age_part(), weighted;
 * 99 minus that where the action is for cold memory.  Unlike there all actions
 * have a score, and the weight of the size works: bigger regions are worth more,
 * hot or cold.
 *
 * Return: 0 to DAMOS_MAX_SCORE.
 */
u32 damos_score(const struct damon_ctx *ctx, const struct damos_conf *conf,
		const struct damon_region *r)
{
	const struct damos_quota *q = &conf->quota;
	u32 weights = q->weight_accesses + q->weight_age;
	u32 frequency = div_u64(100ULL * damon_region_mvsum(ctx, r), ctx->max_nr_accesses);
	u32 score = q->weight_accesses * frequency;

	if (q->weight_age)
		score += q->weight_age * age_part(ctx, r, frequency);
	if (weights)
		score /= weights;
	score = min_t(u32, score * DAMOS_MAX_SCORE / 100, DAMOS_MAX_SCORE);
	if (wants_cold(conf->action))
		score = DAMOS_MAX_SCORE - score;
	if (q->weight_sz)
		score = (score * weights + size_part(ctx, r) * q->weight_sz) /
			(weights + q->weight_sz);
	return score;
}
