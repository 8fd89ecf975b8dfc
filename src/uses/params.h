/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every parameter of the ready-made uses: the whole list.
 *
 *	X(use, name, kind, first, least, most, text)	what can be written
 *	X(use, name, show, scheme, field, text)		what can only be read
 *
 * The module's parameter is called use_name.  Names, units and defaults are those of
 * the modules damon_stat, damon_reclaim and damon_lru_sort of Linux 7.3.  @kind is enum
 * damon_param_kind's; numbers are from @least to @most and begin as @first.  @show
 * stands for damon_show_@show(), which may go by @scheme and @field.
 */
#ifndef DAMON_USES_PARAMS_H
#define DAMON_USES_PARAMS_H

#include <linux/kobject.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/sysfs.h>
#include <linux/types.h>

#include "damos/damos.h"

/* Ten years, as for sessions, and as many regions. */
#define DAMON_USE_LONGEST_US	(10ULL * 365 * 24 * 3600 * 1000 * 1000)
#define DAMON_USE_LONGEST_MS	(DAMON_USE_LONGEST_US / 1000)
#define DAMON_USE_MAX_REGIONS	(1U << 17)

#define DAMON_STATS(field)	offsetof(struct damos_stats, field)

/* What all uses with schemes have. */
#define DAMON_SHARED_PARAMS(X, use, high, mid, low)				\
	X(use, commit_inputs, COMMIT, 0, 0, 1,					\
	  "Y: apply the other parameters, which were changed since it was enabled") \
	X(use, sample_interval, NUMBER, 5000, 1, DAMON_USE_LONGEST_US,		\
	  "sampling interval in us")						\
	X(use, aggr_interval, NUMBER, 100000, 1, DAMON_USE_LONGEST_US,		\
	  "aggregation interval in us")						\
	X(use, min_nr_regions, NUMBER, 10, 3, DAMON_USE_MAX_REGIONS,		\
	  "fewest regions")							\
	X(use, max_nr_regions, NUMBER, 1000, 3, DAMON_USE_MAX_REGIONS,		\
	  "most regions")							\
	X(use, monitor_region_start, START, 0, 0, U64_MAX,			\
	  "first address to watch, in addr_unit; 0 and 0: all memory there is")	\
	X(use, monitor_region_end, END, 0, 0, U64_MAX,				\
	  "first address behind that")						\
	X(use, addr_unit, UNIT, 1, 1, PAGE_SIZE,				\
	  "bytes that an address and all sizes count, a power of two")		\
	X(use, autotune_monitoring_intervals, FLAG, 0, 0, 1,			\
	  "Y: the two intervals are tuned, from 5 ms and 100 ms on")		\
	X(use, quota_ms, NUMBER, 10, 0, DAMON_USE_LONGEST_MS,			\
	  "CPU time that it may take in quota_reset_interval_ms; 0: any")	\
	X(use, quota_reset_interval_ms, NUMBER, 1000, 0, DAMON_USE_LONGEST_MS,	\
	  "what the quotas are for")						\
	X(use, wmarks_interval, NUMBER, 5000000, 1, DAMON_USE_LONGEST_US,	\
	  "how often free memory is looked at while it does nothing, in us")	\
	X(use, wmarks_high, NUMBER, high, 0, 1000,				\
	  "with more free memory than this, in 1/1000, it does nothing")	\
	X(use, wmarks_mid, NUMBER, mid, 0, 1000,				\
	  "with less than this it begins")					\
	X(use, wmarks_low, NUMBER, low, 0, 1000,				\
	  "with less than this it does nothing")

#define DAMON_STAT_PARAMS(X)							\
	X(stat, enabled, ENABLED, 0, 0, 1,					\
	  "Y: tell for how long memory has been idle (default N)")

