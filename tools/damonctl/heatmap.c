// SPDX-License-Identifier: GPL-2.0
/* Access rates over time and address. */
#include "heatmap.h"

#include <stdlib.h>

#include "util.h"

uint64_t cell_edge(struct span range, unsigned int nr, unsigned int i)
{
	return range.start + (uint64_t)((unsigned __int128)(range.end - range.start) * i / nr);
}

/* The cell that a point inside the range is in. */
static unsigned int cell_of(struct span range, unsigned int nr, uint64_t point)
{
	uint64_t offset = point - range.start;
	unsigned int i = (unsigned int)((unsigned __int128)offset * nr /
					(range.end - range.start));

	if (i >= nr)
		i = nr - 1;
	/* cell_edge() rounds down, so the point may belong one further. */
	while (i + 1 < nr && cell_edge(range, nr, i + 1) <= point)
		i++;
	return i;
}

static bool clip(struct span range, uint64_t *start, uint64_t *end)
{
	if (*start < range.start)
		*start = range.start;
	if (*end > range.end)
		*end = range.end;
	return *start < *end;
}

void heatmap_init(struct heatmap *map, struct span time, struct span space, unsigned int nr_times,
		  unsigned int nr_addrs)
{
	*map = (struct heatmap){
		.time = time,
		.space = space,
		.nr_times = nr_times,
		.nr_addrs = nr_addrs,
		.rates = xcalloc((size_t)nr_times * nr_addrs, sizeof(*map->rates)),
		.weights = xcalloc((size_t)nr_times * nr_addrs, sizeof(*map->weights)),
	};
}

/* Adds one row's worth: accessed and all bytes of each address cell. */
static void sum_addresses(const struct heatmap *map, const struct window *window, double *hot,
			  double *all)
{
	uint32_t i;

	for (i = 0; i < window->nr_regions; i++) {
		const struct region *r = &window->regions[i];
		double rate = region_rate(window, r);
		uint64_t start = r->start;
		uint64_t end = r->end;
		unsigned int cell;

		if (!clip(map->space, &start, &end))
			continue;
		cell = cell_of(map->space, map->nr_addrs, start);
		while (start < end) {
			uint64_t edge = cell_edge(map->space, map->nr_addrs, cell + 1);
			uint64_t stop = edge < end ? edge : end;

			hot[cell] += rate * (double)(stop - start);
			all[cell] += (double)(stop - start);
			start = stop;
			cell++;
		}
	}
}

void heatmap_add(struct heatmap *map, const struct window *window)
{
	uint64_t start = window->start_ns;
	uint64_t end = window->end_ns;
	unsigned int row, i;
	double *hot, *all;

	if (!clip(map->time, &start, &end))
		return;
	hot = xcalloc(map->nr_addrs, sizeof(*hot));
	all = xcalloc(map->nr_addrs, sizeof(*all));
	sum_addresses(map, window, hot, all);

	row = cell_of(map->time, map->nr_times, start);
	while (start < end) {
		uint64_t edge = cell_edge(map->time, map->nr_times, row + 1);
		uint64_t stop = edge < end ? edge : end;
		size_t base = (size_t)row * map->nr_addrs;

		for (i = 0; i < map->nr_addrs; i++) {
			map->rates[base + i] += hot[i] * (double)(stop - start);
			map->weights[base + i] += all[i] * (double)(stop - start);
		}
		start = stop;
		row++;
	}
	free(all);
	free(hot);
}

void heatmap_finish(struct heatmap *map)
{
	size_t nr = (size_t)map->nr_times * map->nr_addrs;
	size_t i;

	map->max_rate = 0;
	for (i = 0; i < nr; i++) {
		map->rates[i] = map->weights[i] > 0 ? map->rates[i] / map->weights[i] : -1;
		if (map->rates[i] > map->max_rate)
			map->max_rate = map->rates[i];
	}
}

double heatmap_rate(const struct heatmap *map, unsigned int time, unsigned int addr)
{
	return map->rates[(size_t)time * map->nr_addrs + addr];
}

void heatmap_free(struct heatmap *map)
{
	free(map->rates);
	free(map->weights);
	map->rates = NULL;
	map->weights = NULL;
}

struct span recording_time(const struct recording *recording)
{
	struct span time = { recording->windows[0].start_ns, recording->windows[0].end_ns };
	size_t i;

	for (i = 1; i < recording->nr_windows; i++) {
		if (recording->windows[i].end_ns > time.end)
			time.end = recording->windows[i].end_ns;
	}
	if (time.end == time.start)
		time.end++;
	return time;
}
