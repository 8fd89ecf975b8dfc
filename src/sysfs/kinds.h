/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What stands where in the tables of kinds: indices of files and directories.
 */
#ifndef DAMON_SYSFS_KINDS_H
#define DAMON_SYSFS_KINDS_H

#include "damos/env.h"
#include "sysfs/sysfs.h"

/* kinds_kdamond.c */
extern struct damon_kind damon_kind_root;
extern struct damon_kind damon_kind_kdamond;

enum { DAMON_ROOT_ADMIN };
enum { DAMON_ADMIN_KDAMONDS };
enum { DAMON_KDAMOND_CONTEXTS };
enum { DAMON_CONTEXT_AVAIL_OPERATIONS, DAMON_CONTEXT_OPERATIONS, DAMON_CONTEXT_ADDR_UNIT,
	DAMON_CONTEXT_PAUSE };
enum { DAMON_CONTEXT_ATTRS, DAMON_CONTEXT_TARGETS, DAMON_CONTEXT_SCHEMES };
enum { DAMON_OPERATIONS_VADDR, DAMON_OPERATIONS_FVADDR, DAMON_OPERATIONS_PADDR };

/* kinds_monitor.c */
extern struct damon_kind damon_kind_attrs;
extern struct damon_kind damon_kind_targets;

enum { DAMON_ATTRS_INTERVALS, DAMON_ATTRS_NR_REGIONS, DAMON_ATTRS_PROBES };
enum { DAMON_INTERVALS_SAMPLE_US, DAMON_INTERVALS_AGGR_US, DAMON_INTERVALS_UPDATE_US };
enum { DAMON_INTERVALS_GOAL };
enum { DAMON_GOAL_ACCESS_BP, DAMON_GOAL_AGGRS, DAMON_GOAL_MIN_SAMPLE_US,
	DAMON_GOAL_MAX_SAMPLE_US };
enum { DAMON_SPAN_MIN, DAMON_SPAN_MAX };
enum { DAMON_PROBE_WEIGHT };
enum { DAMON_PROBE_FILTERS };
enum { DAMON_PROBE_FILTER_TYPE, DAMON_PROBE_FILTER_MATCHING, DAMON_PROBE_FILTER_ALLOW,
	DAMON_PROBE_FILTER_PATH };
enum { DAMON_TARGET_PID, DAMON_TARGET_OBSOLETE };
enum { DAMON_TARGET_REGIONS };
enum { DAMON_REGION_START, DAMON_REGION_END };

/* kinds_schemes.c, kinds_parts.c */
extern struct damon_kind damon_kind_schemes;
extern struct damon_kind damon_kind_scheme;
extern struct damon_kind damon_kind_quotas;
extern struct damon_kind damon_kind_core_filters;
extern struct damon_kind damon_kind_ops_filters;
extern struct damon_kind damon_kind_filters;
extern struct damon_kind damon_kind_dests;
extern struct damon_kind damon_kind_tried_regions;

enum { DAMON_SCHEME_ACTION, DAMON_SCHEME_TARGET_NID, DAMON_SCHEME_APPLY_INTERVAL_US };
enum { DAMON_SCHEME_PATTERN, DAMON_SCHEME_QUOTAS, DAMON_SCHEME_WATERMARKS,
	DAMON_SCHEME_CORE_FILTERS, DAMON_SCHEME_OPS_FILTERS, DAMON_SCHEME_FILTERS,
	DAMON_SCHEME_DESTS, DAMON_SCHEME_STATS, DAMON_SCHEME_TRIED_REGIONS };
enum { DAMON_PATTERN_SZ, DAMON_PATTERN_NR_ACCESSES, DAMON_PATTERN_AGE };
enum { DAMON_QUOTAS_MS, DAMON_QUOTAS_BYTES, DAMON_QUOTAS_RESET_INTERVAL_MS,
	DAMON_QUOTAS_EFFECTIVE_BYTES, DAMON_QUOTAS_GOAL_TUNER, DAMON_QUOTAS_FAIL_CHARGE_NUM,
	DAMON_QUOTAS_FAIL_CHARGE_DENOM };
