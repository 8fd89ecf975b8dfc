// SPDX-License-Identifier: GPL-2.0
/* What a workload says it really accessed. */
#include "truth.h"

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

static bool parse_step(const char *line, struct step *step)
{
	uint64_t numbers[4];
	int i;

	for (i = 0; i < 4; i++) {
		char *end;

		line += strspn(line, " \t");
		if (*line < '0' || *line > '9')
			return false;
		errno = 0;
		numbers[i] = strtoull(line, &end, strncmp(line, "0x", 2) ? 10 : 16);
		if (errno || (*end && !strchr(" \t\n", *end)))
			return false;
		line = end;
	}
	line += strspn(line, " \t\n");
	*step = (struct step){
		.time = { numbers[0], numbers[1] },
		.space = { numbers[2], numbers[3] },
	};
	return !*line && numbers[0] < numbers[1] && numbers[2] < numbers[3];
}

bool truth_load(const char *path, struct truth *truth)
{
	FILE *file = fopen(path, "re");
	unsigned int number = 0;
	char *line = NULL;
	size_t room = 0;
	bool ok = true;

	*truth = (struct truth){ 0 };
	if (!file) {
		warn("cannot open %s", path);
		return false;
	}
	while (ok && getline(&line, &room, file) >= 0) {
		number++;
		if (line[strspn(line, " \t\n")] == '\0' || *line == '#')
			continue;
		truth->steps = xreallocarray(truth->steps, truth->nr + 1, sizeof(*truth->steps));
		ok = parse_step(line, &truth->steps[truth->nr]);
		if (ok)
			truth->nr++;
		else
			warnx("%s:%u: not start_ns end_ns start_addr end_addr", path, number);
	}
	if (ok && !truth->nr) {
		warnx("%s has no steps", path);
		ok = false;
	}
	free(line);
	fclose(file);
	if (!ok)
		truth_free(truth);
	return ok;
}

void truth_free(struct truth *truth)
{
	free(truth->steps);
	*truth = (struct truth){ 0 };
}

/* The hot step with what is cold around it, as a perfect window. */
static unsigned int perfect_regions(const struct step *step, struct span space,
				    struct region regions[3])
{
	uint64_t hot_start = step->space.start;
	uint64_t hot_end = step->space.end;
	unsigned int nr = 0;

	if (hot_start < space.start)
		hot_start = space.start;
	if (hot_end > space.end)
		hot_end = space.end;
	if (hot_start >= hot_end) {
		regions[nr++] = (struct region){ .start = space.start, .end = space.end };
		return nr;
	}
	if (space.start < hot_start)
		regions[nr++] = (struct region){ .start = space.start, .end = hot_start };
	regions[nr++] = (struct region){ .start = hot_start, .end = hot_end, .nr_accesses = 1 };
	if (hot_end < space.end)
		regions[nr++] = (struct region){ .start = hot_end, .end = space.end };
	return nr;
}

void truth_map(const struct truth *truth, const struct heatmap *like, struct heatmap *map)
{
	size_t i;

	heatmap_init(map, like->time, like->space, like->nr_times, like->nr_addrs);
	for (i = 0; i < truth->nr; i++) {
		struct region regions[3];
		struct window window = {
			.start_ns = truth->steps[i].time.start,
			.end_ns = truth->steps[i].time.end,
			.max_nr_accesses = 1,
			.regions = regions,
		};

		window.nr_regions = perfect_regions(&truth->steps[i], like->space, regions);
		heatmap_add(map, &window);
	}
	heatmap_finish(map);
}

static uint64_t overlap(struct span a, struct span b)
{
	uint64_t start = a.start > b.start ? a.start : b.start;
	uint64_t end = a.end < b.end ? a.end : b.end;

	return start < end ? end - start : 0;
}

struct score truth_score(const struct truth *truth, const struct recording *recording,
			 struct span space)
{
	double seen = 0, right = 0, hot = 0;
	struct score score = { 0 };
	size_t i, k;
	uint32_t n;

	for (i = 0; i < recording->nr_windows; i++) {
		const struct window *w = &recording->windows[i];
		const struct step *step = NULL;

		for (k = 0; k < truth->nr && !step; k++) {
			if (truth->steps[k].time.start <= w->start_ns &&
			    w->end_ns <= truth->steps[k].time.end)
				step = &truth->steps[k];
		}
		if (!step)
			continue;
		score.nr_windows++;
		hot += (double)overlap(step->space, space);
		for (n = 0; n < w->nr_regions; n++) {
			struct span region = { w->regions[n].start, w->regions[n].end };

			if (region_rate(w, &w->regions[n]) < HOT_RATE || !overlap(region, space))
				continue;
			if (region.start < space.start)
				region.start = space.start;
			if (region.end > space.end)
				region.end = space.end;
			seen += (double)(region.end - region.start);
			right += (double)overlap(region, step->space);
		}
	}
	score.precision = seen > 0 ? right / seen : 0;
	score.recall = hot > 0 ? right / hot : 0;
	return score;
}
