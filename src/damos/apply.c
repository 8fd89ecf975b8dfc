// SPDX-License-Identifier: GPL-2.0
/*
 * One application of the schemes that are due.
 *
 * The regions are walked over once, or, where quotas do not suffice for all, up to
 * three times: see walk_of().  Each region goes through all schemes in their
 * order.  Where only a part of it is for one of them, it is cut there, and what
 * is left comes up again where it was cut off.
 */
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/types.h>

#include "damos/internal.h"

/**
 * struct work - an application
 * @damos:	the schemes
 * @ctx:	the context
 * @now_ns:	when it began
 * @least:	bytes of a smallest region
 * @walk:	which walk this is, from 0
 * @source:	index of the region at hand
 * @stop:	it ends here
 *
 * On the stack of damos_apply().
 */
struct work {
	struct damos *damos;
	struct damon_ctx *ctx;
	u64 now_ns;
	u64 least;
	u32 walk;
	u32 source;
	bool stop;
};

/* So many regions are looked at without a break.  A power of two. */
#define STRETCH		1024

/* The walks that an application has at most. */
#define NR_WALKS	3

/*
 * A scheme whose quota suffices for all does everything in the first walk.  Else
 * that is for regions with a higher score than the lowest that gets something.
 * What has just that score comes next, from where the last application ended, and
 * in the third walk what is before that: nothing waits for ever.  One that was
 * ended early, though its quota would have sufficed, is gone on with likewise.
 */
static u32 walk_of(const struct damos_turn *turn, u32 score, bool before)
{
	if (!turn->limited)
		return before ? 2 : 0;
	if (score < turn->floor)
		return NR_WALKS;
	if (score > turn->floor)
		return 0;
	return before ? 2 : 1;
}

static bool has_walk(const struct damos *damos, u32 walk)
{
	u32 i;

	if (!walk)
		return true;
	for (i = 0; i < damos->nr_schemes; i++) {
		const struct damos_turn *turn = &damos->schemes[i].turn;

		if (turn->due && (walk == 1 ? turn->limited : turn->from.set))
			return true;
	}
	return false;
}

/*
 * Which scores does the quota suffice for?  Regions are counted by score; from the
 * highest on, they get something until the quota is used up.  As upstream, but for
 * what is left of the quota, where that looks at all of it at each application.
 * And but for targets that were busy the last time: who always is would keep the
 * quota from all others.
 */
static void find_floor(struct work *w, struct damos_scheme *s)
{
	u64 left = damos_quota_left(s, w->least);
	u64 *sums = w->damos->sums;
	u64 total = 0;
	u32 i;

	s->turn.limited = false;
	if (left == U64_MAX)
		return;
	memset(sums, 0, (DAMOS_MAX_SCORE + 1) * sizeof(*sums));
	for (i = 0; i < w->ctx->nr_regions; i++) {
		const struct damon_region *r = &w->ctx->regions[i];
		u64 whole = damos_bytes(w->damos, r->start, r->end);
		u32 score;
		u64 at;

		if (!(i & (STRETCH - 1)))
			w->damos->env->breathe();
		if (w->ctx->targets[r->target].busy ||
		    !damos_matches(w->ctx, &s->conf.pattern, r, whole))
			continue;
		score = damos_score(w->ctx, &s->conf, r);
		for (at = r->start; at < r->end; ) {
			struct damos_verdict verdict = damos_judge(&s->conf,
							damos_target_of(w->ctx, r),
							at, r->end);
			u64 bytes = damos_bytes(w->damos, at, verdict.end);

			if (verdict.pass) {
				sums[score] = damos_sum(sums[score], bytes);
				total = damos_sum(total, bytes);
			}
			at = verdict.end;
		}
	}
	if (total <= left)
		return;
	s->turn.limited = true;
	s->charge.lacked = true;
	s->turn.floor = DAMOS_MAX_SCORE;
	for (total = 0; s->turn.floor; s->turn.floor--) {
		total = damos_sum(total, sums[s->turn.floor]);
		if (total >= left)
			break;
	}
}

static void remember(const struct work *w, struct damos_scheme *s,
		     const struct damon_region *r, u64 end, u64 passed)
{
	const struct damon_ctx *ctx = w->ctx;
	struct damos_tried *tried;
	u32 i;

	s->nr_tried_all++;
	if (s->nr_tried == s->conf.max_tried)
		return;
	tried = &s->tried[s->nr_tried++];
	*tried = (struct damos_tried) {
		.start = r->start,
		.end = end,
		.passed = passed,
		.nr_accesses = damon_region_mvsum(ctx, r),
		.age = r->age,
		.target = r->target,
	};
	for (i = 0; i < ctx->nr_probes; i++)
		tried->hits[i] = damon_probe_mvsum(ctx, &ctx->hits[w->source], i);
}

/*
 * This application ends early for @s: the next one goes on from @addr.  But what
 * has more than the floor's score is always tried first, and the rest then goes on
 * where it would have in this one.
 */
