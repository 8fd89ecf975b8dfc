// SPDX-License-Identifier: GPL-2.0
/*
 * The worker's loop body: sampling passes, and what happens between windows.
 */
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/string.h>
#include <linux/types.h>

#include "core/internal.h"

/**
 * damon_target_lost() - a target is no longer monitored
 * @ctx:	the context
 * @index:	which target, not gone before
 * @now_ns:	the time
 *
 * Tells the sink; with the last one, @ctx runs no longer, unless another one
 * joins.  The regions stay until damon_drop_gone() or damon_carry(), the reference until
 * damon_ctx_destroy().
 */
void damon_target_lost(struct damon_ctx *ctx, u32 index, u64 now_ns)
{
	ctx->targets[index].gone = true;
	if (!--ctx->nr_alive)
		ctx->running = false;
	ctx->sink->target_gone(ctx->sink_data, index, now_ns);
}

/*
 * Where the next samples are.  Run at each tick for each region: keep these a
 * handful of instructions.
 */
static inline void pick_address(struct damon_region *r, const struct damon_evidence *e)
{
	r->next_addr = damon_place_addr(r, damon_place(e, e->nr));
}

static void pick_addresses(struct damon_ctx *ctx)
{
	u32 i;

	for (i = 0; i < ctx->nr_regions; i++)
		pick_address(&ctx->regions[i], &ctx->evidence[i]);
}

/*
 * The samples that are out are about to be judged, in a pass that may take the next
 * ones: make room for what it finds out, a miss unless it is told otherwise.
 */
static void turn_to_next(struct damon_ctx *ctx)
{
	struct damon_region *r = ctx->regions, *end = r + ctx->nr_regions;
	struct damon_evidence *e = ctx->evidence;

	for (; r < end; r++, e++) {
		r->hits <<= 1;
		e->known += e->known < DAMON_KNOWN_MOST;
		e->nr++;
		pick_address(r, e);
	}
}

/* For pass(): no samples, but what probes find where they are. */
#define PASS_PROBE	0

static bool visit(struct damon_ctx *ctx, const struct damon_target *t, unsigned int what)
{
	struct damon_region *regions = ctx->regions + t->first;

	if (what != PASS_PROBE)
		return ctx->ops->sample(t->priv, regions, t->nr, what, &ctx->stats.pass);
	return ctx->ops->probe(t->priv, ctx->probes, ctx->nr_probes, regions,
			       ctx->hits + t->first, t->nr, &ctx->stats.pass);
}

static void pass(struct damon_ctx *ctx, unsigned int what, u64 now_ns)
{
	bool lost = false;
	u32 i;

	/* Who goes by weights leaves no trace. */
	if (ctx->weighs && what != PASS_PROBE)
		return;
	for (i = 0; i < ctx->nr_targets; i++) {
		struct damon_target *t = &ctx->targets[i];

		if (!t->nr || visit(ctx, t, what))
			continue;
		damon_target_lost(ctx, i, now_ns);
		lost = true;
	}
	if (lost)
		damon_drop_gone(ctx);
}

/* New places where regions are not what they were. */
static void renew(struct damon_ctx *ctx)
{
	u32 i;

	for (i = 0; i < ctx->nr_regions; i++) {
		if (ctx->evidence[i].flags & DAMON_EVIDENCE_VOID)
			damon_renew(ctx, &ctx->evidence[i]);
	}
}

/* Who waits to join does, and regions follow; false if no target is left. */
static bool rally(struct damon_ctx *ctx, u64 now_ns)
{
	damon_ask_ranges(ctx, now_ns, false);
	ctx->running = ctx->nr_alive;
	damon_carry(ctx, ctx);
	damon_enforce_min_regions(ctx);
	return ctx->nr_alive;
}

static void begin_samples(struct damon_ctx *ctx, u64 now_ns)
{
	renew(ctx);
	pick_addresses(ctx);
	pass(ctx, DAMON_PASS_CLEAR, now_ns);
}

/**
 * damon_take_samples() - the first pass of a window, or after a break
 * @ctx:	the context, no samples out
 * @now_ns:	the time
 *
 * Should it find that the last target has gone, those who wait join.
 */
