// SPDX-License-Identifier: GPL-2.0
/*
 * Byte-weighted precision and recall of the regions found accessed in a tenth
 * or more of their samples.
 */
#include <err.h>
#include <stdlib.h>

#include "score.h"

static uint64_t overlap(uint64_t start, uint64_t end, const struct hot_range *range)
{
	uint64_t from = start > range->start ? start : range->start;
	uint64_t to = end < range->end ? end : range->end;

	return from < to ? to - from : 0;
}

static bool called_hot(const struct mon_region *r, uint32_t max_nr_accesses)
{
	return r->nr_accesses && 10ULL * r->nr_accesses >= max_nr_accesses;
}

void score_snapshot(const struct mon_snapshot *snap, const struct truth *truth,
		    struct score *score)
{
	uint64_t called = 0, right = 0, hot = 0;
	size_t i, p;

	for (p = 0; p < truth->nr; p++)
		hot += truth->ranges[p].end - truth->ranges[p].start;
	for (i = 0; i < snap->nr; i++) {
		const struct mon_region *r = &snap->regions[i];

		if (!called_hot(r, snap->max_nr_accesses))
			continue;
		called += r->end - r->start;
		for (p = 0; p < truth->nr; p++)
			right += overlap(r->start, r->end, &truth->ranges[p]);
	}
	score->precision = called ? (double)right / (double)called : 0;
	score->recall = (double)right / (double)hot;
	score->f1 = right ? 2 * score->precision * score->recall /
			    (score->precision + score->recall) : 0;
}

/* Each member's own median. */
void score_median(const struct score *scores, size_t nr, struct score *out)
{
	double *values = calloc(nr, sizeof(*values));
	size_t i;

	if (!values)
		err(1, "no memory");
	for (i = 0; i < nr; i++)
		values[i] = scores[i].precision;
	out->precision = median(values, nr);
	for (i = 0; i < nr; i++)
		values[i] = scores[i].recall;
	out->recall = median(values, nr);
	for (i = 0; i < nr; i++)
		values[i] = scores[i].f1;
	out->f1 = median(values, nr);
	free(values);
}
