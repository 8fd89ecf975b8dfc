/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How well a snapshot tells what was hot.
 */
#ifndef SCORE_H
#define SCORE_H

#include "monitor.h"
#include "subject.h"

/**
 * struct truth - what is hot, in the addresses of a monitor
 * @ranges:	sorted, disjoint
 * @nr:		how many
 */
struct truth {
	struct hot_range *ranges;
	size_t nr;
};

/**
 * struct score - one snapshot beside the truth, all by bytes
 * @precision:	of what the monitor calls hot, how much is
 * @recall:	of what is hot, how much the monitor calls so
 * @f1:		harmonic mean of the two
 */
struct score {
	double precision;
	double recall;
	double f1;
};

void score_snapshot(const struct mon_snapshot *snap, const struct truth *truth,
		    struct score *score);
void score_median(const struct score *scores, size_t nr, struct score *out);

/* physical.c */
void truth_physical(const struct subject *s, struct truth *truth);

#endif /* SCORE_H */
