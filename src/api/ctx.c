// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts of other modules.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "abi/events.h"
#include "api/api.h"
#include "kernel/worker.h"

/* The core's results go to tracers only: who wants them walks. */

static void ctx_window(void *data, const struct damon_window *window)
{
	const struct damonx_ctx *ctx = data;

	damon_events_window(ctx->id, window);
}

static void ctx_target_gone(void *data, u32 index, u64 now_ns)
{
}

static void ctx_intervals(void *data, const struct damon_attrs *now, u64 now_ns)
{
	const struct damonx_ctx *ctx = data;

	damon_events_intervals(ctx->id, now);
}

static const struct damon_sink ctx_sink = {
	.window = ctx_window,
	.target_gone = ctx_target_gone,
	.intervals = ctx_intervals,
};

/* Nobody is to be told. */
static const struct damon_monitor_ops ctx_monitor_ops = {};

static bool ranges_are_good(const struct damonx_source *source,
			    const struct damonx_target *t)
{
	/* That these are laid out alike is asserted in source.c. */
	const struct damon_range *ranges = (const struct damon_range *)t->ranges;
	u32 bad;

	if (!t->nr_ranges)
		return true;
	/* They are sorted: the last one ends highest. */
	return damon_ranges_check(ranges, t->nr_ranges, source->core->min_region_sz,
				  &bad) == DAMON_VALID &&
	       (!source->end || ranges[t->nr_ranges - 1].end <= source->end());
}

/* The core's context, with the targets. */
static struct damon_ctx *make_core(struct damonx_ctx *ctx, const struct damon_attrs *attrs,
				   const struct damonx_target *targets, u32 nr_targets)
{
	const struct damon_ops *ops = ctx->source->core;
	struct damon_target_spec *specs;
	struct damon_ctx *core;
	int err = -EINVAL;
	u32 i, nr = 0;

	specs = damon_zalloc(nr_targets, sizeof(*specs));
	if (!specs)
		return ERR_PTR(-ENOMEM);
	if (ctx->source->single && nr_targets > 1)
		goto fail;
	for (i = 0; i < nr_targets; i++) {
		if (!ranges_are_good(ctx->source, &targets[i]))
			goto fail;
		if (!targets[i].nr_ranges && !ctx->source->tells)
			goto fail;
		specs[i].key = (unsigned long)targets[i].priv;
		specs[i].ranges = (const struct damon_range *)targets[i].ranges;
		specs[i].nr_ranges = targets[i].nr_ranges;
	}
	if (damon_capacity_check(ops, attrs, specs, nr_targets))
		goto fail;

	err = -ENOMEM;
	for (; nr < nr_targets; nr++) {
		specs[nr].priv = ctx->source->target(ctx->source, targets[nr].priv);
		if (!specs[nr].priv)
			goto fail;
	}
	core = damon_ctx_create(ops, attrs, specs, nr_targets, get_random_u64(),
				&ctx_sink, ctx);
	if (!core)
		goto fail;
	damon_free(specs);
	return core;

fail:
	while (nr)
		ctx->source->forget(specs[--nr].priv);
	damon_free(specs);
	return ERR_PTR(err);
}

/**
 * damonx_create_by() - a new context, not running; see damonx_create()
 * @caller:	the module that makes it
 * @ops_name:	the operations set's name
 * @x:		intervals and numbers of regions
 * @targets:	what to watch; copied
 * @nr_targets:	how many, at least 1
 *
 * With success the context has each damonx_target.priv until damonx_ops.put();
 * without, put() is not called.
 *
 * Return: the context, or ERR_PTR(): -ENOENT (no such operations set), -EOPNOTSUPP
 * (it does not work on this kernel), -EINVAL (what is told makes no sense), -ENOMEM.
 */
