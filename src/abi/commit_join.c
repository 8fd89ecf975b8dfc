// SPDX-License-Identifier: GPL-2.0
/*
 * COMMIT: targets that others join, and the seats for those.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/minmax.h>

#include "abi/abi.h"
#include "kernel/crowd.h"
#include "ops/vaddr.h"

/* All for which others join. */
#define JOIN_FLAGS	(DAMON_TARGET_FOLLOW_FORK | DAMON_TARGET_CGROUP)

/* Ranges that one who joins can have with DAMON_COMMIT_VMA_AWARE. */
#define SEAT_PIECES	16

/*
 * Processes that a target knows beside those that have seats: some that have just
 * ended, and some that wait.
 */
#define CROWD_FACTOR	2
#define CROWD_MORE	64

/**
 * damon_check_join() - may a target be joined as it is told?
 * @req:	the call
 * @t:		what the caller wrote of it
 * @index:	its index
 *
 * Return: 0 or -EINVAL.
 */
int damon_check_join(struct damon_request *req, const struct damon_target_conf *t,
		     u32 index)
{
	if (t->flags & DAMON_TARGET_CGROUP && t->flags != DAMON_TARGET_CGROUP)
		return damon_request_fail(req, -EINVAL,
					  "target %u: flags is 0x%x: a cgroup (0x%x) has no other flags",
					  index, t->flags, DAMON_TARGET_CGROUP);
	if (t->flags & JOIN_FLAGS && t->nr_ranges)
		return damon_request_fail(req, -EINVAL,
					  "target %u: nr_ranges is %u: processes that join (flags 0x%x) have memory of their own, give no ranges",
					  index, t->nr_ranges, t->flags & JOIN_FLAGS);
	return 0;
}

/**
 * damon_count_leaders() - how many targets are joined by others
 * @targets:	what the caller wrote, not checked yet
 * @nr:		how many
 */
u32 damon_count_leaders(const struct damon_target_conf *targets, u32 nr)
{
	u32 leaders = 0;

	while (nr--)
		leaders += !!(targets[nr].flags & JOIN_FLAGS);
	return leaders;
}

/**
 * damon_share_seats() - how many can join each target
 * @req:	the call
 * @plan:	with all that is known of the caller's targets beforehand, which fit
 *		under max_nr_regions
 * @conf:	what the caller wrote
 *
 * Half of the regions that other targets leave is for their ranges, and the other
 * half for finding out about what is in them.
 *
 * Return: 0, with @nr_seats and @seat_pieces of @plan; or -EINVAL.
 */
int damon_share_seats(struct damon_request *req, struct damon_plan *plan,
		      const struct damon_commit *conf)
{
	u32 left = plan->attrs.max_nr_regions;
	u32 room = plan->ops->nr_ranges;
	u32 i, nr;

	if (!plan->nr_leaders)
		return 0;
	if (conf->flags & DAMON_COMMIT_VMA_AWARE)
		room = plan->seat_pieces = SEAT_PIECES;
	for (i = 0; i < conf->nr_targets; i++)
		left -= damon_spec_room(plan->ops, &plan->attrs, &plan->specs[i]);
	nr = min(left / 2 / room, damon_limits_most.max_nr_targets - conf->nr_targets);
	plan->nr_seats = nr / plan->nr_leaders;
	if (!plan->nr_seats)
		return damon_request_fail(req, -EINVAL,
					  "nr_targets is %u, max_nr_regions %u: that leaves no room for processes that join, which take %u regions each of half of what the targets leave; there can be %u of both",
					  conf->nr_targets, plan->attrs.max_nr_regions,
					  room, damon_limits_most.max_nr_targets);
	return 0;
}

static u32 damon_crowd_room(const struct damon_plan *plan)
{
	return CROWD_FACTOR * plan->nr_seats + CROWD_MORE;
}

