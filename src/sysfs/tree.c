// SPDX-License-Identifier: GPL-2.0
/*
 * Directories: made and removed.
 */
#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "sysfs/sysfs.h"

/*
 * While it is held no directory begins to leave, see is_leaving().  A leaf, and nothing
 * waits with it for functions of files.
 */
static DEFINE_MUTEX(leaving_lock);

/* How many directories were made. */
static atomic64_t nr_born;

/**
 * damon_nodes_born() - how many directories were made
 *
 * Those that are made from now on have a greater damon_node.born.
 */
u64 damon_nodes_born(void)
{
	return atomic64_read(&nr_born);
}

/* What is out of sysfs, or never was in it, with all that is in it. */
static void free_node(struct damon_node *node)
{
	u32 i;

	for (i = node->nr_children; i--; ) {
		kobject_del(node->children[i]->kobj);
		free_node(node->children[i]);
	}
	for (i = node->kind->nr_dirs; i--; ) {
		if (!node->dirs || !node->dirs[i])
			continue;
		kobject_del(node->dirs[i]->kobj);
		free_node(node->dirs[i]);
	}
	if (node->kind->exit)
		node->kind->exit(node);
	for (i = 0; i < node->kind->nr_files; i++)
		kfree(node->entries[i].text);
	kobject_put(node->kobj);
	kfree(node->children);
	kfree(node->dirs);
	mutex_destroy(&node->lock);
	kfree(node);
}

static struct damon_node *alloc_node(struct damon_node *parent, u32 index,
				     struct damon_kind *kind, const u64 *values)
{
	struct damon_node *node;
	u32 i;
	int err;

	node = kzalloc(struct_size(node, entries, kind->nr_files), GFP_KERNEL_ACCOUNT);
	if (!node)
		return ERR_PTR(-ENOMEM);
	node->kind = kind;
	node->parent = parent;
	node->index = index;
	node->born = atomic64_inc_return(&nr_born);
	mutex_init(&node->lock);
	lockdep_set_class(&node->lock, &kind->key);
	for (i = 0; i < kind->nr_files; i++) {
		node->entries[i].node = node;
		node->entries[i].value = values ? values[i] : kind->files[i].def;
	}
	if (kind->init) {
		err = kind->init(node);
		if (err) {
			mutex_destroy(&node->lock);
			kfree(node);
			return ERR_PTR(err);
		}
	}
	return node;
}

/* Out of sysfs, with all that is below; waits for functions of files that run. */
static void take_out(struct damon_node *node)
{
	mutex_lock(&leaving_lock);
	node->leaving = true;
	mutex_unlock(&leaving_lock);
	if (node->kind->leave)
		node->kind->leave(node);
	kobject_del(node->kobj);
}

/* Is it being removed, or a directory that it is in?  With leaving_lock held. */
static bool is_leaving(const struct damon_node *node)
{
	while (node && !node->leaving)
		node = node->parent;
	return node;
}

/*
 * A directory that is removed takes new ones along at once, as soon as they can be seen.
 * kobject_add() takes its reference only after that: the two must not meet.
 */
static int add_to_sysfs(struct damon_node *node, struct kobject *in, const char *name)
{
	int err = -ENODEV;

	mutex_lock(&leaving_lock);
	if (!is_leaving(node->parent)) {
		node->kobj = kobject_create_and_add(name, in);
		err = node->kobj ? 0 : -ENOMEM;
	}
	mutex_unlock(&leaving_lock);
	return err;
}

static struct damon_node *make_node(struct damon_node *parent, struct kobject *in,
				    const char *name, u32 index, struct damon_kind *kind,
				    const u64 *values);

