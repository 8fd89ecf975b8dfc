// SPDX-License-Identifier: GPL-2.0
/*
 * Other goals for schemes that run, and nothing else of what is in the tree.
 */
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/string.h>

#include "kernel/scheme_env.h"
#include "sysfs/kdamond.h"
#include "sysfs/kinds.h"
#include "sysfs/staged.h"

/**
 * struct goals_call - goals on their way to a worker
 * @call:	for the worker
 * @nr:		schemes that run and have a directory
 * @goals:	for each of them what it shall have, then what it had
 * @dirs:	damon_goals.dirs of those
 * @born:	damon_nodes_born() before
 */
struct goals_call {
	struct damon_monitor_call call;
	u32 nr;
	struct damos_goals *goals[DAMOS_MAX_SCHEMES];
	u32 dirs[DAMOS_MAX_SCHEMES];
	u64 born;
};

static void exchange(struct damon_monitor *m, struct damon_monitor_call *call)
{
	struct goals_call *c = container_of(call, struct goals_call, call);
	struct damon_kdamond *k = container_of(m, struct damon_kdamond, monitor);
	u32 i;

	for (i = 0; i < c->nr; i++)
		damos_exchange_goals(m->ctx->actor_data, i, c->goals[i]);
	spin_lock(&k->lock);
	for (i = 0; i < c->nr; i++) {
		k->seen[i].goals_born = c->born;
		k->seen[i].goal_dirs = c->dirs[i];
	}
	spin_unlock(&k->lock);
}

static int check(const struct damon_ctx *ctx, const struct damon_goals *goals, u32 scheme)
{
	const struct damos_conf conf = {
		.action = DAMOS_STAT,
		.quota = { .goals = goals->list, .nr_goals = goals->nr },
	};
	enum damos_invalid invalid;
	u32 bad;

	invalid = damos_check(ctx->ops, &damon_scheme_env, &ctx->committed, ctx->nr_given, &conf,
			      &bad);
	if (invalid != DAMOS_VALID)
		return damon_staged_fail(-EINVAL, "scheme %u: goal %u: %s", scheme, bad,
					 damos_invalid_text(invalid));
	return 0;
}

static int read_scheme(struct goals_call *c, const struct damon_ctx *ctx,
		       const struct damon_node *scheme)
{
	struct damon_node *quotas = damon_node_dir(scheme, DAMON_SCHEME_QUOTAS);
	struct damon_goals *goals = damon_zalloc(1, sizeof(*goals));
	int err;

	if (!goals)
		return -ENOMEM;
	err = damon_staged_goals(goals, damon_node_dir(quotas, DAMON_QUOTAS_GOALS),
				 scheme->index);
	if (!err)
		err = check(ctx, goals, scheme->index);
	if (!err) {
		c->dirs[c->nr] = goals->dirs;
		c->goals[c->nr] = damos_goals_create(goals->list, goals->nr);
		if (c->goals[c->nr])
			c->nr++;
		else
			err = -ENOMEM;
	}
	if (err)
		damon_staged_goals_put(goals);
	damon_free(goals);
	return err;
}

/* With the lock of the directory of contexts held. */
static int read_all(struct goals_call *c, const struct damon_ctx *ctx,
		    struct damon_node *context, u32 nr)
{
	struct damon_node *schemes = damon_node_dir(context, DAMON_CONTEXT_SCHEMES);
	int err = 0;
	u32 i;

	if (mutex_lock_interruptible(&schemes->lock))
		return -ERESTARTSYS;
	/* As upstream: what the one or the other has more of is let be. */
	for (i = 0; !err && i < nr && i < schemes->nr_children; i++)
		err = read_scheme(c, ctx, schemes->children[i]);
	mutex_unlock(&schemes->lock);
	return err;
}

static int commit(struct damon_kdamond *k, struct goals_call *c, struct damon_node *contexts)
{
	const struct damon_ctx *ctx = k->monitor.ctx;
	int err = -EINVAL;

	if (mutex_lock_interruptible(&contexts->lock))
		return -ERESTARTSYS;
	if (contexts->nr_children == 1)
		err = read_all(c, ctx, contexts->children[0], k->nr_seen);
	mutex_unlock(&contexts->lock);
	if (err || !c->nr)
		return err;
	return damon_monitor_call(&k->monitor, &c->call, MAX_SCHEDULE_TIMEOUT);
}

/**
 * damon_commit_goals() - have schemes go for the goals that are in the tree
 * @kdamond:	the kdamond directory, with its monitor locked
 *
 * Return: 0, or a negative errno and nothing has changed.
 */
int damon_commit_goals(struct damon_node *kdamond)
{
	struct damon_node *contexts = damon_node_dir(kdamond, DAMON_KDAMOND_CONTEXTS);
	struct damon_kdamond *k = kdamond->data;
	struct goals_call *c;
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (!damon_monitor_is_live(&k->monitor))
		return -EINVAL;
	c = damon_zalloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->call.fn = exchange;
	c->born = damon_nodes_born();
	err = commit(k, c, contexts);
	while (c->nr)
		damos_goals_destroy(&damon_scheme_env, c->goals[--c->nr]);
	damon_free(c);
	return err;
}