enum { DAMON_QUOTAS_WEIGHTS, DAMON_QUOTAS_GOALS };
enum { DAMON_WEIGHTS_SZ, DAMON_WEIGHTS_NR_ACCESSES, DAMON_WEIGHTS_AGE };
enum { DAMON_QUOTA_GOAL_METRIC, DAMON_QUOTA_GOAL_TARGET_VALUE, DAMON_QUOTA_GOAL_CURRENT_VALUE,
	DAMON_QUOTA_GOAL_NID, DAMON_QUOTA_GOAL_PATH };
/* The metric that is not among the first of enum damos_metric. */
enum { DAMON_METRIC_WORD_ELIGIBLE = DAMOS_INACTIVE_MEM_BP + 1 };
enum { DAMON_WATERMARKS_METRIC, DAMON_WATERMARKS_INTERVAL_US, DAMON_WATERMARKS_HIGH,
	DAMON_WATERMARKS_MID, DAMON_WATERMARKS_LOW };
enum { DAMON_SCHEME_FILTER_TYPE, DAMON_SCHEME_FILTER_MATCHING, DAMON_SCHEME_FILTER_ALLOW,
	DAMON_SCHEME_FILTER_MEMCG_PATH, DAMON_SCHEME_FILTER_ADDR_START,
	DAMON_SCHEME_FILTER_ADDR_END, DAMON_SCHEME_FILTER_MIN, DAMON_SCHEME_FILTER_MAX,
	DAMON_SCHEME_FILTER_TARGET_IDX };
enum { DAMON_FILTER_WORD_ANON, DAMON_FILTER_WORD_ACTIVE, DAMON_FILTER_WORD_MEMCG,
	DAMON_FILTER_WORD_YOUNG, DAMON_FILTER_WORD_HUGEPAGE_SIZE, DAMON_FILTER_WORD_UNMAPPED,
	DAMON_FILTER_WORD_ADDR, DAMON_FILTER_WORD_TARGET };
enum { DAMON_DEST_ID, DAMON_DEST_WEIGHT };
enum { DAMON_STATS_MAX_NR_SNAPSHOTS };
enum { DAMON_TRIED_TOTAL_BYTES };
enum { DAMON_TRIED_START, DAMON_TRIED_END, DAMON_TRIED_NR_ACCESSES, DAMON_TRIED_AGE,
	DAMON_TRIED_SZ_FILTER_PASSED, NR_DAMON_TRIED };
enum { DAMON_TRIED_PROBES };

/* live.c: for the tables */
u64 damon_live_intervals(const struct damon_node *node, const struct damon_file *file,
			 u64 staged);
u64 damon_live_stat(const struct damon_node *node, const struct damon_file *file,
		    u64 staged);
u64 damon_live_bytes(const struct damon_node *node, const struct damon_file *file,
		     u64 staged);
u64 damon_live_quota(const struct damon_node *node, const struct damon_file *file,
		     u64 staged);
u64 damon_live_goal(const struct damon_node *node, const struct damon_file *file,
		    u64 staged);

/* kdamond.c: for the tables */
int damon_kdamond_init(struct damon_node *node);
void damon_kdamond_exit(struct damon_node *node);
void damon_kdamond_leave(struct damon_node *node);
int damon_kdamonds_busy(struct damon_node *node);
ssize_t damon_pid_show(struct damon_node *node, char *buf);

/**
 * damon_node_dir() - a directory that is always there
 * @node:	the directory that it is in
 * @dir:	its index in damon_kind.dirs
 */
static inline struct damon_node *damon_node_dir(const struct damon_node *node, u32 dir)
{
	return node->dirs[dir];
}

#endif /* DAMON_SYSFS_KINDS_H */
