/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DAMON_OPS_PADDR_H
#define DAMON_OPS_PADDR_H

#include <linux/types.h>

struct damon_ops;
struct damon_pass_stats;
struct damon_range;
struct damos_done;
struct damos_order;

/* Most parts that memory is told to have; nearest ones are joined beyond. */
#define DAMON_PADDR_MAX_RANGES	128

/**
 * struct damon_paddr_target - physical memory
 * @unit_shift:	an address counts (1 << @unit_shift) bytes
 * @seen:	damon_memory_changes() when its ranges were told last
 *
 * Owned by a damon_ctx, which puts it through damon_paddr_ops.
 */
struct damon_paddr_target {
	unsigned int unit_shift;
	u32 seen;
};

extern const struct damon_ops damon_paddr_ops;

void *damon_paddr_target(u64 addr_unit);

/* paddr_act.c */
#define DAMON_PADDR_ACTIONS	(1U << DAMOS_COLD | 1U << DAMOS_PAGEOUT | \
				 1U << DAMOS_COLLAPSE | 1U << DAMOS_LRU_PRIO | \
				 1U << DAMOS_LRU_DEPRIO | 1U << DAMOS_MIGRATE_HOT | \
				 1U << DAMOS_MIGRATE_COLD | 1U << DAMOS_STAT)

u64 damon_paddr_act(void *target, const struct damos_order *order, u64 start, u64 end,
		    struct damos_done *done, struct damon_pass_stats *stats);

/* paddr_ranges.c */
bool damon_paddr_stale(void *target);
int damon_paddr_ranges(void *target, struct damon_range *ranges, unsigned int max,
		       struct damon_pass_stats *stats);

#endif /* DAMON_OPS_PADDR_H */
