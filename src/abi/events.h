/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a context's sink tells to tracers.
 */
#ifndef DAMON_ABI_EVENTS_H
#define DAMON_ABI_EVENTS_H

#include "core/core.h"

u32 damon_events_new_id(void);
void damon_events_window(u32 ctx_id, const struct damon_window *window);
void damon_events_intervals(u32 ctx_id, const struct damon_attrs *now);

#endif /* DAMON_ABI_EVENTS_H */