/**
 * damon_plan_tree() - let what a process forks join it
 * @req:	the call
 * @plan:	with the process as its last target
 * @t:		what the caller wrote of it
 * @index:	its index
 *
 * Return: 0, -EOPNOTSUPP or -ENOMEM.
 */
int damon_plan_tree(struct damon_request *req, struct damon_plan *plan,
		    const struct damon_target_conf *t, u32 index)
{
	struct damon_vaddr_target *target = plan->specs[index].priv;
	struct damon_crowd *crowd;

	crowd = damon_crowd_of_tree(target->process, damon_crowd_room(plan));
	if (crowd == ERR_PTR(-EOPNOTSUPP))
		return damon_request_fail(req, -EOPNOTSUPP,
					  "target %u: flags is 0x%x: this kernel does not let the module hear of forks (0x%x)",
					  index, t->flags, DAMON_TARGET_FOLLOW_FORK);
	if (IS_ERR(crowd))
		return PTR_ERR(crowd);
	damon_vaddr_lead(target, crowd);
	return 0;
}

/**
 * damon_plan_cgroup() - a cgroup as a target
 * @req:	the call
 * @plan:	the plan
 * @t:		what the caller wrote of it
 * @index:	its index
 * @options:	of its processes
 *
 * Return: 0 or a negative errno.
 */
int damon_plan_cgroup(struct damon_request *req, struct damon_plan *plan,
		      const struct damon_target_conf *t, u32 index,
		      const struct damon_vaddr_options *options)
{
	struct damon_target_spec *spec = &plan->specs[index];
	const struct damon_vaddr_options own = { .own_bits_only = options->own_bits_only };
	struct damon_crowd *crowd;
	const char *why = "";
	u32 i;

	crowd = damon_crowd_of_cgroup(t->pid, damon_crowd_room(plan), &why);
	if (crowd == ERR_PTR(-ENOMEM))
		return -ENOMEM;
	if (IS_ERR(crowd))
		return damon_request_fail(req, PTR_ERR(crowd), "target %u (fd %d): %s",
					  index, t->pid, why);
	/* While the crowd holds the cgroup, no other one can get the same key. */
	spec->key = damon_crowd_key(crowd);
	for (i = 0; i < index; i++) {
		if (plan->specs[i].key != spec->key)
			continue;
		damon_crowd_free(crowd);
		return damon_request_fail(req, -EINVAL,
					  "target %u (fd %d): it is the same cgroup as target %u",
					  index, t->pid, i);
	}
	spec->priv = damon_vaddr_target(NULL, NULL, &own);
	if (!spec->priv) {
		damon_crowd_free(crowd);
		return -ENOMEM;
	}
	damon_vaddr_lead(spec->priv, crowd);
	plan->nr_targets++;
	return 0;
}

/**
 * damon_plan_seats() - make the seats
 * @plan:	with all of the caller's targets
 * @targets:	what the caller wrote
 * @nr_targets:	how many
 * @options:	of who joins
 *
 * Return: 0 or -ENOMEM.
 */
int damon_plan_seats(struct damon_plan *plan, const struct damon_target_conf *targets,
		     u32 nr_targets, const struct damon_vaddr_options *options)
{
	struct damon_vaddr_options own = *options;
	u32 i, k;

	for (i = 0; i < nr_targets; i++) {
		if (!(targets[i].flags & JOIN_FLAGS))
			continue;
		for (k = 0; k < plan->nr_seats; k++) {
			struct damon_target_spec *spec = &plan->specs[plan->nr_targets];

			spec->seat = true;
			spec->leader = i;
			spec->room = plan->seat_pieces;
			own.nr_pieces = plan->seat_pieces;
			spec->priv = damon_vaddr_target(NULL, NULL, &own);
			if (!spec->priv)
				return -ENOMEM;
			plan->nr_targets++;
		}
	}
	for (i = 1; plan->nr_leaders && i < plan->nr_targets; i++)
		damon_vaddr_meet(plan->specs[i].priv, plan->specs[0].priv);
	return 0;
}
