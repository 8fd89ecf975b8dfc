// SPDX-License-Identifier: GPL-2.0
/*
 * A configuration made of what is in the tree: probes.
 */
#include <linux/err.h>
#include <linux/slab.h>

#include <damon/device.h>

#include "kernel/attributes.h"
#include "sysfs/kinds.h"
#include "sysfs/staged.h"

/* Of a kind of directories that has so many of them at most. */
#define MAX_FILTERS	32

/**
 * struct filters - the filters of a probe
 * @confs:	they
 * @memcgs:	of those that are of one: the cgroup, with a reference
 * @nr:		how many
 */
struct filters {
	struct damon_probe_filter_conf confs[MAX_FILTERS];
	void *memcgs[MAX_FILTERS];
	u32 nr;
};

static void put_memcgs(struct filters *filters)
{
	while (filters->nr--) {
		if (filters->memcgs[filters->nr])
			damon_memcg_put(filters->memcgs[filters->nr]);
	}
}

static int read_filter(struct filters *filters, const struct damon_node *node, u32 probe)
{
	struct damon_probe_filter_conf *conf = &filters->confs[filters->nr];
	const char *why = "";
	void *memcg;
	char *path;

	/* Words in the order of the ABI. */
	conf->type = damon_value(node, DAMON_PROBE_FILTER_TYPE);
	conf->flags = (damon_value(node, DAMON_PROBE_FILTER_MATCHING) ?
		       DAMON_FILTER_MATCHING : 0) |
		      (damon_value(node, DAMON_PROBE_FILTER_ALLOW) ? DAMON_FILTER_ALLOW : 0);
	filters->memcgs[filters->nr++] = NULL;
	if (conf->type != DAMON_FILTER_MEMCG)
		return 0;
	path = damon_text(node, DAMON_PROBE_FILTER_PATH);
	if (!path)
		return -ENOMEM;
	memcg = damon_memcg_find(path, &why);
	kfree(path);
	if (IS_ERR(memcg))
		return damon_staged_fail(PTR_ERR(memcg) == -EOPNOTSUPP ? -EOPNOTSUPP : -EINVAL,
					 "probe %u: filter %u: %s", probe, filters->nr - 1, why);
	filters->memcgs[filters->nr - 1] = memcg;
	return 0;
}

static int read_filters(struct filters *filters, struct damon_node *dir, u32 probe)
{
	int err = 0;
	u32 i;

	if (mutex_lock_interruptible(&dir->lock))
		return -ERESTARTSYS;
	for (i = 0; !err && i < dir->nr_children && i < MAX_FILTERS; i++)
		err = read_filter(filters, dir->children[i], probe);
	mutex_unlock(&dir->lock);
	return err;
}

static int add_probe(struct damon_staged *staged, const struct damon_node *node,
		     struct filters *filters)
{
	struct damon_filters *list;
	const char *why = "";
	u32 bad = 0;
	int err;

	filters->nr = 0;
	err = read_filters(filters, damon_node_dir(node, DAMON_PROBE_FILTERS),
			   staged->nr_probes);
	if (err) {
		put_memcgs(filters);
		return err;
	}
	list = damon_filters_get(filters->confs, filters->nr, filters->memcgs, &bad, &why);
	if (IS_ERR(list)) {
		put_memcgs(filters);
		return PTR_ERR(list);
	}
	staged->probes[staged->nr_probes++] = (struct damon_probe) {
		.what = list,
		.key = damon_filters_key(list),
		.weight = damon_value(node, DAMON_PROBE_WEIGHT),
	};
	return 0;
}

/**
 * damon_staged_probes() - the probes of a configuration
 * @staged:	with all but probes
 * @probes:	their directory
 *
 * Return: 0 or a negative errno.
 */
int damon_staged_probes(struct damon_staged *staged, struct damon_node *probes)
{
	enum damon_invalid invalid;
	struct filters *filters;
	int err = 0;
	u32 i, bad;

	filters = kzalloc(sizeof(*filters), GFP_KERNEL_ACCOUNT);
	if (!filters)
		return -ENOMEM;
	if (mutex_lock_interruptible(&probes->lock)) {
		err = -ERESTARTSYS;
		goto out;
	}
	for (i = 0; !err && i < probes->nr_children; i++)
		err = add_probe(staged, probes->children[i], filters);
	mutex_unlock(&probes->lock);
	if (err)
		goto out;
	invalid = damon_probes_check(staged->ops, &staged->attrs, staged->probes,
				     staged->nr_probes, &bad);
	if (invalid != DAMON_VALID)
		err = damon_staged_fail(-EINVAL, "probe %u: %s", bad,
					damon_invalid_text(invalid));
out:
	kfree(filters);
	return err;
}