void damon_take_samples(struct damon_ctx *ctx, u64 now_ns)
{
	begin_samples(ctx, now_ns);
	if (!ctx->nr_alive && rally(ctx, now_ns))
		begin_samples(ctx, now_ns);
}

static void report(struct damon_ctx *ctx, u64 now_ns)
{
	struct damon_window window = {
		.targets = ctx->targets,
		.regions = ctx->regions,
		.hits = ctx->hits,
		.nr_probes = ctx->nr_probes,
		.nr_regions = ctx->nr_regions,
		.start_ns = ctx->window_start_ns,
		.end_ns = now_ns,
		.sample_us = ctx->attrs.sample_us,
		.aggr_us = ctx->attrs.aggr_us,
		.max_nr_accesses = ctx->max_nr_accesses,
		.nr_targets = ctx->nr_alive,
	};

	ctx->stats.nr_windows++;
	ctx->back = false;
	ctx->sink->window(ctx->sink_data, &window);
}

/* The window at hand is over, or forgotten if it is not @complete. */
static void begin_counting(struct damon_ctx *ctx, bool complete)
{
	u32 i;

	for (i = 0; i < ctx->nr_regions; i++) {
		if (complete)
			ctx->regions[i].last_nr_accesses = ctx->regions[i].nr_accesses;
		ctx->regions[i].nr_accesses = 0;
		/* Before a break is no part of a window after it. */
		if (!complete) {
			ctx->evidence[i].known = 0;
			ctx->evidence[i].flags = DAMON_EVIDENCE_VOID;
		}
	}
	for (i = 0; ctx->hits && i < ctx->nr_regions; i++) {
		if (complete)
			memcpy(ctx->hits[i].last, ctx->hits[i].now, sizeof(ctx->hits[i].last));
		memset(ctx->hits[i].now, 0, sizeof(ctx->hits[i].now));
	}
}

static void begin_window(struct damon_ctx *ctx, u64 now_ns)
{
	ctx->tick = 0;
	ctx->window_start_ns = now_ns;
}

/**
 * damon_ctx_lose() - a target turned out to be gone
 * @ctx:	the context
 * @index:	which target
 * @now_ns:	the time
 *
 * For struct damon_actor, @act.  Its regions stay until that returns.
 */
void damon_ctx_lose(struct damon_ctx *ctx, u32 index, u64 now_ns)
{
	if (!ctx->targets[index].gone)
		damon_target_lost(ctx, index, now_ns);
}

/* After a rest or pause the last window may tell of what was hours ago. */
static bool is_due(const struct damon_ctx *ctx, u64 now_ns, bool complete)
{
	return ctx->actor && !ctx->back && ctx->actor->due(ctx->actor_data, ctx, now_ns, complete);
}

static void act(struct damon_ctx *ctx, u64 now_ns)
{
	u64 patience_ns = ctx->stats.pass.patience_ns;
	u32 nr_alive = ctx->nr_alive;

	ctx->actor->act(ctx->actor_data, ctx, now_ns);
	/* It has its own. */
	ctx->stats.pass.patience_ns = patience_ns;
	if (ctx->nr_alive != nr_alive)
		damon_drop_gone(ctx);
}

static void tell(struct damon_ctx *ctx, u64 now_ns)
{
	u32 nr = ctx->nr_regions;

	if (ctx->weighs) {
		report(ctx, now_ns);
		return;
	}
	damon_join_told(ctx);
	report(ctx, now_ns);
	damon_use_spare(ctx, nr);
}

static void end_window(struct damon_ctx *ctx, u64 now_ns)
{
	if (ctx->weighs) {
		damon_merge(ctx);
	} else {
		damon_cut(ctx);
		damon_join(ctx);
	}
	damon_enforce_min_regions(ctx);
	tell(ctx, now_ns);
	if (is_due(ctx, now_ns, true))
		act(ctx, now_ns);

	begin_counting(ctx, true);
	damon_tune(ctx, now_ns);
	begin_window(ctx, now_ns);

	/* Ranges before the split: it takes what room they leave. */
	if (damon_ask_ranges(ctx, now_ns, false)) {
		/* Should the last ones have left, others may have come. */
		ctx->running = ctx->nr_alive;
		damon_carry(ctx, ctx);
		damon_enforce_min_regions(ctx);
	}
	if (ctx->weighs)
		damon_split(ctx);
	else
		damon_explore(ctx);
}

