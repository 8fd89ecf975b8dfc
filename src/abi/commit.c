// SPDX-License-Identifier: GPL-2.0
/*
 * COMMIT: from what a caller wrote to a plan that is known to be good.
 *
 * Everything that can be wrong is found here, before a session is touched:
 * nothing of the caller's memory is looked at twice or later.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>

#include "abi/abi.h"
#include "kernel/flush.h"
#include "kernel/task.h"
#include "ops/paddr.h"
#include "ops/vaddr.h"

/* Ranges are read right into what the core uses. */
static_assert(sizeof(struct damon_range) == sizeof(struct damon_range_conf));
static_assert(offsetof(struct damon_range, start) ==
	      offsetof(struct damon_range_conf, start));
static_assert(offsetof(struct damon_range, end) ==
	      offsetof(struct damon_range_conf, end));

/* All that are defined. */
#define COMMIT_FLAGS	(DAMON_COMMIT_PAUSE | DAMON_COMMIT_VMA_AWARE | \
			 DAMON_COMMIT_FLUSH_TLB)

/* The member of struct damon_commit that is to blame for @invalid. */
static const char *damon_attrs_member(const struct damon_attrs *attrs,
				      enum damon_invalid invalid)
{
	switch (invalid) {
	case DAMON_BAD_SAMPLE_ZERO:
		return "sample_us";
	case DAMON_BAD_INTERVAL_TOO_LONG:
		/* If any is too long, the longest is. */
		if (attrs->sample_us >= max(attrs->aggr_us, attrs->update_us))
			return "sample_us";
		return attrs->aggr_us >= attrs->update_us ? "aggr_us" : "update_us";
	case DAMON_BAD_AGGR_BELOW_SAMPLE:
	case DAMON_BAD_TOO_MANY_SAMPLES:
		return "aggr_us";
	case DAMON_BAD_MIN_REGIONS:
		return "min_nr_regions";
	case DAMON_BAD_GOAL_SHARE:
		return "access_bp";
	case DAMON_BAD_GOAL_MIN_ZERO:
		return "min_sample_us";
	case DAMON_BAD_GOAL_MAX_BELOW_MIN:
	case DAMON_BAD_GOAL_TOO_LONG:
		return "max_sample_us";
	case DAMON_BAD_GOAL_SAMPLE_OUTSIDE:
		return "sample_us";
	default:
		return "max_nr_regions";
	}
}

/* What holds for every caller. */
static int damon_commit_check(struct damon_request *req,
			      const struct damon_commit *conf,
			      const struct damon_attrs *attrs)
{
	const struct damon_limits *most = &damon_limits_most;
	enum damon_invalid invalid;

	if (conf->flags & ~COMMIT_FLAGS)
		return damon_request_fail(req, -EINVAL,
					  "flags is 0x%x: only 0x%x are defined",
					  conf->flags, COMMIT_FLAGS);
	if (conf->flags & DAMON_COMMIT_VMA_AWARE && conf->ops != DAMON_OPS_VADDR)
		return damon_request_fail(req, -EINVAL,
					  "flags is 0x%x: mappings (0x%x) are those of processes without ranges, ops %u",
					  conf->flags, DAMON_COMMIT_VMA_AWARE,
					  DAMON_OPS_VADDR);
	if (conf->flags & DAMON_COMMIT_FLUSH_TLB && conf->ops == DAMON_OPS_PADDR)
		return damon_request_fail(req, -EINVAL,
					  "flags is 0x%x: only translations of processes can be flushed (0x%x)",
					  conf->flags, DAMON_COMMIT_FLUSH_TLB);
	if (conf->flags & DAMON_COMMIT_FLUSH_TLB && !damon_has_flush_tlb())
		return damon_request_fail(req, -EOPNOTSUPP,
					  "flags is 0x%x: this kernel does not let the module flush translations (0x%x)",
					  conf->flags, DAMON_COMMIT_FLUSH_TLB);
	invalid = damon_attrs_check(attrs);
	if (invalid != DAMON_VALID)
		return damon_request_fail(req, -EINVAL, "%s: %s",
					  damon_attrs_member(attrs, invalid),
					  damon_invalid_text(invalid));
	if (conf->max_nr_regions > most->max_nr_regions)
		return damon_request_fail(req, -EINVAL,
					  "max_nr_regions is %u: the most is %u",
					  conf->max_nr_regions, most->max_nr_regions);
	if (!conf->nr_targets)
		return damon_request_fail(req, -EINVAL,
					  "nr_targets is 0: give at least one target");
	if (conf->nr_targets > most->max_nr_targets)
		return damon_request_fail(req, -EINVAL,
					  "nr_targets is %u: the most is %u",
					  conf->nr_targets, most->max_nr_targets);
	if (conf->nr_ranges > conf->max_nr_regions)
		return damon_request_fail(req, -EINVAL,
					  "nr_ranges is %u: each takes a region, and max_nr_regions is %u",
					  conf->nr_ranges, conf->max_nr_regions);
	return 0;
}

