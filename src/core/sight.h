/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A region's samples in the order of their addresses.
 */
#ifndef DAMON_CORE_SIGHT_H
#define DAMON_CORE_SIGHT_H

#include <linux/minmax.h>
#include <linux/types.h>

#include "core/internal.h"

#define DAMON_SIGHT_MOST	64U	/* samples looked at */
#define DAMON_SIGHT_LEAST	8U	/* with fewer nothing is said */
#define DAMON_MOST_LOTS		8U	/* parts of a region at one window's end */

/**
 * struct damon_sight - samples in the order of their addresses
 * @at:		places, with the outcome as the lowest bit
 * @before:	how many of those before were accessed
 * @nr:		how many
 */
struct damon_sight {
	u32 at[DAMON_SIGHT_MOST];
	u8 before[DAMON_SIGHT_MOST + 1];
	u32 nr;
};

/**
 * struct damon_lot - some of these, in a row
 * @start:	index of the first one
 * @end:	behind the last one
 * @tentative:	that it is another kind than the lot before is yet to be seen
 */
struct damon_lot {
	u32 start;
	u32 end;
	bool tentative;
};

static inline u32 damon_lot_hits(const struct damon_sight *s, struct damon_lot lot)
{
	return s->before[lot.end] - s->before[lot.start];
}

/* Samples to look at: this window's, or where these are few some of before. */
static inline u32 damon_sight_most(const struct damon_ctx *ctx)
{
	return ctx->max_nr_accesses < 16 ? 32 : min(ctx->max_nr_accesses, DAMON_SIGHT_MOST);
}

bool damon_look(const struct damon_ctx *ctx, u32 i, u32 most, struct damon_sight *s);
s32 damon_odd_part(const struct damon_sight *s, struct damon_lot lot, struct damon_lot *odd);
u64 damon_border(const struct damon_ctx *ctx, const struct damon_region *r,
		 const struct damon_sight *s, u32 at, bool second);

#endif /* DAMON_CORE_SIGHT_H */
