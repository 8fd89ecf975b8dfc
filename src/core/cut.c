// SPDX-License-Identifier: GPL-2.0
/*
 * Window's end: cut regions where their samples say so.
 */
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/types.h>

#include "core/internal.h"
#include "core/sight.h"

/*
 * What telling parts of a region apart must save beyond what it takes to say where
 * they are: where it was all the same before, where nothing is known of before or
 * there is evidence of several windows, and else.
 */
#define MARGIN_CHANGED	((s32)(1 * DAMON_BIT))
#define MARGIN_NEW	((s32)(3 * DAMON_BIT))
#define MARGIN_SURE	((s32)(6 * DAMON_BIT))
/* How much better samples at an end must fit the neighbour's than the region's own. */
#define FITS_BETTER	((s32)(5 * DAMON_BIT))
/* What tells a region from what it was before. */
#define CHANGED		(4 * DAMON_BIT)

/**
 * damon_look() - see what a region's samples say about its inside
 * @ctx:	the context
 * @i:		index of the region
 * @most:	how many of the last samples to look at
 * @s:		what to fill
 *
 * Return: false if they say nothing: there are too few, or all the same.
 */
bool damon_look(const struct damon_ctx *ctx, u32 i, u32 most, struct damon_sight *s)
{
	const struct damon_region *r = &ctx->regions[i];
	const struct damon_evidence *e = &ctx->evidence[i];
	u32 hits = damon_recent(damon_set_at(ctx, i), most, &s->nr);
	u32 k, n;

	if (s->nr < DAMON_SIGHT_LEAST || !hits || hits == s->nr ||
	    (e->flags & DAMON_EVIDENCE_VOID) ||
	    damon_region_sz(r) == ctx->min_region_sz)
		return false;

	for (k = 0; k < s->nr; k++) {
		u32 at = damon_place(e, e->nr - 1 - k) & ~1U;

		at |= r->hits >> k & 1;
		for (n = k; n && s->at[n - 1] > at; n--)
			s->at[n] = s->at[n - 1];
		s->at[n] = at;
	}
	s->before[0] = 0;
	for (k = 0; k < s->nr; k++)
		s->before[k + 1] = s->before[k] + (s->at[k] & 1);
	return true;
}

/**
 * damon_odd_part() - the part of some samples that differs most from the rest
 * @s:		the samples
 * @lot:	those to look at, which are not all the same
 * @odd:	is set to the part
 *
 * The part begins and ends with samples of the outcome that is rarer.
 *
 * Return: by how much what is saved by telling it from the rest exceeds what it takes
 * to say where it is, in DAMON_BIT.
 */
s32 damon_odd_part(const struct damon_sight *s, struct damon_lot lot, struct damon_lot *odd)
{
	u32 all = damon_lot_hits(s, lot), nr = lot.end - lot.start;
	bool rare = 2 * all <= nr;
	u32 together = damon_bits(all, nr);
	s32 place = damon_log(nr), best = S32_MIN;
	u32 a, b;

	for (a = lot.start; a < lot.end; a++) {
		if ((s->at[a] & 1) != rare)
			continue;
		for (b = a + 1; b <= lot.end; b++) {
			struct damon_lot in = { .start = a, .end = b };
			u32 hits = damon_lot_hits(s, in);
			s32 gain;

			if ((s->at[b - 1] & 1) != rare)
				continue;
			gain = together - damon_bits(hits, b - a) -
			       damon_bits(all - hits, nr - (b - a));
			gain -= a > lot.start ? place : 0;
			gain -= b < lot.end ? place : 0;
			if (gain > best) {
				best = gain;
				*odd = in;
			}
		}
	}
	return best;
}

/* Cut those of @lots from @i on into ones that are alike in themselves, @most in all. */
static u32 dissect(const struct damon_sight *s, struct damon_lot *lots, u32 i, u32 nr,
		   u32 most, s32 margin)
{
	while (i < nr) {
		struct damon_lot lot = lots[i], odd = lot;
		u32 hits = damon_lot_hits(s, lot);
		u32 more;

		if (nr + 2 > most || !hits || hits == lot.end - lot.start ||
		    damon_odd_part(s, lot, &odd) < margin ||
		    (odd.start == lot.start && odd.end == lot.end)) {
			i++;
			continue;
		}
		more = (odd.start > lot.start) + (odd.end < lot.end);
		memmove(&lots[i + more], &lots[i], (nr - i) * sizeof(*lots));
		nr += more;
		more = i;
		odd.tentative = odd.start > lot.start ? margin < MARGIN_SURE : lot.tentative;
		if (odd.start > lot.start)
			lots[more++] = (struct damon_lot){ lot.start, odd.start, lot.tentative };
		lots[more++] = odd;
		if (odd.end < lot.end)
			lots[more] = (struct damon_lot){ odd.end, lot.end, margin < MARGIN_SURE };
	}
	return nr;
}

