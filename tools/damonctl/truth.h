/* SPDX-License-Identifier: GPL-2.0 */
/* What a workload says it really accessed. */
#ifndef DAMONCTL_TRUTH_H
#define DAMONCTL_TRUTH_H

#include <stdbool.h>
#include <stddef.h>

#include "heatmap.h"

/**
 * struct step - memory that was hot for a while
 * @time:	ns, CLOCK_MONOTONIC
 * @space:	addresses
 */
struct step {
	struct span time;
	struct span space;
};

/** struct truth - all steps of a workload */
struct truth {
	struct step *steps;
	size_t nr;
};

/**
 * truth_load - read a file of steps
 * @path:	lines of start_ns, end_ns, start_addr, end_addr, decimal or 0x...;
 *		empty lines and lines that begin with # do not count
 * @truth:	out
 *
 * Returns false after telling the user why.
 */
bool truth_load(const char *path, struct truth *truth);

/** truth_free - give its memory back */
void truth_free(struct truth *truth);

/**
 * truth_map - a heatmap of the truth
 * @truth:	steps
 * @like:	matrix with the wanted size and ranges
 * @map:	out
 */
void truth_map(const struct truth *truth, const struct heatmap *like, struct heatmap *map);

/**
 * struct score - how well a recording agrees with the truth
 * @precision:	share of the bytes seen hot that were hot
 * @recall:	share of the hot bytes that were seen hot
 * @nr_windows:	windows that lay inside one step; only these count
 */
struct score {
	double precision;
	double recall;
	size_t nr_windows;
};

/**
 * truth_score - compare a recording with the truth
 * @truth:	steps
 * @recording:	recording
 * @space:	addresses to look at
 *
 * A region is seen hot if at least HOT_RATE of its samples were positive.
 * Weighted by bytes and windows.
 */
struct score truth_score(const struct truth *truth, const struct recording *recording,
			 struct span space);

#endif