#define DAMON_RECLAIM_PARAMS(X)							\
	X(reclaim, enabled, ENABLED, 0, 0, 1,					\
	  "Y: page out memory that has been idle for long (default N)")		\
	X(reclaim, min_age, NUMBER, 120000000, 0, U64_MAX,			\
	  "how long memory must have been idle, in us")				\
	X(reclaim, quota_sz, NUMBER, 134217728, 0, U64_MAX,			\
	  "how much it may try in quota_reset_interval_ms; 0: any")		\
	X(reclaim, quota_mem_pressure_us, NUMBER, 0, 0, U64_MAX,		\
	  "some memory pressure in quota_reset_interval_ms to aim at; 0: none")	\
	X(reclaim, quota_autotune_feedback, NUMBER, 0, 0, U64_MAX,		\
	  "what the user finds, to aim at 10000; 0: nothing")			\
	X(reclaim, skip_anon, FLAG, 0, 0, 1,					\
	  "Y: leave anonymous memory alone")					\
	DAMON_SHARED_PARAMS(X, reclaim, 500, 400, 200)

#define DAMON_LRU_SORT_PARAMS(X)						\
	X(lru_sort, enabled, ENABLED, 0, 0, 1,					\
	  "Y: have reclaim spare hot memory and take idle memory first (default N)") \
	X(lru_sort, hot_thres_access_freq, NUMBER, 500, 0, 1000,		\
	  "from how many of the samples on memory is hot, in 1/1000")		\
	X(lru_sort, cold_min_age, NUMBER, 120000000, 0, U64_MAX,		\
	  "how long memory must have been idle, in us")				\
	X(lru_sort, active_mem_bp, NUMBER, 0, 0, 10000,				\
	  "active part of memory to aim at, in 1/10000; 0: none")		\
	X(lru_sort, filter_young_pages, FLAG, 0, 0, 1,				\
	  "Y: ask each page whether it was accessed, too")			\
	DAMON_SHARED_PARAMS(X, lru_sort, 200, 150, 50)

#define DAMON_INPUTS(X)								\
	DAMON_STAT_PARAMS(X)							\
	DAMON_RECLAIM_PARAMS(X)							\
	DAMON_LRU_SORT_PARAMS(X)

#define DAMON_OUTPUTS(X)							\
	X(stat, kdamond_pid, pid, 0, 0, "the worker's process id, or -1")	\
	X(stat, estimated_memory_bandwidth, bandwidth, 0, 0,			\
	  "bytes that are accessed in a second, at least")			\
	X(stat, memory_idle_ms_percentiles, percentiles, 0, 0,			\
	  "idle times of memory in ms, by percent of it; below 0: in use for so long") \
	X(stat, aggr_interval_us, aggr, 0, 0, "aggregation interval in us")	\
	X(reclaim, kdamond_pid, pid, 0, 0, "the worker's process id, or -1")	\
	X(reclaim, nr_reclaim_tried_regions, count, 0, DAMON_STATS(nr_tried),	\
	  "regions that it has tried to page out")				\
	X(reclaim, bytes_reclaim_tried_regions, bytes, 0, DAMON_STATS(sz_tried), \
	  "their size, in addr_unit")						\
	X(reclaim, nr_reclaimed_regions, count, 0, DAMON_STATS(nr_applied),	\
	  "those of which it has paged out something")				\
	X(reclaim, bytes_reclaimed_regions, bytes, 0, DAMON_STATS(sz_applied),	\
	  "what it has paged out, in addr_unit")				\
	X(reclaim, nr_quota_exceeds, count, 0, DAMON_STATS(qt_exceeds),		\
	  "how often the quota was less than there was to do")			\
	X(lru_sort, kdamond_pid, pid, 0, 0, "the worker's process id, or -1")	\
	X(lru_sort, nr_lru_sort_tried_hot_regions, count, 0, DAMON_STATS(nr_tried), \
	  "hot regions that it has tried to sort")				\
	X(lru_sort, bytes_lru_sort_tried_hot_regions, bytes, 0, DAMON_STATS(sz_tried), \
	  "their size, in addr_unit")						\
	X(lru_sort, nr_lru_sorted_hot_regions, count, 0, DAMON_STATS(nr_applied), \
	  "those of which it has sorted something")				\
	X(lru_sort, bytes_lru_sorted_hot_regions, bytes, 0, DAMON_STATS(sz_applied), \
	  "hot memory that it has sorted, in addr_unit")			\
	X(lru_sort, nr_hot_quota_exceeds, count, 0, DAMON_STATS(qt_exceeds),	\
	  "how often the quota was less than there was hot memory")		\
	X(lru_sort, nr_lru_sort_tried_cold_regions, count, 1, DAMON_STATS(nr_tried), \
	  "idle regions that it has tried to sort")				\
	X(lru_sort, bytes_lru_sort_tried_cold_regions, bytes, 1, DAMON_STATS(sz_tried), \
	  "their size, in addr_unit")						\
	X(lru_sort, nr_lru_sorted_cold_regions, count, 1, DAMON_STATS(nr_applied), \
	  "those of which it has sorted something")				\
	X(lru_sort, bytes_lru_sorted_cold_regions, bytes, 1, DAMON_STATS(sz_applied), \
	  "idle memory that it has sorted, in addr_unit")			\
	X(lru_sort, nr_cold_quota_exceeds, count, 1, DAMON_STATS(qt_exceeds),	\
	  "how often the quota was less than there was idle memory")

