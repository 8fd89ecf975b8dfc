// SPDX-License-Identifier: GPL-2.0
/*
 * Where a process's hot memory is in physical memory.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "score.h"

#define PAGE		4096ULL
#define PRESENT		(1ULL << 63)
#define PFN_MASK	((1ULL << 55) - 1)

static int by_start(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Page addresses of a piece, appended; returns how many there are then. */
static size_t add_pages(int map, const struct hot_range *piece, uint64_t *pages, size_t nr)
{
	size_t want = (piece->end - piece->start) / PAGE, i;
	ssize_t bytes = (ssize_t)(want * sizeof(*pages));

	if (pread(map, pages + nr, (size_t)bytes,
		  (off_t)(piece->start / PAGE * sizeof(*pages))) != bytes)
		err(1, "pagemap");
	for (i = 0; i < want; i++) {
		if (!(pages[nr + i] & PRESENT))
			errx(1, "hot memory is not in memory");
		pages[nr + i] = (pages[nr + i] & PFN_MASK) * PAGE;
	}
	return nr + want;
}

/**
 * truth_physical() - what is hot, in physical addresses
 * @s:		the workload
 * @truth:	out; @ranges are to be freed
 */
void truth_physical(const struct subject *s, struct truth *truth)
{
	const struct hot_status *status = s->status;
	size_t nr = 0, sum = 0, i;
	uint64_t *pages;
	char path[64];
	uint32_t p;
	int map;

	for (p = 0; p < status->nr_pieces; p++)
		sum += (status->pieces[p].end - status->pieces[p].start) / PAGE;
	pages = calloc(sum, sizeof(*pages));
	truth->ranges = calloc(sum, sizeof(*truth->ranges));
	if (!pages || !truth->ranges)
		err(1, "no memory");
	snprintf(path, sizeof(path), "/proc/%d/pagemap", s->pid);
	map = open(path, O_RDONLY | O_CLOEXEC);
	if (map < 0)
		err(1, "%s", path);
	for (p = 0; p < status->nr_pieces; p++)
		nr = add_pages(map, &status->pieces[p], pages, nr);
	close(map);

	qsort(pages, nr, sizeof(*pages), by_start);
	truth->nr = 0;
	for (i = 0; i < nr; i++) {
		struct hot_range *last = truth->ranges + truth->nr - 1;

		if (truth->nr && last->end == pages[i]) {
			last->end += PAGE;
		} else {
			truth->ranges[truth->nr].start = pages[i];
			truth->ranges[truth->nr++].end = pages[i] + PAGE;
		}
	}
	free(pages);
	say("the hot memory is in %zu parts of physical memory", truth->nr);
}
