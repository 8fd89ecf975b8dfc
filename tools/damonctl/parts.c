// SPDX-License-Identifier: GPL-2.0
/* The contiguous parts of a recorded address space. */
#include <stdlib.h>
#include <string.h>

#include "heatmap.h"
#include "util.h"

struct part_list {
	struct part *parts;
	size_t nr;
	size_t room;
};

/* First part that ends at or behind an address. */
static size_t find_part(const struct part_list *list, uint64_t address)
{
	size_t low = 0;
	size_t high = list->nr;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (list->parts[mid].span.end < address)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Unites with what it touches, so that parts never touch each other. */
static void add_span(struct part_list *list, struct span span)
{
	size_t first = find_part(list, span.start);
	size_t behind = first;

	while (behind < list->nr && list->parts[behind].span.start <= span.end) {
		if (list->parts[behind].span.start < span.start)
			span.start = list->parts[behind].span.start;
		if (list->parts[behind].span.end > span.end)
			span.end = list->parts[behind].span.end;
		behind++;
	}
	if (first == behind) {
		if (list->nr == list->room) {
			list->room = list->room ? list->room * 2 : 16;
			list->parts = xreallocarray(list->parts, list->room, sizeof(*list->parts));
		}
		memmove(&list->parts[first + 1], &list->parts[first],
			(list->nr - first) * sizeof(*list->parts));
		list->nr++;
	} else {
		memmove(&list->parts[first + 1], &list->parts[behind],
			(list->nr - behind) * sizeof(*list->parts));
		list->nr -= behind - first - 1;
	}
	list->parts[first] = (struct part){ .span = span };
}

static void add_heat(struct part_list *list, const struct window *window)
{
	double ns = (double)(window->end_ns - window->start_ns);
	uint32_t i;

	for (i = 0; i < window->nr_regions; i++) {
		const struct region *r = &window->regions[i];
		struct part *part;

		if (!r->nr_accesses || r->start == r->end)
			continue;
		part = &list->parts[find_part(list, r->end)];
		part->heat += region_rate(window, r) * (double)(r->end - r->start) * ns;
	}
}

size_t recording_parts(const struct recording *recording, struct part **parts)
{
	struct part_list list = { 0 };
	struct span *spans;
	size_t i, k, nr;

	for (i = 0; i < recording->nr_windows; i++) {
		nr = window_parts(&recording->windows[i], &spans);
		for (k = 0; k < nr; k++) {
			if (spans[k].start < spans[k].end)
				add_span(&list, spans[k]);
		}
		free(spans);
	}
	for (i = 0; i < recording->nr_windows; i++)
		add_heat(&list, &recording->windows[i]);
	*parts = list.parts;
	return list.nr;
}

static uint64_t part_bytes(const struct part *part)
{
	return part->span.end - part->span.start;
}

size_t main_part(const struct part *parts, size_t nr)
{
	size_t best = 0;
	size_t i;

	for (i = 1; i < nr; i++) {
		if (parts[i].heat > parts[best].heat ||
		    (parts[i].heat == parts[best].heat &&
		     part_bytes(&parts[i]) > part_bytes(&parts[best])))
			best = i;
	}
	return best;
}
