/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the schemes share with each other only.
 */
#ifndef DAMON_DAMOS_INTERNAL_H
#define DAMON_DAMOS_INTERNAL_H

#include <linux/limits.h>
#include <linux/types.h>

#include "damos/damos.h"

/* A score, and a factor of 1, of goals. */
#define DAMOS_ON_TARGET		10000U

/**
 * struct damos_part - part of a region on its way through the schemes
 * @r:		the part
 * @stage:	index of the scheme that it comes to next
 */
struct damos_part {
	struct damon_region r;
	u32 stage;
};

/**
 * struct damos - the schemes of a context
 * @env:	see there
 * @unit:	bytes that an address stands for
 * @sink:	who is told
 * @sink_data:	passed to @sink
 * @sums:	bytes by score; of the scheme at hand
 * @parts:	of the region at hand, what has still to go through some schemes:
 *		the stages of what waits differ, so it is at most one per scheme
 * @nr_schemes:	how many
 * @schemes:	in the user's order
 */
struct damos {
	const struct damos_env *env;
	u64 unit;
	const struct damos_sink *sink;
	void *sink_data;
	u64 sums[DAMOS_MAX_SCORE + 1];
	struct damos_part *parts;
	u32 nr_schemes;
	struct damos_scheme schemes[];
};

/**
 * struct damos_verdict - what region filters say
 * @end:	up to where; behind it they may say something else
 * @pass:	the action is for it
 * @asked:	page filters have a say, too
 */
struct damos_verdict {
	u64 end;
	bool pass;
	bool asked;
};

/* Many targets of nearly 2^64 bytes, or years without a limit, can be too many for 64 bits. */
static inline u64 damos_sum(u64 a, u64 b)
{
	return a > U64_MAX - b ? U64_MAX : a + b;
}

static inline u64 damos_bytes(const struct damos *damos, u64 start, u64 end)
{
	return (end - start) * damos->unit;
}

/* The target that the user knows: for who joined one, that one. */
static inline u32 damos_target_of(const struct damon_ctx *ctx, const struct damon_region *r)
{
	return r->target < ctx->nr_given ? r->target : ctx->targets[r->target].leader;
}

static inline void damos_tell(const struct damos *damos, u32 index)
{
	damos->sink->changed(damos->sink_data, index, &damos->schemes[index]);
}

static inline u32 damos_index(const struct damos *damos, const struct damos_scheme *s)
{
	return s - damos->schemes;
}

/* match.c */
bool damos_matches(const struct damon_ctx *ctx, const struct damos_pattern *pattern,
		   const struct damon_region *r, u64 bytes);
struct damos_verdict damos_judge(const struct damos_conf *conf, u32 target, u64 start,
				 u64 end);
u32 damos_score(const struct damon_ctx *ctx, const struct damos_conf *conf,
		const struct damon_region *r);

/* goal.c */
void damos_tune_quota(struct damos *damos, struct damos_scheme *s,
		      struct damon_ctx *ctx, u64 now_ns);

/* quota.c */
bool damos_has_quota(const struct damos_quota *quota);
void damos_quota_begin(struct damos *damos, struct damos_scheme *s,
		       struct damon_ctx *ctx, u64 now_ns);
u64 damos_quota_left(const struct damos_scheme *s, u64 least);
void damos_quota_charge(struct damos_scheme *s, u64 bytes, u64 applied);
void damos_quota_spend(struct damos_scheme *s, u64 ns);
bool damos_quota_out_of_time(const struct damos_scheme *s);

/* watermark.c */
u64 damos_rest_us(struct damos *damos);

/* apply.c */
void damos_apply(struct damos *damos, struct damon_ctx *ctx, u64 now_ns);

#endif /* DAMON_DAMOS_INTERNAL_H */
