// SPDX-License-Identifier: GPL-2.0
/*
 * Quotas that follow what they lead to.
 */
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/time64.h>
#include <linux/types.h>

#include "damos/internal.h"

/* Pressure is summed up by the kernel every two seconds: looking more often shows 0. */
#define TOTAL_LEAST_NS	(2 * NSEC_PER_SEC)

#define ALL_BP		10000U

/* @value * @part / @whole without overflow; U64_MAX if the result has no place. */
static u64 portion(u64 value, u64 part, u64 whole)
{
	u64 times = div64_u64(value, whole);
	u64 rest = value - times * whole;

	/* Beyond 32 bits of @part the rest is not worth its precision. */
	while (rest > div64_u64(U64_MAX, max(part, 1ULL))) {
		rest >>= 1;
		whole >>= 1;
	}
	if (part && times > div64_u64(U64_MAX, part))
		return U64_MAX;
	times *= part;
	rest = div64_u64(rest * part, max(whole, 1ULL));
	return damos_sum(times, rest);
}

/*
 * What a total has grown by, in an interval of the quota: what came up since the
 * last look, in proportion.  Without an interval it is what came up.
 */
static void read_total(struct damos_reading *reading, u64 total, u64 interval_ns,
		       u64 now_ns)
{
	u64 elapsed = now_ns - reading->total_ns;

	if (reading->total_ns) {
		if (elapsed < TOTAL_LEAST_NS)
			return;
		reading->value = total > reading->total ? total - reading->total : 0;
		if (interval_ns)
			reading->value = portion(reading->value, interval_ns, elapsed);
		reading->known = true;
	}
	reading->total = total;
	reading->total_ns = now_ns;
}

/* Places that are looked at. */
#define NODE_SAMPLES	4096U

/* Looking more often takes more time than it tells. */
#define NODE_LEAST_NS	(100 * NSEC_PER_MSEC)

/* So many without a break.  A power of two. */
#define NODE_STRETCH	256U

static u64 eligible_bytes(const struct damos *damos, const struct damos_scheme *s,
			  const struct damon_ctx *ctx, const struct damon_region *r)
{
	u64 bytes = damos_bytes(damos, r->start, r->end);

	return damos_matches(ctx, &s->conf.pattern, r, bytes) ? r->end - r->start : 0;
}

/*
 * What part of the memory that a scheme is for is on @node: at equal distances
 * there, from a random place on.  Upstream looks at each page.
 */
static void read_eligible(const struct damos *damos, const struct damos_scheme *s,
			  struct damon_ctx *ctx, u32 node, struct damos_reading *reading,
			  u64 now_ns)
{
	u32 i, nr = 0, here = 0, looked = 0;
	u64 total = 0, behind = 0, step, at;

	if (reading->total_ns && now_ns - reading->total_ns < NODE_LEAST_NS)
		return;
	reading->total_ns = now_ns;
	for (i = 0; i < ctx->nr_regions; i++)
		total = damos_sum(total, eligible_bytes(damos, s, ctx, &ctx->regions[i]));
	step = max(div_u64(total, NODE_SAMPLES), 1ULL);
	at = damon_rng_below(&ctx->rng, step);
	for (i = 0; i < ctx->nr_regions; i++) {
		const struct damon_region *r = &ctx->regions[i];

		behind = damos_sum(behind, eligible_bytes(damos, s, ctx, r));
		for (; at < behind; at = damos_sum(at, step)) {
			int is = ctx->ops->node(ctx->targets[r->target].priv,
						r->end - (behind - at));

			nr += is >= 0;
			here += is >= 0 && (u32)is == node;
			if (!(++looked & (NODE_STRETCH - 1)))
				damos->env->breathe();
		}
	}
	/* Nothing there: that asks for no change. */
	reading->known = nr;
	reading->value = nr ? div_u64((u64)here * ALL_BP, nr) : 0;
}

static void read_goal(const struct damos *damos, const struct damos_scheme *s,
		      struct damon_ctx *ctx, const struct damos_goal *goal,
		      struct damos_reading *reading, u64 now_ns)
{
	u64 interval_ns = s->conf.quota.interval_us * NSEC_PER_USEC;
	u64 value;

