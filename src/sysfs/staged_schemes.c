// SPDX-License-Identifier: GPL-2.0
/*
 * A configuration made of what is in the tree: schemes.
 *
 * Upstream takes some values that make no sense for what they are; those that
 * have a meaning there get one that damos_check() accepts.
 */
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/time64.h>

#include "kernel/scheme_env.h"
#include "kernel/task.h"
#include "ops/act.h"
#include "sysfs/kinds.h"
#include "sysfs/staged.h"

/* Ten years of 365 days: longer ones are as good as for ever. */
#define LONGEST_US	(10ULL * 365 * 24 * 3600 * USEC_PER_SEC)

/*
 * Tried regions of all schemes that are kept, three times each.  Where somebody asks for
 * them, each becomes ten objects in sysfs.
 */
#define MAX_TRIED	(1U << 14)

#define ALL_PERMIL	1000

static u64 times(u64 value, u64 factor)
{
	return value > U64_MAX / factor ? U64_MAX : value * factor;
}

/* In bytes: in the tree sizes are in units of addresses. */
static u64 bytes(const struct damon_staged *staged, u64 value)
{
	return times(value, staged->addr_unit);
}

static u32 small(u64 value)
{
	return min_t(u64, value, U32_MAX);
}

static void read_pattern(const struct damon_staged *staged, struct damos_pattern *to,
			 const struct damon_node *dir)
{
	const struct damon_node *sz = damon_node_dir(dir, DAMON_PATTERN_SZ);
	const struct damon_node *accesses = damon_node_dir(dir, DAMON_PATTERN_NR_ACCESSES);
	const struct damon_node *age = damon_node_dir(dir, DAMON_PATTERN_AGE);

	*to = (struct damos_pattern) {
		.min_sz = bytes(staged, damon_value(sz, DAMON_SPAN_MIN)),
		.max_sz = bytes(staged, damon_value(sz, DAMON_SPAN_MAX)),
		.min_accesses = small(damon_value(accesses, DAMON_SPAN_MIN)),
		.max_accesses = small(damon_value(accesses, DAMON_SPAN_MAX)),
		.min_age = damon_value(age, DAMON_SPAN_MIN),
		.max_age = damon_value(age, DAMON_SPAN_MAX),
	};
}

/* Only their ratio counts. */
static void read_weights(struct damos_quota *to, const struct damon_node *dir)
{
	u64 sz = damon_value(dir, DAMON_WEIGHTS_SZ);
	u64 accesses = damon_value(dir, DAMON_WEIGHTS_NR_ACCESSES);
	u64 age = damon_value(dir, DAMON_WEIGHTS_AGE);
	u32 most = max3(sz, accesses, age);

	if (most > DAMOS_MAX_WEIGHT) {
		sz = sz * DAMOS_MAX_WEIGHT / most;
		accesses = accesses * DAMOS_MAX_WEIGHT / most;
		age = age * DAMOS_MAX_WEIGHT / most;
	}
	to->weight_sz = sz;
	to->weight_accesses = accesses;
	to->weight_age = age;
}

/* All but goals. */
static void read_quota(const struct damon_staged *staged, struct damos_quota *to,
		       const struct damon_node *dir)
{
	u64 ms = damon_value(dir, DAMON_QUOTAS_MS);
	u64 interval_ms = damon_value(dir, DAMON_QUOTAS_RESET_INTERVAL_MS);

	to->bytes = bytes(staged, damon_value(dir, DAMON_QUOTAS_BYTES));
	to->time_us = min(times(ms, USEC_PER_MSEC), LONGEST_US);
	to->interval_us = min(times(interval_ms, USEC_PER_MSEC), LONGEST_US);
	if (to->interval_us)
		to->time_us = min(to->time_us, to->interval_us);
	to->tuner = damon_value(dir, DAMON_QUOTAS_GOAL_TUNER);
	to->fail_denom = damon_value(dir, DAMON_QUOTAS_FAIL_CHARGE_DENOM);
	if (to->fail_denom)
		to->fail_num = damon_value(dir, DAMON_QUOTAS_FAIL_CHARGE_NUM);
	read_weights(to, damon_node_dir(dir, DAMON_QUOTAS_WEIGHTS));
}

static void read_watermarks(struct damos_watermarks *to, const struct damon_node *dir)
{
	if (!damon_value(dir, DAMON_WATERMARKS_METRIC))
		return;
	*to = (struct damos_watermarks) {
		.used = true,
		.metric = DAMOS_FREE_MEM_PERMIL,
		.interval_us = damon_value(dir, DAMON_WATERMARKS_INTERVAL_US),
		.high = min_t(u64, damon_value(dir, DAMON_WATERMARKS_HIGH), ALL_PERMIL),
		.mid = min_t(u64, damon_value(dir, DAMON_WATERMARKS_MID), ALL_PERMIL),
		.low = min_t(u64, damon_value(dir, DAMON_WATERMARKS_LOW), ALL_PERMIL),
	};
}