/* What holds for this caller. */
static int damon_commit_check_limits(struct damon_request *req,
				     const struct damon_commit *conf,
				     const struct damon_limits *limits)
{
	if (conf->sample_us < limits->min_sample_us)
		return damon_request_fail(req, -EPERM,
					  "sample_us is %llu: without CAP_PERFMON the least is %llu",
					  conf->sample_us, limits->min_sample_us);
	if (conf->aggrs && conf->min_sample_us < limits->min_sample_us)
		return damon_request_fail(req, -EPERM,
					  "min_sample_us is %llu: without CAP_PERFMON the least is %llu",
					  conf->min_sample_us, limits->min_sample_us);
	if (conf->max_nr_regions > limits->max_nr_regions)
		return damon_request_fail(req, -EPERM,
					  "max_nr_regions is %u: without CAP_PERFMON the most is %u",
					  conf->max_nr_regions, limits->max_nr_regions);
	if (conf->nr_targets > limits->max_nr_targets)
		return damon_request_fail(req, -EPERM,
					  "nr_targets is %u: without CAP_PERFMON the most is %u",
					  conf->nr_targets, limits->max_nr_targets);
	return 0;
}

/* The ranges of target @index, which begin with plan->ranges[@first]. */
static int damon_check_ranges(struct damon_request *req,
			      const struct damon_plan *plan, u32 index, u32 first,
			      u32 nr)
{
	const struct damon_range *ranges = plan->ranges + first;
	enum damon_invalid invalid;
	u32 bad;

	invalid = damon_ranges_check(ranges, nr, plan->min_region_sz, &bad);
	if (invalid != DAMON_VALID)
		return damon_request_fail(req, -EINVAL, "range %u (of target %u): %s",
					  first + bad, index,
					  damon_invalid_text(invalid));
	/* They are sorted: the last one ends highest. */
	if (nr && ranges[nr - 1].end > plan->end)
		return damon_request_fail(req, -EINVAL,
					  "range %u (of target %u): it ends behind 0x%llx, where %s addresses end",
					  first + nr - 1, index, plan->end,
					  plan->ops == &damon_paddr_ops ?
					  "physical" : "the processes'");
	return 0;
}

#define TARGET_FLAGS	(DAMON_TARGET_PIDFD | DAMON_TARGET_FOLLOW_FORK | \
			 DAMON_TARGET_FOLLOW_EXEC | DAMON_TARGET_CGROUP)

