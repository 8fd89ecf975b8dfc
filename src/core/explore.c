// SPDX-License-Identifier: GPL-2.0
/*
 * Between two windows: cut regions so that the next window shows more.
 */
#include <linux/bitops.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/types.h>

#include "core/internal.h"
#include "core/sight.h"

#define SEED_UNITS	16	/* smallest regions that a seed has */

/**
 * damon_explore_most() - the most parts to look at in what is not hot throughout
 * @ctx:	the context
 *
 * Half of max_nr_regions with the usual 20 samples per window; where there are
 * more, that many samples.
 */
u32 damon_explore_most(const struct damon_ctx *ctx)
{
	u32 max = ctx->attrs.max_nr_regions;

	return max(min(max / 2, max * 10 / ctx->max_nr_accesses), ctx->attrs.min_nr_regions);
}

/**
 * damon_explore_anew() - most of the memory is new
 * @ctx:	the context
 */
void damon_explore_anew(struct damon_ctx *ctx)
{
	/* It is taken to pay until it has not. */
	ctx->explore = damon_explore_most(ctx);
	ctx->looked = 0;
}

/**
 * struct plan - a pass over all regions
 * @ctx:	the context
 * @nr:		parts written
 * @room:	parts that there may be in addition
 */
struct plan {
	struct damon_ctx *ctx;
	u32 nr;
	u32 room;
};

static void finish(struct plan *p)
{
	damon_use_spare(p->ctx, p->nr);
}

static void begin(struct plan *p, struct damon_ctx *ctx, u32 most)
{
	*p = (struct plan){ .ctx = ctx };
	if (most > ctx->nr_regions)
		p->room = most - ctx->nr_regions;
}

static bool is_cold(const struct damon_ctx *ctx, u32 i)
{
	u32 nr;

	return !damon_recent(damon_set_at(ctx, i), 32, &nr);
}

/* The part of region @i up to @end; nothing if that is not behind the last part's. */
static void part(struct plan *p, u32 i, u64 *start, u64 end, u32 flags)
{
	struct damon_ctx *ctx = p->ctx;

	if (end <= *start)
		return;
	damon_region_keep(ctx, p->nr, i);
	ctx->spare[p->nr].start = *start;
	ctx->spare[p->nr].end = end;
	if (damon_region_sz(&ctx->spare[p->nr]) != damon_region_sz(&ctx->regions[i]))
		ctx->spare_evidence[p->nr].flags |= DAMON_EVIDENCE_VOID | flags;
	*start = end;
	p->nr++;
}

/* Cut out what looks odd in a region, and around a single hit a seed of its own. */
static void look_into(struct plan *p, u32 i, struct damon_sight *s)
{
	struct damon_ctx *ctx = p->ctx;
	const struct damon_region *r = &ctx->regions[i];
	struct damon_lot lot = { .end = s->nr }, odd = lot;
	u64 from = r->start, to = r->end, start = r->start;
	u64 seed, seed_sz = SEED_UNITS * ctx->min_region_sz;
	u32 before = p->nr;

	damon_odd_part(s, lot, &odd);
	if (odd.start > lot.start)
		from = damon_border(ctx, r, s, odd.start, true);
	if (odd.end < lot.end)
		to = damon_border(ctx, r, s, odd.end, false);
	from = clamp(from, r->start, r->end);
	to = clamp(to, from, r->end);

	part(p, i, &start, from, 0);
	if (s->before[s->nr] <= 2 && to - from > 64 * seed_sz) {
		/* It fits in, so that nothing is beyond either end of all addresses. */
		seed = damon_border(ctx, r, s, odd.start, false);
		seed = clamp(seed, from + seed_sz / 2, to - seed_sz / 2) - seed_sz / 2;
		part(p, i, &start, seed, 0);
		part(p, i, &start, seed + seed_sz, DAMON_EVIDENCE_SEED);
		part(p, i, &start, to, 0);
	} else {
		part(p, i, &start, to,
		     8 * s->before[s->nr] <= s->nr ? DAMON_EVIDENCE_SEED : 0);
	}
	part(p, i, &start, r->end, 0);
	p->room -= p->nr - before - 1;
}

static bool wants_strips(const struct damon_ctx *ctx, u32 i, u32 neighbour)
{
	return neighbour < ctx->nr_regions &&
	       (ctx->evidence[neighbour].flags & DAMON_EVIDENCE_GROW) &&
	       ctx->regions[i].target == ctx->regions[neighbour].target &&
	       (ctx->regions[i].end == ctx->regions[neighbour].start ||
		ctx->regions[i].start == ctx->regions[neighbour].end);
}

/* Lay strips as long as the neighbours that may reach into this cold region. */
static void lay_strips(struct plan *p, u32 i, bool left, bool right)
{
	struct damon_ctx *ctx = p->ctx;
	const struct damon_region *r = &ctx->regions[i];
	u64 most = damon_region_sz(r) / (left && right ? 2 : 1);
	u64 start = r->start, sz = 0, sz2 = 0;
	u32 before = p->nr;

	most &= ~(ctx->min_region_sz - 1);
	if (left) {
		sz = min(damon_region_sz(r - 1), most);
		part(p, i, &start, r->start + sz, DAMON_EVIDENCE_STRIP);
		sz = min(5 * sz, most);
		part(p, i, &start, r->start + sz, DAMON_EVIDENCE_STRIP);
	}
	if (right) {
		sz = min(damon_region_sz(r + 1), most);
		sz2 = min(5 * sz, most);
		part(p, i, &start, r->end - sz2, 0);
		part(p, i, &start, r->end - sz, DAMON_EVIDENCE_STRIP);
		part(p, i, &start, r->end, DAMON_EVIDENCE_STRIP);
	}
	part(p, i, &start, r->end, 0);
	p->room -= p->nr - before - 1;
}