static int read_goals(struct damon_scheme_parts *parts, struct damos_quota *to,
		      struct damon_node *dir, u32 index)
{
	int err = damon_staged_goals(&parts->goals, dir, index);

	to->goals = parts->goals.list;
	to->nr_goals = parts->goals.nr;
	/* An interval of nothing, but goals may come. */
	to->later_us = to->interval_us;
	if (!to->time_us && !to->bytes && !to->nr_goals)
		to->interval_us = 0;
	return err;
}

/* Where to, for what moves memory. */
static int read_nodes(struct damon_scheme_parts *parts, struct damos_conf *to,
		      const struct damon_node *node)
{
	s32 nid = damon_value(node, DAMON_SCHEME_TARGET_NID);
	int err;

	if (to->action != DAMOS_MIGRATE_HOT && to->action != DAMOS_MIGRATE_COLD)
		return 0;
	err = damon_staged_dests(parts, to, damon_node_dir(node, DAMON_SCHEME_DESTS),
				 node->index);
	if (err || to->nr_dests)
		return err;
	return damon_staged_node(node->index, nid, &to->node);
}

static int check(struct damon_staged *staged, const struct damos_conf *conf, u32 index,
		 u32 nr_targets)
{
	enum damos_invalid invalid;
	u32 bad;

	invalid = damos_check(staged->ops, &damon_scheme_env, &staged->attrs, nr_targets, conf,
			      &bad);
	if (invalid != DAMOS_VALID)
		return damon_staged_fail(-EINVAL, "scheme %u: %s", index,
					 damos_invalid_text(invalid));
	if (!(damon_actions_usable() >> conf->action & 1))
		return damon_staged_fail(-EOPNOTSUPP,
					 "scheme %u: this kernel does not let the module do that",
					 index);
	if (conf->action != DAMOS_STAT) {
		if (!damon_may_act())
			return -EPERM;
		staged->acts = true;
	}
	return 0;
}

static int read_scheme(struct damon_staged *staged, const struct damon_node *node,
		       u32 nr_schemes, u32 nr_targets)
{
	const struct damon_node *stats = damon_node_dir(node, DAMON_SCHEME_STATS);
	const struct damon_node *quotas = damon_node_dir(node, DAMON_SCHEME_QUOTAS);
	struct damon_scheme_parts *parts = damon_zalloc(1, sizeof(*parts));
	struct damos_conf *to = &staged->confs[node->index];
	int err;

	if (!parts)
		return -ENOMEM;
	staged->parts[staged->nr_schemes++] = parts;
	to->action = damon_value(node, DAMON_SCHEME_ACTION);
	to->apply_us = min(damon_value(node, DAMON_SCHEME_APPLY_INTERVAL_US), LONGEST_US);
	to->max_nr_snapshots = damon_value(stats, DAMON_STATS_MAX_NR_SNAPSHOTS);
	to->max_tried = min(staged->attrs.max_nr_regions, MAX_TRIED / nr_schemes);
	read_pattern(staged, &to->pattern, damon_node_dir(node, DAMON_SCHEME_PATTERN));
	read_quota(staged, &to->quota, quotas);
	read_watermarks(&to->watermarks, damon_node_dir(node, DAMON_SCHEME_WATERMARKS));
	err = read_goals(parts, &to->quota, damon_node_dir(quotas, DAMON_QUOTAS_GOALS),
			 node->index);
	if (!err)
		err = damon_staged_filters(staged, parts, to, (struct damon_node *)node);
	if (!err)
		err = read_nodes(parts, to, node);
	return err ? err : check(staged, to, node->index, nr_targets);
}

/**
 * damon_staged_schemes() - the schemes of a configuration
 * @staged:	with operations set and attributes
 * @schemes:	their directory
 * @nr_targets:	how many targets there will be
 *
 * Return: 0 or a negative errno.
 */
int damon_staged_schemes(struct damon_staged *staged, struct damon_node *schemes,
			 u32 nr_targets)
{
	int err = 0;
	u32 i, nr;

	if (mutex_lock_interruptible(&schemes->lock))
		return -ERESTARTSYS;
	nr = schemes->nr_children;
	if (!nr)
		goto unlock;
	err = -ENOMEM;
	staged->confs = damon_zalloc(nr, sizeof(*staged->confs));
	staged->parts = damon_zalloc(nr, sizeof(*staged->parts));
	if (!staged->confs || !staged->parts)
		goto unlock;
	err = 0;
	for (i = 0; !err && i < nr; i++)
		err = read_scheme(staged, schemes->children[i], nr, nr_targets);
unlock:
	mutex_unlock(&schemes->lock);
	return err;
}

/**
 * damon_staged_schemes_free() - free schemes
 * @staged:	the configuration
 */
void damon_staged_schemes_free(struct damon_staged *staged)
{
	while (staged->nr_schemes) {
		struct damon_scheme_parts *parts = staged->parts[--staged->nr_schemes];

		if (!staged->given_away)
			damon_staged_parts_put(parts);
		damon_free(parts);
	}
	damon_free(staged->parts);
	damon_free(staged->confs);
}