/**
 * damon_border() - where to cut between two lots of samples
 * @ctx:	the context
 * @r:		their region
 * @s:		the samples
 * @at:		index of the first sample of the second lot
 * @second:	what lies between the lots' samples is for the second one
 *
 * Return: an address; not necessarily within @r.
 */
u64 damon_border(const struct damon_ctx *ctx, const struct damon_region *r,
		 const struct damon_sight *s, u32 at, bool second)
{
	u64 addr = damon_place_addr(r, s->at[second ? at - 1 : at] & ~1U);

	addr &= ~(ctx->min_region_sz - 1);
	return second ? addr + ctx->min_region_sz : addr;
}

/* How much better than to the rest @nr of one outcome belong to a neighbour. */
static s32 fits(u32 nr, u32 same_there, u32 all_there, u32 same_here, u32 all_here)
{
	return (s32)nr * ((s32)damon_log(2 * same_there + 1) - (s32)damon_log(2 * all_there + 2) -
			  (s32)damon_log(2 * same_here + 1) + (s32)damon_log(2 * all_here + 2));
}

static bool touch(const struct damon_region *left, const struct damon_region *right)
{
	return left->end == right->start && left->target == right->target;
}

/*
 * How many of the first samples (@step 1) or of the last ones (-1) look as if
 * they were part of the neighbour there.
 */
static u32 strays(const struct damon_ctx *ctx, const struct damon_sight *s, u32 neighbour, int step)
{
	u32 first = step > 0 ? 0 : s->nr - 1, i = first, nr = 0;
	u32 hits = s->before[s->nr], there, all_there, same;
	bool outcome = s->at[first] & 1;

	there = damon_recent(damon_set_at(ctx, neighbour), damon_sight_most(ctx), &all_there);
	while (nr < s->nr && (s->at[i] & 1) == outcome) {
		nr++;
		i += step;
	}
	if (nr == s->nr || all_there < DAMON_SIGHT_LEAST)
		return 0;
	same = outcome ? hits : s->nr - hits;
	if (fits(nr, outcome ? there : all_there - there, all_there, same - nr, s->nr - nr) <
	    FITS_BETTER)
		return 0;
	return nr;
}

/* A count for the whole window from some samples. */
static u32 count_of(const struct damon_ctx *ctx, u32 hits, u32 nr)
{
	return div_u64((u64)hits * ctx->max_nr_accesses + nr / 2, nr);
}

/* What a region was like before it changed does not count. */
static void forget_old(const struct damon_ctx *ctx, struct damon_set set)
{
	u32 recent = clamp(ctx->max_nr_accesses, 16U, 32U), nr, hits, all;

	if (!set.regions->hits || set.evidence->known < 2 * recent)
		return;
	hits = damon_recent(set, recent, &nr);
	all = damon_recent(set, 2 * recent, &nr);
	if (damon_bits_apart(hits, recent, all - hits, recent) >= CHANGED)
		set.evidence->known = recent;
}

/**
 * struct work - a pass over all regions
 * @ctx:	the context
 * @nr:		parts written
 * @room:	parts that there may be in addition
 * @doubts:	regions that ought to be looked into
 * @sight:	samples of the region at hand
 */
struct work {
	struct damon_ctx *ctx;
	u32 nr;
	u32 room;
	u32 doubts;
	struct damon_sight sight;
};

/*
 * Whether to look into a region that was hardly touched: as often as it pays, and
 * now and then.
 */
static bool doubtful(struct work *w, s32 margin)
{
	const struct damon_sight *s = &w->sight;
	struct damon_ctx *ctx = w->ctx;
	u32 hits = s->before[s->nr];

	if (hits > 2 && (margin < MARGIN_SURE ? 3 : 8) * hits > s->nr)
		return false;
	w->doubts++;
	return damon_rng_below(&ctx->rng, ctx->nr_doubts + 1) < max(ctx->explore / 2, 5U);
}

/* What is asked of this window's @nr samples. */
static s32 margin_of(struct damon_set set, u32 nr)
{
	u32 all, hits = damon_recent(set, DAMON_SIGHT_MOST, &all);

	hits -= damon_recent(set, nr, &nr);
	if (all == nr)
		return MARGIN_NEW;
	return !hits || hits == all - nr ? MARGIN_CHANGED : MARGIN_SURE;
}

/* Parts that one region may become: at least three, for what is cut out of it, or one. */
static u32 most_lots(const struct work *w)
{
	return w->room >= 2 ? min(w->room + 1, DAMON_MOST_LOTS) : 1;
}

/* Sort a region's samples into at most @most lots of one kind each. */
static u32 sort_out(const struct damon_ctx *ctx, u32 i, const struct damon_sight *s,
		    u32 most, s32 margin, struct damon_lot *lots)
{
	const struct damon_region *r = &ctx->regions[i];
	u32 before = 0, behind = 0, nr = 0, middle;

	if (i && touch(r - 1, r))
		before = strays(ctx, s, i - 1, 1);
	if (i + 1 < ctx->nr_regions && touch(r, r + 1))
		behind = strays(ctx, s, i + 1, -1);
	/* Nothing is its own: then the rest is what is left. */
	if (before + behind == s->nr)
		behind = 0;
	if (before)
		lots[nr++] = (struct damon_lot){ 0, before, false };
	middle = nr;
	lots[nr++] = (struct damon_lot){ before, s->nr - behind, before };
	if (behind)
		lots[nr++] = (struct damon_lot){ s->nr - behind, s->nr, true };
	return dissect(s, lots, middle, nr, most, margin);
}

