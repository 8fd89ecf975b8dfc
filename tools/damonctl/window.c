// SPDX-License-Identifier: GPL-2.0
/* What monitoring found in one aggregation window. */
#include "window.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

void region_take(struct region *region, const struct damon_region_info *info,
		 const struct damon_hits_info *hits, uint64_t addr_unit)
{
	*region = (struct region){
		.start = info->start * addr_unit,
		.end = info->end * addr_unit,
		.nr_accesses = info->nr_accesses,
		.age = info->age,
		.target = info->target,
		.pid = info->pid,
	};
	if (hits)
		memcpy(region->hits, hits->hits, sizeof(region->hits));
}

static double share_of(const struct window *window, uint32_t nr)
{
	double share;

	if (!window->max_nr_accesses)
		return 0;
	share = (double)nr / window->max_nr_accesses;
	return share > 1 ? 1 : share;
}

double region_rate(const struct window *window, const struct region *region)
{
	return share_of(window, region->nr_accesses);
}

double region_share(const struct window *window, const struct region *region, unsigned int probe)
{
	return share_of(window, region->hits[probe]);
}

uint32_t window_target(const struct window *window, uint32_t first, struct window *target)
{
	uint32_t i;

	if (first >= window->nr_regions)
		return 0;
	for (i = first + 1; i < window->nr_regions; i++) {
		if (window->regions[i].target != window->regions[first].target)
			break;
	}
	*target = *window;
	target->regions = window->regions + first;
	target->nr_regions = i - first;
	return i;
}

size_t window_parts(const struct window *window, struct span **parts)
{
	struct span *list = xcalloc(window->nr_regions, sizeof(*list));
	size_t nr = 0;
	uint32_t i;

	for (i = 0; i < window->nr_regions; i++) {
		const struct region *r = &window->regions[i];

		if (nr && list[nr - 1].end == r->start)
			list[nr - 1].end = r->end;
		else
			list[nr++] = (struct span){ r->start, r->end };
	}
	*parts = list;
	return nr;
}

uint64_t window_bytes(const struct window *window, double min_rate)
{
	uint64_t bytes = 0;
	uint32_t i;

	for (i = 0; i < window->nr_regions; i++) {
		const struct region *r = &window->regions[i];

		if (region_rate(window, r) >= min_rate)
			bytes += r->end - r->start;
	}
	return bytes;
}

uint32_t max_samples(uint64_t sample_us, uint64_t aggr_us)
{
	uint64_t nr = sample_us ? aggr_us / sample_us : 1;

	if (nr > UINT32_MAX)
		return UINT32_MAX;
	return nr ? (uint32_t)nr : 1;
}