/* Shares the ranges out: each belongs to exactly one target. */
static int damon_share_ranges(struct damon_request *req, struct damon_plan *plan,
			      const struct damon_target_conf *targets,
			      u32 nr_targets, u32 nr_ranges)
{
	struct damon_share share = { "target", "range", "nr_ranges", nr_ranges };
	int err;
	u32 i;

	for (i = 0; i < nr_targets; i++) {
		const struct damon_target_conf *t = &targets[i];
		u32 first = share.next;

		if (t->flags & ~TARGET_FLAGS)
			return damon_request_fail(req, -EINVAL,
						  "target %u: flags is 0x%x: only 0x%x are defined",
						  i, t->flags, TARGET_FLAGS);
		err = damon_check_join(req, t, i);
		if (err)
			return err;
		if (!t->nr_ranges) {
			if (plan->ranges_needed)
				return damon_request_fail(req, -EINVAL,
							  "target %u: nr_ranges is 0: this operations set (%s) watches ranges that you give",
							  i, plan->ops->name);
			continue;
		}
		err = damon_share_take(req, &share, i, t->first_range, t->nr_ranges);
		if (err)
			return err;
		err = damon_check_ranges(req, plan, i, first, t->nr_ranges);
		if (err)
			return err;
		plan->specs[i].ranges = plan->ranges + first;
		plan->specs[i].nr_ranges = t->nr_ranges;
	}
	return damon_share_all(req, &share);
}

/*
 * Targets without ranges get an equal share of the regions that are left: half of
 * it for pieces, half for finding out about what is in them.  Where others join,
 * half of the pieces is for those.
 */
static void damon_share_regions(struct damon_plan *plan,
				const struct damon_target_conf *targets,
				u32 nr_targets, u32 nr_ranges)
{
	u32 parts = plan->nr_leaders ? 4 : 2;
	u32 nr = 0;
	u32 i, share;

	/* A cgroup has no memory of its own. */
	for (i = 0; i < nr_targets; i++)
		nr += !(plan->specs[i].nr_ranges || targets[i].flags & DAMON_TARGET_CGROUP);
	if (!nr)
		return;
	share = (plan->attrs.max_nr_regions - nr_ranges) / parts / nr;
	for (i = 0; i < nr_targets; i++)
		if (!(plan->specs[i].nr_ranges || targets[i].flags & DAMON_TARGET_CGROUP))
			plan->specs[i].room = max(share, plan->ops->nr_ranges);
}

static int damon_check_capacity(struct damon_request *req,
				const struct damon_plan *plan, u32 nr_targets)
{
	enum damon_invalid invalid;

	invalid = damon_capacity_check(plan->ops, &plan->attrs, plan->specs,
				       nr_targets);
	if (invalid != DAMON_VALID)
		return damon_request_fail(req, -EINVAL,
					  "max_nr_regions is %u: %s; a target without ranges counts as %u",
					  plan->attrs.max_nr_regions,
					  damon_invalid_text(invalid),
					  damon_ranges_room(plan->ops, &plan->attrs));
	return 0;
}

/* All that need CAP_PERFMON. */
#define FOLLOW_FLAGS	(DAMON_TARGET_FOLLOW_FORK | DAMON_TARGET_FOLLOW_EXEC | \
			 DAMON_TARGET_CGROUP)

/* Finds the address space of target @index, with the caller's rights. */
static int damon_find_target(struct damon_request *req, struct damon_plan *plan,
			     const struct damon_target_conf *t, u32 index,
			     struct damon_vaddr_options options)
{
	struct damon_target_spec *spec = &plan->specs[index];
	bool is_pidfd = t->flags & DAMON_TARGET_PIDFD;
	bool follow = t->flags & (DAMON_TARGET_FOLLOW_EXEC | DAMON_TARGET_FOLLOW_FORK);
	const char *why = "it cannot be watched";
	struct pid *process = NULL;
	struct mm_struct *mm;
	u32 i;

