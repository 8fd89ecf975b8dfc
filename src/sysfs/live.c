// SPDX-License-Identifier: GPL-2.0
/*
 * Files in which there is what is now, without anybody having to ask for it first.
 *
 * After the end it is what was at the end.
 */
#include <linux/bitops.h>
#include <linux/limits.h>
#include <linux/math64.h>

#include "sysfs/kdamond.h"
#include "sysfs/kinds.h"

/*
 * Is the directory one of those that the configuration was read from?  One that was
 * made since shows what was written there.  With damon_kdamond.lock held.
 */
static bool is_of_run(const struct damon_kdamond *k, const struct damon_node *node)
{
	return node->born <= k->born;
}

static bool is_of(struct damon_kdamond *k, const struct damon_node *node)
{
	bool is;

	spin_lock(&k->lock);
	is = is_of_run(k, node);
	spin_unlock(&k->lock);
	return is;
}

/**
 * damon_live_intervals() - sampling and aggregation interval
 * @node:	of the intervals
 * @file:	which of them, as damon_file.arg
 * @staged:	what was written
 *
 * What tuning has made of it, while those stand in the files that were asked for: else
 * what was written since.
 */
u64 damon_live_intervals(const struct damon_node *node, const struct damon_file *file,
			 u64 staged)
{
	u64 sample_us = damon_value(node, DAMON_INTERVALS_SAMPLE_US);
	u64 aggr_us = damon_value(node, DAMON_INTERVALS_AGGR_US);
	struct damon_kdamond *k = damon_kdamond_of(node);
	u64 value = staged;

	spin_lock(&k->lock);
	if (is_of_run(k, node) && sample_us == k->asked.sample_us &&
	    aggr_us == k->asked.aggr_us)
		value = file->arg == DAMON_INTERVALS_SAMPLE_US ? k->now.sample_us :
								 k->now.aggr_us;
	spin_unlock(&k->lock);
	return value;
}

static u64 unit_of(struct damon_kdamond *k)
{
	u64 unit;

	spin_lock(&k->lock);
	unit = k->unit;
	spin_unlock(&k->lock);
	return unit;
}

/**
 * struct wanted - what is wanted of a scheme
 * @at:		where in struct damon_scheme it is
 * @goal:	or the value of this goal
 * @value:	out
 */
struct wanted {
	size_t at;
	u32 goal;
	u64 value;
};

static void read_stat(void *data, const struct damon_seen_scheme *seen)
{
	struct wanted *wanted = data;

	wanted->value = *(const u64 *)((const u8 *)seen->info + wanted->at);
}

/**
 * damon_live_stat() - something that is counted of a scheme
 * @node:	its directory of statistics
 * @file:	with the offset in struct damon_scheme
 * @staged:	what it begins with
 */
u64 damon_live_stat(const struct damon_node *node, const struct damon_file *file, u64 staged)
{
	struct damon_kdamond *k = damon_kdamond_of(node);
	struct wanted wanted = { .at = file->arg };

	if (!is_of(k, node))
		return staged;
	damon_seen_read(&k->schemes, damon_scheme_node_of(node)->index, read_stat, &wanted);
	return wanted.value;
}

/**
 * damon_live_bytes() - the same where bytes are counted
 * @node:	its directory of statistics
 * @file:	with the offset in struct damon_scheme
 * @staged:	what it begins with
 *
 * As upstream in units of addresses.
 */
u64 damon_live_bytes(const struct damon_node *node, const struct damon_file *file, u64 staged)
{
	return div64_u64(damon_live_stat(node, file, staged), unit_of(damon_kdamond_of(node)));
}

static void read_quota(void *data, const struct damon_seen_scheme *seen)
{
	struct wanted *wanted = data;

	wanted->value = seen->info->effective_quota;
	/* Upstream knows none where there is no limit at all. */
	if (wanted->value == DAMON_QUOTA_NONE && !seen->info->nr_goals)
		wanted->value = 0;
}

/**
 * damon_live_quota() - what a scheme may do in this interval of its quota
 * @node:	the directory of the quota
 * @file:	unused
 * @staged:	what it begins with
 */
u64 damon_live_quota(const struct damon_node *node, const struct damon_file *file, u64 staged)
{
	struct damon_kdamond *k = damon_kdamond_of(node);
	struct wanted wanted = {};

	if (!is_of(k, node))
		return staged;
	damon_seen_read(&k->schemes, damon_scheme_node_of(node)->index, read_quota, &wanted);
	if (wanted.value == U64_MAX)
		return U64_MAX;
	return div64_u64(wanted.value, unit_of(k));
}

static void read_goal(void *data, const struct damon_seen_scheme *seen)
{
	struct wanted *wanted = data;

	if (wanted->goal < seen->info->nr_goals && seen->goals[wanted->goal].known)
		wanted->value = seen->goals[wanted->goal].value;
}

/**
 * damon_live_goal() - what the metric of a goal has come to
 * @node:	the goal
 * @file:	unused
 * @staged:	what was written, which is it where users say it
 */
u64 damon_live_goal(const struct damon_node *node, const struct damon_file *file, u64 staged)
{
	struct damon_kdamond *k = damon_kdamond_of(node);
	u32 scheme = damon_scheme_node_of(node)->index, dirs = 0;
	struct wanted wanted = { .value = staged };

	if (damon_value(node, DAMON_QUOTA_GOAL_METRIC) == DAMOS_USER_INPUT)
		return staged;
	spin_lock(&k->lock);
	if (scheme < k->nr_seen && node->born <= k->seen[scheme].goals_born)
		dirs = k->seen[scheme].goal_dirs;
	spin_unlock(&k->lock);
	if (!(dirs >> node->index & 1))
		return staged;
	/* Directories of which none was made are no goals of the scheme. */
	wanted.goal = hweight32(dirs & ((1U << node->index) - 1));
	damon_seen_read(&k->schemes, scheme, read_goal, &wanted);
	return wanted.value;
}
