// SPDX-License-Identifier: GPL-2.0
/*
 * Regions written anew, some of them in parts whose ages differ.
 */
#include <linux/limits.h>
#include <linux/types.h>

#include "core/internal.h"

/**
 * damon_rewrite_begin() - begin to write the regions anew
 * @to:		filled in here
 * @ctx:	whose; no samples are out
 *
 * Followed by damon_rewrite_add() for each region, in order, or for each of its
 * parts, in order and all of them; and by damon_rewrite_end().  Until then the
 * regions are to be read as before.  All that may be done more than once; after
 * the last time comes damon_rewrite_settle().
 */
void damon_rewrite_begin(struct damon_rewrite *to, struct damon_ctx *ctx)
{
	to->ctx = ctx;
	to->nr = 0;
	to->source = U32_MAX;
}

/**
 * damon_rewrite_add() - the next part
 * @to:		see there
 * @part:	differs from its region in borders, age and @next_addr only, which
 *		may serve for remarks, one in each bit
 * @source:	index of its region
 *
 * Parts of a region that differ in borders only become one again.  Where
 * max_nr_regions leaves no room for another, the age becomes a mean, and the
 * remarks are those of both.
 */
void damon_rewrite_add(struct damon_rewrite *to, const struct damon_region *part,
		       u32 source)
{
	struct damon_ctx *ctx = to->ctx;
	u32 to_come = ctx->nr_regions - source - 1;

	if (to->source == source) {
		struct damon_region *last = &ctx->spare[to->nr - 1];
		struct damon_set right = { .regions = (struct damon_region *)part };

		if (last->age == part->age && last->next_addr == part->next_addr) {
			last->end = part->end;
			return;
		}
		if (to->nr + to_come >= ctx->attrs.max_nr_regions) {
			last->next_addr |= part->next_addr;
			/* Their hits are the same. */
			damon_region_join((struct damon_set){ .regions = last }, right);
			return;
		}
	}
	ctx->spare[to->nr] = *part;
	damon_inherit(ctx, source, to->nr, 1);
	if (to->source == source)
		ctx->spare_evidence[to->nr].flags |= DAMON_EVIDENCE_PART;
	to->nr++;
	to->source = source;
}

/**
 * damon_rewrite_end() - use what was written
 * @to:	see there
 */
void damon_rewrite_end(struct damon_rewrite *to)
{
	damon_use_spare(to->ctx, to->nr);
}

/**
 * damon_rewrite_settle() - regions were written anew for the last time
 * @ctx:	the context
 *
 * Parts of a region that differ by remarks only become one again, and what is whole
 * again keeps its evidence.
 */
void damon_rewrite_settle(struct damon_ctx *ctx)
{
	u32 i, k, nr = 0, first = 0;

	for (i = 0; i < ctx->nr_regions; i++) {
		bool is_part = ctx->evidence[i].flags & DAMON_EVIDENCE_PART;

		damon_breathe_at(i);
		if (is_part && ctx->regions[nr - 1].age == ctx->regions[i].age) {
			ctx->regions[nr - 1].end = ctx->regions[i].end;
			continue;
		}
		if (!is_part)
			first = nr;
		damon_region_move(ctx, nr++, i);
		ctx->evidence[nr - 1].flags &= ~DAMON_EVIDENCE_PART;
		/* Places of samples are parts of what the region was. */
		for (k = is_part ? first : nr; k < nr; k++)
			ctx->evidence[k].flags |= DAMON_EVIDENCE_VOID;
	}
	ctx->nr_regions = nr;
	damon_reindex(ctx);
}