	if (t->flags & FOLLOW_FLAGS && options.own_bits_only)
		return damon_request_fail(req, -EPERM,
					  "target %u: flags is 0x%x: following processes (0x%x) needs CAP_PERFMON",
					  index, t->flags, t->flags & FOLLOW_FLAGS);
	/* Who joins, or what is executed, is not looked at again. */
	if (t->flags & FOLLOW_FLAGS && plan->acts && !damon_may_act_on_all())
		return damon_request_fail(req, -EPERM,
					  "target %u: flags is 0x%x: acting on processes that are followed (0x%x) needs CAP_SYS_PTRACE",
					  index, t->flags, t->flags & FOLLOW_FLAGS);
	if (t->flags & DAMON_TARGET_CGROUP)
		return damon_plan_cgroup(req, plan, t, index, &options);
	mm = damon_task_mm(t->pid, is_pidfd, plan->acts, follow ? &process : NULL, &why);
	if (IS_ERR(mm))
		return damon_request_fail(req, PTR_ERR(mm), "target %u (%s %d): %s",
					  index, is_pidfd ? "pidfd" : "pid",
					  t->pid, why);

	/*
	 * While we hold the mm, or the pid, no other one can get the same key.
	 * One who follows stays the same when its address space does not.
	 */
	spec->key = follow ? damon_vaddr_key(process) : (unsigned long)mm;
	for (i = 0; i < index; i++) {
		struct damon_vaddr_target *other = plan->specs[i].priv;

		if (plan->specs[i].key != spec->key && other->mm != mm)
			continue;
		put_pid(process);
		mmdrop(mm);
		return damon_request_fail(req, -EINVAL,
					  "target %u (%s %d): it has the same address space as target %u",
					  index, is_pidfd ? "pidfd" : "pid",
					  t->pid, i);
	}

	/* It takes our references, also when it fails. */
	options.nr_pieces = spec->room;
	spec->priv = damon_vaddr_target(mm, process, &options);
	if (!spec->priv)
		return -ENOMEM;
	plan->nr_targets++;
	return t->flags & DAMON_TARGET_FOLLOW_FORK ?
		damon_plan_tree(req, plan, t, index) : 0;
}

static void damon_plan_free(struct damon_plan *plan)
{
	damon_plan_schemes_free(plan->schemes);
	while (plan->nr_probes)
		plan->ops->put_probe(plan->probes[--plan->nr_probes].what);
	while (plan->nr_targets)
		plan->ops->put(plan->specs[--plan->nr_targets].priv);
	damon_free(plan->specs);
	damon_free(plan->ranges);
}

/* With the ranges read.  What it leaves in @plan is freed by the caller. */
static int damon_plan_targets(struct damon_request *req, struct damon_plan *plan,
			      const struct damon_target_conf *targets,
			      const struct damon_commit *conf, bool own_bits_only)
{
	const struct damon_vaddr_options options = {
		.own_bits_only = own_bits_only,
		.flush_tlb = conf->flags & DAMON_COMMIT_FLUSH_TLB,
		/* Of who joins, too: nothing is done to anybody in the kernel's name. */
		.cred = current_cred(),
	};
	int err;
	u32 i;

	err = damon_share_ranges(req, plan, targets, conf->nr_targets,
				 conf->nr_ranges);
	if (err)
		return err;
	if (conf->flags & DAMON_COMMIT_VMA_AWARE)
		damon_share_regions(plan, targets, conf->nr_targets, conf->nr_ranges);
	err = damon_check_capacity(req, plan, conf->nr_targets);
	if (err)
		return err;
	if (plan->ops == &damon_paddr_ops)
		return damon_plan_memory(req, plan, &targets[0]);
	err = damon_share_seats(req, plan, conf);
	if (err)
		return err;
	for (i = 0; i < conf->nr_targets; i++) {
		err = damon_find_target(req, plan, &targets[i], i, options);
		if (err)
			return err;
	}
	return damon_plan_seats(plan, targets, conf->nr_targets, &options);
}