enum {
#define X(use, name, kind, first, least, most, text) DAMON_PARAM_##use##_##name,
	DAMON_INPUTS(X)
#undef X
#define X(use, name, show, scheme, field, text) DAMON_PARAM_##use##_##name,
	DAMON_OUTPUTS(X)
#undef X
	NR_DAMON_PARAMS
};

/* The place of those that uses share, from damon_use.shared on. */
enum {
#define X(use, name, kind, first, least, most, text) DAMON_SHARED_##name,
	DAMON_SHARED_PARAMS(X, any, 0, 0, 0)
#undef X
};

/**
 * enum damon_param_kind - what writing to a parameter means
 * @DAMON_PARAM_NUMBER:	a number
 * @DAMON_PARAM_START:	a number; 0 there and in @DAMON_PARAM_END: shows what is found
 * @DAMON_PARAM_END:	likewise
 * @DAMON_PARAM_UNIT:	a number that is a power of two
 * @DAMON_PARAM_FLAG:	yes or no
 * @DAMON_PARAM_ENABLED: begin or end
 * @DAMON_PARAM_COMMIT:	apply the others
 * @DAMON_PARAM_SHOWN:	nothing can be written
 */
enum damon_param_kind {
	DAMON_PARAM_NUMBER,
	DAMON_PARAM_START,
	DAMON_PARAM_END,
	DAMON_PARAM_UNIT,
	DAMON_PARAM_FLAG,
	DAMON_PARAM_ENABLED,
	DAMON_PARAM_COMMIT,
	DAMON_PARAM_SHOWN,
};

struct damon_use;

/**
 * struct damon_param - a parameter
 * @use:	whose
 * @name:	without the use's
 * @kind:	see there
 * @value:	what was written
 * @least:	of numbers
 * @most:	of numbers
 * @show:	what can only be read: writes it to @buf, as sysfs_emit()
 * @scheme:	for @show
 * @field:	for @show: where in struct damos_stats
 * @file:	its file below the directory of its use
 *
 * @value is protected by damon_uses_lock; all else is constant.
 */
struct damon_param {
	struct damon_use *use;
	const char *name;
	enum damon_param_kind kind;
	u64 value;
	u64 least;
	u64 most;
	int (*show)(const struct damon_param *param, char *buf);
	u32 scheme;
	u32 field;
	struct kobj_attribute file;
};

extern struct damon_param damon_params[NR_DAMON_PARAMS];

/* What was written to a parameter.  damon_uses_lock is held. */
#define damon_param_value(use, name)	(damon_params[DAMON_PARAM_##use##_##name].value)

/* show.c, stat.c: with damon_uses_lock held */
int damon_show_pid(const struct damon_param *param, char *buf);
int damon_show_count(const struct damon_param *param, char *buf);
int damon_show_bytes(const struct damon_param *param, char *buf);
int damon_show_border(const struct damon_param *param, char *buf);
int damon_show_aggr(const struct damon_param *param, char *buf);
int damon_show_bandwidth(const struct damon_param *param, char *buf);
int damon_show_percentiles(const struct damon_param *param, char *buf);

#endif /* DAMON_USES_PARAMS_H */
