// SPDX-License-Identifier: GPL-2.0
/*
 * Regions and sets of them.
 */
#include <linux/bitops.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/types.h>

#include "core/internal.h"

static u32 mean(u32 left, u64 left_weight, u32 right, u64 right_weight)
{
	if (left == right)
		return left;
	return div64_u64(left * left_weight + right * right_weight,
			 left_weight + right_weight);
}

/**
 * damon_region_join() - make one region of two
 * @left:	grows by @right
 * @right:	begins where @left ends
 *
 * Counters, hits and age become means weighted by size, rounded down.
 */
void damon_region_join(struct damon_set left, struct damon_set right)
{
	struct damon_region *l = left.regions;
	const struct damon_region *r = right.regions;
	u64 lw = damon_region_sz(l);
	u64 rw = damon_region_sz(r);
	unsigned int shift = __ffs64(lw | rw);
	u32 i;

	/*
	 * Weights whose sum is below 2^32 times 32-bit counters cannot
	 * overflow.  Dropping common zero bits loses nothing, which is enough
	 * for 16 TiB in pages; beyond that the loss is below 2^-31.
	 */
	shift = max_t(unsigned int, shift, max_t(int, fls64(lw + rw), 32) - 32);
	lw >>= shift;
	rw >>= shift;

	l->nr_accesses = mean(l->nr_accesses, lw, r->nr_accesses, rw);
	l->last_nr_accesses = mean(l->last_nr_accesses, lw, r->last_nr_accesses, rw);
	l->age = mean(l->age, lw, r->age, rw);
	l->end = r->end;
	if (left.evidence)
		left.evidence->flags |= DAMON_EVIDENCE_VOID;
	for (i = 0; left.hits && i < DAMON_MAX_PROBES; i++) {
		left.hits->now[i] = mean(left.hits->now[i], lw, right.hits->now[i], rw);
		left.hits->last[i] = mean(left.hits->last[i], lw, right.hits->last[i], rw);
	}
}

/**
 * damon_mvsum() - a counter's moving sum
 * @ctx:	the context
 * @now:	the counter in the window at hand
 * @last:	in the last one
 *
 * Return: see damon_region_mvsum().
 */
u32 damon_mvsum(const struct damon_ctx *ctx, u32 now, u32 last)
{
	u32 left = ctx->max_nr_accesses - ctx->tick;

	return now + div_u64((u64)last * left, ctx->max_nr_accesses);
}

/**
 * damon_region_mvsum() - accesses in the last window's length up to now
 * @ctx:	the context
 * @r:		one of its regions
 *
 * For who looks at regions within a window: as much of the last window as the
 * one at hand still lacks, taken as accessed evenly, and what was counted
 * since.  Between two windows that is the last one's count.
 *
 * Return: 0 to damon_ctx.max_nr_accesses.
 */
u32 damon_region_mvsum(const struct damon_ctx *ctx, const struct damon_region *r)
{
	return damon_mvsum(ctx, r->nr_accesses, r->last_nr_accesses);
}

/**
 * damon_total_sz() - bytes that all regions cover
 * @ctx:	the context
 *
 * Return: their sum, U64_MAX if it has no place in 64 bits.
 */
u64 damon_total_sz(const struct damon_ctx *ctx)
{
	u64 total = 0;
	u32 i;

	for (i = 0; i < ctx->nr_regions; i++) {
		u64 sz = damon_region_sz(&ctx->regions[i]);

		/* Many targets with user ranges of nearly 2^64 each. */
		total = total > U64_MAX - sz ? U64_MAX : total + sz;
	}
	return total;
}

/**
 * damon_size_limit() - size that no region should exceed
 * @ctx:	the context
 *
 * Rounded down, so that regions of at most this size are never fewer than
 * min_nr_regions where there is room for so many.
 *
 * Return: a multiple of the context's min_region_sz, not 0.
 */
u64 damon_size_limit(const struct damon_ctx *ctx)
{
	u64 limit = div_u64(damon_total_sz(ctx), ctx->attrs.min_nr_regions);

	limit &= ~(ctx->min_region_sz - 1);
	return max(limit, ctx->min_region_sz);
}

/**
 * damon_reindex() - find each target's regions again
 * @ctx:	context whose regions array was rewritten
 */
void damon_reindex(struct damon_ctx *ctx)
{
	u32 i;

	for (i = 0; i < ctx->nr_targets; i++)
		ctx->targets[i].nr = 0;
	for (i = 0; i < ctx->nr_regions; i++) {
		struct damon_target *t = &ctx->targets[ctx->regions[i].target];

		if (!t->nr++)
			t->first = i;
	}
}

