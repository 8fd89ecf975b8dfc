// SPDX-License-Identifier: GPL-2.0
/*
 * What physical memory there is: all parts of System RAM that are online.
 */
#include <linux/mm.h>

#include "core/core.h"
#include "kernel/memory.h"
#include "ops/paddr.h"

/**
 * struct parts - memory as seen so far
 * @ranges:	its parts, in bytes, in address order
 * @nr:		how many
 * @max:	room, at least 1
 */
struct parts {
	struct damon_range *ranges;
	unsigned int nr;
	unsigned int max;
};

/* The part whose gap to the one before it is the smallest; there are two. */
static unsigned int nearest(const struct parts *p, u64 start, u64 *gap)
{
	unsigned int i, best = p->nr;

	/* That of the part that is to be added. */
	*gap = start - p->ranges[p->nr - 1].end;
	for (i = 1; i < p->nr; i++) {
		u64 size = p->ranges[i].start - p->ranges[i - 1].end;

		if (size < *gap) {
			*gap = size;
			best = i;
		}
	}
	return best;
}

static void add_part(void *data, u64 start, u64 end)
{
	struct parts *p = data;
	unsigned int at;
	u64 gap;

	if (p->nr == p->max) {
		at = nearest(p, start, &gap);
		if (at == p->nr) {
			p->ranges[at - 1].end = end;
			return;
		}
		p->ranges[at - 1].end = p->ranges[at].end;
		for (p->nr--; at < p->nr; at++)
			p->ranges[at] = p->ranges[at + 1];
	}
	p->ranges[p->nr].start = start;
	p->ranges[p->nr++].end = end;
}

/**
 * damon_paddr_stale() - the stale of damon_ops for physical addresses
 * @data:	struct damon_paddr_target
 *
 * Return: whether memory has come or gone since damon_paddr_ranges().
 */
bool damon_paddr_stale(void *data)
{
	const struct damon_paddr_target *target = data;

	return target->seen != damon_memory_changes();
}

/**
 * damon_paddr_ranges() - the ranges of damon_ops for physical addresses
 * @data:	struct damon_paddr_target
 * @ranges:	where to
 * @max:	room there, at least 1
 * @stats:	unused
 *
 * May sleep.  Return: number of ranges.
 */
int damon_paddr_ranges(void *data, struct damon_range *ranges, unsigned int max,
		       struct damon_pass_stats *stats)
{
	struct damon_paddr_target *target = data;
	struct parts p = { .ranges = ranges, .max = max };
	unsigned int i;

	/* First: what changes meanwhile is asked for once more. */
	target->seen = damon_memory_changes();
	damon_memory_each(add_part, &p);
	/* Whole pages, hence whole units and whole smallest regions. */
	for (i = 0; i < p.nr; i++) {
		ranges[i].start >>= target->unit_shift;
		ranges[i].end >>= target->unit_shift;
	}
	return p.nr;
}