struct damonx_ctx *damonx_create_by(struct module *caller, const char *ops_name,
				    const struct damonx_attrs *x,
				    const struct damonx_target *targets,
				    u32 nr_targets)
{
	const struct damon_attrs attrs = {
		.sample_us = x->sample_us,
		.aggr_us = x->aggr_us,
		.update_us = x->update_us,
		.min_nr_regions = x->min_nr_regions,
		.max_nr_regions = x->max_nr_regions,
	};
	struct damonx_ctx *ctx;
	struct damon_ctx *core;
	int err;

	if (!nr_targets || nr_targets > DAMON_MAX_NR_TARGETS || damon_attrs_check(&attrs))
		return ERR_PTR(-EINVAL);
	ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);
	if (!ctx)
		return ERR_PTR(-ENOMEM);
	ctx->source = damonx_source_get(ops_name, caller, &ctx->pinned);
	if (IS_ERR(ctx->source)) {
		err = PTR_ERR(ctx->source);
		goto err_free;
	}
	ctx->id = damon_events_new_id();
	core = make_core(ctx, &attrs, targets, nr_targets);
	if (IS_ERR(core)) {
		err = PTR_ERR(core);
		goto err_source;
	}
	damon_monitor_init(&ctx->monitor, &ctx_monitor_ops, 0);
	damon_seen_init(&ctx->schemes);
	ctx->monitor.ctx = core;
	return ctx;

err_source:
	damonx_source_put(ctx->source, ctx->pinned);
err_free:
	kfree(ctx);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(damonx_create_by);

/**
 * damonx_must_not_wait() - is the caller somebody for whom others wait?
 * @ctx:	the context
 *
 * A worker is, and who is in a walk of this context.
 *
 * Return: whether it must not wait for them.
 */
bool damonx_must_not_wait(const struct damonx_ctx *ctx)
{
	return damon_monitor_inside(&ctx->monitor) || damon_worker_is_current();
}

/**
 * damonx_start() - begin to monitor
 * @ctx:	the context
 *
 * Regions that it has learnt before a damonx_stop() are kept.
 *
 * Return: 0; -EALREADY; -ESRCH when all targets are gone; -EINTR if the caller
 * is killed; -EDEADLK in a call or walk; or why there is no thread.
 */
int damonx_start(struct damonx_ctx *ctx)
{
	int err;

	if (damonx_must_not_wait(ctx))
		return -EDEADLK;
	if (mutex_lock_killable(&ctx->monitor.lock))
		return -EINTR;
	err = damon_monitor_start(&ctx->monitor);
	mutex_unlock(&ctx->monitor.lock);
	return err;
}
EXPORT_SYMBOL_GPL(damonx_start);

/**
 * damonx_stop() - end monitoring
 * @ctx:	the context, running or not
 *
 * When this returns 0 the operations set is not called any more.
 *
 * Return: 0, or -EDEADLK in a call or walk.
 */
int damonx_stop(struct damonx_ctx *ctx)
{
	if (damonx_must_not_wait(ctx))
		return -EDEADLK;
	mutex_lock(&ctx->monitor.lock);
	damon_monitor_stop(&ctx->monitor);
	mutex_unlock(&ctx->monitor.lock);
	return 0;
}
EXPORT_SYMBOL_GPL(damonx_stop);

/**
 * damonx_is_running() - does it monitor?
 * @ctx:	the context
 *
 * It may have ended by itself, with its last target.
 */
bool damonx_is_running(struct damonx_ctx *ctx)
{
	return damon_monitor_is_live(&ctx->monitor);
}
EXPORT_SYMBOL_GPL(damonx_is_running);

/**
 * damonx_destroy() - end monitoring and free the context
 * @ctx:	the context; NULL and ERR_PTR() are allowed
 *
 * Not in a call or walk.
 */
void damonx_destroy(struct damonx_ctx *ctx)
{
	if (IS_ERR_OR_NULL(ctx))
		return;
	/* It would wait for itself; to lose the memory is the lesser harm. */
	if (WARN_ON_ONCE(damonx_must_not_wait(ctx)))
		return;
	damon_monitor_destroy(&ctx->monitor);
	/* Its schemes have told there until now. */
	damon_seen_destroy(&ctx->schemes);
	damonx_source_put(ctx->source, ctx->pinned);
	kfree(ctx);
}
EXPORT_SYMBOL_GPL(damonx_destroy);

/**
 * struct ctx_call - damonx_call() on its way
 * @call:	for the monitor
 * @fn:		what to call
 * @data:	with what
 */
struct ctx_call {
	struct damon_monitor_call call;
	void (*fn)(struct damonx_ctx *ctx, void *data);
	void *data;
};

