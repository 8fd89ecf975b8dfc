// SPDX-License-Identifier: GPL-2.0
/*
 * `state`: what is told to a kdamond.
 */
#include <linux/capability.h>
#include <linux/sysfs.h>

#include "sysfs/kdamond.h"
#include "sysfs/kinds.h"
#include "sysfs/staged.h"

/**
 * damon_state_show() - does it monitor?
 * @node:	a kdamond directory
 * @buf:	where to
 */
ssize_t damon_state_show(struct damon_node *node, char *buf)
{
	struct damon_kdamond *k = node->data;

	return sysfs_emit(buf, "%s\n", damon_monitor_is_live(&k->monitor) ? "on" : "off");
}

/* A configuration of what is in the tree now, with the monitor locked. */
static int stage(struct damon_staged *staged, struct damon_node *node, bool running)
{
	struct damon_kdamond *k = node->data;
	struct damon_node *contexts = damon_node_dir(node, DAMON_KDAMOND_CONTEXTS);
	int err;

	/* Who can write files of root is not yet one who may have this done. */
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (mutex_lock_interruptible(&contexts->lock))
		return -ERESTARTSYS;
	err = damon_staged_make(staged, contexts, running ? k->monitor.ctx : NULL);
	mutex_unlock(&contexts->lock);
	return err;
}

static int turn_on(struct damon_node *node)
{
	struct damon_kdamond *k = node->data;
	struct damon_staged staged = {};
	int err;

	if (damon_monitor_is_live(&k->monitor))
		return -EBUSY;
	err = stage(&staged, node, false);
	if (!err)
		err = damon_kdamond_on(k, &staged);
	damon_staged_free(&staged);
	return err;
}

static int turn_off(struct damon_node *node)
{
	struct damon_kdamond *k = node->data;

	if (!k->begun)
		return -EINVAL;
	damon_kdamond_off(k);
	return 0;
}

static int commit(struct damon_node *node)
{
	struct damon_kdamond *k = node->data;
	struct damon_staged staged = {};
	int err;

	if (!damon_monitor_is_live(&k->monitor))
		return -EINVAL;
	err = stage(&staged, node, true);
	if (!err)
		err = damon_kdamond_commit(k, &staged);
	damon_staged_free(&staged);
	return err;
}

/* What can be read is always what is now. */
static int update_nothing(struct damon_node *node)
{
	struct damon_kdamond *k = node->data;

	return damon_monitor_is_live(&k->monitor) ? 0 : -EINVAL;
}

/* Tuned intervals become those that are asked for by the next commit. */
static int update_intervals(struct damon_node *node)
{
	struct damon_kdamond *k = node->data;
	struct damon_node *contexts = damon_node_dir(node, DAMON_KDAMOND_CONTEXTS);
	struct damon_node *dir;
	struct damon_attrs now;

	if (!damon_monitor_is_live(&k->monitor))
		return -EINVAL;
	spin_lock(&k->lock);
	now = k->now;
	spin_unlock(&k->lock);
	if (mutex_lock_interruptible(&contexts->lock))
		return -ERESTARTSYS;
	if (contexts->nr_children) {
		dir = damon_node_dir(contexts->children[0], DAMON_CONTEXT_ATTRS);
		dir = damon_node_dir(dir, DAMON_ATTRS_INTERVALS);
		damon_set_value(dir, DAMON_INTERVALS_SAMPLE_US, now.sample_us);
		damon_set_value(dir, DAMON_INTERVALS_AGGR_US, now.aggr_us);
	}
	mutex_unlock(&contexts->lock);
	return 0;
}

static int update_tried_bytes(struct damon_node *node)
{
	return damon_tried_update(node, false);
}

static int update_tried_regions(struct damon_node *node)
{
	return damon_tried_update(node, true);
}

/**
 * struct keyword - what can be written to `state`
 * @name:	the word
 * @any_contexts: also without exactly one context directory
 * @unlocked:	it can take long
 * @fn:		what is done, with the monitor locked unless @unlocked
 */
struct keyword {
	const char *name;
	bool any_contexts;
	bool unlocked;
	int (*fn)(struct damon_node *node);
};

static const struct keyword keywords[] = {
	{ .name = "on", .fn = turn_on },
	{ .name = "off", .fn = turn_off, .any_contexts = true },
	{ .name = "commit", .fn = commit },
	{ .name = "commit_schemes_quota_goals", .fn = damon_commit_goals },
	{ .name = "update_schemes_stats", .fn = update_nothing },
	{ .name = "update_schemes_tried_bytes", .fn = update_tried_bytes, .unlocked = true },
	{ .name = "update_schemes_tried_regions", .fn = update_tried_regions,
	  .unlocked = true },
	{ .name = "clear_schemes_tried_regions", .fn = damon_tried_clear, .unlocked = true },
	{ .name = "update_schemes_effective_quotas", .fn = update_nothing },
	{ .name = "update_tuned_intervals", .fn = update_intervals },
};

static int check_contexts(struct damon_node *node)
{
	struct damon_node *contexts = damon_node_dir(node, DAMON_KDAMOND_CONTEXTS);
	u32 nr;

	if (mutex_lock_interruptible(&contexts->lock))
		return -ERESTARTSYS;
	nr = contexts->nr_children;
	mutex_unlock(&contexts->lock);
	return nr == 1 ? 0 : -EINVAL;
}

static int locked(struct damon_node *node, const struct keyword *keyword)
{
	struct damon_kdamond *k = node->data;
	int err;

	if (mutex_lock_interruptible(&k->monitor.lock))
		return -ERESTARTSYS;
	err = READ_ONCE(k->shut) ? -ECANCELED : keyword->fn(node);
	mutex_unlock(&k->monitor.lock);
	return err;
}

/**
 * damon_state_store() - a keyword was written
 * @node:	a kdamond directory
 * @buf:	what was written
 *
 * Return: 0 or a negative errno.
 */
int damon_state_store(struct damon_node *node, const char *buf)
{
	u32 i;
	int err;

	for (i = 0; i < ARRAY_SIZE(keywords); i++) {
		const struct keyword *keyword = &keywords[i];

		if (!sysfs_streq(buf, keyword->name))
			continue;
		err = keyword->any_contexts ? 0 : check_contexts(node);
		if (err)
			return err;
		return keyword->unlocked ? keyword->fn(node) : locked(node, keyword);
	}
	return -EINVAL;
}
