// SPDX-License-Identifier: GPL-2.0
/*
 * A new configuration takes over what an old one has learnt.
 */
#include <linux/minmax.h>
#include <linux/types.h>

#include "core/internal.h"

static bool same_intervals(const struct damon_attrs *a, const struct damon_attrs *b)
{
	return a->sample_us == b->sample_us && a->aggr_us == b->aggr_us;
}

static bool same_goal(const struct damon_goal *a, const struct damon_goal *b)
{
	return a->access_bp == b->access_bp && a->aggrs == b->aggrs &&
	       a->min_sample_us == b->min_sample_us &&
	       a->max_sample_us == b->max_sample_us;
}

/* Who asks for the same again keeps what tuning has made of it. */
static void take_tuning(struct damon_ctx *ctx, const struct damon_ctx *old)
{
	if (!same_intervals(&ctx->committed, &old->committed) ||
	    !same_goal(&ctx->committed.goal, &old->committed.goal))
		return;
	ctx->attrs.sample_us = old->attrs.sample_us;
	ctx->attrs.aggr_us = old->attrs.aggr_us;
	ctx->tuning = old->tuning;
}

/**
 * damon_ctx_adopt() - replace a context by one with another configuration
 * @ctx:	a new context that was never started
 * @old:	the one that it replaces, running or not, for the same sink;
 *		afterwards only good for damon_ctx_destroy()
 * @now_ns:	the time
 *
 * Targets that both have (equal keys, and the same operations set) keep their
 * regions, as far as these are in the ranges of the new configuration, with
 * their ages and the last window's counts, converted to the new intervals; if
 * the intervals are the same, the window at hand goes on, else, and where a
 * pause begins or ends or probes differ, it is forgotten and a new one begins.
 * What probes that both have (equal keys) have found in the last window is kept,
 * and what the actor has learnt, if both have the same.
 * Tuned intervals stay where intervals and goal are committed as before.  The
 * new max_nr_regions is held.  Other targets begin as in damon_ctx_start().
 *
 * Who has joined a target that both have joins that of @ctx, too, as far as it has
 * seats; this is told as if it were new, as its index can be another one.
 *
 * Targets that only @old has are watched no more: what was taken from them has
 * been given back, and their regions are dropped.
 *
 * If @old was running, @ctx is: the next damon_ctx_step(), unless it is paused,
 * is for @ctx, and returns false if none of its targets is alive.  If not, @ctx
 * keeps it all for damon_ctx_start().
 *
 * Called by the worker, or while there is none.  May sleep for a bounded time;
 * never allocates and cannot fail.
 */
void damon_ctx_adopt(struct damon_ctx *ctx, struct damon_ctx *old, u64 now_ns)
{
	bool running = old->running;
	bool same_probes;

	damon_ctx_stop(old);
	same_probes = damon_match_probes(ctx, old);

	ctx->window_start_ns = now_ns;
	ctx->stats = old->stats;
	ctx->stats.pass.patience_ns = DAMON_PATIENCE_NS;
	ctx->split_turn = old->split_turn;
	ctx->last_nr_regions = old->last_nr_regions;
	ctx->back = old->back || old->paused || old->rest_us;
	ctx->explore = min(ctx->explore, old->explore);
	ctx->looked = old->looked;
	take_tuning(ctx, old);
	if (same_intervals(&ctx->attrs, &old->attrs) && same_probes &&
	    !ctx->paused && !old->paused && !old->rest_us) {
		ctx->window_start_ns = old->window_start_ns;
		ctx->tick = old->tick;
	} else {
		damon_convert_results(old, &old->attrs, &ctx->attrs);
	}
	/* Should there be too many regions, they are joined by the new rules. */
	old->max_nr_accesses = ctx->max_nr_accesses;
	old->attrs.min_nr_regions = ctx->attrs.min_nr_regions;

	if (ctx->ops != old->ops) {
		/* Keys of different operations sets mean different things. */
		old->nr_regions = 0;
		damon_reindex(old);
	} else {
		damon_keep_members(ctx, old);
	}
	damon_ask_ranges(ctx, now_ns, true);
	/* By now it is known who has joined. */
	if (ctx->actor) {
		ctx->actor->begin(ctx->actor_data, now_ns);
		if (ctx->actor == old->actor)
			ctx->actor->adopt(ctx->actor_data, ctx, old);
	}
	ctx->running = running && ctx->nr_alive;
	damon_carry(ctx, old);
	damon_enforce_min_regions(ctx);
	if (ctx->running && !ctx->paused)
		damon_take_samples(ctx, now_ns);
}
