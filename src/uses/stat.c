// SPDX-License-Identifier: GPL-2.0
/*
 * Tells for how long how much of all memory has been idle.
 */
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/sort.h>
#include <linux/sysfs.h>
#include <linux/time64.h>

#include "uses/params.h"
#include "uses/uses.h"

#define MAX_NR_REGIONS	1000
#define PERCENTS	100

/**
 * struct piece - memory that has been idle alike
 * @bytes:	how much
 * @idle_ms:	for how long, or, below 0, for how long it has been in use
 */
struct piece {
	u64 bytes;
	s64 idle_ms;
};

/* What was seen when somebody looked last.  Protected by damon_uses_lock. */
static struct {
	struct piece pieces[MAX_NR_REGIONS];
	u32 nr;
	u64 total;
	u64 bandwidth;
} seen;

/* Intervals are tuned so that an unused machine is hardly ever woken up. */
static void stat_plan(const struct damon_use *use, struct damon_use_plan *plan)
{
	plan->attrs.min_nr_regions = 10;
	plan->attrs.max_nr_regions = MAX_NR_REGIONS;
	damon_use_plan_tuned(plan, 400);
	plan->unit = 1;
}

static s64 idle_ms(const struct damon_region *r, u64 aggr_us)
{
	/* An age has 32 bits and a window has at most 200 s: far below 2^63. */
	u64 ms = div64_u64(((u64)r->age + 1) * aggr_us, USEC_PER_MSEC);

	return r->last_nr_accesses ? -(s64)ms : (s64)ms;
}

/* Between samples: regions are what they were in the last complete window. */
static void stat_look(const struct damon_ctx *ctx)
{
	u64 aggr_us = ctx->attrs.aggr_us, accessed = 0;
	u32 i;

	seen.nr = 0;
	seen.total = 0;
	seen.bandwidth = 0;
	/* Before the first one nothing is known. */
	if (!ctx->stats.nr_windows)
		return;
	seen.nr = min_t(u32, ctx->nr_regions, MAX_NR_REGIONS);
	for (i = 0; i < seen.nr; i++) {
		const struct damon_region *r = &ctx->regions[i];

		seen.pieces[i].bytes = r->end - r->start;
		seen.pieces[i].idle_ms = idle_ms(r, aggr_us);
		seen.total += r->end - r->start;
		accessed += (r->end - r->start) * r->last_nr_accesses;
	}
	seen.bandwidth = mul_u64_u64_div_u64(accessed, USEC_PER_SEC, aggr_us);
}

static int compare(const void *a, const void *b)
{
	s64 left = ((const struct piece *)a)->idle_ms;
	s64 right = ((const struct piece *)b)->idle_ms;

	return left < right ? -1 : left > right;
}

/**
 * damon_show_percentiles() - idle times of memory, from the shortest to the longest
 * @param:	the parameter
 * @buf:	where to
 *
 * Number N, from 0 to 100: N percent of memory have been idle for no longer.
 *
 * Return: as sysfs_emit().
 */
int damon_show_percentiles(const struct damon_param *param, char *buf)
{
	u32 percent, i = 0;
	u64 below = 0;
	int len = 0;

	sort(seen.pieces, seen.nr, sizeof(seen.pieces[0]), compare, NULL);
	for (percent = 0; percent <= PERCENTS; percent++) {
		u64 upto = mul_u64_u64_div_u64(seen.total, percent, PERCENTS);

		/* @below bytes are in the pieces before @i. */
		while (i + 1 < seen.nr && below + seen.pieces[i].bytes < upto)
			below += seen.pieces[i++].bytes;
		len += sysfs_emit_at(buf, len, "%lld%c", seen.nr ? seen.pieces[i].idle_ms : 0,
				     percent < PERCENTS ? ',' : '\n');
	}
	return len;
}

/**
 * damon_show_bandwidth() - how much memory is accessed in a second
 * @param:	the parameter
 * @buf:	where to
 *
 * Return: as sysfs_emit().
 */
int damon_show_bandwidth(const struct damon_param *param, char *buf)
{
	return sysfs_emit(buf, "%llu\n", seen.bandwidth);
}

struct damon_use damon_use_stat = {
	.name = "stat",
	.plan = stat_plan,
	.look = stat_look,
	.pid = -1,
};