static void run_call(struct damon_monitor *m, struct damon_monitor_call *call)
{
	struct ctx_call *c = container_of(call, struct ctx_call, call);

	c->fn(container_of(m, struct damonx_ctx, monitor), c->data);
}

/* With the monitor locked. */
static int call_locked(struct damonx_ctx *ctx, void (*fn)(struct damonx_ctx *, void *),
		       void *data, unsigned int timeout_ms)
{
	struct ctx_call c = {
		.call.fn = run_call,
		.fn = fn,
		.data = data,
	};

	return damon_monitor_call(&ctx->monitor, &c.call, msecs_to_jiffies(timeout_ms));
}

/**
 * damonx_call() - call a function in the context's worker
 * @ctx:	the context
 * @fn:		the function.  Runs between two samplings, which it delays; it
 *		may sleep, but not for long, as stopping waits for it; it may
 *		use damonx_walk(), and damonx_call(), which then calls at once
 * @data:	for @fn
 * @timeout_ms:	how long the worker may take to begin with it, not counting
 *		calls of other threads before
 *
 * Return: 0 when @fn has returned.  Else it was not called and will not be:
 * -ECANCELED when the context does not run, or ends first; -ETIMEDOUT; -EINTR
 * if the caller is killed; -EDEADLK in a call or walk of another context.
 */
int damonx_call(struct damonx_ctx *ctx, void (*fn)(struct damonx_ctx *ctx, void *data),
		void *data, unsigned int timeout_ms)
{
	int err;

	if (damon_monitor_inside(&ctx->monitor)) {
		fn(ctx, data);
		return 0;
	}
	if (damonx_must_not_wait(ctx))
		return -EDEADLK;
	if (mutex_lock_killable(&ctx->monitor.lock))
		return -EINTR;
	err = call_locked(ctx, fn, data, timeout_ms);
	mutex_unlock(&ctx->monitor.lock);
	return err;
}
EXPORT_SYMBOL_GPL(damonx_call);

/**
 * struct ctx_walk - damonx_walk() on its way
 * @fn:		what to call
 * @data:	with what
 */
struct ctx_walk {
	bool (*fn)(const struct damonx_region *region, void *data);
	void *data;
};

/* By the owner of the core's context. */
static void walk(struct damonx_ctx *ctx, void *data)
{
	const struct damon_ctx *core = ctx->monitor.ctx;
	const struct ctx_walk *w = data;
	u32 i;

	for (i = 0; i < core->nr_regions; i++) {
		const struct damon_region *r = &core->regions[i];
		const struct damonx_region region = {
			.start = r->start,
			.end = r->end,
			.nr_accesses = r->last_nr_accesses,
			.age = r->age,
			.target = r->target,
		};

		if (!w->fn(&region, w->data))
			return;
	}
}

/**
 * damonx_walk() - look at the regions
 * @ctx:	the context, running or not
 * @fn:		called for each region, by target and address; returns whether
 *		to go on.  See damonx_call() for what it may do
 * @data:	for @fn
 * @timeout_ms:	see damonx_call()
 *
 * The regions of a context that does not run are those that it had at its end.
 *
 * Return: 0, or -ETIMEDOUT, -EINTR, -EDEADLK as damonx_call(), and @fn was not
 * called.
 */
int damonx_walk(struct damonx_ctx *ctx,
		bool (*fn)(const struct damonx_region *region, void *data),
		void *data, unsigned int timeout_ms)
{
	struct ctx_walk w = { .fn = fn, .data = data };
	int err;

	if (damon_monitor_inside(&ctx->monitor)) {
		walk(ctx, &w);
		return 0;
	}
	if (damonx_must_not_wait(ctx))
		return -EDEADLK;
	if (mutex_lock_killable(&ctx->monitor.lock))
		return -EINTR;
	err = call_locked(ctx, walk, &w, timeout_ms);
	if (err == -ECANCELED) {
		/* It may have ended by itself a moment ago: wait for its thread. */
		damon_monitor_stop(&ctx->monitor);
		damon_monitor_enter(&ctx->monitor);
		walk(ctx, &w);
		damon_monitor_leave(&ctx->monitor);
		err = 0;
	}
	mutex_unlock(&ctx->monitor.lock);
	return err;
}
EXPORT_SYMBOL_GPL(damonx_walk);
