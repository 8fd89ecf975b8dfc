// SPDX-License-Identifier: GPL-2.0
/*
 * A configuration made of what is in the tree: filters, goals and destinations of
 * schemes.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/nodemask.h>
#include <linux/slab.h>

#include "kernel/attributes.h"
#include "sysfs/kinds.h"
#include "sysfs/staged.h"

/**
 * damon_staged_goals_put() - give up the references of goals
 * @goals:	the goals
 */
void damon_staged_goals_put(struct damon_goals *goals)
{
	while (goals->nr) {
		if (goals->list[--goals->nr].memcg)
			damon_memcg_put(goals->list[goals->nr].memcg);
	}
}

/**
 * damon_staged_parts_put() - give up the references of a scheme
 * @parts:	what it consists of
 */
void damon_staged_parts_put(struct damon_scheme_parts *parts)
{
	damon_staged_goals_put(&parts->goals);
	while (parts->nr_pages) {
		if (parts->pages[--parts->nr_pages].what)
			damon_memcg_put(parts->pages[parts->nr_pages].what);
	}
}

/* The cgroup that a file names. */
static int find_memcg(void **memcg, const struct damon_node *node, u32 file, u32 scheme)
{
	char *path = damon_text(node, file);
	const char *why = "";
	void *found;

	if (!path)
		return -ENOMEM;
	found = damon_memcg_find(path, &why);
	kfree(path);
	if (IS_ERR(found))
		return damon_staged_fail(PTR_ERR(found) == -EOPNOTSUPP ? -EOPNOTSUPP : -EINVAL,
					 "scheme %u: %s", scheme, why);
	*memcg = found;
	return 0;
}

/**
 * damon_staged_node() - a node as it was written
 * @scheme:	whose it is
 * @nid:	what was written
 * @node:	where to
 *
 * Return: 0, or -EINVAL if there is none with memory.
 */
int damon_staged_node(u32 scheme, s64 nid, u32 *node)
{
	if (nid < 0 || nid >= MAX_NUMNODES || !node_state(nid, N_MEMORY))
		return damon_staged_fail(-EINVAL, "scheme %u: there is no node %lld with memory",
					 scheme, nid);
	*node = nid;
	return 0;
}

static int read_goal(struct damon_goals *goals, const struct damon_node *node, u32 scheme)
{
	u64 metric = damon_value(node, DAMON_QUOTA_GOAL_METRIC);
	s32 nid = damon_value(node, DAMON_QUOTA_GOAL_NID);
	u64 target = damon_value(node, DAMON_QUOTA_GOAL_TARGET_VALUE);
	struct damos_goal *goal = &goals->list[goals->nr];
	int err = 0;

	/* As upstream: one that is reached at nothing is none. */
	if (!target)
		return 0;
	if (metric == DAMON_METRIC_WORD_ELIGIBLE)
		metric = DAMOS_NODE_ELIGIBLE_MEM_BP;
	*goal = (struct damos_goal) { .metric = metric, .target = target };
	goals->nr++;
	goals->dirs |= 1U << node->index;
	if (metric == DAMOS_USER_INPUT)
		goal->input = damon_value(node, DAMON_QUOTA_GOAL_CURRENT_VALUE);
	if (damos_metric_has_node(metric))
		err = damon_staged_node(scheme, nid, &goal->node);
	if (!err && damos_metric_has_memcg(metric))
		err = find_memcg(&goal->memcg, node, DAMON_QUOTA_GOAL_PATH, scheme);
	return err;
}

/**
 * damon_staged_goals() - the goals of a scheme
 * @goals:	zeroed; references are given up by damon_staged_goals_put(), also if this
 *		fails
 * @dir:	their directory
 * @scheme:	whose they are
 *
 * Return: 0 or a negative errno.
 */
int damon_staged_goals(struct damon_goals *goals, struct damon_node *dir, u32 scheme)
{
	int err = 0;
	u32 i;

	if (mutex_lock_interruptible(&dir->lock))
		return -ERESTARTSYS;
	for (i = 0; !err && i < dir->nr_children; i++)
		err = read_goal(goals, dir->children[i], scheme);
	mutex_unlock(&dir->lock);
	return err;
}

static enum damos_page_filter_type page_type(u64 word)
{
	switch (word) {
	case DAMON_FILTER_WORD_ACTIVE:
		return DAMOS_FILTER_ACTIVE;
	case DAMON_FILTER_WORD_MEMCG:
		return DAMOS_FILTER_MEMCG;
	case DAMON_FILTER_WORD_YOUNG:
		return DAMOS_FILTER_YOUNG;
	case DAMON_FILTER_WORD_HUGEPAGE_SIZE:
		return DAMOS_FILTER_HUGEPAGE_SIZE;
	case DAMON_FILTER_WORD_UNMAPPED:
		return DAMOS_FILTER_UNMAPPED;
	default:
		return DAMOS_FILTER_ANON;
	}
}

