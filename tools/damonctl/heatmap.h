/* SPDX-License-Identifier: GPL-2.0 */
/* Access rates over time and address. */
#ifndef DAMONCTL_HEATMAP_H
#define DAMONCTL_HEATMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recording.h"

/**
 * struct heatmap - a matrix of access rates
 * @time:	first and last time, ns
 * @space:	first and last address
 * @nr_times:	cells along the time
 * @nr_addrs:	cells along the addresses
 * @rates:	[time][address], 0 to 1, weighted by time and bytes; negative
 *		where nothing was recorded
 * @weights:	how many ns times bytes of each cell were recorded
 * @max_rate:	highest of @rates; valid after heatmap_finish()
 */
struct heatmap {
	struct span time;
	struct span space;
	unsigned int nr_times;
	unsigned int nr_addrs;
	double *rates;
	double *weights;
	double max_rate;
};

/**
 * heatmap_init - an empty matrix
 * @map:	out
 * @time:	ns covered
 * @space:	addresses covered
 * @nr_times:	cells along the time, at least 1
 * @nr_addrs:	cells along the addresses, at least 1
 */
void heatmap_init(struct heatmap *map, struct span time, struct span space, unsigned int nr_times,
		  unsigned int nr_addrs);

/**
 * heatmap_add - add what a window saw
 * @map:	matrix
 * @window:	window; what is outside the matrix does not count
 */
void heatmap_add(struct heatmap *map, const struct window *window);

/**
 * heatmap_finish - turn sums into rates
 * @map:	matrix; nothing can be added afterwards
 */
void heatmap_finish(struct heatmap *map);

/** heatmap_rate - one cell, negative if nothing was recorded there */
double heatmap_rate(const struct heatmap *map, unsigned int time, unsigned int addr);

/** heatmap_free - give its memory back */
void heatmap_free(struct heatmap *map);

/**
 * cell_edge - where a cell begins
 * @range:	whole range
 * @nr:		cells in it
 * @i:		0 to @nr
 */
uint64_t cell_edge(struct span range, unsigned int nr, unsigned int i);

/**
 * struct part - a contiguous part of the recorded address space
 * @span:	its addresses
 * @heat:	accessed bytes times ns, for comparing parts
 */
struct part {
	struct span span;
	double heat;
};

/**
 * recording_parts - the contiguous parts of all windows together
 * @recording:	recording
 * @parts:	out: malloc'ed, sorted by address
 *
 * Returns how many there are.
 */
size_t recording_parts(const struct recording *recording, struct part **parts);

/**
 * main_part - the part worth looking at first
 * @parts:	parts
 * @nr:		at least 1
 *
 * Returns the index of the one with the most accessed memory; if none was
 * accessed, of the biggest.
 */
size_t main_part(const struct part *parts, size_t nr);

/** recording_time - from the first window's begin to the last one's end */
struct span recording_time(const struct recording *recording);

#endif
