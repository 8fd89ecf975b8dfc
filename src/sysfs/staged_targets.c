// SPDX-License-Identifier: GPL-2.0
/*
 * A configuration made of what is in the tree: targets and their ranges.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/string.h>

#include "kernel/task.h"
#include "ops/paddr.h"
#include "ops/vaddr.h"
#include "sysfs/kinds.h"
#include "sysfs/staged.h"

/**
 * damon_staged_targets_free() - free targets that were not taken over
 * @staged:	the configuration
 */
void damon_staged_targets_free(struct damon_staged *staged)
{
	while (staged->nr_targets)
		staged->ops->put(staged->specs[--staged->nr_targets].priv);
	while (staged->nr_specs)
		damon_free((void *)staged->specs[--staged->nr_specs].ranges);
	damon_free(staged->specs);
}

/*
 * Whole smallest regions, and only where there are addresses: borders are moved
 * outwards, and where that has ranges overlap, to where the last one ends.
 */
static u32 fit(struct damon_range *ranges, u32 nr, const struct damon_staged *staged)
{
	u64 mask = staged->min_region_sz - 1, last = 0;
	u32 i, to = 0;

	for (i = 0; i < nr; i++) {
		u64 start = max(ranges[i].start & ~mask, last);
		u64 end = min(ranges[i].end, staged->end);

		end = (end + mask) & ~mask;
		if (start >= end)
			continue;
		ranges[to].start = start;
		ranges[to++].end = end;
		last = end;
	}
	return to;
}

/* The ranges of target @index, with the lock of @dir held. */
static int read_ranges(struct damon_staged *staged, struct damon_target_spec *spec,
		       const struct damon_node *dir, u32 index)
{
	struct damon_range *ranges;
	u64 last = 0;
	u32 i;

	if (!dir->nr_children)
		return 0;
	ranges = damon_zalloc(dir->nr_children, sizeof(*ranges));
	if (!ranges)
		return -ENOMEM;
	spec->ranges = ranges;
	for (i = 0; i < dir->nr_children; i++) {
		const struct damon_node *region = dir->children[i];

		ranges[i].start = damon_value(region, DAMON_REGION_START);
		ranges[i].end = damon_value(region, DAMON_REGION_END);
		if (ranges[i].start >= ranges[i].end)
			return damon_staged_fail(-EINVAL, "target %u: region %u is empty",
						 index, i);
		if (ranges[i].start < last)
			return damon_staged_fail(-EINVAL,
						 "target %u: region %u begins before the last one ends",
						 index, i);
		last = ranges[i].end;
	}
	spec->nr_ranges = fit(ranges, dir->nr_children, staged);
	if (!spec->nr_ranges)
		return damon_staged_fail(-EINVAL, "target %u: its regions are where no addresses are",
					 index);
	return 0;
}

/* Who gives none for a target that runs leaves it those that it has. */
static int keep_ranges(const struct damon_staged *staged, struct damon_target_spec *spec,
		       const struct damon_ctx *running)
{
	struct damon_range *ranges;
	u32 i;

	if (!running || running->ops != staged->ops)
		return 0;
	for (i = 0; i < running->nr_given; i++) {
		const struct damon_target *t = &running->targets[i];

		if (t->key != spec->key || !t->fixed)
			continue;
		ranges = damon_zalloc(t->nr_ranges, sizeof(*ranges));
		if (!ranges)
			return -ENOMEM;
		memcpy(ranges, t->ranges, t->nr_ranges * sizeof(*ranges));
		spec->ranges = ranges;
		spec->nr_ranges = t->nr_ranges;
		break;
	}
	return 0;
}

static int find_memory(struct damon_staged *staged, struct damon_target_spec *spec,
		       const struct damon_ctx *running)
{
	int err = 0;

	/* What was learnt in other units is of no use. */
	spec->key = staged->addr_unit;
	if (!spec->nr_ranges)
		err = keep_ranges(staged, spec, running);
	if (err)
		return err;
	spec->priv = damon_paddr_target(staged->addr_unit);
	if (!spec->priv)
		return -ENOMEM;
	staged->nr_targets++;
	/* Memory that nobody names is not touched. */
	if (!spec->nr_ranges)
		staged->ops = damon_ops_of_nothing();
	return 0;
}

