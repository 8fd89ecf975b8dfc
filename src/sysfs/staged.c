// SPDX-License-Identifier: GPL-2.0
/*
 * A configuration made of what is in the tree: the operations set, intervals and
 * numbers of regions, and what is put together of them.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/printk.h>

#include "abi/abi.h"
#include "kernel/memory.h"
#include "kernel/rmap.h"
#include "ops/paddr.h"
#include "ops/vaddr.h"
#include "sysfs/kinds.h"
#include "sysfs/staged.h"

/**
 * damon_staged_fail() - say why a write to `state` fails
 * @err:	the errno
 * @fmt:	the reason, for the log, where root looks for it
 *
 * Return: @err.
 */
int damon_staged_fail(int err, const char *fmt, ...)
{
	struct va_format text = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	text.va = &args;
	pr_notice_ratelimited("state: %pV\n", &text);
	va_end(args);
	return err;
}

static int choose_ops(struct damon_staged *staged, const struct damon_node *context)
{
	u64 unit = damon_value(context, DAMON_CONTEXT_ADDR_UNIT);

	staged->addr_unit = 1;
	staged->end = TASK_SIZE_MAX;
	switch (damon_value(context, DAMON_CONTEXT_OPERATIONS)) {
	case DAMON_OPERATIONS_VADDR:
		staged->ops = &damon_vaddr_ops;
		break;
	case DAMON_OPERATIONS_FVADDR:
		staged->ops = &damon_fvaddr_ops;
		break;
	default:
		if (!damon_pages_usable())
			return damon_staged_fail(-EINVAL,
						 "this kernel does not let the module find the mappings of a page: no paddr");
		if (!is_power_of_2(unit) || unit > PAGE_SIZE)
			return damon_staged_fail(-EINVAL,
						 "addr_unit is %llu: give a power of two up to %lu",
						 unit, PAGE_SIZE);
		staged->ops = &damon_paddr_ops;
		staged->addr_unit = unit;
		staged->end = damon_memory_end() / unit;
	}
	staged->min_region_sz = max_t(u64, staged->ops->min_region_sz / staged->addr_unit, 1);
	return 0;
}

static int make_attrs(struct damon_staged *staged, const struct damon_node *attrs)
{
	const struct damon_node *intervals = damon_node_dir(attrs, DAMON_ATTRS_INTERVALS);
	const struct damon_node *goal = damon_node_dir(intervals, DAMON_INTERVALS_GOAL);
	const struct damon_node *regions = damon_node_dir(attrs, DAMON_ATTRS_NR_REGIONS);
	/* What is not there is no fewer than what there can be. */
	u64 most = damon_limits_most.max_nr_regions;
	enum damon_invalid invalid;

	staged->attrs = (struct damon_attrs) {
		.sample_us = damon_value(intervals, DAMON_INTERVALS_SAMPLE_US),
		.aggr_us = damon_value(intervals, DAMON_INTERVALS_AGGR_US),
		.update_us = damon_value(intervals, DAMON_INTERVALS_UPDATE_US),
		.min_nr_regions = min_t(u64, damon_value(regions, DAMON_SPAN_MIN), U32_MAX),
		.max_nr_regions = min(damon_value(regions, DAMON_SPAN_MAX), most),
		.goal = {
			.access_bp = min_t(u64, damon_value(goal, DAMON_GOAL_ACCESS_BP), U32_MAX),
			.aggrs = min_t(u64, damon_value(goal, DAMON_GOAL_AGGRS), U32_MAX),
			.min_sample_us = max_t(u64, damon_value(goal, DAMON_GOAL_MIN_SAMPLE_US),
					       1),
			.max_sample_us = damon_value(goal, DAMON_GOAL_MAX_SAMPLE_US),
		},
	};
	invalid = damon_attrs_check(&staged->attrs);
	if (invalid != DAMON_VALID)
		return damon_staged_fail(-EINVAL, "monitoring_attrs: %s",
					 damon_invalid_text(invalid));
	return 0;
}

/* The one context, with the lock of the directory of contexts held. */
static int make(struct damon_staged *staged, const struct damon_node *context,
		const struct damon_ctx *running)
{
	struct damon_node *attrs = damon_node_dir(context, DAMON_CONTEXT_ATTRS);
	struct damon_node *targets = damon_node_dir(context, DAMON_CONTEXT_TARGETS);
	struct damon_node *schemes = damon_node_dir(context, DAMON_CONTEXT_SCHEMES);
	int err;

	staged->paused = damon_value(context, DAMON_CONTEXT_PAUSE);
	err = choose_ops(staged, context);
	if (!err)
		err = make_attrs(staged, attrs);
	if (!err && mutex_lock_interruptible(&targets->lock))
		err = -ERESTARTSYS;
	if (err)
		return err;
	/* Before targets: what is to be done to them takes rights. */
	err = damon_staged_schemes(staged, schemes, targets->nr_children);
	if (!err)
		err = damon_staged_targets(staged, targets, running);
	mutex_unlock(&targets->lock);
	if (err)
		return err;
	return damon_staged_probes(staged, damon_node_dir(attrs, DAMON_ATTRS_PROBES));
}

/**
 * damon_staged_make() - make a configuration
 * @staged:	zeroed; to be freed by damon_staged_free(), also if this fails
 * @contexts:	the directory of contexts; its lock is held
 * @running:	the context that runs, or NULL; it stays
 *
 * With the rights and in the pid namespace of the caller.  May sleep.
 *
 * Return: 0, -EINVAL, -EPERM, -ENOMEM, -ERESTARTSYS or -EOPNOTSUPP.
 */
int damon_staged_make(struct damon_staged *staged, struct damon_node *contexts,
		      const struct damon_ctx *running)
{
	if (contexts->nr_children != 1)
		return -EINVAL;
	staged->born = damon_nodes_born();
	return make(staged, contexts->children[0], running);
}

/**
 * damon_staged_free() - free what was not taken over of a configuration
 * @staged:	the configuration, or zeroes
 */
void damon_staged_free(struct damon_staged *staged)
{
	while (staged->nr_probes)
		staged->ops->put_probe(staged->probes[--staged->nr_probes].what);
	damon_staged_targets_free(staged);
	damon_staged_schemes_free(staged);
}
