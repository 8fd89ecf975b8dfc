// SPDX-License-Identifier: GPL-2.0
/*
 * The opponent: how the monitor of Linux 7.3 adjusts regions, written from a
 * description of what it does.  One target, one range.
 *
 * Each region has one sample per tick, anywhere in it.  At a window's end
 * neighbours that differ by at most a tenth of the highest count are joined, up
 * to the space's size by the least number of regions; while there are too many,
 * again with twice that difference.  Then all regions are cut in two, or in
 * three if their number has not changed, at a random tenth; above half of the
 * most regions only some are.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "monitor.h"

struct region {
	u64 start;
	u64 end;
	u64 sample;
	u32 hits;
};

struct watch {
	struct pattern *pattern;
	struct region *regions, *spare;
	struct found *found;
	u32 nr, min, max, samples;
	u32 last_nr, turn;
	u64 random;
};

static u64 below(struct watch *w, u64 limit)
{
	u64 x = w->random += 0x9e3779b97f4a7c15ULL;

	x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93ULL;
	x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93ULL;
	x ^= x >> 32;
	return (u128)x * limit >> 64;
}

static u64 size_of(const struct region *r)
{
	return r->end - r->start;
}

static u64 size_limit(const struct watch *w)
{
	u64 limit = (w->pattern->end - w->pattern->start) / w->min;

	return limit < PAGE ? PAGE : (limit + PAGE - 1) / PAGE * PAGE;
}

static u32 distance(u32 a, u32 b)
{
	return a > b ? a - b : b - a;
}

static void join(struct watch *w, u32 threshold, u64 limit)
{
	u32 i, nr = 0;

	for (i = 0; i < w->nr; i++) {
		struct region *left = nr ? &w->regions[nr - 1] : NULL;
		struct region *r = &w->regions[i];
		u64 l, k = size_of(r);

		if (!left || distance(left->hits, r->hits) > threshold ||
		    r->end - left->start > limit) {
			w->regions[nr++] = *r;
			continue;
		}
		l = size_of(left);
		left->hits = ((u128)left->hits * l + (u128)r->hits * k) / (l + k);
		left->end = r->end;
	}
	w->nr = nr;
}

static void merge(struct watch *w)
{
	u32 highest = 0, threshold, i;
	u64 limit = size_limit(w);

	for (i = 0; i < w->nr; i++) {
		if (w->regions[i].hits > highest)
			highest = w->regions[i].hits;
	}
	threshold = highest / 10;
	for (;;) {
		join(w, threshold, limit);
		if (w->nr <= w->max || threshold >= w->samples)
			break;
		threshold = threshold < w->samples / 2 ? threshold ? 2 * threshold : 1 :
							 w->samples;
	}
}

static u64 tenths(struct watch *w, u64 size)
{
	return (u64)((u128)size * (1 + below(w, 9)) / 10) / PAGE * PAGE;
}

/* Regions as big as the limit at most. */
static void enforce_min(struct watch *w)
{
	u64 limit = size_limit(w);
	u32 i, nr = 0;

	for (i = 0; i < w->nr; i++) {
		struct region rest = w->regions[i];

		while (size_of(&rest) > limit) {
			w->spare[nr] = rest;
			w->spare[nr++].end = rest.start + limit;
			rest.start += limit;
		}
		w->spare[nr++] = rest;
	}
	memcpy(w->regions, w->spare, nr * sizeof(*w->regions));
	w->nr = nr;
}

/* Write parts of @r to @to. */
static u32 cut(struct watch *w, struct region *to, const struct region *r, u32 parts, u64 smallest)
{
	struct region left = *r;
	u64 at = size_of(r) >= smallest ? tenths(w, size_of(r)) : 0;
	u32 nr = 0;

	if (!at || at >= size_of(r)) {
		to[0] = *r;
		return 1;
	}
	left.end = left.start + at;
	if (parts == 3)
		nr = cut(w, to, &left, 2, smallest);
	else
		to[nr++] = left;
	to[nr] = *r;
	to[nr++].start = left.end;
	return nr;
}

static void split(struct watch *w)
{
	u32 parts = 2, every = 1, skip = 0, i, nr = 0;
	u64 smallest = 2 * PAGE + 1;

	if (w->nr >= w->max) {
		w->last_nr = w->nr;
		return;
	}
	if (w->nr > w->max / 2) {
		every = w->max / (w->max - w->nr);
		skip = w->turn++ % every;
		smallest = 2 * PAGE;
	} else if (w->nr == w->last_nr && w->nr < w->max / 3) {
		parts = 3;
	}
	w->last_nr = w->nr;
	for (i = 0; i < w->nr; i++) {
		if (i % every == skip)
			nr += cut(w, &w->spare[nr], &w->regions[i], parts, smallest);
		else
			w->spare[nr++] = w->regions[i];
	}
	memcpy(w->regions, w->spare, nr * sizeof(*w->regions));
	w->nr = nr;
}

static void *begin(struct pattern *p, u64 seed)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (!w)
		err(2, "no memory");
	w->pattern = p;
	w->min = p->of->min ? p->of->min : 10;
	w->max = p->of->max ? p->of->max : 1000;
	w->samples = p->of->samples ? p->of->samples : 20;
	w->random = seed * 0x94d049bb133111ebULL;
	/* What blocks joining can lead to more than the maximum. */
	w->regions = calloc(4 * w->max, sizeof(*w->regions));
	w->spare = calloc(4 * w->max, sizeof(*w->spare));
	w->found = calloc(4 * w->max, sizeof(*w->found));
	if (!w->regions || !w->spare || !w->found)
		err(2, "no memory");
	w->regions[0] = (struct region){ .start = p->start, .end = p->end };
	w->nr = 1;
	enforce_min(w);
	return w;
}

static void window(void *data, struct snapshot *snap)
{
	struct watch *w = data;
	u64 began, ns = 0;
	u32 tick, i;

	*snap = (struct snapshot){ w->found, 0, w->samples, 0, 0 };
	for (tick = 0; tick < w->samples; tick++) {
		began = clock_ns();
		for (i = 0; i < w->nr; i++)
			w->regions[i].sample = w->regions[i].start +
					       below(w, size_of(&w->regions[i]));
		ns += clock_ns() - began;
		pattern_tick(w->pattern);
		for (i = 0; i < w->nr; i++)
			w->regions[i].hits += pattern_touched(w->pattern, w->regions[i].sample);
		snap->checks += w->nr;
	}

	began = clock_ns();
	merge(w);
	enforce_min(w);
	ns += clock_ns() - began;
	for (i = 0; i < w->nr; i++)
		w->found[i] = (struct found){ w->regions[i].start, w->regions[i].end,
					      w->regions[i].hits };
	snap->nr = w->nr;
	began = clock_ns();
	for (i = 0; i < w->nr; i++)
		w->regions[i].hits = 0;
	split(w);
	snap->ns = ns + clock_ns() - began;
}

static void end(void *data)
{
	struct watch *w = data;

	free(w->found);
	free(w->spare);
	free(w->regions);
	free(w);
}

const struct monitor upstream = { .name = "upstream", .begin = begin, .window = window,
				  .end = end };