static int fill_node(struct damon_node *node)
{
	const struct damon_kind *kind = node->kind;
	int err = 0;
	u32 i;

	if (kind->nr_dirs) {
		node->dirs = kcalloc(kind->nr_dirs, sizeof(*node->dirs), GFP_KERNEL_ACCOUNT);
		if (!node->dirs)
			return -ENOMEM;
	}
	for (i = 0; i < kind->nr_dirs; i++) {
		struct damon_node *dir = make_node(node, node->kobj, kind->dirs[i].name, i,
						   kind->dirs[i].kind, NULL);

		if (IS_ERR(dir))
			return PTR_ERR(dir);
		node->dirs[i] = dir;
	}
	/* Last: who finds a file can use it. */
	for (i = 0; !err && i < kind->nr_files; i++)
		err = damon_file_add(node, i);
	return err;
}

static struct damon_node *make_node(struct damon_node *parent, struct kobject *in,
				    const char *name, u32 index, struct damon_kind *kind,
				    const u64 *values)
{
	struct damon_node *node;
	int err;

	node = alloc_node(parent, index, kind, values);
	if (IS_ERR(node))
		return node;
	err = add_to_sysfs(node, in, name);
	if (!err)
		err = fill_node(node);
	if (err) {
		if (node->kobj)
			take_out(node);
		free_node(node);
		return ERR_PTR(err);
	}
	return node;
}

/**
 * damon_node_create() - a tree
 * @parent:	the directory that it is in
 * @name:	its name there
 * @kind:	of its first directory
 *
 * May sleep.  Return: that directory, or ERR_PTR().
 */
struct damon_node *damon_node_create(struct kobject *parent, const char *name,
				     struct damon_kind *kind)
{
	return make_node(NULL, parent, name, 0, kind, NULL);
}

/**
 * damon_node_remove() - remove and free a directory and all that is in it
 * @node:	the directory
 *
 * Waits for functions of its files that run.  Nobody else has it: it is a tree, or
 * was taken out of its parent's @children.
 */
void damon_node_remove(struct damon_node *node)
{
	take_out(node);
	free_node(node);
}

/**
 * damon_node_clear() - remove all numbered directories
 * @node:	where; its lock is held
 */
void damon_node_clear(struct damon_node *node)
{
	while (node->nr_children)
		damon_node_remove(node->children[--node->nr_children]);
	kfree(node->children);
	node->children = NULL;
}

/**
 * damon_node_add() - one more numbered directory
 * @node:	where; its lock is held
 * @values:	of its files, or NULL for those of a new one
 *
 * Return: 0, -ENODEV if the directory is being removed, -ENOMEM or another negative errno.
 */
int damon_node_add(struct damon_node *node, const u64 *values)
{
	u32 nr = node->nr_children;
	struct damon_node *child;
	char name[12];

	/* Room for a power of two. */
	if (!(nr & (nr - 1))) {
		void *room = krealloc_array(node->children, nr ? 2 * nr : 1,
					    sizeof(*node->children),
					    GFP_KERNEL_ACCOUNT | __GFP_NOWARN);

		if (!room)
			return -ENOMEM;
		node->children = room;
	}
	snprintf(name, sizeof(name), "%u", nr);
	child = make_node(node, node->kobj, name, nr, node->kind->child, values);
	if (IS_ERR(child))
		return PTR_ERR(child);
	node->children[node->nr_children++] = child;
	return 0;
}

/**
 * damon_node_count() - have so many numbered directories, new ones
 * @node:	where
 * @nr:		how many
 *
 * Return: 0; -EINVAL if that is too many, -EBUSY if they are in use, and nothing has
 * changed; -ERESTARTSYS, or -EINTR, -ENODEV or -ENOMEM, and there are none.
 */
int damon_node_count(struct damon_node *node, u32 nr)
{
	int err = 0;

	if (nr > node->kind->max_children)
		return -EINVAL;
	if (mutex_lock_interruptible(&node->lock))
		return -ERESTARTSYS;
	if (node->kind->busy)
		err = node->kind->busy(node);
	if (err)
		goto unlock;
	damon_node_clear(node);
	while (!err && node->nr_children < nr)
		err = fatal_signal_pending(current) ? -EINTR : damon_node_add(node, NULL);
	if (err)
		damon_node_clear(node);
unlock:
	mutex_unlock(&node->lock);
	return err;
}
