/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Address spaces with known accesses: the truth that monitors are judged by.
 */
#ifndef SIM_PATTERN_H
#define SIM_PATTERN_H

#include <linux/types.h>

#define PAGE	4096ULL
#define MIB	(1ULL << 20)
#define GIB	(1ULL << 30)
#define TIB	(1ULL << 40)

/**
 * struct piece - a part of the space that is accessed alike
 * @start:	first address
 * @end:	first address behind it
 * @rate:	in how many of the sampling intervals each page is touched, 0 to 1
 */
struct piece {
	u64 start;
	u64 end;
	double rate;
};

enum rates {
	RATE_SAME,	/* all of scenario.rate */
	RATE_SPREAD,	/* evenly between 0.05 and 1, in random order */
	RATE_ZIPF,	/* 1, 1/2, 1/3 ..., in random order */
};

/**
 * struct scenario - what to simulate: one row of the table
 * @name:	for people, unique
 * @space:	bytes monitored
 * @hot:	bytes of all pieces together
 * @pieces:	number of pieces
 * @rates:	how often they are touched
 * @rate:	see RATE_SAME; 0 is 1
 * @noise:	how often all the rest is touched
 * @cluster:	bytes in the middle of the space where all pieces lie; 0: anywhere
 * @packed:	pieces lie side by side, from the start of the space
 * @together:	a piece is touched as a whole in an interval, or not at all
 * @moves:	every so many windows all pieces go elsewhere
 * @grows:	every window pieces become longer by this part of what they were, to
 *		their eightfold, then begin again
 * @samples:	per window; 0 is 20
 * @max:	most regions; 0 is 1000
 * @min:	least regions; 0 is 10
 * @windows:	to simulate
 */
struct scenario {
	const char *name;
	u64 space;
	u64 hot;
	u32 pieces;
	enum rates rates;
	double rate;
	double noise;
	u64 cluster;
	bool packed;
	bool together;
	u32 moves;
	double grows;
	u32 samples;
	u32 max;
	u32 min;
	u32 windows;
};

/**
 * struct pattern - the truth at a moment
 * @of:		what it is made from
 * @start:	first address of the space
 * @end:	first address behind it
 * @pieces:	sorted and disjoint, @nr of them
 * @nr:		how many
 * @window:	which window it is
 * @random:	source of randomness, not that of any monitor
 * @beat:	differs in each interval, for @together
 */
struct pattern {
	const struct scenario *of;
	u64 start;
	u64 end;
	struct piece *pieces;
	u32 nr;
	u32 window;
	u64 random;
	u64 beat;
};

void pattern_init(struct pattern *p, const struct scenario *of, u64 seed);
void pattern_free(struct pattern *p);
bool pattern_next_window(struct pattern *p);
void pattern_tick(struct pattern *p);
bool pattern_touched(struct pattern *p, u64 addr);

#endif /* SIM_PATTERN_H */