static void add_region_filter(const struct damon_staged *staged,
			      struct damon_scheme_parts *parts, struct damos_conf *conf,
			      const struct damon_node *node, u64 type)
{
	u64 mask = ~(staged->min_region_sz - 1);

	parts->regions[conf->nr_region_filters++] = (struct damos_region_filter) {
		.type = type == DAMON_FILTER_WORD_ADDR ? DAMOS_FILTER_ADDR : DAMOS_FILTER_TARGET,
		.matching = damon_value(node, DAMON_SCHEME_FILTER_MATCHING),
		.allow = damon_value(node, DAMON_SCHEME_FILTER_ALLOW),
		.target = damon_value(node, DAMON_SCHEME_FILTER_TARGET_IDX),
		.range = {
			.start = damon_value(node, DAMON_SCHEME_FILTER_ADDR_START) & mask,
			.end = damon_value(node, DAMON_SCHEME_FILTER_ADDR_END) & mask,
		},
	};
}

static int add_page_filter(struct damon_scheme_parts *parts, struct damos_conf *conf,
			   const struct damon_node *node, u64 type, u32 scheme)
{
	struct damos_page_filter *page = &parts->pages[parts->nr_pages];

	*page = (struct damos_page_filter) {
		.type = page_type(type),
		.matching = damon_value(node, DAMON_SCHEME_FILTER_MATCHING),
		.allow = damon_value(node, DAMON_SCHEME_FILTER_ALLOW),
		.min = damon_value(node, DAMON_SCHEME_FILTER_MIN),
		.max = damon_value(node, DAMON_SCHEME_FILTER_MAX),
	};
	conf->nr_page_filters = ++parts->nr_pages;
	if (page->type != DAMOS_FILTER_MEMCG)
		return 0;
	return find_memcg(&page->what, node, DAMON_SCHEME_FILTER_MEMCG_PATH, scheme);
}

static int read_filters(const struct damon_staged *staged, struct damon_scheme_parts *parts,
			struct damos_conf *conf, struct damon_node *dir, u32 scheme)
{
	int err = 0;
	u32 i;

	if (mutex_lock_interruptible(&dir->lock))
		return -ERESTARTSYS;
	for (i = 0; !err && i < dir->nr_children; i++) {
		const struct damon_node *node = dir->children[i];
		/* Once: it may be written to meanwhile. */
		u64 type = damon_value(node, DAMON_SCHEME_FILTER_TYPE);

		if (type == DAMON_FILTER_WORD_ADDR || type == DAMON_FILTER_WORD_TARGET)
			add_region_filter(staged, parts, conf, node, type);
		else
			err = add_page_filter(parts, conf, node, type, scheme);
	}
	mutex_unlock(&dir->lock);
	return err;
}

/**
 * damon_staged_filters() - the filters of a scheme
 * @staged:	the configuration, with its operations set
 * @parts:	where to
 * @conf:	the scheme
 * @scheme:	its directory
 *
 * Those of all three directories, one after the other.
 *
 * Return: 0 or a negative errno.
 */
int damon_staged_filters(const struct damon_staged *staged, struct damon_scheme_parts *parts,
			 struct damos_conf *conf, struct damon_node *scheme)
{
	static const u32 dirs[] = {
		DAMON_SCHEME_CORE_FILTERS, DAMON_SCHEME_OPS_FILTERS, DAMON_SCHEME_FILTERS,
	};
	int err = 0;
	u32 i;

	conf->region_filters = parts->regions;
	conf->page_filters = parts->pages;
	for (i = 0; !err && i < ARRAY_SIZE(dirs); i++)
		err = read_filters(staged, parts, conf, damon_node_dir(scheme, dirs[i]),
				   scheme->index);
	return err;
}

/**
 * damon_staged_dests() - the destinations of a scheme
 * @parts:	where to
 * @conf:	the scheme
 * @dir:	their directory
 * @scheme:	whose they are
 *
 * Return: 0 or a negative errno.
 */
int damon_staged_dests(struct damon_scheme_parts *parts, struct damos_conf *conf,
		       struct damon_node *dir, u32 scheme)
{
	int err = 0;
	u32 i;

	if (mutex_lock_interruptible(&dir->lock))
		return -ERESTARTSYS;
	for (i = 0; !err && i < dir->nr_children; i++) {
		const struct damon_node *node = dir->children[i];

		err = damon_staged_node(scheme, damon_value(node, DAMON_DEST_ID),
					&parts->dests[i].node);
		parts->dests[i].weight = damon_value(node, DAMON_DEST_WEIGHT);
	}
	conf->dests = parts->dests;
	conf->nr_dests = dir->nr_children;
	mutex_unlock(&dir->lock);
	return err;
}
