/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What other modules get: include/damon/damonx.h says what it promises.
 *
 * Locks: damonx_ops_lock is a leaf.  Each context has those of its monitor, and of
 * what is to be seen of its schemes: damon_seen_view.read_lock is held while a
 * caller looks, the others are spinlocks.  The worker takes none but those.
 */
#ifndef DAMON_API_API_H
#define DAMON_API_API_H

#include <damon/damonx.h>

#include "abi/abi.h"
#include "core/core.h"
#include "monitor/monitor.h"

/**
 * struct damonx_source - an operations set in use by a context
 * @core:	for the core
 * @tells:	targets need no ranges
 * @single:	it has one target
 * @usable:	does it work on this kernel?  Or NULL: it does
 * @end:	tells where addresses end.  Or NULL: nowhere
 * @target:	makes the core's target of the caller's @priv; NULL without memory
 * @forget:	undoes that when there is no context to put it
 *
 * Constant.
 */
struct damonx_source {
	const struct damon_ops *core;
	bool tells;
	bool single;
	bool (*usable)(void);
	u64 (*end)(void);
	void *(*target)(const struct damonx_source *source, void *priv);
	void (*forget)(void *target);
};

/**
 * struct damonx_ctx - a context of another module
 * @monitor:	its core context and worker
 * @source:	its operations set
 * @pinned:	@source's module is pinned
 * @id:		its number in trace events
 * @schemes:	what its schemes have done
 *
 * All but @monitor and @schemes is constant.  Owned by who called damonx_create().
 */
struct damonx_ctx {
	struct damon_monitor monitor;
	const struct damonx_source *source;
	bool pinned;
	u32 id;
	struct damon_seen_view schemes;
};

/* ctx.c */
bool damonx_must_not_wait(const struct damonx_ctx *ctx);

/* source.c */
const struct damonx_source *damonx_source_get(const char *name, struct module *caller,
					      bool *pinned);
void damonx_source_put(const struct damonx_source *source, bool pinned);

#endif /* DAMON_API_API_H */
