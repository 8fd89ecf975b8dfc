// SPDX-License-Identifier: GPL-2.0
/*
 * What can be read of a use, in the units that its parameters have.
 */
#include <linux/compiler.h>
#include <linux/math64.h>
#include <linux/sysfs.h>

#include "uses/params.h"
#include "uses/uses.h"

/**
 * damon_show_pid() - the worker's process id
 * @param:	the parameter
 * @buf:	where to
 *
 * Return: as sysfs_emit().
 */
int damon_show_pid(const struct damon_param *param, char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(param->use->pid));
}

static u64 stat_of(const struct damon_param *param)
{
	const void *stats = &param->use->seen.stats[param->scheme];

	return *(const u64 *)(stats + param->field);
}

/**
 * damon_show_count() - how often a scheme has done something
 * @param:	the parameter
 * @buf:	where to
 *
 * Return: as sysfs_emit().
 */
int damon_show_count(const struct damon_param *param, char *buf)
{
	return sysfs_emit(buf, "%llu\n", stat_of(param));
}

/**
 * damon_show_bytes() - to how much memory a scheme has done something
 * @param:	the parameter
 * @buf:	where to
 *
 * Return: as sysfs_emit().
 */
int damon_show_bytes(const struct damon_param *param, char *buf)
{
	u64 unit = param->use->seen.unit;

	return sysfs_emit(buf, "%llu\n", unit ? div64_u64(stat_of(param), unit) : 0);
}

/**
 * damon_show_border() - where what is watched begins or ends
 * @param:	monitor_region_start or monitor_region_end
 * @buf:	where to
 *
 * What was written, unless that leaves it to us to find all memory.
 *
 * Return: as sysfs_emit().
 */
int damon_show_border(const struct damon_param *param, char *buf)
{
	struct damon_use *use = param->use;
	u64 value = param->value;

	if (damon_use_is_enabled(use) &&
	    !damon_use_shared(use, DAMON_SHARED_monitor_region_start) &&
	    !damon_use_shared(use, DAMON_SHARED_monitor_region_end))
		value = param->kind == DAMON_PARAM_START ? use->seen.range.start :
							   use->seen.range.end;
	return sysfs_emit(buf, "%llu\n", value);
}

/**
 * damon_show_aggr() - the aggregation interval
 * @param:	the parameter
 * @buf:	where to
 *
 * Return: as sysfs_emit().
 */
int damon_show_aggr(const struct damon_param *param, char *buf)
{
	return sysfs_emit(buf, "%llu\n", param->use->seen.aggr_us);
}