static int find_process(struct damon_staged *staged, struct damon_target_spec *spec,
			s32 nr, u32 index, const struct damon_ctx *running)
{
	struct damon_vaddr_options options = { .cred = current_cred() };
	const char *why = "it cannot be watched";
	struct pid *process = NULL;
	struct mm_struct *mm;
	u32 i;
	int err;

	if (nr <= 0)
		return damon_staged_fail(-EINVAL, "target %u: pid_target is %d", index, nr);
	mm = damon_task_mm(nr, false, staged->acts, &process, &why);
	if (mm == ERR_PTR(-ESRCH))
		mm = ERR_PTR(-EINVAL);
	if (IS_ERR(mm))
		return damon_staged_fail(PTR_ERR(mm), "target %u: pid %d: %s", index, nr, why);

	/* Programs come and go by exec, the process stays the target. */
	spec->key = damon_vaddr_key(process);
	for (i = 0; i < index; i++) {
		const struct damon_vaddr_target *other = staged->specs[i].priv;

		if (!other || (staged->specs[i].key != spec->key && other->mm != mm))
			continue;
		put_pid(process);
		mmdrop(mm);
		return damon_staged_fail(-EINVAL,
					 "target %u: pid %d has the same address space as target %u",
					 index, nr, i);
	}
	/* It takes our references, also when it fails. */
	spec->priv = damon_vaddr_target(mm, process, &options);
	if (!spec->priv)
		return -ENOMEM;
	staged->nr_targets++;
	if (spec->nr_ranges)
		return 0;
	err = keep_ranges(staged, spec, running);
	if (!err && !spec->nr_ranges && staged->ops == &damon_fvaddr_ops)
		err = damon_staged_fail(-EINVAL, "target %u: fvaddr watches regions that you give",
					index);
	return err;
}

static int add_target(struct damon_staged *staged, struct damon_node *target,
		      const struct damon_ctx *running)
{
	struct damon_node *regions = damon_node_dir(target, DAMON_TARGET_REGIONS);
	struct damon_target_spec *spec = &staged->specs[staged->nr_specs];
	u32 index = staged->nr_specs++;
	int err;

	if (mutex_lock_interruptible(&regions->lock))
		return -ERESTARTSYS;
	err = read_ranges(staged, spec, regions, index);
	mutex_unlock(&regions->lock);
	if (err)
		return err;
	if (staged->ops == &damon_paddr_ops)
		return find_memory(staged, spec, running);
	return find_process(staged, spec, (s32)damon_value(target, DAMON_TARGET_PID), index,
			    running);
}

/**
 * damon_staged_targets() - the targets of a configuration
 * @staged:	with all but targets and probes
 * @targets:	their directory; its lock is held
 * @running:	the context that runs, or NULL
 *
 * Return: 0 or a negative errno.
 */
int damon_staged_targets(struct damon_staged *staged, struct damon_node *targets,
			 const struct damon_ctx *running)
{
	bool memory = staged->ops == &damon_paddr_ops;
	enum damon_invalid invalid;
	int err = 0;
	u32 i;

	if (memory && targets->nr_children > 1)
		return damon_staged_fail(-EINVAL, "%u targets: physical memory is one",
					 targets->nr_children);
	if (memory && !damon_may_watch_memory())
		return -EPERM;
	if (staged->acts && !damon_may_act_on_all())
		return -EPERM;
	staged->specs = damon_zalloc(max(targets->nr_children, 1U), sizeof(*staged->specs));
	if (!staged->specs)
		return -ENOMEM;
	for (i = 0; !err && i < targets->nr_children; i++) {
		if (!damon_value(targets->children[i], DAMON_TARGET_OBSOLETE))
			err = add_target(staged, targets->children[i], running);
	}
	if (!err && memory && !staged->nr_specs)
		err = find_memory(staged, &staged->specs[staged->nr_specs++], NULL);
	if (err)
		return err;
	invalid = damon_capacity_check(staged->ops, &staged->attrs, staged->specs,
				       staged->nr_targets);
	if (invalid != DAMON_VALID)
		return damon_staged_fail(-EINVAL, "targets: %s", damon_invalid_text(invalid));
	return 0;
}