/* Reads the arrays.  What it leaves in @plan is freed by the caller. */
static int damon_plan_arrays(struct damon_request *req, struct damon_plan *plan,
			     const struct damon_commit *conf, bool own_bits_only)
{
	const struct damon_array targets_at = {
		.name = "targets",
		.size_name = "target_size",
		.uptr = conf->targets,
		.nr = conf->nr_targets,
		.size = conf->target_size,
		.known = sizeof(struct damon_target_conf),
	};
	const struct damon_array ranges_at = {
		.name = "ranges",
		.size_name = "range_size",
		.uptr = conf->ranges,
		.nr = conf->nr_ranges,
		.size = conf->range_size,
		.known = sizeof(struct damon_range_conf),
	};
	struct damon_target_conf *targets;
	int err;

	err = damon_array_check(req, &targets_at);
	if (err)
		return err;
	err = damon_array_check(req, &ranges_at);
	if (err)
		return err;

	if (conf->nr_ranges) {
		void *ranges = damon_array_get(req, &ranges_at);

		if (IS_ERR(ranges))
			return PTR_ERR(ranges);
		plan->ranges = ranges;
	}
	targets = damon_array_get(req, &targets_at);
	if (IS_ERR(targets))
		return PTR_ERR(targets);
	plan->nr_leaders = damon_count_leaders(targets, conf->nr_targets);
	plan->specs = damon_zalloc(plan->nr_leaders ? damon_limits_most.max_nr_targets :
						      conf->nr_targets,
				   sizeof(*plan->specs));
	if (plan->specs)
		err = damon_plan_targets(req, plan, targets, conf, own_bits_only);
	else
		err = -ENOMEM;
	damon_free(targets);
	return err;
}

/* Makes a plan, to be freed by damon_plan_free() also if this fails. */
static int damon_plan_make(struct damon_request *req, struct damon_plan *plan,
			   const struct damon_commit *conf)
{
	const struct damon_limits *limits = damon_limits_of_caller();
	int err;

	plan->rest = limits->rest;
	plan->paused = conf->flags & DAMON_COMMIT_PAUSE;
	plan->attrs = (struct damon_attrs) {
		.sample_us = conf->sample_us,
		.aggr_us = conf->aggr_us,
		.update_us = conf->update_us,
		.min_nr_regions = conf->min_nr_regions,
		.max_nr_regions = conf->max_nr_regions,
		.goal = {
			.access_bp = conf->access_bp,
			.aggrs = conf->aggrs,
			.min_sample_us = conf->min_sample_us,
			.max_sample_us = conf->max_sample_us,
		},
	};

	err = damon_commit_check(req, conf, &plan->attrs);
	if (err)
		return err;
	err = damon_plan_ops(req, plan, conf);
	if (err)
		return err;
	err = damon_commit_check_limits(req, conf, limits);
	if (err)
		return err;
	err = damon_probes_allowed(req, conf, limits);
	if (err)
		return err;
	err = damon_schemes_allowed(req, conf);
	if (err)
		return err;
	/* Before targets: what is to be done to them takes rights. */
	err = damon_plan_schemes(req, plan, conf, limits);
	if (err)
		return err;
	err = damon_plan_arrays(req, plan, conf, limits->own_bits_only);
	if (err)
		return err;
	err = damon_plan_probes(req, plan, conf);
	return err ? err : damon_schemes_observable(req, plan);
}

/**
 * damon_ioctl_commit() - DAMON_IOC_COMMIT
 * @s:		the session
 * @arg:	the caller's struct damon_commit
 *
 * Return: 0, or a negative errno and the session is as it was.
 */
long damon_ioctl_commit(struct damon_session *s, void __user *arg)
{
	struct damon_plan plan = {};
	struct damon_commit conf;
	struct damon_request req;
	int ret;

	ret = damon_request_get(&req, arg, &conf, sizeof(conf), sizeof(conf));
	if (ret)
		goto out;
	ret = damon_plan_make(&req, &plan, &conf);
	if (!ret)
		ret = damon_session_commit(s, &plan);
	damon_plan_free(&plan);
out:
	return damon_request_end(&req, ret);
}
