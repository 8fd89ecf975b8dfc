// SPDX-License-Identifier: GPL-2.0
/*
 * The tree: how to monitor, and what.
 */
#include <linux/kernel.h>

#include "abi/abi.h"
#include "sysfs/kinds.h"

#define MAX_TARGETS	1024
#define MAX_REGIONS	65536
#define MAX_FILTERS	32

static struct damon_file goal_files[] = {
	[DAMON_GOAL_ACCESS_BP] = { .name = "access_bp" },
	[DAMON_GOAL_AGGRS] = { .name = "aggrs" },
	[DAMON_GOAL_MIN_SAMPLE_US] = { .name = "min_sample_us" },
	[DAMON_GOAL_MAX_SAMPLE_US] = { .name = "max_sample_us" },
};

static struct damon_kind kind_goal = {
	.files = goal_files,
	.nr_files = ARRAY_SIZE(goal_files),
};

static struct damon_file intervals_files[] = {
	[DAMON_INTERVALS_SAMPLE_US] = { .name = "sample_us", .def = 5000,
		.live = damon_live_intervals, .arg = DAMON_INTERVALS_SAMPLE_US },
	[DAMON_INTERVALS_AGGR_US] = { .name = "aggr_us", .def = 100000,
		.live = damon_live_intervals, .arg = DAMON_INTERVALS_AGGR_US },
	[DAMON_INTERVALS_UPDATE_US] = { .name = "update_us", .def = 60000000 },
};

static const struct damon_dir intervals_dirs[] = {
	[DAMON_INTERVALS_GOAL] = { "intervals_goal", &kind_goal },
};

static struct damon_kind kind_intervals = {
	.files = intervals_files,
	.nr_files = ARRAY_SIZE(intervals_files),
	.dirs = intervals_dirs,
	.nr_dirs = ARRAY_SIZE(intervals_dirs),
};

static struct damon_file nr_regions_files[] = {
	[DAMON_SPAN_MIN] = { .name = "min", .def = 10 },
	[DAMON_SPAN_MAX] = { .name = "max", .def = 1000 },
};

static struct damon_kind kind_nr_regions = {
	.files = nr_regions_files,
	.nr_files = ARRAY_SIZE(nr_regions_files),
};

static const char *const probe_filter_types[] = { "anon", "memcg", NULL };

static struct damon_file probe_filter_files[] = {
	[DAMON_PROBE_FILTER_TYPE] = { .name = "type", .type = DAMON_FILE_WORD,
		.words = probe_filter_types },
	[DAMON_PROBE_FILTER_MATCHING] = { .name = "matching", .type = DAMON_FILE_BOOL },
	[DAMON_PROBE_FILTER_ALLOW] = { .name = "allow", .type = DAMON_FILE_BOOL },
	[DAMON_PROBE_FILTER_PATH] = { .name = "path", .type = DAMON_FILE_TEXT },
};

static struct damon_kind kind_probe_filter = {
	.files = probe_filter_files,
	.nr_files = ARRAY_SIZE(probe_filter_files),
};

static struct damon_file probe_filters_files[] = {
	{ .name = "nr_filters", .type = DAMON_FILE_COUNT },
};

static struct damon_kind kind_probe_filters = {
	.files = probe_filters_files,
	.nr_files = ARRAY_SIZE(probe_filters_files),
	.child = &kind_probe_filter,
	.max_children = MAX_FILTERS,
};

static struct damon_file probe_files[] = {
	[DAMON_PROBE_WEIGHT] = { .name = "weight", .type = DAMON_FILE_U32 },
};

static const struct damon_dir probe_dirs[] = {
	[DAMON_PROBE_FILTERS] = { "filters", &kind_probe_filters },
};

static struct damon_kind kind_probe = {
	.files = probe_files,
	.nr_files = ARRAY_SIZE(probe_files),
	.dirs = probe_dirs,
	.nr_dirs = ARRAY_SIZE(probe_dirs),
};

static struct damon_file probes_files[] = {
	{ .name = "nr_probes", .type = DAMON_FILE_COUNT },
};

static struct damon_kind kind_probes = {
	.files = probes_files,
	.nr_files = ARRAY_SIZE(probes_files),
	.child = &kind_probe,
	.max_children = DAMON_MAX_PROBES,
};

static const struct damon_dir attrs_dirs[] = {
	[DAMON_ATTRS_INTERVALS] = { "intervals", &kind_intervals },
	[DAMON_ATTRS_NR_REGIONS] = { "nr_regions", &kind_nr_regions },
	[DAMON_ATTRS_PROBES] = { "probes", &kind_probes },
};

struct damon_kind damon_kind_attrs = {
	.dirs = attrs_dirs,
	.nr_dirs = ARRAY_SIZE(attrs_dirs),
};

static struct damon_file region_files[] = {
	[DAMON_REGION_START] = { .name = "start" },
	[DAMON_REGION_END] = { .name = "end" },
};

static struct damon_kind kind_region = {
	.files = region_files,
	.nr_files = ARRAY_SIZE(region_files),
};

static struct damon_file regions_files[] = {
	{ .name = "nr_regions", .type = DAMON_FILE_COUNT },
};

static struct damon_kind kind_regions = {
	.files = regions_files,
	.nr_files = ARRAY_SIZE(regions_files),
	.child = &kind_region,
	.max_children = MAX_REGIONS,
};

static struct damon_file target_files[] = {
	[DAMON_TARGET_PID] = { .name = "pid_target", .type = DAMON_FILE_S32 },
	[DAMON_TARGET_OBSOLETE] = { .name = "obsolete_target", .type = DAMON_FILE_BOOL },
};

static const struct damon_dir target_dirs[] = {
	[DAMON_TARGET_REGIONS] = { "regions", &kind_regions },
};

static struct damon_kind kind_target = {
	.files = target_files,
	.nr_files = ARRAY_SIZE(target_files),
	.dirs = target_dirs,
	.nr_dirs = ARRAY_SIZE(target_dirs),
};

static struct damon_file targets_files[] = {
	{ .name = "nr_targets", .type = DAMON_FILE_COUNT },
};

struct damon_kind damon_kind_targets = {
	.files = targets_files,
	.nr_files = ARRAY_SIZE(targets_files),
	.child = &kind_target,
	.max_children = MAX_TARGETS,
};
