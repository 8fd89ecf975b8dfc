/* SPDX-License-Identifier: GPL-2.0 */
/* One window as text: strips of address spaces and a table of regions. */
#ifndef DAMONCTL_VIEW_H
#define DAMONCTL_VIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "window.h"

/* How the table is sorted. */
enum view_sort {
	SORT_RATE,
	SORT_SIZE,
	SORT_AGE,
	SORT_ADDRESS,
	NR_SORTS,
};

/** view_sort_name - for people */
const char *view_sort_name(enum view_sort sort);

/**
 * view_sort_regions - the regions in table order
 * @window:	window
 * @sort:	order; the biggest value first, addresses ascending
 *
 * Returns a malloc'ed array of pointers into the window.
 */
const struct region **view_sort_regions(const struct window *window, enum view_sort sort);

/**
 * view_strip - average access rates along a part of the address space
 * @window:	window
 * @part:	addresses
 * @rates:	out: @nr rates, negative where there is no region
 * @nr:		cells
 */
void view_strip(const struct window *window, struct span part, double *rates, unsigned int nr);

/* Room for a column's name. */
#define PROBE_NAME	13

/**
 * view_probe_name - a probe's name, cut to fit over a column
 * @buf:	PROBE_NAME bytes
 * @probe:	"anon" or "memcg:PATH"; NULL if nobody knows
 *
 * Of a path the end is kept.  Returns @buf.
 */
const char *view_probe_name(char *buf, const char *probe);

/** view_seconds - a region's age in seconds */
double view_seconds(const struct window *window, const struct region *region);

/**
 * view_print - print a window
 * @out:	where
 * @window:	window
 * @probes:	what its probes are called, MAX_PROBES of them, NULL where unknown
 * @cols:	width of the strips
 * @sort:	order of the table
 * @max_rows:	rows of the table, and processes, 0 for all
 * @colours:	strips in 256 colours, else digits 0 to 9
 */
void view_print(FILE *out, const struct window *window, const char *const *probes,
		unsigned int cols, enum view_sort sort, size_t max_rows, bool colours);

#endif
