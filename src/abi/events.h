/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a context's sink tells to tracers.
 */
#ifndef DAMON_ABI_EVENTS_H
#define DAMON_ABI_EVENTS_H

#include "core/core.h"
#include "damos/damos.h"

u32 damon_events_new_id(void);
void damon_events_window(u32 ctx_id, const struct damon_window *window);
void damon_events_intervals(u32 ctx_id, const struct damon_attrs *now);
void damon_events_before_apply(u32 ctx_id, u32 scheme, const struct damon_ctx *ctx,
			       const struct damon_region *part);
void damon_events_quota(u32 ctx_id, u32 scheme, u64 effective);
void damon_events_applied(u32 ctx_id, u32 scheme, const struct damos_stats *stats);

#endif /* DAMON_ABI_EVENTS_H */
