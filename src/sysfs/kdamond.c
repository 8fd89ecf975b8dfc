// SPDX-License-Identifier: GPL-2.0
/*
 * A kdamond directory and its monitor: how they come and go.
 */
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "abi/events.h"
#include "sysfs/kdamond.h"
#include "sysfs/kinds.h"

/* The module goes.  Protected by the lock of the directory of kdamonds. */
static bool closed;

/**
 * damon_kdamond_of() - the monitor that a directory belongs to
 * @node:	a kdamond directory, or one below
 */
struct damon_kdamond *damon_kdamond_of(const struct damon_node *node)
{
	while (node->kind != &damon_kind_kdamond)
		node = node->parent;
	return node->data;
}

/**
 * damon_scheme_node_of() - the scheme that a directory belongs to
 * @node:	a scheme directory, or one below
 */
struct damon_node *damon_scheme_node_of(const struct damon_node *node)
{
	while (node->kind != &damon_kind_scheme)
		node = node->parent;
	return (struct damon_node *)node;
}

/**
 * damon_kdamond_init() - the init of damon_kind
 * @node:	a kdamond directory
 *
 * Return: 0 or -ENOMEM.
 */
int damon_kdamond_init(struct damon_node *node)
{
	struct damon_kdamond *k = kzalloc(sizeof(*k), GFP_KERNEL_ACCOUNT);

	if (!k)
		return -ENOMEM;
	damon_monitor_init(&k->monitor, &damon_kdamond_monitor_ops, 0);
	damon_seen_init(&k->schemes);
	init_waitqueue_head(&k->wait);
	spin_lock_init(&k->lock);
	k->id = damon_events_new_id();
	k->pid = -1;
	k->unit = 1;
	node->data = k;
	return 0;
}

/**
 * damon_kdamond_exit() - the exit of damon_kind
 * @node:	a kdamond directory, whose files are gone
 */
void damon_kdamond_exit(struct damon_node *node)
{
	struct damon_kdamond *k = node->data;

	damon_monitor_destroy(&k->monitor);
	damon_seen_destroy(&k->schemes);
	kfree(k);
}

/* Ends monitoring for good.  Who waits in a write to its files goes on. */
static void shut(struct damon_kdamond *k)
{
	/* First: who makes directories meanwhile keeps others from this lock. */
	WRITE_ONCE(k->shut, true);
	mutex_lock(&k->monitor.lock);
	damon_monitor_stop(&k->monitor);
	mutex_unlock(&k->monitor.lock);
	/* A worker that never ran has told nobody. */
	wake_up_all(&k->wait);
}

/**
 * damon_kdamond_leave() - the leave of damon_kind
 * @node:	a kdamond directory
 */
void damon_kdamond_leave(struct damon_node *node)
{
	shut(node->data);
}

/**
 * damon_kdamonds_shut() - end all monitoring for good
 * @node:	the directory of kdamonds, in which none will be made any more
 */
void damon_kdamonds_shut(struct damon_node *node)
{
	u32 i;

	mutex_lock(&node->lock);
	closed = true;
	for (i = 0; i < node->nr_children; i++)
		shut(node->children[i]->data);
	mutex_unlock(&node->lock);
}

/**
 * damon_kdamonds_busy() - the busy of damon_kind
 * @node:	the directory of kdamonds; its lock is held
 *
 * Return: -EBUSY if any runs, -ENODEV if the module goes.  Else 0, and none will any
 * more.
 */
int damon_kdamonds_busy(struct damon_node *node)
{
	u32 i;

	if (closed)
		return -ENODEV;
	for (i = 0; i < node->nr_children; i++) {
		struct damon_kdamond *k = node->children[i]->data;

		if (damon_monitor_is_live(&k->monitor))
			return -EBUSY;
	}
	/* One that is started at this very moment has come too late. */
	for (i = 0; i < node->nr_children; i++)
		shut(node->children[i]->data);
	return 0;
}

/**
 * damon_pid_show() - the worker's pid
 * @node:	a kdamond directory
 * @buf:	where to
 */
ssize_t damon_pid_show(struct damon_node *node, char *buf)
{
	const struct damon_kdamond *k = node->data;

	return sysfs_emit(buf, "%d\n", READ_ONCE(k->pid));
}
