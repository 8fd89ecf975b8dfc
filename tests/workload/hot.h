/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the workload `hot` tells while it runs: a file of --status, to be
 * mapped by whoever started it.
 */
#ifndef HOT_H
#define HOT_H

#include <stdint.h>

#define HOT_MAX_PIECES	256

/**
 * struct hot_range - [start, end)
 * @start:	first byte
 * @end:	first byte behind it
 */
struct hot_range {
	uint64_t start;
	uint64_t end;
};

/**
 * struct hot_status - the status file, both sides use atomic accesses
 * @ready:	not 0 once all memory was touched and the sweeps go on
 * @nr_pieces:	number of hot pieces in @pieces, in address order
 * @all:	the memory that was touched
 * @pieces:	what is swept
 * @limit_ns:	written by the reader: the time within which a sweep should
 *		follow the last one
 * @nr_sweeps:	sweeps so far
 * @nr_late:	of these, those that ended later than @limit_ns after the one
 *		before
 * @busy_ns:	time spent in sweeps, without the pauses
 */
struct hot_status {
	uint32_t ready;
	uint32_t nr_pieces;
	struct hot_range all;
	struct hot_range pieces[HOT_MAX_PIECES];
	uint64_t limit_ns;
	uint64_t nr_sweeps;
	uint64_t nr_late;
	uint64_t busy_ns;
};

#endif /* HOT_H */