/**
 * damon_ctx_start() - begin to monitor
 * @ctx:	a context that does not run: new, stopped or adopting
 * @now_ns:	the time
 *
 * Regions that the context has already are kept with their ages and the last
 * window's counts, and so are tuned intervals; a window that a stop had cut off
 * is forgotten.  May sleep for a bounded time; never allocates.
 *
 * Return: true if the first step is due one sampling interval later, or never
 * while @ctx is paused; false if no target is alive.
 */
bool damon_ctx_start(struct damon_ctx *ctx, u64 now_ns)
{
	memset(&ctx->stats, 0, sizeof(ctx->stats));
	memset(&ctx->tuning, 0, sizeof(ctx->tuning));
	ctx->stats.pass.patience_ns = DAMON_PATIENCE_NS;
	begin_counting(ctx, false);
	begin_window(ctx, now_ns);

	ctx->rest_us = 0;
	ctx->back = false;
	if (ctx->actor)
		ctx->actor->begin(ctx->actor_data, now_ns);
	damon_ask_ranges(ctx, now_ns, true);
	ctx->running = ctx->nr_alive;
	damon_carry(ctx, ctx);
	damon_enforce_min_regions(ctx);

	if (!ctx->paused)
		damon_take_samples(ctx, now_ns);
	return ctx->nr_alive;
}

/* Has the operations set give back what it took. */
static void give_back(struct damon_ctx *ctx)
{
	u32 i;

	/* None are out then. */
	if (ctx->paused || ctx->weighs || ctx->rest_us)
		return;
	ctx->stats.pass.patience_ns = DAMON_PATIENCE_NS;

	/*
	 * The samples were out for less than an interval, and no tick stands
	 * for them: their outcome must not count.
	 */
	memcpy(ctx->spare, ctx->regions, ctx->nr_regions * sizeof(*ctx->spare));
	for (i = 0; i < ctx->nr_targets; i++) {
		struct damon_target *t = &ctx->targets[i];

		/* Whether it is gone is for the next start to find. */
		if (t->nr)
			ctx->ops->sample(t->priv, ctx->regions + t->first, t->nr,
					 DAMON_PASS_CHECK, &ctx->stats.pass);
	}
	for (i = 0; i < ctx->nr_regions; i++) {
		ctx->regions[i].nr_accesses = ctx->spare[i].nr_accesses;
		ctx->regions[i].hits = ctx->spare[i].hits;
	}
}

/* Of who ends and who comes while nobody is sampled. */
static void look_after(struct damon_ctx *ctx, u64 now_ns)
{
	bool lost = false;
	u32 i;

	for (i = 0; i < ctx->nr_targets; i++) {
		const struct damon_target *t = &ctx->targets[i];

		if (t->gone || !ctx->ops->gone || !ctx->ops->gone(t->priv))
			continue;
		damon_target_lost(ctx, i, now_ns);
		lost = true;
	}
	if (lost)
		damon_drop_gone(ctx);
	rally(ctx, now_ns);
}

/* What was found before a rest says nothing of now: a new window begins. */
static void come_back(struct damon_ctx *ctx, u64 now_ns)
{
	ctx->rest_us = 0;
	ctx->back = true;
	begin_counting(ctx, false);
	begin_window(ctx, now_ns);
	damon_take_samples(ctx, now_ns);
}

/*
 * Is monitoring not needed?  Between the two a step is only good for the change:
 * the window at hand is forgotten, and a new one begins.
 */
static bool rests(struct damon_ctx *ctx, u64 now_ns)
{
	u64 rest_us = ctx->actor ? ctx->actor->rest_us(ctx->actor_data) : 0;
	bool rested = ctx->rest_us;

	if (rest_us && !rested)
		give_back(ctx);
	if (rest_us && rested)
		look_after(ctx, now_ns);
	if (rest_us || !rested) {
		ctx->rest_us = rest_us;
		return rest_us;
	}
	come_back(ctx, now_ns);
	return true;
}

