/* SPDX-License-Identifier: GPL-2.0 */
/* What monitoring found in one aggregation window. */
#ifndef DAMONCTL_WINDOW_H
#define DAMONCTL_WINDOW_H

#include <damon/device.h>
#include <stddef.h>
#include <stdint.h>

#include "units.h"

/* Most probes of a session. */
#define MAX_PROBES	4

/* Regions with at least this share of positive samples are called hot. */
#define HOT_RATE	0.1

/**
 * struct region - a part of the address space
 * @start:	first byte
 * @end:	first byte behind it
 * @nr_accesses: samples of the window that found it accessed
 * @age:	windows for which it has looked about the same
 * @target:	index of its target in the session
 * @pid:	its process, 0 if unknown; in records, of those that have joined only
 * @hits:	samples of the window that each probe has hit
 */
struct region {
	uint64_t start;
	uint64_t end;
	uint32_t nr_accesses;
	uint32_t age;
	uint32_t target;
	uint32_t pid;
	uint32_t hits[MAX_PROBES];
};

/**
 * struct window - one aggregation window
 * @start_ns:	when it began, CLOCK_MONOTONIC
 * @end_ns:	when it ended
 * @sample_us:	sampling interval
 * @aggr_us:	aggregation interval
 * @max_nr_accesses: largest possible nr_accesses
 * @nr_probes:	probes that it had
 * @nr_regions:	length of @regions
 * @regions:	sorted by target and address, disjoint in each target
 */
struct window {
	uint64_t start_ns;
	uint64_t end_ns;
	uint64_t sample_us;
	uint64_t aggr_us;
	uint32_t max_nr_accesses;
	uint32_t nr_probes;
	uint32_t nr_regions;
	struct region *regions;
};

/**
 * region_take - a region as the module tells it
 * @region:	out, in bytes
 * @info:	the region
 * @hits:	what probes found there, or NULL
 * @addr_unit:	bytes that one of its addresses stands for
 */
void region_take(struct region *region, const struct damon_region_info *info,
		 const struct damon_hits_info *hits, uint64_t addr_unit);

/**
 * region_rate - share of the samples that found a region accessed
 * @window:	its window
 * @region:	the region
 *
 * Returns 0 to 1.
 */
double region_rate(const struct window *window, const struct region *region);

/**
 * region_share - share of the samples that a probe has hit
 * @window:	its window
 * @region:	the region
 * @probe:	index of the probe
 *
 * Returns 0 to 1.
 */
double region_share(const struct window *window, const struct region *region, unsigned int probe);

/**
 * window_target - the next target of a window
 * @window:	the window
 * @first:	its first region that is not yet taken
 * @target:	out: the window with this target's regions only, which stay in @window
 *
 * Returns the first region behind it, or 0 if none is left.
 */
uint32_t window_target(const struct window *window, uint32_t first, struct window *target);

/**
 * window_parts - the contiguous parts of an address space
 * @window:	window of one target
 * @parts:	out: malloc'ed, sorted by address
 *
 * Returns how many there are.
 */
size_t window_parts(const struct window *window, struct span **parts);

/**
 * window_bytes - how much memory a window covers
 * @window:	the window
 * @min_rate:	count only regions with at least this rate
 */
uint64_t window_bytes(const struct window *window, double min_rate);

/**
 * max_samples - largest possible nr_accesses for a pair of intervals
 * @sample_us:	sampling interval
 * @aggr_us:	aggregation interval
 *
 * For files that do not say it.  At least 1.
 */
uint32_t max_samples(uint64_t sample_us, uint64_t aggr_us);

#endif
