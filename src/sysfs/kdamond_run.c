// SPDX-License-Identifier: GPL-2.0
/*
 * The monitor of a kdamond directory: how it is started, ended and given another
 * configuration.
 */
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/random.h>

#include "kernel/scheme_env.h"
#include "sysfs/kdamond.h"
#include "sysfs/staged.h"

/**
 * struct handover - a configuration on its way
 * @ctx:	in: the context; out: the old one, or NULL
 * @seen:	in: what its schemes tell; out: the old one's
 * @staged:	where it comes from
 * @call:	for a worker
 */
struct handover {
	struct damon_ctx *ctx;
	struct damon_seen *seen;
	const struct damon_staged *staged;
	struct damon_monitor_call call;
};

static void handover_free(struct handover *h)
{
	/* Schemes write to what is seen. */
	damon_ctx_destroy(h->ctx);
	damon_seen_put(h->seen);
}

static int add_schemes(struct handover *h, struct damon_staged *staged)
{
	struct damos *damos;

	if (!staged->nr_schemes)
		return 0;
	damos = damos_create(&damon_scheme_env, staged->confs, staged->nr_schemes,
			     staged->addr_unit, &damon_seen_sink, h->seen);
	if (!damos)
		return -ENOMEM;
	staged->given_away = true;
	h->ctx->actor = &damos_actor;
	h->ctx->actor_data = damos;
	return 0;
}

/* What it leaves in @h is freed by handover_free(), also if this fails. */
static int handover_make(struct handover *h, struct damon_kdamond *k,
			 struct damon_staged *staged)
{
	h->staged = staged;
	h->seen = damon_seen_create(staged->confs, staged->nr_schemes, k->id);
	if (!h->seen)
		return -ENOMEM;
	h->ctx = damon_ctx_create(staged->ops, &staged->attrs, staged->specs,
				  staged->nr_targets, get_random_u64(), &damon_kdamond_sink, k);
	if (!h->ctx)
		return -ENOMEM;
	/* The context has the targets now. */
	staged->nr_targets = 0;
	if (!damon_ctx_set_probes(h->ctx, staged->probes, staged->nr_probes))
		return -ENOMEM;
	staged->nr_probes = 0;
	h->ctx->paused = staged->paused;
	h->ctx->min_region_sz = staged->min_region_sz;
	return add_schemes(h, staged);
}

/* By the owner of the context, which is in @k->monitor by now. */
static void note(struct damon_kdamond *k, const struct damon_staged *staged)
{
	const struct damon_ctx *ctx = k->monitor.ctx;
	struct damos *damos = ctx->actor_data;
	u32 i, nr = damos ? damos_nr_schemes(damos) : 0;

	spin_lock(&k->lock);
	k->nr_taken++;
	k->born = staged->born;
	k->paused = ctx->paused;
	k->unit = staged->addr_unit;
	k->asked = ctx->committed;
	k->now = ctx->attrs;
	k->nr_probes = ctx->nr_probes;
	k->nr_seen = nr;
	for (i = 0; i < nr; i++) {
		const struct damos_scheme *s = damos_scheme_at(damos, i);

		k->seen[i].nr_snapshots = s->stats.nr_snapshots;
		k->seen[i].max_nr_snapshots = s->conf.max_nr_snapshots;
		k->seen[i].goals_born = staged->born;
		k->seen[i].goal_dirs = staged->parts[i]->goals.dirs;
	}
	spin_unlock(&k->lock);
}

/* Exchanges the context; by its owner. */
static void take(struct damon_kdamond *k, struct handover *h, bool adopt)
{
	struct damon_ctx *old = k->monitor.ctx;

	if (old && adopt)
		damon_ctx_adopt(h->ctx, old, ktime_get_ns());
	k->monitor.ctx = h->ctx;
	h->ctx = old;
	spin_lock(&k->lock);
	k->nr_taken++;
	spin_unlock(&k->lock);
	h->seen = damon_seen_switch(&k->schemes, h->seen);
	note(k, h->staged);
}

static void take_call(struct damon_monitor *m, struct damon_monitor_call *call)
{
	take(container_of(m, struct damon_kdamond, monitor),
	     container_of(call, struct handover, call), true);
}

/**
 * damon_kdamond_off() - end monitoring
 * @k:		the monitor, which is locked
 *
 * What schemes have done can still be read; targets are given up.
 */
void damon_kdamond_off(struct damon_kdamond *k)
{
	damon_monitor_stop(&k->monitor);
	if (k->monitor.ctx)
		damon_ctx_destroy(k->monitor.ctx);
	k->monitor.ctx = NULL;
	/* A worker that never ran has told nobody. */
	wake_up_all(&k->wait);
}

/* Are there neither processes nor physical memory?  Then the worker would end at once. */
static bool is_over_at_once(const struct damon_staged *staged)
{
	return !staged->nr_targets;
}

/**
 * damon_kdamond_on() - begin to monitor, anew
 * @k:		the monitor, which is locked and does not run
 * @staged:	what; its references are taken over
 *
 * Return: 0 or a negative errno.
 */
int damon_kdamond_on(struct damon_kdamond *k, struct damon_staged *staged)
{
	struct handover h = {};
	int err = 0;

	/* It may have ended by itself. */
	damon_kdamond_off(k);
	if (is_over_at_once(staged)) {
		k->begun = true;
		return 0;
	}
	err = handover_make(&h, k, staged);
	if (err)
		goto out;
	take(k, &h, false);
	k->begun = true;
	err = damon_monitor_start(&k->monitor);
	if (err)
		damon_kdamond_off(k);
	if (err == -ESRCH)
		err = damon_staged_fail(-EINVAL, "the targets have ended meanwhile");
out:
	handover_free(&h);
	return err;
}

/**
 * damon_kdamond_commit() - go on with another configuration
 * @k:		the monitor, which is locked and runs
 * @staged:	the configuration; its references are taken over
 *
 * Return: 0, or a negative errno and nothing has changed: -ECANCELED if monitoring has
 * ended meanwhile.
 */
int damon_kdamond_commit(struct damon_kdamond *k, struct damon_staged *staged)
{
	struct handover h = { .call = { .fn = take_call, .anew = true } };
	int err;

	if (is_over_at_once(staged)) {
		damon_kdamond_off(k);
		return 0;
	}
	err = handover_make(&h, k, staged);
	if (!err)
		err = damon_monitor_call(&k->monitor, &h.call, MAX_SCHEDULE_TIMEOUT);
	handover_free(&h);
	return err;
}