/**
 * damon_ctx_exchange_actor() - have another actor act on regions
 * @ctx:	the context, running or not
 * @actor:	the actor, or NULL for none
 * @data:	passed to @actor; it has learnt nothing yet
 * @now_ns:	the time
 *
 * It learns from the one before, if that is of the same kind.  Monitoring goes on;
 * where it rests for the one before it begins again, until the new one says that it
 * shall rest: then damon_ctx_next_us() is another.
 *
 * Called by the worker, or while there is none.  May sleep for a bounded time;
 * never allocates and cannot fail.
 *
 * Return: the @actor_data of the one before, NULL if there was none.
 */
void *damon_ctx_exchange_actor(struct damon_ctx *ctx, const struct damon_actor *actor,
			       void *data, u64 now_ns)
{
	void *old = ctx->actor ? ctx->actor_data : NULL;

	if (actor) {
		actor->begin(data, now_ns);
		if (actor == ctx->actor)
			actor->adopt(data, ctx, ctx);
	}
	ctx->actor = actor;
	ctx->actor_data = data;
	if (ctx->running && ctx->rest_us) {
		ctx->stats.pass.patience_ns = DAMON_PATIENCE_NS;
		come_back(ctx, now_ns);
	}
	return old;
}

/**
 * damon_ctx_next_us() - when the next step is due
 * @ctx:	a running context
 *
 * Return: microseconds from the last one, U64_MAX while @ctx is paused.
 */
u64 damon_ctx_next_us(const struct damon_ctx *ctx)
{
	if (ctx->paused)
		return U64_MAX;
	return ctx->rest_us ? ctx->rest_us : ctx->attrs.sample_us;
}

/**
 * damon_ctx_step() - one tick
 * @ctx:	a running context that is not paused
 * @now_ns:	the time, damon_ctx_next_us() (which may be another after each
 *		step) after the last step or start
 *
 * Judges the samples that are out and takes new ones; when the window is
 * complete, hands it to the sink and adjusts the regions in between.  In
 * between, too, damon_ctx.actor acts, where there is one; but for that it sleeps
 * for a bounded time only, and never allocates.
 *
 * Return: true if the next step is due damon_ctx_next_us() later, false if
 * no target is left and nobody waits to join.
 */
bool damon_ctx_step(struct damon_ctx *ctx, u64 now_ns)
{
	ctx->stats.pass.patience_ns = DAMON_PATIENCE_NS;
	if (rests(ctx, now_ns))
		return ctx->nr_alive;
	ctx->stats.nr_ticks++;
	if (ctx->nr_probes)
		pass(ctx, PASS_PROBE, now_ns);
	turn_to_next(ctx);
	if (++ctx->tick < ctx->max_nr_accesses) {
		bool due = is_due(ctx, now_ns, false);

		pass(ctx, due ? DAMON_PASS_CHECK : DAMON_PASS_CHECK | DAMON_PASS_CLEAR, now_ns);
		if (due)
			act(ctx, now_ns);
		if (!ctx->nr_alive || due)
			damon_take_samples(ctx, now_ns);
		return ctx->nr_alive;
	}

	/* Where next ones are depends on what regions there will be. */
	pass(ctx, DAMON_PASS_CHECK, now_ns);
	if (ctx->nr_alive || rally(ctx, now_ns)) {
		end_window(ctx, now_ns);
		damon_take_samples(ctx, now_ns);
	}
	return ctx->nr_alive;
}

/**
 * damon_ctx_stop() - end monitoring
 * @ctx:	the context, running or not
 *
 * Has the operations set give back what it took.  Regions stay as they are,
 * for a later damon_ctx_start() or damon_ctx_adopt().  May sleep for a bounded
 * time.
 */
void damon_ctx_stop(struct damon_ctx *ctx)
{
	if (!ctx->running)
		return;
	ctx->running = false;
	give_back(ctx);
}
