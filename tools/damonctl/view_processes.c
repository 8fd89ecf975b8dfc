// SPDX-License-Identifier: GPL-2.0
/* A window of many processes: who has how much hot memory. */
#include "view_processes.h"

#include <stdlib.h>

#include "util.h"
#include "view.h"

bool window_joined(const struct window *window)
{
	return window->nr_regions && window->regions[window->nr_regions - 1].target;
}

static int by_heat(const void *a, const void *b)
{
	const struct view_process *l = a, *r = b;

	if (l->hot != r->hot)
		return l->hot < r->hot ? 1 : -1;
	if (l->total != r->total)
		return l->total < r->total ? 1 : -1;
	return l->pid < r->pid ? -1 : l->pid > r->pid;
}

size_t view_processes(const struct window *window, struct view_process **list)
{
	struct view_process *all = xcalloc(window->nr_regions, sizeof(*all));
	uint32_t first = 0;
	struct window part;
	size_t nr = 0;

	while ((first = window_target(window, first, &part))) {
		all[nr++] = (struct view_process){
			.pid = (pid_t)part.regions[0].pid,
			.window = part,
			.total = window_bytes(&part, 0),
			.hot = window_bytes(&part, HOT_RATE),
		};
	}
	qsort(all, nr, sizeof(*all), by_heat);
	*list = all;
	return nr;
}

void view_squeezed_strip(const struct window *window, double *rates, unsigned int nr)
{
	struct window squeezed = *window;
	struct span all = { 0, 0 };
	uint32_t i;

	squeezed.regions = xcalloc(window->nr_regions, sizeof(*squeezed.regions));
	for (i = 0; i < window->nr_regions; i++) {
		struct region *region = &squeezed.regions[i];
		uint64_t bytes = window->regions[i].end - window->regions[i].start;

		*region = window->regions[i];
		region->start = all.end;
		region->end = all.end += bytes;
	}
	view_strip(&squeezed, all, rates, nr);
	free(squeezed.regions);
}
