// SPDX-License-Identifier: GPL-2.0
/*
 * The tree: quotas of schemes, and their goals, filters and destinations.
 */
#include <linux/bits.h>
#include <linux/kernel.h>

#include "abi/abi.h"
#include "sysfs/kinds.h"

static struct damon_file weights_files[] = {
	[DAMON_WEIGHTS_SZ] = { .name = "sz_permil", .type = DAMON_FILE_U32 },
	[DAMON_WEIGHTS_NR_ACCESSES] = { .name = "nr_accesses_permil",
		.type = DAMON_FILE_U32 },
	[DAMON_WEIGHTS_AGE] = { .name = "age_permil", .type = DAMON_FILE_U32 },
};

static struct damon_kind kind_weights = {
	.files = weights_files,
	.nr_files = ARRAY_SIZE(weights_files),
};

/* By enum damos_metric, but for the last one. */
static const char *const goal_metrics[] = {
	[DAMOS_USER_INPUT] = "user_input",
	[DAMOS_SOME_MEM_PSI_US] = "some_mem_psi_us",
	[DAMOS_NODE_MEM_USED_BP] = "node_mem_used_bp",
	[DAMOS_NODE_MEM_FREE_BP] = "node_mem_free_bp",
	[DAMOS_NODE_MEMCG_USED_BP] = "node_memcg_used_bp",
	[DAMOS_NODE_MEMCG_FREE_BP] = "node_memcg_free_bp",
	[DAMOS_ACTIVE_MEM_BP] = "active_mem_bp",
	[DAMOS_INACTIVE_MEM_BP] = "inactive_mem_bp",
	[DAMON_METRIC_WORD_ELIGIBLE] = "node_eligible_mem_bp",
	NULL
};

static struct damon_file quota_goal_files[] = {
	[DAMON_QUOTA_GOAL_METRIC] = { .name = "target_metric", .type = DAMON_FILE_WORD,
		.words = goal_metrics },
	[DAMON_QUOTA_GOAL_TARGET_VALUE] = { .name = "target_value" },
	[DAMON_QUOTA_GOAL_CURRENT_VALUE] = { .name = "current_value",
		.live = damon_live_goal },
	[DAMON_QUOTA_GOAL_NID] = { .name = "nid", .type = DAMON_FILE_S32 },
	[DAMON_QUOTA_GOAL_PATH] = { .name = "path", .type = DAMON_FILE_TEXT },
};

static struct damon_kind kind_quota_goal = {
	.files = quota_goal_files,
	.nr_files = ARRAY_SIZE(quota_goal_files),
};

static struct damon_file quota_goals_files[] = {
	{ .name = "nr_goals", .type = DAMON_FILE_COUNT },
};

static struct damon_kind kind_quota_goals = {
	.files = quota_goals_files,
	.nr_files = ARRAY_SIZE(quota_goals_files),
	.child = &kind_quota_goal,
	.max_children = DAMOS_MAX_GOALS,
};

/* By enum damos_tuner. */
static const char *const tuners[] = {
	[DAMOS_TUNER_CONSIST] = "consist",
	[DAMOS_TUNER_TEMPORAL] = "temporal",
	NULL
};

static struct damon_file quotas_files[] = {
	[DAMON_QUOTAS_MS] = { .name = "ms" },
	[DAMON_QUOTAS_BYTES] = { .name = "bytes" },
	[DAMON_QUOTAS_RESET_INTERVAL_MS] = { .name = "reset_interval_ms" },
	[DAMON_QUOTAS_EFFECTIVE_BYTES] = { .name = "effective_bytes", .read_only = true,
		.live = damon_live_quota },
	[DAMON_QUOTAS_GOAL_TUNER] = { .name = "goal_tuner", .type = DAMON_FILE_WORD,
		.words = tuners },
	[DAMON_QUOTAS_FAIL_CHARGE_NUM] = { .name = "fail_charge_num", .type = DAMON_FILE_U32 },
	[DAMON_QUOTAS_FAIL_CHARGE_DENOM] = { .name = "fail_charge_denom",
		.type = DAMON_FILE_U32 },
};

