// SPDX-License-Identifier: GPL-2.0
/*
 * Schemes of contexts of other modules: checked as those of /dev/damon are,
 * exchanged by the worker while it runs.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "api/api.h"
#include "damos/damos.h"

/**
 * struct exchange - schemes on their way to a context
 * @call:	for the monitor
 * @damos:	in: the new ones, or NULL for none; out: the old ones, or NULL
 * @seen:	in: what the new ones tell; out: what the old ones told, to be given up
 *		after them
 */
struct exchange {
	struct damon_monitor_call call;
	struct damos *damos;
	struct damon_seen *seen;
};

/* By the owner of the core's context. */
static void exchange(struct damon_monitor *m, struct damon_monitor_call *call)
{
	struct damonx_ctx *ctx = container_of(m, struct damonx_ctx, monitor);
	struct exchange *x = container_of(call, struct exchange, call);
	bool rested = m->ctx->rest_us;

	x->damos = damon_ctx_exchange_actor(m->ctx, x->damos ? &damos_actor : NULL, x->damos,
					    ktime_get_ns());
	/* Who looks from now on sees what they have taken over. */
	x->seen = damon_seen_switch(&ctx->schemes, x->seen);
	/* Else samples are out, for which it goes on as if nothing were. */
	call->anew = rested;
}

/* With success @x has what the context no longer needs, else what it does not get. */
static int install(struct damonx_ctx *ctx, struct exchange *x)
{
	struct damon_monitor *m = &ctx->monitor;
	int err;

	x->call.fn = exchange;
	if (mutex_lock_killable(&m->lock))
		return -EINTR;
	err = damon_monitor_call(m, &x->call, MAX_SCHEDULE_TIMEOUT);
	if (err == -ECANCELED) {
		/* Never started, stopped, or ended by itself: the context is ours. */
		damon_monitor_stop(m);
		exchange(m, &x->call);
		err = 0;
	}
	mutex_unlock(&m->lock);
	return err;
}

/* From a checked plan. */
static int make(const struct damonx_ctx *ctx, struct damon_plan *plan, struct exchange *x)
{
	x->seen = damon_schemes_seen(plan, ctx->id);
	if (!x->seen)
		return -ENOMEM;
	if (!plan->schemes)
		return 0;
	x->damos = damon_schemes_make(plan, x->seen);
	return x->damos ? 0 : -ENOMEM;
}

/**
 * damonx_set_schemes() - have a context act
 * @ctx:	the context, running or not
 * @schemes:	the schemes, all of them; copied
 * @msg:	gets a text that tells why it fails, empty if there is nothing better
 *		than errno; or NULL
 * @msg_len:	its size
 *
 * All are exchanged at once, between two samplings; what is said of COMMIT in
 * damon/device.h about what is kept of schemes that there were before holds here.
 * What is done is done in the kernel's name, so it is for the caller to know who may
 * have it done.
 *
 * Return: 0, or a negative errno and nothing has changed: -EINVAL, -ENOENT (no such
 * cgroup), -EOPNOTSUPP (not on this kernel), -ENOMEM; -EINTR if the caller is
 * killed; -EDEADLK in a call or walk.
 */
int damonx_set_schemes(struct damonx_ctx *ctx, const struct damonx_schemes *schemes,
		       char *msg, size_t msg_len)
{
	/* There until the context is destroyed, and what is read of it is constant. */
	const struct damon_ctx *core = ctx->monitor.ctx;
	struct damon_plan plan = {
		.ops = core->ops,
		.addr_unit = 1,
		.min_region_sz = core->min_region_sz,
		.attrs = core->committed,
	};
	struct damon_request req = {};
	struct exchange x = {};
	int err;

	if (damonx_must_not_wait(ctx))
		return -EDEADLK;
	err = damon_plan_schemes_of_kernel(&req, &plan, schemes, core->nr_given);
	if (!err)
		err = make(ctx, &plan, &x);
	if (!err)
		err = install(ctx, &x);
	if (x.damos)
		damos_destroy(x.damos);
	damon_seen_put(x.seen);
	damon_plan_schemes_free(plan.schemes);
	if (msg && msg_len)
		strscpy(msg, req.text, msg_len);
	return err;
}
EXPORT_SYMBOL_GPL(damonx_set_schemes);

/**
 * struct look - damonx_look() on its way
 * @fn:		what to call
 * @data:	with what
 */
struct look {
	void (*fn)(const struct damonx_seen *seen, void *data);
	void *data;
};

static void look(void *data, const struct damon_seen_scheme *scheme)
{
	const struct look *look = data;
	const struct damonx_seen seen = {
		.scheme = scheme->info,
		.goals = scheme->goals,
		.tried = scheme->tried,
	};

	look->fn(&seen, look->data);
}

/**
 * damonx_look() - look at what a scheme has done
 * @ctx:	the context, running or not
 * @scheme:	index of the scheme
 * @fn:		called once.  It may sleep, but holds up others who look, and uses
 *		no other function on contexts
 * @data:	for @fn
 *
 * Never waits for the worker, and may be used by it.
 *
 * Return: 0, or -ENOENT if there is no such scheme, and @fn was not called.
 */
int damonx_look(struct damonx_ctx *ctx, u32 scheme,
		void (*fn)(const struct damonx_seen *seen, void *data), void *data)
{
	struct look l = { .fn = fn, .data = data };

	return damon_seen_read(&ctx->schemes, scheme, look, &l);
}
EXPORT_SYMBOL_GPL(damonx_look);
