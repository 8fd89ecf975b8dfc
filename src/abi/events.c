// SPDX-License-Identifier: GPL-2.0
/*
 * Trace events: finished windows and tuned intervals.
 *
 * While nobody traces, that costs a test of a static key per window.
 */
#include <linux/atomic.h>

#include "abi/events.h"

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

/* All of one target: tools collect until they have had @nr lines of it. */
static void trace_target(u32 ctx_id, const struct damon_region *regions, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		trace_damon_aggregated(ctx_id, &regions[i], nr);
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

	if (!trace_damon_aggregated_enabled())
		return;
	for (first = 0; first < window->nr_regions; first = end) {
		for (end = first + 1; end < window->nr_regions; end++) {
			if (regions[end].target != regions[first].target)
				break;
		}
		trace_target(ctx_id, regions + first, end - first);
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