/* What samples have told to look into. */
static void follow(struct damon_ctx *ctx)
{
	struct damon_sight s;
	struct plan p;
	u32 i;

	begin(&p, ctx, ctx->attrs.max_nr_regions);
	for (i = 0; i < ctx->nr_regions; i++) {
		struct damon_evidence *e = &ctx->evidence[i];
		bool left = i && wants_strips(ctx, i, i - 1);
		bool right = wants_strips(ctx, i, i + 1);

		damon_breathe_at(i);
		if (p.room >= 4 && (e->flags & DAMON_EVIDENCE_DOUBT) &&
		    damon_look(ctx, i, damon_sight_most(ctx), &s))
			look_into(&p, i, &s);
		else if (p.room >= 4 && (left || right) && is_cold(ctx, i))
			lay_strips(&p, i, left, right);
		else
			damon_region_keep(ctx, p.nr++, i);
	}
	finish(&p);
	for (i = 0; i < ctx->nr_regions; i++)
		ctx->evidence[i].flags &= ~(DAMON_EVIDENCE_DOUBT | DAMON_EVIDENCE_GROW |
					    DAMON_EVIDENCE_FRESH | DAMON_EVIDENCE_SAME);
}

/* Whether a region may be something else in its parts; what is hot throughout is not. */
static bool is_open(const struct damon_ctx *ctx, u32 i)
{
	u32 nr, hits = damon_recent(damon_set_at(ctx, i), DAMON_KNOWN_MOST, &nr);
	u32 tried = DAMON_EVIDENCE_SEED | DAMON_EVIDENCE_STRIP;

	return hits < nr && !(ctx->evidence[i].flags & tried);
}

/* Cut regions into parts so that there are ctx->explore: the biggest are cut most. */
static void spread(struct damon_ctx *ctx)
{
	u32 max = ctx->attrs.max_nr_regions;
	u32 nr_open = 0, i;
	unsigned int shift;
	u64 total = 0;
	struct plan p;

	begin(&p, ctx, max - max / 8);
	if (!p.room)
		return;
	for (i = 0; i < ctx->nr_regions; i++) {
		if (!is_open(ctx, i))
			continue;
		total += min(damon_region_sz(&ctx->regions[i]), U64_MAX - total);
		nr_open++;
	}
	if (nr_open >= ctx->explore)
		return;
	/* Products with 20 bits must have a place in 64. */
	shift = max_t(int, fls64(total), 44) - 44;
	for (i = 0; i < ctx->nr_regions; i++) {
		const struct damon_region *r = &ctx->regions[i];
		u64 start = r->start, at, step, parts = 1;
		u32 flags = is_cold(ctx, i) ? 0 : DAMON_EVIDENCE_TRIAL;

		damon_breathe_at(i);
		if (is_open(ctx, i))
			parts = div64_u64((damon_region_sz(r) >> shift) * ctx->explore,
					  (total >> shift) + 1);
		parts = min(parts, div64_u64(damon_region_sz(r), ctx->min_region_sz));
		parts = clamp(parts, 1ULL, p.room + 1ULL);
		p.room -= parts - 1;
		step = div64_u64(damon_region_sz(r), parts) & ~(ctx->min_region_sz - 1);
		at = start + (damon_rng_below(&ctx->rng, step) & ~(ctx->min_region_sz - 1));
		for (; parts > 1; parts--) {
			part(&p, i, &start, min(at, r->end), flags);
			at += step;
		}
		part(&p, i, &start, r->end, flags);
	}
	finish(&p);
}

/*
 * Whether there was a sample for each place that a seed could have since
 * something was found last.  In what is so small little is left to be found.
 */
static bool looked_everywhere(struct damon_ctx *ctx)
{
	u64 seeds = div64_u64(damon_total_sz(ctx), SEED_UNITS * ctx->min_region_sz);

	if (ctx->looked < seeds)
		ctx->looked += (u64)ctx->explore * ctx->max_nr_accesses;
	return ctx->looked >= seeds;
}

/* More parts while they show something; then ever fewer. */
static void adapt(struct damon_ctx *ctx)
{
	u32 share;

	/* Who looks at nothing has not looked in vain. */
	if (!ctx->nr_regions)
		return;
	if (ctx->explore_pays) {
		ctx->explore *= 2;
		ctx->looked = 0;
	} else {
		share = looked_everywhere(ctx) ? 3 : 10;
		ctx->explore -= (ctx->explore + share - 1) / share;
	}
	ctx->explore = clamp(ctx->explore, ctx->attrs.min_nr_regions, damon_explore_most(ctx));
	ctx->explore_pays = false;
}

/**
 * damon_explore() - cut regions so that the next window shows more
 * @ctx:	the context, no samples out, its regions as damon_join() left them
 *
 * Where samples raise doubts, the odd part is cut out; beside a seed that was
 * right, strips.  What is not accessed throughout is cut into the more parts the more
 * that has shown of late, as far as seven eighths of max_nr_regions allow.
 * Parts inherit counters and age.
 */
void damon_explore(struct damon_ctx *ctx)
{
	follow(ctx);
	adapt(ctx);
	spread(ctx);
}
