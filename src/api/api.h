/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What other modules get: include/damon/damonx.h says what it promises.
 *
 * Locks: damonx_ops_lock is a leaf.  Each context has those of its monitor.
 */
#ifndef DAMON_API_API_H
#define DAMON_API_API_H

#include <damon/damonx.h>

#include "core/core.h"

/**
 * struct damonx_source - an operations set in use by a context
 * @core:	for the core
 * @of_process:	its addresses are those of a process
 * @tells:	targets need no ranges
 * @target:	makes the core's target of the caller's @priv; NULL without memory
 * @forget:	undoes that when there is no context to put it
 *
 * Constant.
 */
struct damonx_source {
	const struct damon_ops *core;
	bool of_process;
	bool tells;
	void *(*target)(const struct damonx_source *source, void *priv);
	void (*forget)(void *target);
};

/* source.c */
const struct damonx_source *damonx_source_get(const char *name, struct module *caller,
					      bool *pinned);
void damonx_source_put(const struct damonx_source *source, bool pinned);

#endif /* DAMON_API_API_H */