static void end_early(const struct work *w, struct damos_scheme *s, u32 target, u64 addr)
{
	if (s->turn.early)
		return;
	s->turn.early = true;
	if (s->turn.limited && !w->walk)
		s->from = s->turn.from;
	else
		s->from = (struct damos_place) { .set = true, .target = target, .addr = addr };
}

/*
 * Has the operations set do it, slice by slice, up to @end or until there is a
 * reason to end; returns where that was.  Where a target is busy is one: the rest
 * stays as it was, for another application.
 */
static u64 run(struct work *w, struct damos_scheme *s, const struct damon_region *r,
	       u64 end, bool asked, struct damos_done *done)
{
	const struct damos_order *order = asked ? &s->order : &s->unasked;
	const struct damos_env *env = w->damos->env;
	struct damon_ctx *ctx = w->ctx;
	u64 smallest = ctx->min_region_sz;
	u64 at = r->start;

	if (order->action == DAMOS_STAT && !order->nr_filters) {
		done->passed = damos_bytes(w->damos, at, end);
		w->stop |= env->stop();
		return end;
	}
	while (at < end) {
		u64 begun_ns = env->cpu_ns();
		bool busy;
		u64 to;

		to = ctx->ops->act(ctx->targets[r->target].priv, order, at, end, done,
				   &ctx->stats.pass);
		damos_quota_spend(s, env->cpu_ns() - begun_ns);
		if (!to) {
			damon_ctx_lose(ctx, r->target, w->now_ns);
			break;
		}
		busy = to == DAMON_ACT_BUSY;
		ctx->targets[r->target].busy = busy;
		/* Regions have no smaller parts. */
		if (!busy)
			at = min(end, (to + smallest - 1) & ~(smallest - 1));
		/* Where there is nothing to do to, a slice is over at once. */
		env->breathe();
		/* Each slice is followed by a look at whether to stop. */
		w->stop |= env->stop();
		if (busy || w->stop || damos_quota_out_of_time(s))
			break;
	}
	return at;
}

/*
 * While schemes are applied, no sample is out, and @next_addr is of no use: it
 * tells, bit by bit, which schemes were applied to a region already.  One that is
 * as young as new by that could match again, in another walk.
 */
static u64 bit_of(const struct work *w, const struct damos_scheme *s)
{
	return 1ULL << damos_index(w->damos, s);
}

static void tell_trying(const struct work *w, const struct damos_scheme *s,
			const struct damon_region *r, u64 end)
{
	const struct damos *damos = w->damos;
	struct damon_region part = *r;

	if (!damos->sink->trying)
		return;
	part.end = end;
	damos->sink->trying(damos->sink_data, damos_index(damos, s), w->ctx, &part);
}

/* Does it to @r up to @part->end, or less: that is then where it ended. */
static void treat(struct work *w, struct damos_scheme *s, struct damon_region *r,
		  struct damos_verdict *part)
{
	u64 left = div64_u64(damos_quota_left(s, w->least), w->damos->unit);
	struct damos_done done = {};
	u64 bytes;

	if (!left) {
		s->turn.full = true;
		s->charge.lacked = true;
		end_early(w, s, r->target, r->start);
		return;
	}
	if (part->end - r->start > left)
		part->end = r->start + (left & ~(w->ctx->min_region_sz - 1));
	tell_trying(w, s, r, part->end);
	part->end = run(w, s, r, part->end, part->asked, &done);
	bytes = damos_bytes(w->damos, r->start, part->end);
	if (!bytes)
		return;
	s->stats.nr_tried++;
	s->stats.sz_tried += bytes;
	s->stats.nr_applied += !!done.applied;
	s->stats.sz_applied += done.applied;
	s->stats.sz_passed += done.passed;
	s->sz_tried += bytes;
	remember(w, s, r, part->end, done.passed);
	damos_quota_charge(s, bytes, done.applied);
	r->next_addr |= bit_of(w, s);
	/* It is not what it was; as upstream. */
	if (s->conf.action != DAMOS_STAT)
		r->age = 0;
}

/* Is @r before @place?  If only a part of it is, *@end is where that ends. */
static bool is_before(const struct damos_place *place, const struct damon_region *r,
		      u64 *end)
{
	if (!place->set || r->target > place->target)
		return false;
	if (r->target < place->target)
		return true;
	if (r->start >= place->addr)
		return false;
	*end = min(*end, place->addr);
	return true;
}

/*
 * A part of a region of @bytes comes to a scheme.  Returns up to where that is done
 * with it; what is behind comes up again.
 */
