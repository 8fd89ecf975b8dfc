// SPDX-License-Identifier: GPL-2.0
/*
 * The tree: schemes, without their quotas and lists.
 */
#include <linux/kernel.h>
#include <linux/stddef.h>

#include "abi/abi.h"
#include "sysfs/kinds.h"

/* By enum damos_action. */
static const char *const actions[] = {
	[DAMOS_WILLNEED] = "willneed",
	[DAMOS_COLD] = "cold",
	[DAMOS_PAGEOUT] = "pageout",
	[DAMOS_HUGEPAGE] = "hugepage",
	[DAMOS_NOHUGEPAGE] = "nohugepage",
	[DAMOS_COLLAPSE] = "collapse",
	[DAMOS_LRU_PRIO] = "lru_prio",
	[DAMOS_LRU_DEPRIO] = "lru_deprio",
	[DAMOS_MIGRATE_HOT] = "migrate_hot",
	[DAMOS_MIGRATE_COLD] = "migrate_cold",
	[DAMOS_STAT] = "stat",
	[NR_DAMOS_ACTIONS] = NULL,
};

static struct damon_file span_files[] = {
	[DAMON_SPAN_MIN] = { .name = "min" },
	[DAMON_SPAN_MAX] = { .name = "max" },
};

static struct damon_kind kind_span = {
	.files = span_files,
	.nr_files = ARRAY_SIZE(span_files),
};

static const struct damon_dir pattern_dirs[] = {
	[DAMON_PATTERN_SZ] = { "sz", &kind_span },
	[DAMON_PATTERN_NR_ACCESSES] = { "nr_accesses", &kind_span },
	[DAMON_PATTERN_AGE] = { "age", &kind_span },
};

static struct damon_kind kind_pattern = {
	.dirs = pattern_dirs,
	.nr_dirs = ARRAY_SIZE(pattern_dirs),
};

static const char *const watermark_metrics[] = { "none", "free_mem_rate", NULL };

static struct damon_file watermarks_files[] = {
	[DAMON_WATERMARKS_METRIC] = { .name = "metric", .type = DAMON_FILE_WORD,
		.words = watermark_metrics },
	[DAMON_WATERMARKS_INTERVAL_US] = { .name = "interval_us" },
	[DAMON_WATERMARKS_HIGH] = { .name = "high" },
	[DAMON_WATERMARKS_MID] = { .name = "mid" },
	[DAMON_WATERMARKS_LOW] = { .name = "low" },
};

static struct damon_kind kind_watermarks = {
	.files = watermarks_files,
	.nr_files = ARRAY_SIZE(watermarks_files),
};

#define STAT(file, function, member)						\
	{ .name = file, .read_only = true, .live = function,			\
	  .arg = offsetof(struct damon_scheme, member) }

static struct damon_file stats_files[] = {
	[DAMON_STATS_MAX_NR_SNAPSHOTS] = { .name = "max_nr_snapshots" },
	STAT("nr_tried", damon_live_stat, nr_tried),
	STAT("sz_tried", damon_live_bytes, sz_tried),
	STAT("nr_applied", damon_live_stat, nr_applied),
	STAT("sz_applied", damon_live_bytes, sz_applied),
	STAT("sz_ops_filter_passed", damon_live_bytes, sz_passed),
	STAT("qt_exceeds", damon_live_stat, qt_exceeds),
	STAT("nr_snapshots", damon_live_stat, nr_snapshots),
};

static struct damon_kind kind_stats = {
	.files = stats_files,
	.nr_files = ARRAY_SIZE(stats_files),
};

static struct damon_file tried_files[] = {
	[DAMON_TRIED_START] = { .name = "start", .read_only = true },
	[DAMON_TRIED_END] = { .name = "end", .read_only = true },
	[DAMON_TRIED_NR_ACCESSES] = { .name = "nr_accesses", .read_only = true },
	[DAMON_TRIED_AGE] = { .name = "age", .read_only = true },
	[DAMON_TRIED_SZ_FILTER_PASSED] = { .name = "sz_filter_passed", .read_only = true },
};

static struct damon_file tried_probe_files[] = {
	{ .name = "hits", .read_only = true },
};

static struct damon_kind kind_tried_probe = {
	.files = tried_probe_files,
	.nr_files = ARRAY_SIZE(tried_probe_files),
};

static struct damon_kind kind_tried_probes = {
	.child = &kind_tried_probe,
};

static const struct damon_dir tried_dirs[] = {
	[DAMON_TRIED_PROBES] = { "probes", &kind_tried_probes },
};

static struct damon_kind kind_tried = {
	.files = tried_files,
	.nr_files = ARRAY_SIZE(tried_files),
	.dirs = tried_dirs,
	.nr_dirs = ARRAY_SIZE(tried_dirs),
};

static struct damon_file tried_regions_files[] = {
	[DAMON_TRIED_TOTAL_BYTES] = { .name = "total_bytes", .read_only = true },
};

struct damon_kind damon_kind_tried_regions = {
	.files = tried_regions_files,
	.nr_files = ARRAY_SIZE(tried_regions_files),
	.child = &kind_tried,
};

static struct damon_file scheme_files[] = {
	[DAMON_SCHEME_ACTION] = { .name = "action", .type = DAMON_FILE_WORD,
		.words = actions, .def = DAMOS_STAT },
	[DAMON_SCHEME_TARGET_NID] = { .name = "target_nid", .type = DAMON_FILE_S32,
		.def = U32_MAX },
	[DAMON_SCHEME_APPLY_INTERVAL_US] = { .name = "apply_interval_us" },
};

static const struct damon_dir scheme_dirs[] = {
	[DAMON_SCHEME_PATTERN] = { "access_pattern", &kind_pattern },
	[DAMON_SCHEME_QUOTAS] = { "quotas", &damon_kind_quotas },
	[DAMON_SCHEME_WATERMARKS] = { "watermarks", &kind_watermarks },
	[DAMON_SCHEME_CORE_FILTERS] = { "core_filters", &damon_kind_core_filters },
	[DAMON_SCHEME_OPS_FILTERS] = { "ops_filters", &damon_kind_ops_filters },
	[DAMON_SCHEME_FILTERS] = { "filters", &damon_kind_filters },
	[DAMON_SCHEME_DESTS] = { "dests", &damon_kind_dests },
	[DAMON_SCHEME_STATS] = { "stats", &kind_stats },
	[DAMON_SCHEME_TRIED_REGIONS] = { "tried_regions", &damon_kind_tried_regions },
};

struct damon_kind damon_kind_scheme = {
	.files = scheme_files,
	.nr_files = ARRAY_SIZE(scheme_files),
	.dirs = scheme_dirs,
	.nr_dirs = ARRAY_SIZE(scheme_dirs),
};

static struct damon_file schemes_files[] = {
	{ .name = "nr_schemes", .type = DAMON_FILE_COUNT },
};

struct damon_kind damon_kind_schemes = {
	.files = schemes_files,
	.nr_files = ARRAY_SIZE(schemes_files),
	.child = &damon_kind_scheme,
	.max_children = DAMOS_MAX_SCHEMES,
};
