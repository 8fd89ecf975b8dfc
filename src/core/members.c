// SPDX-License-Identifier: GPL-2.0
/*
 * Targets that come by themselves.
 *
 * All memory is allocated with the context: who joins takes a seat, which is a
 * target that is gone until then, and again afterwards.  Each leader, a target
 * that others join, has seats of its own, so that one with many followers
 * keeps no other's out.
 */
#include <linux/types.h>

#include "core/internal.h"

/**
 * damon_gather() - learn who is to join, and who no longer belongs
 * @ctx:	the context, no samples out
 * @all:	look everybody up: for one leader, and for more while there is
 *		patience; the next time it is the turn of the others
 */
void damon_gather(struct damon_ctx *ctx, bool all)
{
	u32 first = ctx->gather_turn;
	u32 k;

	for (k = 0; k < ctx->nr_given; k++) {
		u32 i = (first + k) % ctx->nr_given;
		struct damon_target *t = &ctx->targets[i];

		/* Those who follow one that is gone can still be there. */
		if (!t->leads)
			continue;
		t->waiting = ctx->ops->gather(t->priv, all, &ctx->stats.pass);
		if (!all || ctx->stats.pass.patience_ns)
			continue;
		ctx->gather_turn = (i + 1) % ctx->nr_given;
		all = false;
	}
}

static void sit_down(struct damon_ctx *ctx, u32 index, u64 now_ns)
{
	struct damon_target *t = &ctx->targets[index];

	t->gone = false;
	t->busy = false;
	t->nr_ranges = 0;
	ctx->nr_alive++;
	if (ctx->sink->target_new)
		ctx->sink->target_new(ctx->sink_data, index, t, now_ns);
	damon_ask(ctx, index, now_ns);
}

/**
 * damon_admit() - have those join who wait for it, as far as there are seats
 * @ctx:	the context, after damon_gather(), no samples out
 * @now_ns:	the time
 *
 * Their ranges are asked for.  Regions of targets that are gone are dropped before.
 *
 * Return: true if anybody has joined, and damon_carry() is needed.
 */
bool damon_admit(struct damon_ctx *ctx, u64 now_ns)
{
	bool dropped = false;
	bool joined = false;
	u32 i;

	for (i = ctx->nr_given; i < ctx->nr_targets; i++) {
		struct damon_target *t = &ctx->targets[i];
		struct damon_target *leader = &ctx->targets[t->leader];

		if (!t->gone || !leader->waiting)
			continue;
		/* What was there before in a seat is not for who takes it next. */
		if (!dropped)
			damon_drop_gone(ctx);
		dropped = true;
		if (ctx->ops->join(leader->priv, t->priv, &t->key, &t->id)) {
			sit_down(ctx, i, now_ns);
			joined = true;
		} else {
			leader->waiting = false;
		}
	}
	return joined;
}

/**
 * damon_count_left_out() - tell if other numbers than before found no seat
 * @ctx:	the context, after damon_admit()
 * @now_ns:	the time
 */
void damon_count_left_out(struct damon_ctx *ctx, u64 now_ns)
{
	u32 i, nr = 0;

	for (i = 0; i < ctx->nr_given; i++) {
		if (ctx->targets[i].leads)
			nr += ctx->ops->left_out(ctx->targets[i].priv);
	}
	if (nr == ctx->nr_left_out)
		return;
	ctx->nr_left_out = nr;
	if (ctx->sink->left_out)
		ctx->sink->left_out(ctx->sink_data, nr, now_ns);
}

static struct damon_target *same_leader(struct damon_ctx *old, u64 key)
{
	u32 i;

	for (i = 0; i < old->nr_given; i++) {
		if (old->targets[i].leads && old->targets[i].key == key)
			return &old->targets[i];
	}
	return NULL;
}

/**
 * damon_keep_members() - who has joined a target joins the one that replaces it
 * @ctx:	a new context that was never started
 * @old:	the one that it replaces, with the same operations set, stopped
 *
 * They join at the next damon_ask_ranges() for all.
 */
void damon_keep_members(struct damon_ctx *ctx, struct damon_ctx *old)
{
	u32 i;

	ctx->nr_left_out = old->nr_left_out;
	for (i = 0; i < ctx->nr_given; i++) {
		struct damon_target *t = &ctx->targets[i];
		struct damon_target *was = t->leads ? same_leader(old, t->key) : NULL;

		if (was)
			ctx->ops->inherit(t->priv, was->priv);
	}
}
