/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two monitors behind one interface, so that a test can have them look at the
 * same process in turn: the module's, through /dev/damon, and the kernel's
 * own, through its sysfs files.
 *
 * Programs that use this run in a VM, as root.  What a test cannot do without
 * ends it, with a message and status 1, when it fails.
 */
#ifndef MONITOR_H
#define MONITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * struct mon_scheme - what is to be done to all regions at each window's end
 * @keyword:	the action for the built-in monitor
 * @action:	DAMON_ACTION_*, the same
 * @node:	where that moves memory to
 * @group:	path of a cgroup from where cgroups are mounted: only its memory is
 *		meant.  Or NULL
 */
struct mon_scheme {
	const char *keyword;
	uint32_t action;
	uint32_t node;
	const char *group;
};

/**
 * struct mon_attrs - intervals and numbers of regions
 * @sample_us:	sampling interval
 * @aggr_us:	aggregation interval
 * @min:	fewest regions
 * @max:	most regions
 * @flags:	of struct damon_commit, for the module's
 * @goal_bp:	goal of tuning the intervals, for the module's
 * @goal_aggrs:	windows from one tuning to the next, or 0
 * @max_sample_us: longest sampling interval of tuning
 * @scheme:	NULL: nothing is done
 */
struct mon_attrs {
	uint64_t sample_us;
	uint64_t aggr_us;
	uint32_t min;
	uint32_t max;
	uint32_t flags;
	uint32_t goal_bp;
	uint32_t goal_aggrs;
	uint64_t max_sample_us;
	const struct mon_scheme *scheme;
};

/**
 * struct mon_region - one region of a complete window
 * @start:	first byte
 * @end:	first byte behind it
 * @nr_accesses: samples of the window that found it accessed
 */
struct mon_region {
	uint64_t start;
	uint64_t end;
	uint32_t nr_accesses;
};

/**
 * struct mon_snapshot - regions of the last complete window
 * @regions:	the regions; the next snapshot reuses the memory
 * @nr:		how many
 * @room:	how many fit
 * @max_nr_accesses: samples per region in a window
 */
struct mon_snapshot {
	struct mon_region *regions;
	size_t nr;
	size_t room;
	uint32_t max_nr_accesses;
};

/**
 * struct mon_cost - what a monitor has done so far
 * @cpu_ns:	CPU time of its thread
 * @samples:	regions sampled, summed over all ticks
 * @now_ns:	CLOCK_MONOTONIC
 */
struct mon_cost {
	uint64_t cpu_ns;
	uint64_t samples;
	uint64_t now_ns;
};

struct monitor;

/**
 * struct mon_ops - a kind of monitor
 * @name:	for people
 * @start:	begin to monitor the virtual addresses of a process; or all of
 *		physical memory, whatever @pid
 * @stop:	end that
 * @snapshot:	wait until a window is complete that was not when the last
 *		snapshot was taken, and get its regions
 * @cost:	see struct mon_cost; both monitors answer between two windows
 */
struct mon_ops {
	const char *name;
	void (*start)(struct monitor *m, pid_t pid, const struct mon_attrs *attrs);
	void (*stop)(struct monitor *m);
	void (*snapshot)(struct monitor *m, struct mon_snapshot *snap);
	void (*cost)(struct monitor *m, struct mon_cost *cost);
};

/**
 * struct monitor - a monitor, running or not
 * @ops:	its kind
 * @given:	the range that kinds need that are given one
 * @attrs:	as started
 * @fd:		session of the device
 * @seq:	last window seen
 * @worker:	its thread
 */
struct monitor {
	const struct mon_ops *ops;
	struct mon_region given;
	struct mon_attrs attrs;
	int fd;
	uint64_t seq;
	pid_t worker;
};

#define __printf(fmt, args)	__attribute__((__format__(__printf__, fmt, args)))

extern const struct mon_ops mon_device;
extern const struct mon_ops mon_device_fvaddr;
extern const struct mon_ops mon_device_paddr;
extern const struct mon_ops mon_builtin;
extern const struct mon_ops mon_builtin_paddr;

/* Below a directory of the sysfs files of the built-in monitor: its only scheme. */
#define BUILTIN_ADMIN	"/sys/kernel/mm/damon/admin/kdamonds"
#define BUILTIN_SCHEME	BUILTIN_ADMIN "/0/contexts/0/schemes/0"

bool builtin_present(void);
bool builtin_stat_set(bool on);
void builtin_command(const char *word);

#define GROUPS	"/sys/fs/cgroup"

struct damon_snapshot;
int device_snapshot(const struct monitor *m, struct damon_snapshot *s);

/* system.c */
uint64_t now_ns(void);
void sleep_us(uint64_t us);
bool have_file(const char *path);
size_t read_file(const char *path, char *buf, size_t room);
uint64_t read_number(const char *path);
void write_file(const char *path, const char *text);
void write_number(const char *path, uint64_t value);
uint64_t cpu_ns_of(pid_t tid);
size_t find_threads(const char *prefix, pid_t *tids, size_t room);
__printf(1, 2) void say(const char *fmt, ...);
__printf(2, 3) bool verdict(bool ok, const char *fmt, ...);
int nr_failed(void);
int compare_doubles(const void *a, const void *b);
double median(double *values, size_t nr);

#endif /* MONITOR_H */