static const struct damon_dir quotas_dirs[] = {
	[DAMON_QUOTAS_WEIGHTS] = { "weights", &kind_weights },
	[DAMON_QUOTAS_GOALS] = { "goals", &kind_quota_goals },
};

struct damon_kind damon_kind_quotas = {
	.files = quotas_files,
	.nr_files = ARRAY_SIZE(quotas_files),
	.dirs = quotas_dirs,
	.nr_dirs = ARRAY_SIZE(quotas_dirs),
};

static const char *const filter_types[] = {
	[DAMON_FILTER_WORD_ANON] = "anon",
	[DAMON_FILTER_WORD_ACTIVE] = "active",
	[DAMON_FILTER_WORD_MEMCG] = "memcg",
	[DAMON_FILTER_WORD_YOUNG] = "young",
	[DAMON_FILTER_WORD_HUGEPAGE_SIZE] = "hugepage_size",
	[DAMON_FILTER_WORD_UNMAPPED] = "unmapped",
	[DAMON_FILTER_WORD_ADDR] = "addr",
	[DAMON_FILTER_WORD_TARGET] = "target",
	NULL
};

#define CORE_TYPES	(BIT(DAMON_FILTER_WORD_ADDR) | BIT(DAMON_FILTER_WORD_TARGET))
#define ALL_TYPES	(BIT(DAMON_FILTER_WORD_TARGET + 1) - 1)

static struct damon_file filter_files[] = {
	[DAMON_SCHEME_FILTER_TYPE] = { .name = "type", .type = DAMON_FILE_WORD,
		.words = filter_types },
	[DAMON_SCHEME_FILTER_MATCHING] = { .name = "matching", .type = DAMON_FILE_BOOL },
	[DAMON_SCHEME_FILTER_ALLOW] = { .name = "allow", .type = DAMON_FILE_BOOL },
	[DAMON_SCHEME_FILTER_MEMCG_PATH] = { .name = "memcg_path", .type = DAMON_FILE_TEXT },
	[DAMON_SCHEME_FILTER_ADDR_START] = { .name = "addr_start" },
	[DAMON_SCHEME_FILTER_ADDR_END] = { .name = "addr_end" },
	[DAMON_SCHEME_FILTER_MIN] = { .name = "min" },
	[DAMON_SCHEME_FILTER_MAX] = { .name = "max" },
	[DAMON_SCHEME_FILTER_TARGET_IDX] = { .name = "damon_target_idx",
		.type = DAMON_FILE_S32 },
};

#define FILTER_KIND(mask) {						\
		.files = filter_files,					\
		.nr_files = ARRAY_SIZE(filter_files),			\
		.words = mask,						\
	}

static struct damon_kind kind_core_filter = FILTER_KIND(CORE_TYPES);
static struct damon_kind kind_ops_filter = FILTER_KIND(ALL_TYPES & ~CORE_TYPES);
static struct damon_kind kind_filter = FILTER_KIND(ALL_TYPES);

static struct damon_file filters_files[] = {
	{ .name = "nr_filters", .type = DAMON_FILE_COUNT },
};

#define FILTERS_KIND(kind) {						\
		.files = filters_files,					\
		.nr_files = ARRAY_SIZE(filters_files),			\
		.child = kind,						\
		.max_children = DAMOS_MAX_FILTERS,			\
	}

struct damon_kind damon_kind_core_filters = FILTERS_KIND(&kind_core_filter);
struct damon_kind damon_kind_ops_filters = FILTERS_KIND(&kind_ops_filter);
struct damon_kind damon_kind_filters = FILTERS_KIND(&kind_filter);

static struct damon_file dest_files[] = {
	[DAMON_DEST_ID] = { .name = "id", .type = DAMON_FILE_U32 },
	[DAMON_DEST_WEIGHT] = { .name = "weight", .type = DAMON_FILE_U32 },
};

static struct damon_kind kind_dest = {
	.files = dest_files,
	.nr_files = ARRAY_SIZE(dest_files),
};

static struct damon_file dests_files[] = {
	{ .name = "nr_dests", .type = DAMON_FILE_COUNT },
};

struct damon_kind damon_kind_dests = {
	.files = dests_files,
	.nr_files = ARRAY_SIZE(dests_files),
	.child = &kind_dest,
	.max_children = DAMOS_MAX_DESTS,
};
