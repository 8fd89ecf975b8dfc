/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records: what the producer puts into a ring.
 *
 * Pure C, as in src/core: tests/unit compiles it in user space.
 */
#ifndef DAMON_ABI_RECORDS_H
#define DAMON_ABI_RECORDS_H

#include <linux/types.h>

#include <damon/device.h>

#include "abi/ring.h"

struct damon_results;

/**
 * struct damon_result - a finished window as readers get it
 * @set:		the buffers that this one belongs to
 * @regions:		room for as many regions as @set has
 * @hits:		what probes have found in each, or NULL
 * @nr_regions:		how many there are
 * @seq:		number of the window, from 1
 * @start_ns:		when it began
 * @end_ns:		when it ended
 * @sample_us:		its sampling interval
 * @aggr_us:		its aggregation interval
 * @max_nr_accesses:	samples per region in it
 * @nr_targets:		targets that were alive
 * @nr_probes:		probes that it had
 *
 * Written by the worker while it is neither published nor pinned, constant
 * while it is.
 */
struct damon_result {
	struct damon_results *set;
	struct damon_region_info *regions;
	struct damon_hits_info *hits;
	u32 nr_regions;
	u64 seq;
	u64 start_ns;
	u64 end_ns;
	u64 sample_us;
	u64 aggr_us;
	u32 max_nr_accesses;
	u32 nr_targets;
	u32 nr_probes;
};

/**
 * struct damon_intervals - what tuning changes
 * @sample_us:	sampling interval
 * @aggr_us:	aggregation interval
 */
struct damon_intervals {
	u64 sample_us;
	u64 aggr_us;
};

/* The producer's; see struct damon_ring. */
void damon_ring_window(struct damon_ring *ring, const struct damon_result *r);
void damon_ring_target_gone(struct damon_ring *ring, u32 index, u64 now_ns);
void damon_ring_target_new(struct damon_ring *ring, u32 index, u32 pid, u32 leader,
			   u64 now_ns);
void damon_ring_left_out(struct damon_ring *ring, u32 nr, u64 now_ns);
void damon_ring_intervals(struct damon_ring *ring, const struct damon_intervals *old,
			  const struct damon_intervals *now, u64 now_ns);

#endif /* DAMON_ABI_RECORDS_H */