static u64 visit(struct work *w, struct damos_scheme *s, struct damon_region *r, u64 bytes)
{
	struct damos_verdict part;
	u64 end = r->end;
	bool before;

	if (!s->turn.due || s->turn.full || r->next_addr & bit_of(w, s))
		return end;
	if (!damos_matches(w->ctx, &s->conf.pattern, r, bytes))
		return end;
	before = is_before(&s->turn.from, r, &end);
	if (walk_of(&s->turn, damos_score(w->ctx, &s->conf, r), before) != w->walk)
		return end;
	part = damos_judge(&s->conf, damos_target_of(w->ctx, r), r->start, end);
	if (!part.pass)
		return part.end;
	treat(w, s, r, &part);
	return s->turn.full ? r->end : part.end;
}

/*
 * Somebody waits for the worker.  The first @nr_done schemes are done with @r, the
 * others have not seen it.
 */
static void end_all(struct work *w, const struct damon_region *r, u32 nr_done)
{
	u32 i;

	for (i = 0; i < w->damos->nr_schemes; i++) {
		struct damos_scheme *s = &w->damos->schemes[i];

		if (!s->turn.due)
			continue;
		/* This walk was not for it, and all of the first is done. */
		if (!s->turn.limited && w->walk == 1)
			s->turn.early = true;
		end_early(w, s, r->target, i < nr_done ? r->end : r->start);
	}
}

static bool is_lost(const struct work *w, const struct damon_region *r)
{
	return w->ctx->targets[r->target].gone;
}

/* A region goes through all schemes. */
static void pass_through(struct work *w, struct damon_rewrite *to, u32 source)
{
	struct damos_part *parts = w->damos->parts;
	const struct damon_region *whole = &w->ctx->regions[source];
	u64 bytes = damos_bytes(w->damos, whole->start, whole->end);
	u32 nr = 1;

	w->source = source;
	parts[0] = (struct damos_part) { .r = *whole };
	while (nr) {
		struct damos_part part = parts[--nr];

		while (part.stage < w->damos->nr_schemes && !w->stop &&
		       !is_lost(w, &part.r)) {
			struct damos_part rest = part;
			u64 end = visit(w, &w->damos->schemes[part.stage], &part.r, bytes);

			if (end > part.r.start && end < part.r.end) {
				rest.r.start = end;
				part.r.end = end;
				parts[nr++] = rest;
			}
			if (w->stop)
				end_all(w, &part.r, part.stage + 1);
			part.stage++;
		}
		damon_rewrite_add(to, &part.r, source);
	}
}

static void walk(struct work *w)
{
	struct damon_rewrite to;
	u32 i;

	damon_rewrite_begin(&to, w->ctx);
	for (i = 0; i < w->ctx->nr_regions; i++) {
		/* Not at the first: who is always waited for gets on, too. */
		if (i && !(i & (STRETCH - 1)) && !w->stop) {
			w->damos->env->breathe();
			w->stop = w->damos->env->stop();
			if (w->stop)
				end_all(w, &w->ctx->regions[i], 0);
		}
		pass_through(w, &to, i);
	}
	damon_rewrite_end(&to);
}

static void begin_turn(struct work *w, struct damos_scheme *s)
{
	s->turn.full = false;
	s->turn.early = false;
	s->turn.from = s->from;
	s->from.set = false;
	s->nr_tried = 0;
	s->nr_tried_all = 0;
	s->sz_tried = 0;
	damos_quota_begin(w->damos, s, w->ctx, w->now_ns);
	find_floor(w, s);
}

/**
 * damos_apply() - apply the schemes that are due
 * @damos:	the schemes, with damos_turn.due
 * @ctx:	the context; no samples are out
 * @now_ns:	the time
 *
 * Ends early when env says so; what was not done is the next time's.  Regions of
 * which a part was treated are cut there.  The first scheme gets on in any case;
 * others are put off, should somebody wait while it is found out what comes first.
 */
void damos_apply(struct damos *damos, struct damon_ctx *ctx, u64 now_ns)
{
	struct work w = {
		.damos = damos,
		.ctx = ctx,
		.now_ns = now_ns,
		.least = ctx->min_region_sz * damos->unit,
	};
	bool any = false;
	u32 i;

	ctx->stats.pass.patience_ns = DAMON_PATIENCE_NS;
	for (i = 0; i < ctx->nr_regions; i++)
		ctx->regions[i].next_addr = 0;
	for (i = 0; i < damos->nr_schemes; i++) {
		struct damos_scheme *s = &damos->schemes[i];

		if (any && s->turn.due)
			s->turn.due = !damos->env->stop();
		if (!s->turn.due)
			continue;
		begin_turn(&w, s);
		any = true;
	}
	for (; w.walk < NR_WALKS && !w.stop; w.walk++) {
		if (has_walk(damos, w.walk))
			walk(&w);
	}
	damon_rewrite_settle(ctx);
	for (i = 0; i < damos->nr_schemes; i++) {
		if (!damos->schemes[i].turn.due)
			continue;
		damos->schemes[i].stats.nr_snapshots++;
		damos_tell(damos, i);
		if (damos->sink->applied)
			damos->sink->applied(damos->sink_data, i, &damos->schemes[i].stats);
	}
}