	if (goal->metric == DAMOS_USER_INPUT) {
		reading->value = goal->input;
		reading->known = true;
		return;
	}
	if (goal->metric == DAMOS_NODE_ELIGIBLE_MEM_BP) {
		read_eligible(damos, s, ctx, goal->node, reading, now_ns);
		return;
	}
	value = damos->env->metric(goal->metric, goal->node, goal->memcg);
	if (damos_metric_is_total(goal->metric)) {
		read_total(reading, value, interval_ns, now_ns);
		return;
	}
	reading->value = value;
	reading->known = true;
}

/*
 * How far the goal that is nearest is reached, 10000 for just so: the least
 * aggressive of all answers.  Goals of which nothing is known yet ask for no
 * change.
 */
static u64 best_score(const struct damos_scheme *s)
{
	bool known = false;
	u64 best = 0;
	u32 i;

	for (i = 0; i < s->conf.quota.nr_goals; i++) {
		const struct damos_reading *reading = &s->readings[i];

		if (!reading->known)
			continue;
		known = true;
		best = max(best, portion(reading->value, DAMOS_ON_TARGET,
					 s->conf.quota.goals[i].target));
	}
	return known ? best : DAMOS_ON_TARGET;
}

/* More than all that is monitored, or than the user's limit, is never of use. */
static u64 most_bp(const struct damos *damos, const struct damos_quota *quota,
		   const struct damon_ctx *ctx)
{
	u64 most = quota->bytes ? quota->bytes : U64_MAX;
	u64 total = 0;
	u32 i;

	for (i = 0; i < ctx->nr_regions; i++)
		total = damos_sum(total, damos_bytes(damos, ctx->regions[i].start,
						     ctx->regions[i].end));
	most = min(most, total);
	most = max(most, ctx->min_region_sz * damos->unit);
	return min(most, U64_MAX / DAMOS_ON_TARGET) * DAMOS_ON_TARGET;
}

/*
 * Upstream's feedback (damon_feedback()), where the quota in 1/10000 bytes is
 * what is tried.  Unlike there
 *  - it begins with a seed, not with one byte;
 *  - a quota for which no region is small enough does nothing, so growing begins
 *    with that of the smallest region;
 *  - twice what was wanted, or more, does not make it one byte, but what leads to
 *    the goal where the effect is in proportion to the quota;
 *  - it does not grow beyond what can have an effect, as it would have to shrink
 *    again from there.
 */
static u64 consist(const struct damos *damos, const struct damos_scheme *s,
		   const struct damon_ctx *ctx, u64 score)
{
	const struct damos_quota *quota = &s->conf.quota;
	u64 least = ctx->min_region_sz * damos->unit * DAMOS_ON_TARGET;
	u64 most = most_bp(damos, quota, ctx);
	u64 next = s->charge.tuned_bp;

	if (!next) {
		next = quota->seed ? quota->seed : DAMOS_DEFAULT_SEED;
		next = min(next, U64_MAX / DAMOS_ON_TARGET) * DAMOS_ON_TARGET;
		/* Nothing was tried yet that could be too little. */
		score = max_t(u64, score, DAMOS_ON_TARGET);
	}
	if (score >= 2 * DAMOS_ON_TARGET)
		next = max_t(u64, portion(next, DAMOS_ON_TARGET, score), DAMOS_ON_TARGET);
	else
		next = damon_feedback(score < DAMOS_ON_TARGET ? max(next, least) : next,
				      score);
	return min(next, most);
}

/**
 * damos_tune_quota() - measure the goals, and fit the quota to them
 * @damos:	the schemes
 * @s:		the scheme, which has goals
 * @ctx:	the context
 * @now_ns:	the time
 *
 * When an interval of the quota begins.
 */
void damos_tune_quota(struct damos *damos, struct damos_scheme *s,
		      struct damon_ctx *ctx, u64 now_ns)
{
	const struct damos_quota *quota = &s->conf.quota;
	u64 score;
	u32 i;

	for (i = 0; i < quota->nr_goals; i++)
		read_goal(damos, s, ctx, &quota->goals[i], &s->readings[i], now_ns);
	score = best_score(s);
	if (quota->tuner == DAMOS_TUNER_TEMPORAL)
		s->charge.tuned_bp = score >= DAMOS_ON_TARGET ? 0 : U64_MAX;
	else
		s->charge.tuned_bp = consist(damos, s, ctx, score);
}
