// SPDX-License-Identifier: GPL-2.0
/*
 * Ranges that targets cover, and regions that follow them.
 */
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <linux/types.h>

#include "core/internal.h"

/**
 * damon_ask() - learn which ranges one target covers now
 * @ctx:	the context
 * @index:	which target, not gone and without ranges of the user's
 * @now_ns:	the time
 *
 * Return: true if they are others than before, or it is gone.
 */
bool damon_ask(struct damon_ctx *ctx, u32 index, u64 now_ns)
{
	struct damon_target *t = &ctx->targets[index];
	size_t sz;
	u32 nr;
	int ret;

	ret = ctx->ops->ranges(t->priv, ctx->told, t->room,
			       &ctx->stats.pass);
	if (ret == -ESRCH) {
		damon_target_lost(ctx, index, now_ns);
		return true;
	}
	if (ret <= 0)
		return false;

	nr = ret;
	sz = nr * sizeof(*t->ranges);
	if (t->nr_ranges == nr && !memcmp(t->ranges, ctx->told, sz))
		return false;
	memcpy(t->ranges, ctx->told, sz);
	t->nr_ranges = nr;
	return true;
}

/**
 * damon_ask_ranges() - learn which ranges the targets cover now
 * @ctx:	the context
 * @now_ns:	the time
 * @all:	ask for all targets, whether it is time or not
 *
 * Asks for targets without ranges of the user's: for all if an update is due,
 * else for those of which nothing is known yet or what is known is stale.  Has
 * those join who wait for it.  Sets when the next update is due.  Targets that are
 * gone keep their regions until damon_carry() or damon_drop_gone(), but where
 * others join.
 *
 * Return: true if anything has changed, and damon_carry() is needed.
 */
bool damon_ask_ranges(struct damon_ctx *ctx, u64 now_ns, bool all)
{
	bool changed = false;
	u32 i;

	if (now_ns >= ctx->next_update_ns)
		all = true;
	if (all)
		ctx->next_update_ns = now_ns + ctx->attrs.update_us * NSEC_PER_USEC;
	/* First: it finds targets that are gone, and they make room. */
	damon_gather(ctx, all);

	for (i = 0; i < ctx->nr_targets; i++) {
		struct damon_target *t = &ctx->targets[i];

		if (t->gone || t->fixed)
			continue;
		if (t->nr_ranges && !all &&
		    !(ctx->ops->stale && ctx->ops->stale(t->priv)))
			continue;
		changed |= damon_ask(ctx, i, now_ns);
	}
	changed |= damon_admit(ctx, now_ns);
	if (all)
		damon_count_left_out(ctx, now_ns);
	return changed;
}

/*
 * The target of @from that is @t; looked for from *@next on, so that the same
 * targets in the same order are found at once, and one address space that is
 * there twice is found twice.
 */
static const struct damon_target *counterpart(const struct damon_ctx *ctx,
					      const struct damon_ctx *from,
					      const struct damon_target *t,
					      u32 *next)
{
	u32 i;

	for (i = 0; i < from->nr_targets; i++) {
		u32 at = *next + i < from->nr_targets ?
			*next + i : *next + i - from->nr_targets;
		const struct damon_target *old = &from->targets[at];

		/* One that is gone has no regions, but the key may be used again. */
		if (old->gone || old->key != t->key)
			continue;
		if (ctx->ops->same && !ctx->ops->same(t->priv, old->priv))
			continue;
		*next = at + 1 < from->nr_targets ? at + 1 : 0;
		return old;
	}
	return NULL;
}

/* Bytes of a target's ranges that were in regions of @from before, added to @sum. */
static u64 add_kept(u64 sum, const struct damon_target *t, const struct damon_ctx *from,
		    const struct damon_target *old)
{
	const struct damon_region *r = from->regions + old->first, *last = r + old->nr;
	u32 i;

	for (i = 0; i < t->nr_ranges; i++) {
		const struct damon_range *range = &t->ranges[i];

		for (; r < last && r->start < range->end; r++) {
			u64 start = max(r->start, range->start), end = min(r->end, range->end);

			if (start < end)
				sum += min(end - start, U64_MAX - sum);
			/* The next range may have more of it. */
			if (r->end > range->end)
				break;
		}
	}
	return sum;
}

/*
 * Place everything where the next regions are built, or only count; see damon_carry().
 * Adds to @kept the bytes that were in regions before.
 */
static u32 place_all(const struct damon_ctx *ctx, const struct damon_ctx *from,
		     bool write, u64 *kept)
{
	u32 ranges_ahead = 0;
	u32 next = 0;
	u32 nr = 0;
	u32 i;

	for (i = 0; i < ctx->nr_targets; i++) {
		if (!ctx->targets[i].gone)
			ranges_ahead += ctx->targets[i].nr_ranges;
	}

	for (i = 0; i < ctx->nr_targets; i++) {
		const struct damon_target *t = &ctx->targets[i];
		const struct damon_target *old = t;
		struct damon_set here = { };
		u32 room = U32_MAX;

		if (t->gone)
			continue;
		if (from != ctx)
			old = counterpart(ctx, from, t, &next);

		ranges_ahead -= t->nr_ranges;
		if (write) {
			room = ctx->attrs.max_nr_regions - nr;
			room -= min(room, ranges_ahead);
			here = damon_spare_at(ctx, nr);
		}
		nr += damon_regions_place(here, room,
					  damon_set_at(from, old && old->nr ? old->first : 0),
					  old ? old->nr : 0,
					  t->ranges, t->nr_ranges, i);
		if (old && old->nr)
			*kept = add_kept(*kept, t, from, old);
	}
	return nr;
}

/**
 * damon_carry() - fit regions into the ranges of a context's targets
 * @ctx:	whose regions are written anew; none of its targets has more
 *		ranges than damon_capacity_check() has counted
 * @from:	whose regions are taken, by equal keys of targets; @ctx itself,
 *		or a context that is given up.  No samples are out
 *
 * max_nr_regions is held: where the result would exceed it, regions of @from
 * are joined before.  Targets have at least one region per range afterwards
 * and those that are gone none.  Where most is new, it is explored as at the beginning.
 */
void damon_carry(struct damon_ctx *ctx, struct damon_ctx *from)
{
	u32 max = ctx->attrs.max_nr_regions;
	u64 kept = 0, total;
	u32 nr = place_all(ctx, from, false, &kept);

	if (nr > max) {
		/* Ranges can cut regions and add some; take those off, too. */
		u32 excess = nr - max;

		damon_squeeze(from, from->nr_regions > excess ?
				    from->nr_regions - excess : 1);
	}
	kept = 0;
	damon_use_spare(ctx, place_all(ctx, from, true, &kept));
	total = damon_total_sz(ctx);
	if (kept < total / 2)
		damon_explore_anew(ctx);
}