/**
 * damon_use_spare() - what was built in the spare array is in use from now on
 * @ctx:	the context
 * @nr:		number of regions there
 */
void damon_use_spare(struct damon_ctx *ctx, u32 nr)
{
	swap(ctx->regions, ctx->spare);
	swap(ctx->hits, ctx->spare_hits);
	swap(ctx->evidence, ctx->spare_evidence);
	ctx->nr_regions = nr;
	damon_reindex(ctx);
}

/**
 * damon_drop_gone() - remove the regions of targets that are gone
 * @ctx:	the context
 */
void damon_drop_gone(struct damon_ctx *ctx)
{
	u32 i, nr = 0;

	for (i = 0; i < ctx->nr_regions; i++) {
		if (ctx->targets[ctx->regions[i].target].gone)
			continue;
		damon_region_move(ctx, nr++, i);
	}
	ctx->nr_regions = nr;
	damon_reindex(ctx);
}

/* The last of @nr that are there. */
static struct damon_set last_of(struct damon_set set, u32 nr)
{
	return (struct damon_set){
		.regions = set.regions + nr - 1,
		.hits = set.hits ? set.hits + nr - 1 : NULL,
		.evidence = set.evidence ? set.evidence + nr - 1 : NULL,
	};
}

/**
 * damon_regions_place() - fit the regions of one target into ranges
 * @to:		where the result goes; without regions it is only counted
 * @room:	how many regions fit there, should be at least @nr_ranges
 * @from:	regions as they are, sorted; not part of @to.  Samples must have
 *		been given back: none is out in the result
 * @nr_from:	how many
 * @ranges:	sorted, disjoint and not empty
 * @nr_ranges:	how many
 * @target:	target index to write into the regions
 *
 * What lies outside all ranges is dropped.  In each range the first and the
 * last region that reach into it are cut or stretched to its borders; holes
 * between them become new regions, and so does a range that none reaches
 * into.  Regions kept keep their counters, hits and age, new ones begin with
 * zeroes; places of samples in those that were cut or stretched are void.  The
 * result covers the ranges exactly.
 *
 * Where @room does not suffice, neighbours within a range are joined, each
 * range getting at least one region; ranges beyond @room are left out.
 *
 * Return: number of regions in the result.
 */
u32 damon_regions_place(struct damon_set to, u32 room, struct damon_set from,
			u32 nr_from, const struct damon_range *ranges,
			u32 nr_ranges, u16 target)
{
	const struct damon_region *r = from.regions;
	const struct damon_region *last = r + nr_from;
	u32 nr = 0;
	u32 i;

	for (i = 0; i < nr_ranges && nr < room; i++) {
		const struct damon_range *range = &ranges[i];
		/* The ranges behind this one need a place, too. */
		u32 limit = room - min(room - nr - 1, nr_ranges - i - 1);
		u64 pos = range->start;

		while (r < last && r->end <= range->start)
			r++;

		do {
			struct damon_region piece = { };
			struct damon_evidence evidence = { .flags = DAMON_EVIDENCE_VOID };
			const struct damon_region *was = NULL;
			struct damon_hits hits = { };

			piece.end = range->end;
			if (r < last && r->start < range->end) {
				if (r->start > pos && pos > range->start) {
					piece.end = r->start;
				} else {
					piece = *r;
					if (from.hits)
						hits = from.hits[r - from.regions];
					if (from.evidence)
						evidence = from.evidence[r - from.regions];
					was = r;
					/* One that ends behind the range may reach the next. */
					if (r->end <= range->end)
						r++;
					if (r == last || r->start >= range->end ||
					    piece.end > range->end)
						piece.end = range->end;
				}
			}
			/* Places are parts of what the region was. */
			if (was && (was->start != pos || was->end != piece.end))
				evidence.flags |= DAMON_EVIDENCE_VOID;
			piece.start = pos;
			piece.target = target;
			piece.pending = 0;
			pos = piece.end;

			if (nr == limit) {
				if (to.regions)
					damon_region_join(last_of(to, nr),
							  (struct damon_set){ &piece, &hits, &evidence });
				continue;
			}
			if (to.regions)
				to.regions[nr] = piece;
			if (to.hits)
				to.hits[nr] = hits;
			if (to.evidence)
				to.evidence[nr] = evidence;
			nr++;
		} while (pos < range->end);
	}
	return nr;
}
