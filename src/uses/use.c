// SPDX-License-Identifier: GPL-2.0
/*
 * A use that begins, ends, changes and is looked at.
 *
 * All with damon_uses_lock held.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "abi/events.h"
#include "uses/params.h"
#include "uses/uses.h"

/* What the worker tells. */

static void use_began(struct damon_monitor *m)
{
	struct damon_use *use = container_of(m, struct damon_use, monitor);

	WRITE_ONCE(use->pid, task_pid_nr(current));
}

static void use_ended(struct damon_monitor *m, bool by_itself)
{
	struct damon_use *use = container_of(m, struct damon_use, monitor);

	WRITE_ONCE(use->pid, -1);
}

/* For monitors that are a use's. */
const struct damon_monitor_ops damon_use_monitor_ops = {
	.began = use_began,
	.ended = use_ended,
};

/* By the owner of the context. */
static void look(struct damon_use *use)
{
	const struct damon_ctx *ctx = use->monitor.ctx;
	const struct damon_target *target = &ctx->targets[0];
	u32 i;

	use->seen.aggr_us = ctx->attrs.aggr_us;
	if (target->nr_ranges) {
		use->seen.range.start = target->ranges[0].start;
		use->seen.range.end = target->ranges[target->nr_ranges - 1].end;
	}
	for (i = 0; ctx->actor && i < damos_nr_schemes(ctx->actor_data); i++)
		use->seen.stats[i] = damos_scheme_at(ctx->actor_data, i)->stats;
	/* The key of its target, see make.c. */
	use->seen.unit = target->key;
	if (use->look)
		use->look(ctx);
}

static void look_call(struct damon_monitor *m, struct damon_monitor_call *call)
{
	look(container_of(m, struct damon_use, monitor));
}

/**
 * damon_use_look() - see what it has found and done
 * @use:	the use, enabled or not; then it is what was seen at its end
 *
 * Return: 0, or -EINTR if the caller is killed.
 */
int damon_use_look(struct damon_use *use)
{
	struct damon_monitor_call call = { .fn = look_call };
	int err;

	if (!damon_use_is_enabled(use))
		return 0;
	mutex_lock(&use->monitor.lock);
	err = damon_monitor_call(&use->monitor, &call, MAX_SCHEDULE_TIMEOUT);
	mutex_unlock(&use->monitor.lock);
	/* Should it have ended by itself, there is nothing new. */
	return err == -ECANCELED ? 0 : err;
}

/**
 * damon_use_is_enabled() - does it run?
 * @use:	the use
 */
bool damon_use_is_enabled(struct damon_use *use)
{
	return damon_uses_are_ready() && damon_monitor_is_live(&use->monitor);
}

static void stop(struct damon_use *use)
{
	struct damon_monitor *m = &use->monitor;
	struct damon_ctx *ctx;

	mutex_lock(&m->lock);
	damon_monitor_stop(m);
	ctx = m->ctx;
	if (ctx)
		look(use);
	m->ctx = NULL;
	mutex_unlock(&m->lock);
	if (ctx)
		damon_ctx_destroy(ctx);
}

static int start(struct damon_use *use)
{
	struct damon_ctx *ctx;
	int err;

	/* What is left of one that has ended by itself. */
	stop(use);
	ctx = damon_use_make(use);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	memset(&use->seen, 0, sizeof(use->seen));
	use->id = damon_events_new_id();
	mutex_lock(&use->monitor.lock);
	use->monitor.ctx = ctx;
	err = damon_monitor_start(&use->monitor);
	mutex_unlock(&use->monitor.lock);
	if (err) {
		if (err != -EINTR)
			pr_warn("%s: it cannot be started: error %d\n", use->name, -err);
		stop(use);
	}
	return err;
}

/**
 * damon_use_enable() - begin or end
 * @use:	the use
 * @on:		whether it shall run
 *
 * Before the module is ready that is only noted.
 *
 * Return: 0, or a negative errno and it does not run; what is wrong with its
 * parameters is in the log then.
 */
int damon_use_enable(struct damon_use *use, bool on)
{
	use->wanted = on;
	if (!damon_uses_are_ready() || on == damon_use_is_enabled(use))
		return 0;
	if (on)
		return start(use);
	stop(use);
	return 0;
}

/**
 * struct handover - a new context on its way
 * @call:	to the worker
 * @ctx:	the new one, then the old one
 */
struct handover {
	struct damon_monitor_call call;
	struct damon_ctx *ctx;
};

static void take(struct damon_monitor *m, struct damon_monitor_call *call)
{
	struct handover *h = container_of(call, struct handover, call);
	struct damon_ctx *old = m->ctx;

	damon_ctx_adopt(h->ctx, old, ktime_get_ns());
	m->ctx = h->ctx;
	h->ctx = old;
}

/**
 * damon_use_commit() - have it go on as the parameters say now
 * @use:	the use
 *
 * What it has learnt and counted is kept.
 *
 * Return: 0; -EINVAL if it does not run or the parameters make no sense, -ENOMEM,
 * -EINTR; then it goes on as before.
 */
int damon_use_commit(struct damon_use *use)
{
	struct handover h = { .call = { .fn = take, .anew = true } };
	int err;

	/* At load it will begin with what is given there. */
	if (!damon_uses_are_ready())
		return 0;
	if (!damon_use_is_enabled(use)) {
		pr_warn("%s_commit_inputs: it is not enabled, and will take the parameters when it is\n",
			use->name);
		return -EINVAL;
	}
	h.ctx = damon_use_make(use);
	if (IS_ERR(h.ctx))
		return PTR_ERR(h.ctx);
	mutex_lock(&use->monitor.lock);
	err = damon_monitor_call(&use->monitor, &h.call, MAX_SCHEDULE_TIMEOUT);
	mutex_unlock(&use->monitor.lock);
	/* The old one, or, if it failed, the new one. */
	damon_ctx_destroy(h.ctx);
	/* The worker may have ended meanwhile. */
	return err == -ECANCELED ? -EINVAL : err;
}
