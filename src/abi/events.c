// SPDX-License-Identifier: GPL-2.0
/*
 * Trace events: finished windows, tuned intervals, and what schemes do.
 *
 * While nobody traces, that costs a test or two of static keys per window, and one
 * per part of a region that a scheme is tried on.
 */
#include <linux/atomic.h>
#include <linux/limits.h>
#include <linux/minmax.h>

#include "abi/events.h"

/* What damon_region_aggregated has room for, in abi/trace.h. */
static void damon_hits_to_bytes(u8 *to, const u32 *hits, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		to[i] = min_t(u32, hits[i], U8_MAX);
}

#define CREATE_TRACE_POINTS
#include "abi/trace.h"

static atomic_t last_id;

/**
 * damon_events_new_id() - a number for a new context in events
 *
 * Any context.
 *
 * Return: a number not given out before, until they are used up after 2^32.
 */
u32 damon_events_new_id(void)
{
	return atomic_inc_return(&last_id);
}

/*
 * All of one target: tools collect until they have had @nr lines of it.  @hits
 * is NULL where there are no probes.
 */
static void trace_target(u32 ctx_id, const struct damon_region *regions,
			 const struct damon_hits *hits, u32 nr, u32 nr_probes)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		trace_damon_aggregated(ctx_id, &regions[i], nr);
		if (hits)
			trace_damon_region_aggregated(ctx_id, &regions[i], nr,
						      hits[i].now, nr_probes);
	}
}

static bool traced(const struct damon_window *window)
{
	return trace_damon_aggregated_enabled() ||
		(window->hits && trace_damon_region_aggregated_enabled());
}

/**
 * damon_events_window() - a window is complete
 * @ctx_id:	from damon_events_new_id()
 * @window:	the window
 *
 * Called by the owner of a context.  Never waits.
 */
void damon_events_window(u32 ctx_id, const struct damon_window *window)
{
	const struct damon_region *regions = window->regions;
	u32 first, end;

	if (!traced(window))
		return;
	for (first = 0; first < window->nr_regions; first = end) {
		for (end = first + 1; end < window->nr_regions; end++) {
			if (regions[end].target != regions[first].target)
				break;
		}
		trace_target(ctx_id, regions + first,
			     window->hits ? window->hits + first : NULL,
			     end - first, window->nr_probes);
	}
}

/**
 * damon_events_intervals() - tuning has changed the intervals
 * @ctx_id:	from damon_events_new_id()
 * @now:	with the new ones
 *
 * Called by the owner of a context.  Never waits.
 */
void damon_events_intervals(u32 ctx_id, const struct damon_attrs *now)
{
	trace_damon_monitor_intervals_tune(ctx_id, now->sample_us);
}

/**
 * damon_events_before_apply() - a scheme is about to be tried
 * @ctx_id:	from damon_events_new_id()
 * @scheme:	index of the scheme
 * @ctx:	the context
 * @part:	one of its regions, or a part of one
 *
 * Called by the owner of a context.  Never waits.
 */
void damon_events_before_apply(u32 ctx_id, u32 scheme, const struct damon_ctx *ctx,
			       const struct damon_region *part)
{
	if (trace_damos_before_apply_enabled())
		trace_damos_before_apply(ctx_id, scheme, part,
					 ctx->targets[part->target].nr,
					 damon_region_mvsum(ctx, part));
}

/**
 * damon_events_quota() - the effective quota of a scheme is another
 * @ctx_id:	from damon_events_new_id()
 * @scheme:	index of the scheme
 * @effective:	the quota in bytes
 *
 * Called by the owner of a context.  Never waits.
 */
void damon_events_quota(u32 ctx_id, u32 scheme, u64 effective)
{
	trace_damos_esz(ctx_id, scheme, effective);
}

/**
 * damon_events_applied() - a scheme was applied
 * @ctx_id:	from damon_events_new_id()
 * @scheme:	index of the scheme
 * @stats:	its totals
 *
 * Called by the owner of a context.  Never waits.
 */
void damon_events_applied(u32 ctx_id, u32 scheme, const struct damos_stats *stats)
{
	trace_damos_stat_after_apply_interval(ctx_id, scheme, stats);
}
