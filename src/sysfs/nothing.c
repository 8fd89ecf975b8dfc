// SPDX-License-Identifier: GPL-2.0
/*
 * Physical memory of which nobody has said what to watch: contexts without regions.
 *
 * Upstream runs such contexts, too: they do nothing until a configuration with
 * regions comes.
 */
#include <linux/mutex.h>

#include "core/core.h"
#include "ops/paddr.h"
#include "sysfs/staged.h"

/* Nothing to tell at the moment. */
static int no_ranges(void *target, struct damon_range *ranges, unsigned int max,
		     struct damon_pass_stats *stats)
{
	return 0;
}

/* As damon_paddr_ops, but for @ranges; filled in when it is asked for first. */
static struct damon_ops nothing;
static DEFINE_MUTEX(nothing_lock);

/**
 * damon_ops_of_nothing() - the operations set
 *
 * Its targets are those of damon_paddr_ops.  May sleep.
 */
const struct damon_ops *damon_ops_of_nothing(void)
{
	mutex_lock(&nothing_lock);
	if (!nothing.ranges) {
		nothing = damon_paddr_ops;
		nothing.stale = NULL;
		nothing.nr_ranges = 1;
		nothing.ranges = no_ranges;
	}
	mutex_unlock(&nothing_lock);
	return &nothing;
}
