/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who competes in the simulator.
 */
#ifndef SIM_MONITOR_H
#define SIM_MONITOR_H

#include "pattern.h"

/**
 * struct found - a region that a monitor reports
 * @start:	first address
 * @end:	first address behind it
 * @hits:	of how many samples it was found accessed
 */
struct found {
	u64 start;
	u64 end;
	u32 hits;
};

/**
 * struct snapshot - a complete window
 * @found:	sorted and disjoint, @nr of them
 * @nr:		how many
 * @samples:	taken per region
 * @checks:	pages looked at in the window
 * @ns:		time that the monitor spent on it, without looking at pages
 */
struct snapshot {
	const struct found *found;
	u32 nr;
	u32 samples;
	u64 checks;
	u64 ns;
};

/**
 * struct monitor - one who watches a pattern
 * @name:	for people
 * @begin:	returns what the other two get
 * @window:	watches for one window
 * @end:	frees all
 */
struct monitor {
	const char *name;
	void *(*begin)(struct pattern *p, u64 seed);
	void (*window)(void *data, struct snapshot *snap);
	void (*end)(void *data);
};

extern const struct monitor ours;
extern const struct monitor upstream;

u64 clock_ns(void);

#endif /* SIM_MONITOR_H */