static void write_part(struct work *w, u32 i, u64 start, u64 end)
{
	struct damon_ctx *ctx = w->ctx;

	damon_region_keep(ctx, w->nr, i);
	ctx->spare[w->nr].start = start;
	ctx->spare[w->nr++].end = end;
}

/*
 * What the part of region @i written last has of the region's samples.  @told: the
 * window's result is that of these samples only.
 */
static void count_part(struct work *w, u32 i, struct damon_lot lot, bool told)
{
	const struct damon_sight *s = &w->sight;
	struct damon_ctx *ctx = w->ctx;
	struct damon_region *part = &ctx->spare[w->nr - 1];
	struct damon_evidence *e = &ctx->spare_evidence[w->nr - 1];
	u32 hits = damon_lot_hits(s, lot), nr = lot.end - lot.start;

	if (told)
		part->nr_accesses = count_of(ctx, hits, nr);
	damon_pretend(damon_spare_at(ctx, w->nr - 1), hits, nr);
	e->flags |= DAMON_EVIDENCE_FRESH;
	if (lot.tentative)
		e->flags |= DAMON_EVIDENCE_SAME;
	if (2 * hits <= nr)
		return;
	if (4U * s->before[s->nr] < s->nr)
		e->flags |= DAMON_EVIDENCE_SEED;
	if (part->start == ctx->regions[i].start || part->end == ctx->regions[i].end)
		e->flags |= DAMON_EVIDENCE_STRIP;
}

/* A region whose samples are not all the same: damon_look() has seen them. */
static void cut_one(struct work *w, u32 i)
{
	struct damon_ctx *ctx = w->ctx;
	const struct damon_region *r = &ctx->regions[i];
	struct damon_lot lots[DAMON_MOST_LOTS];
	u32 most = most_lots(w), nr = 1, k;
	struct damon_sight *s = &w->sight;
	u64 start = r->start;
	s32 margin;

	margin = margin_of(damon_set_at(ctx, i), s->nr);
	if (most > 1)
		nr = sort_out(ctx, i, s, most, margin, lots);
	if (nr == 1) {
		bool doubt = doubtful(w, margin);

		/* What this window's samples do not tell those before may. */
		if (most > 1 && ctx->evidence[i].known > s->nr &&
		    ctx->evidence[i].nr % DAMON_SIGHT_MOST < ctx->max_nr_accesses &&
		    damon_look(ctx, i, DAMON_SIGHT_MOST, s))
			nr = sort_out(ctx, i, s, most, MARGIN_CHANGED, lots);
		if (nr == 1) {
			damon_region_keep(ctx, w->nr++, i);
			if (doubt)
				ctx->spare_evidence[w->nr - 1].flags |= DAMON_EVIDENCE_DOUBT;
			return;
		}
	}

	w->room -= nr - 1;
	for (k = 0; k < nr; k++) {
		struct damon_lot lot = lots[k];
		u64 border = r->end;

		if (k + 1 < nr) {
			/* What lies between is for the smaller one: that is seen closer. */
			bool second = lots[k + 1].end - lots[k + 1].start < lot.end - lot.start;

			border = damon_border(ctx, r, s, lot.end, second);
			if (border <= start || border >= r->end) {
				lots[k + 1].start = lot.start;
				lots[k + 1].tentative = lot.tentative;
				continue;
			}
		}
		write_part(w, i, start, border);
		count_part(w, i, lot, (k && !lot.tentative) ||
			   (k + 1 < nr && !lots[k + 1].tentative));
		start = border;
	}
}

/**
 * damon_cut() - end of a window: cut regions where samples say so
 * @ctx:	the context, no samples out
 *
 * A region in a part of which samples were accessed significantly more often or
 * less often than in the rest is cut around that part, and each part gets the
 * count of its own samples; and so are samples at a region's end that are like the
 * neighbour's there, which takes less.
 */
void damon_cut(struct damon_ctx *ctx)
{
	struct work w = { .ctx = ctx, .room = ctx->attrs.max_nr_regions - ctx->nr_regions };
	u32 most = damon_sight_most(ctx), i;

	for (i = 0; i < ctx->nr_regions; i++)
		forget_old(ctx, damon_set_at(ctx, i));
	for (i = 0; i < ctx->nr_regions; i++) {
		damon_breathe_at(i);
		/* Most memory is cold: nothing to see there. */
		if (ctx->regions[i].hits && damon_look(ctx, i, most, &w.sight))
			cut_one(&w, i);
		else
			damon_region_keep(ctx, w.nr++, i);
	}
	ctx->nr_doubts = w.doubts;
	damon_use_spare(ctx, w.nr);
}
