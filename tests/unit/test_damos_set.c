// SPDX-License-Identifier: GPL-2.0
/* Schemes: which are accepted, what they are made of, and what commits keep. */
#include <string.h>

#include "scene.h"
#include "shim/memory.h"
#include "suites.h"

#define S_US	1000000ULL

static struct damos_conf conf;
static struct damos_goal goals[DAMOS_MAX_GOALS + 1];
static struct damos_region_filter regions[DAMOS_MAX_FILTERS + 1];
static struct damos_page_filter pages[DAMOS_MAX_FILTERS + 1];
static struct damos_dest dests[DAMOS_MAX_DESTS + 1];

/* Something of everything, and valid. */
static void begin_right(void)
{
	conf = any_region;
	conf.action = DAMOS_MIGRATE_COLD;
	conf.quota.bytes = MIB;
	conf.quota.time_us = 1000;
	conf.quota.interval_us = S_US;
	conf.quota.seed = PAGE;
	conf.quota.weight_age = DAMOS_MAX_WEIGHT;
	conf.quota.fail_num = 1;
	conf.quota.fail_denom = 1;
	conf.quota.goals = goals;
	conf.quota.nr_goals = 2;
	memset(goals, 0, sizeof(goals));
	goals[0].target = 1;
	goals[0].input = 1;
	goals[1].metric = DAMOS_NODE_MEMCG_USED_BP;
	goals[1].memcg = &conf;
	goals[1].node = 1;
	goals[1].target = 1;
	conf.watermarks.used = true;
	conf.watermarks.metric = DAMOS_FREE_MEM_PERMIL;
	conf.watermarks.interval_us = 1;
	conf.watermarks.high = 1000;
	memset(regions, 0, sizeof(regions));
	regions[0].range.end = PAGE;
	regions[1].type = DAMOS_FILTER_TARGET;
	regions[1].target = 1;
	conf.region_filters = regions;
	conf.nr_region_filters = 2;
	memset(pages, 0, sizeof(pages));
	pages[0].type = DAMOS_FILTER_MEMCG;
	pages[0].what = &conf;
	pages[1].type = DAMOS_FILTER_HUGEPAGE_SIZE;
	pages[1].max = PAGE;
	conf.page_filters = pages;
	conf.nr_page_filters = 2;
	memset(dests, 0, sizeof(dests));
	dests[1].weight = ~0U;
	conf.dests = dests;
	conf.nr_dests = 2;
	conf.max_tried = 1000;
}

static u32 ops_actions;
static u32 env_metrics;
static u32 memcg_metrics;

static u32 metrics_here(const void *memcg)
{
	return memcg ? env_metrics & memcg_metrics : env_metrics;
}

#define WRONG(name, code) static void name(void) { code; }

WRONG(nothing, )
WRONG(action_unknown, conf.action = NR_DAMOS_ACTIONS)
WRONG(action_not_here, ops_actions = ~(1U << DAMOS_MIGRATE_COLD))
WRONG(stat_asks_pages, ops_actions = 0; conf.action = DAMOS_STAT)
WRONG(sizes, conf.pattern.min_sz = 2; conf.pattern.max_sz = 1)
WRONG(accesses, conf.pattern.min_accesses = 2; conf.pattern.max_accesses = 1)
WRONG(accesses_bp, conf.pattern.accesses_in_bp = true; conf.pattern.max_accesses = 10001)
WRONG(ages, conf.pattern.min_age = 2; conf.pattern.max_age = 1)
WRONG(apply_long, conf.apply_us = ~0ULL)
WRONG(quota_long, conf.quota.interval_us = ~0ULL)
WRONG(quota_time_long, conf.quota.interval_us = 0; conf.quota.time_us = ~0ULL)
WRONG(quota_time, conf.quota.time_us = S_US + 1)
WRONG(quota_unused, conf.quota.bytes = 0; conf.quota.time_us = 0; conf.quota.nr_goals = 0;
	conf.quota.seed = 0)
WRONG(weight_sz, conf.quota.weight_sz = DAMOS_MAX_WEIGHT + 1)
WRONG(weight_accesses, conf.quota.weight_accesses = DAMOS_MAX_WEIGHT + 1)
WRONG(weight_age, conf.quota.weight_age = DAMOS_MAX_WEIGHT + 1)
WRONG(fail_above, conf.quota.fail_num = 2)
WRONG(tuner, conf.quota.tuner = DAMOS_TUNER_TEMPORAL + 1)
WRONG(seed_of_temporal, conf.quota.tuner = DAMOS_TUNER_TEMPORAL)
WRONG(seed_without_goals, conf.quota.nr_goals = 0)
WRONG(goals_many, conf.quota.nr_goals = DAMOS_MAX_GOALS + 1)
WRONG(goal_metric, goals[1].metric = NR_DAMOS_METRICS)
WRONG(goal_watermark, goals[1].metric = DAMOS_FREE_MEM_PERMIL)
WRONG(goal_not_here, env_metrics = 1U << DAMOS_FREE_MEM_PERMIL)
WRONG(goal_not_of_group, memcg_metrics = ~(1U << goals[1].metric))
WRONG(goal_not_told, goals[0].metric = DAMOS_NODE_ELIGIBLE_MEM_BP)
WRONG(goal_target, goals[1].target = 0)
WRONG(goal_node, goals[0].node = 1)
WRONG(goal_memcg, goals[1].memcg = NULL)
WRONG(goal_input, goals[1].input = 1)
WRONG(mark_metric, conf.watermarks.metric = DAMOS_ACTIVE_MEM_BP)
WRONG(mark_not_here, env_metrics = ~(1U << DAMOS_FREE_MEM_PERMIL))
WRONG(mark_interval, conf.watermarks.interval_us = 0)
WRONG(mark_interval_long, conf.watermarks.interval_us = ~0ULL)
WRONG(mark_order, conf.watermarks.mid = 1001)
WRONG(mark_low, conf.watermarks.low = 1)
WRONG(mark_high, conf.watermarks.high = 1001)
WRONG(filters_many, conf.nr_region_filters = DAMOS_MAX_FILTERS + 1)
WRONG(page_filters_many, conf.nr_page_filters = DAMOS_MAX_FILTERS + 1)
WRONG(filter_type, regions[1].type = DAMOS_FILTER_TARGET + 1)
WRONG(filter_target, regions[1].target = 2)
WRONG(filter_range, regions[0].range.start = PAGE)
WRONG(page_filter_type, pages[1].type = NR_DAMOS_PAGE_FILTERS)
WRONG(page_filter_sizes, pages[1].min = PAGE + 1)
WRONG(page_filter_memcg, pages[0].what = NULL)
WRONG(dest_action, conf.action = DAMOS_PAGEOUT)
WRONG(node_action, conf.action = DAMOS_PAGEOUT; conf.nr_dests = 0; conf.node = 1)
WRONG(dests_many, conf.nr_dests = DAMOS_MAX_DESTS + 1)
WRONG(dest_weights, dests[0].weight = 1)
WRONG(dest_no_weight, dests[1].weight = 0)
WRONG(tried, conf.max_tried = 1001)

static const struct {
	void (*wrong)(void);
	enum damos_invalid want;
	u32 bad;
} checks[] = {
	{ nothing, DAMOS_VALID, 0 },
	{ action_unknown, DAMOS_BAD_ACTION, 0 },
	{ action_not_here, DAMOS_BAD_ACTION_OPS, 0 },
	{ stat_asks_pages, DAMOS_BAD_ACTION_OPS, 0 },
	{ sizes, DAMOS_BAD_SZ, 0 },
	{ accesses, DAMOS_BAD_ACCESSES, 0 },
	{ accesses_bp, DAMOS_BAD_ACCESSES_BP, 0 },
	{ ages, DAMOS_BAD_AGE, 0 },
	{ apply_long, DAMOS_BAD_APPLY_LONG, 0 },
	{ quota_long, DAMOS_BAD_QUOTA_LONG, 0 },
	{ quota_time_long, DAMOS_BAD_QUOTA_LONG, 0 },
	{ quota_time, DAMOS_BAD_QUOTA_TIME, 0 },
	{ quota_unused, DAMOS_BAD_QUOTA_UNUSED, 0 },
	{ weight_sz, DAMOS_BAD_WEIGHT, 0 },
	{ weight_accesses, DAMOS_BAD_WEIGHT, 0 },
	{ weight_age, DAMOS_BAD_WEIGHT, 0 },
	{ fail_above, DAMOS_BAD_FAIL, 0 },
	{ tuner, DAMOS_BAD_TUNER, 0 },
	{ seed_of_temporal, DAMOS_BAD_SEED, 0 },
	{ seed_without_goals, DAMOS_BAD_SEED, 0 },
	{ goals_many, DAMOS_BAD_GOAL_NUMBER, 0 },
	{ goal_metric, DAMOS_BAD_GOAL_METRIC, 1 },
	{ goal_watermark, DAMOS_BAD_GOAL_METRIC, 1 },
	{ goal_not_here, DAMOS_BAD_GOAL_METRIC_HERE, 1 },
	{ goal_not_of_group, DAMOS_BAD_GOAL_METRIC_HERE, 1 },
	{ goal_not_told, DAMOS_BAD_GOAL_METRIC_OPS, 0 },
	{ goal_target, DAMOS_BAD_GOAL_TARGET, 1 },
	{ goal_node, DAMOS_BAD_GOAL_NODE, 0 },
	{ goal_memcg, DAMOS_BAD_GOAL_MEMCG, 1 },
	{ goal_input, DAMOS_BAD_GOAL_INPUT, 1 },
	{ mark_metric, DAMOS_BAD_MARK_METRIC, 1 },
	{ mark_not_here, DAMOS_BAD_MARK_METRIC_HERE, 1 },
	{ mark_interval, DAMOS_BAD_MARK_INTERVAL, 1 },
	{ mark_interval_long, DAMOS_BAD_MARK_INTERVAL, 1 },
	{ mark_order, DAMOS_BAD_MARK_ORDER, 1 },
	{ mark_low, DAMOS_BAD_MARK_ORDER, 1 },
	{ mark_high, DAMOS_BAD_MARK_HIGH, 1 },
	{ filters_many, DAMOS_BAD_FILTER_NUMBER, 1 },
	{ page_filters_many, DAMOS_BAD_FILTER_NUMBER, 1 },
	{ filter_type, DAMOS_BAD_FILTER_TYPE, 1 },
	{ filter_target, DAMOS_BAD_FILTER_TARGET, 1 },
	{ filter_range, DAMOS_BAD_FILTER_RANGE, 0 },
	{ page_filter_type, DAMOS_BAD_FILTER_TYPE, 3 },
	{ page_filter_sizes, DAMOS_BAD_FILTER_SIZES, 3 },
	{ page_filter_memcg, DAMOS_BAD_FILTER_MEMCG, 2 },
	{ dest_action, DAMOS_BAD_DEST_ACTION, 3 },
	{ node_action, DAMOS_BAD_DEST_ACTION, 3 },
	{ dests_many, DAMOS_BAD_DEST_NUMBER, 3 },
	{ dest_weights, DAMOS_BAD_DEST_WEIGHT, 1 },
	{ dest_no_weight, DAMOS_BAD_DEST_WEIGHT, 1 },
	{ tried, DAMOS_BAD_TRIED, 1 },
};

START_TEST(schemes_are_judged)
{
	struct damon_ops ops = { .name = "some" };
	struct damos_env env = scene_env;
	enum damos_invalid is;
	u32 bad = 99;

	ops_actions = ~0U;
	env_metrics = env.metrics(NULL);
	memcg_metrics = ~0U;
	begin_right();
	checks[_i].wrong();
	ops.actions = ops_actions;
	env.metrics = metrics_here;
	is = damos_check(&ops, &env, &default_attrs, 2, &conf, &bad);
	ck_assert_msg(is == checks[_i].want, "row %d: %d", _i, is);
	ck_assert_msg(bad == checks[_i].bad || checks[_i].want == DAMOS_VALID,
		      "row %d: names %u", _i, bad);
	ck_assert(!damos_invalid_text(is)[0] == (is == DAMOS_VALID));
}
END_TEST

/* Each text is there once it is needed. */
START_TEST(all_have_texts)
{
	enum damos_invalid invalid;

	for (invalid = DAMOS_VALID + 1; invalid <= DAMOS_BAD_TRIED; invalid++)
		ck_assert_str_ne(damos_invalid_text(invalid), "invalid value");
	ck_assert_str_eq(damos_invalid_text(DAMOS_BAD_TRIED + 1), "invalid value");
}
END_TEST

/* Whichever allocation fails: nothing is lost, and references stay the caller's. */
START_TEST(memory_may_be_short)
{
	struct damos_conf confs[2];
	unsigned long at;

	begin_right();
	confs[0] = conf;
	confs[1] = conf;
	for (at = 1; ; at++) {
		struct damos *damos;

		memset(&shim_memory, 0, sizeof(shim_memory));
		shim_memory.fail_at = at;
		damos = damos_create(&scene_env, confs, 2, 1, &scene_sink, &scene);
		if (damos) {
			ck_assert_int_eq(scene.puts, 0);
			ck_assert_uint_eq(damos_nr_schemes(damos), 2);
			ck_assert_uint_eq(damos_scheme_at(damos, 1)->order.nr_filters, 2);
			ck_assert(damos_scheme_at(damos, 1)->order.allow);
			ck_assert(damos_scheme_at(damos, 1)->unasked.allow);
			ck_assert_uint_eq(damos_scheme_at(damos, 1)->order.nr_dests, 2);
			damos_destroy(damos);
			ck_assert_int_eq(scene.puts, 4);
			break;
		}
		ck_assert_int_eq(shim_memory.live, 0);
	}
	ck_assert_uint_gt(at, 12);
	ck_assert_int_eq(shim_memory.live, 0);
}
END_TEST

/* Commits. */

static void commit(const struct damos_conf *confs, u32 nr)
{
	struct damon_ctx *old = scene.w.ctx, *ctx;
	int i;

	ctx = world_ctx(&scene.w, &default_attrs, 2, 2);
	ck_assert_ptr_nonnull(ctx);
	if (nr) {
		scene.damos = scene_schemes(confs, nr);
		ctx->actor = &damos_actor;
		ctx->actor_data = scene.damos;
	}
	ctx->ops = old->ops;
	damon_ctx_adopt(ctx, old, scene.w.now);
	scene.w.ctx = ctx;
	damon_ctx_destroy(old);
	for (i = 0; i < WORLD_SPACES; i++)
		scene.w.spaces[i].puts = 0;
}

/* A quota that is half used, in the second of three schemes. */
static void run_three(struct damos_conf *confs)
{
	u32 i;

	for (i = 0; i < 3; i++) {
		confs[i] = any_region;
		confs[i].action = i ? DAMOS_PAGEOUT : DAMOS_STAT;
		confs[i].pattern.min_age = i;
		confs[i].quota.bytes = 10 * MIB;
		confs[i].quota.interval_us = 10 * S_US;
	}
	goals[0] = (struct damos_goal) { .target = 100, .input = 100 };
	confs[1].quota.goals = goals;
	confs[1].quota.nr_goals = 1;
	confs[1].quota.seed = 7 * MIB;
	scene_run(confs, 3, &default_attrs, 2);
	for (i = 0; i < 5; i++)
		world_window(&scene.w);
	ck_assert_uint_eq(scheme(0)->stats.sz_tried, 10 * MIB);
	ck_assert_uint_eq(scheme(1)->stats.sz_tried, 7 * MIB);
}

START_TEST(a_commit_keeps_what_is_unchanged)
{
	struct damos_conf confs[3];
	struct damos_stats stats;
	struct damos_charge charge;
	struct damos_place from;

	run_three(confs);
	stats = scheme(1)->stats;
	charge = scheme(1)->charge;
	from = scheme(1)->from;
	ck_assert(from.set);
	commit(confs, 3);
	ck_assert(!memcmp(&scheme(1)->stats, &stats, sizeof(stats)));
	ck_assert_uint_eq(scheme(1)->charge.bytes, charge.bytes);
	ck_assert_uint_eq(scheme(1)->charge.begun_ns, charge.begun_ns);
	ck_assert_uint_eq(scheme(1)->charge.tuned_bp, charge.tuned_bp);
	ck_assert(scheme(1)->from.set);
	ck_assert_uint_eq(scheme(1)->from.addr, from.addr);
	/* A commit is no way to have more than the quota. */
	scene_forget();
	world_window(&scene.w);
	world_window(&scene.w);
	ck_assert_uint_eq(scene.sum, 0);
	ck_assert_uint_eq(scheme(1)->stats.sz_tried, 7 * MIB);
}
END_TEST

/* In another place it is the same; other limits are those that hold. */
START_TEST(a_scheme_is_known_by_what_it_does)
{
	struct damos_conf confs[3], moved[3];

	run_three(confs);
	moved[0] = confs[2];
	moved[1] = confs[0];
	moved[2] = confs[1];
	moved[2].quota.bytes = 8 * MIB;
	goals[0].input = 50;
	moved[2].quota.seed = 0;
	commit(moved, 3);
	ck_assert_uint_eq(scheme(1)->stats.sz_tried, 10 * MIB);
	ck_assert_uint_eq(scheme(2)->stats.sz_tried, 7 * MIB);
	/* When the interval is over the goal asks for more: 7 * 1.5, but 8 are allowed. */
	scene.w.now += 10 * S_US * 1000;
	world_window(&scene.w);
	ck_assert_uint_eq(scheme(2)->charge.effective, 8 * MIB);
}
END_TEST

/* Another pattern in the same place goes on; another action begins anew. */
START_TEST(a_place_is_the_second_best)
{
	struct damos_conf confs[3];

	run_three(confs);
	confs[0].pattern.max_age = 99;
	confs[1].action = DAMOS_COLD;
	confs[1].quota.nr_goals = 0;
	confs[1].quota.seed = 0;
	commit(confs, 3);
	ck_assert_uint_eq(scheme(0)->stats.sz_tried, 10 * MIB);
	ck_assert_uint_eq(scheme(1)->stats.sz_tried, 0);
	ck_assert(!scheme(1)->charge.begun);
	ck_assert_uint_eq(scheme(2)->stats.sz_tried, 10 * MIB);
}
END_TEST

START_TEST(other_goals_begin_anew)
{
	struct damos_conf confs[3];

	run_three(confs);
	confs[1].quota.tuner = DAMOS_TUNER_TEMPORAL;
	confs[1].quota.seed = 0;
	goals[0].input = 0;
	commit(confs, 3);
	ck_assert_uint_eq(scheme(1)->stats.sz_tried, 7 * MIB);
	world_window(&scene.w);
	ck_assert_uint_eq(scheme(1)->charge.effective, 10 * MIB);
}
END_TEST

/*
 * Other goals for a scheme at work: its quota goes on from where it is, what is known of
 * goals that stay is kept, and whichever allocation fails, nothing is lost.
 */
START_TEST(goals_can_be_exchanged)
{
	struct damos_goal list[2] = {
		{ .target = 100, .input = 50 },
		{ .metric = DAMOS_NODE_MEMCG_USED_BP, .memcg = goals, .target = 10000 },
	};
	unsigned long at, changed, live = shim_memory.live;
	struct damos_goals *new;
	struct damos_conf confs[3];

	for (at = 1; ; at++) {
		memset(&shim_memory, 0, sizeof(shim_memory));
		shim_memory.fail_at = at;
		new = damos_goals_create(list, 2);
		if (new)
			break;
		ck_assert_int_eq(shim_memory.live, 0);
	}
	ck_assert_uint_eq(at, 4);
	damos_goals_destroy(&scene_env, new);
	ck_assert_int_eq(scene.puts, 1);
	ck_assert_int_eq(shim_memory.live, 0);
	memset(&shim_memory, 0, sizeof(shim_memory));
	shim_memory.live = live;

	run_three(confs);
	changed = scene.changed[1];
	new = damos_goals_create(list, 2);
	damos_exchange_goals(scene.damos, 1, new);
	ck_assert_uint_gt(scene.changed[1], changed);
	damos_goals_destroy(&scene_env, new);
	ck_assert_int_eq(scene.puts, 1);
	ck_assert_uint_eq(scheme(1)->conf.quota.nr_goals, 2);
	ck_assert(scheme(1)->readings[0].known);
	ck_assert_uint_eq(scheme(1)->readings[0].value, 100);
	ck_assert(!scheme(1)->readings[1].known);
	ck_assert_uint_eq(scheme(1)->charge.bytes, 7 * MIB);
	/* 7 MiB was just right; the goal that is half reached asks for half as much again. */
	scene.metrics[DAMOS_NODE_MEMCG_USED_BP] = 5000;
	scene.w.now += 10 * S_US * 1000;
	world_window(&scene.w);
	ck_assert_uint_eq(scheme(1)->charge.effective, 10 * MIB);

	/* None at all: the size is all that holds. */
	new = damos_goals_create(NULL, 0);
	damos_exchange_goals(scene.damos, 1, new);
	damos_goals_destroy(&scene_env, new);
	ck_assert_int_eq(scene.puts, 2);
	ck_assert_uint_eq(scheme(1)->charge.tuned_bp, 0);
	scene.w.now += 10 * S_US * 1000;
	world_window(&scene.w);
	ck_assert_uint_eq(scheme(1)->charge.effective, 10 * MIB);
}
END_TEST

/* Without schemes and back. */
START_TEST(schemes_come_and_go)
{
	struct damos_conf confs[3];

	run_three(confs);
	commit(confs, 0);
	world_window(&scene.w);
	commit(confs, 1);
	ck_assert_uint_eq(scheme(0)->stats.sz_tried, 0);
	world_window(&scene.w);
	ck_assert_uint_eq(scheme(0)->stats.sz_tried, 10 * MIB);
}
END_TEST

/* Without another context: what is known of regions and of schemes stays, whichever go. */
START_TEST(schemes_are_exchanged)
{
	struct damos_conf confs[3];
	struct damos *old = NULL;

	run_three(confs);
	world_window(&scene.w);
	world_step(&scene.w);
	old = damon_ctx_exchange_actor(scene.w.ctx, NULL, NULL, scene.w.now);
	ck_assert_ptr_eq(old, scene.damos);
	world_window(&scene.w);
	ck_assert_uint_eq(damos_scheme_at(old, 0)->stats.sz_tried, 10 * MIB);
	damos_destroy(old);

	scene.damos = scene_schemes(confs, 2);
	ck_assert_ptr_null(damon_ctx_exchange_actor(scene.w.ctx, &damos_actor, scene.damos,
						    scene.w.now));
	/* The window at hand goes on. */
	world_step(&scene.w);
	world_window(&scene.w);
	ck_assert_uint_eq(scheme(0)->stats.sz_tried, 10 * MIB);

	old = scene.damos;
	scene.damos = scene_schemes(confs, 3);
	ck_assert_ptr_eq(damon_ctx_exchange_actor(scene.w.ctx, &damos_actor, scene.damos,
						  scene.w.now), old);
	damos_destroy(old);
	ck_assert_uint_eq(scheme(0)->stats.sz_tried, 10 * MIB);
	ck_assert_uint_eq(scheme(2)->stats.nr_snapshots, 0);
}
END_TEST

/* The same watermarks: what is not in force is not brought into force by a commit. */
START_TEST(a_commit_does_not_wake)
{
	struct damos_conf marked = any_region;

	marked.watermarks = (struct damos_watermarks) {
		.used = true,
		.metric = DAMOS_FREE_MEM_PERMIL,
		.interval_us = S_US,
		.high = 500,
		.mid = 400,
		.low = 200,
	};
	marked.apply_us = 70000;
	scene_run(&marked, 1, &default_attrs, 2);
	scene.metrics[DAMOS_FREE_MEM_PERMIL] = 900;
	world_step(&scene.w);
	scene.metrics[DAMOS_FREE_MEM_PERMIL] = 450;
	if (_i)
		marked.watermarks.mid = 480;
	commit(&marked, 1);
	world_step(&scene.w);
	ck_assert_int_eq(scheme(0)->active, _i);
	ck_assert_uint_eq(damon_ctx_next_us(scene.w.ctx), _i ? 5000 : S_US);
}
END_TEST

/*
 * All that a commit allocates, in its order, in a session at work: whichever fails, it is
 * as if there had been no commit.
 */
static struct damon_ctx *try_commit(const struct damos_conf *confs, u32 nr)
{
	struct damon_probe probe = { .what = &scene, .key = 1 };
	struct damon_ctx *ctx = world_ctx(&scene.w, &default_attrs, 2, 2);
	struct damos *damos;

	if (!ctx)
		return NULL;
	ctx->ops = scene.w.ctx->ops;
	if (!damon_ctx_set_probes(ctx, &probe, 1))
		goto fail;
	damos = damos_create(&scene_env, confs, nr, 1, &scene_sink, &scene);
	if (!damos)
		goto fail;
	ctx->actor = &damos_actor;
	ctx->actor_data = damos;
	return ctx;

fail:
	damon_ctx_destroy(ctx);
	return NULL;
}

START_TEST(a_commit_without_memory_is_none)
{
	struct damon_region regions[1000];
	struct damon_evidence evidence[1000];
	struct damos_scheme before[3];
	struct damos_conf confs[3];
	struct damon_ctx *ctx, *old;
	unsigned long at;
	u32 i, nr, steps;
	long live;

	run_three(confs);
	old = scene.w.ctx;
	/* In the midst of a window, with samples out. */
	ck_assert(world_step(&scene.w));
	nr = old->nr_regions;
	memcpy(regions, old->regions, nr * sizeof(*regions));
	memcpy(evidence, old->evidence, nr * sizeof(*evidence));
	memcpy(before, scheme(0), sizeof(before));
	live = shim_memory.live;
	for (i = 0; i < 3; i++)
		confs[i].max_tried = 5;
	for (at = 1; ; at++) {
		shim_memory.calls = 0;
		shim_memory.fail_at = at;
		ctx = try_commit(confs, 3);
		shim_memory.fail_at = 0;
		if (ctx)
			break;
		for (i = 0; i < WORLD_SPACES; i++)
			scene.w.spaces[i].puts = 0;
		ck_assert_int_eq(shim_memory.live, live);
		ck_assert_uint_eq(old->nr_regions, nr);
		ck_assert_int_eq(memcmp(regions, old->regions, nr * sizeof(*regions)), 0);
		ck_assert_int_eq(memcmp(evidence, old->evidence, nr * sizeof(*evidence)), 0);
		ck_assert_int_eq(memcmp(before, scheme(0), sizeof(before)), 0);
		check_sane(&scene.w, old);
	}
	/* Eight of the context, two of probes, two of schemes, and at least one of each. */
	ck_assert_uint_gt(at, 8 + 2 + 2 + 3);
	damon_ctx_destroy(ctx);
	for (i = 0; i < WORLD_SPACES; i++)
		scene.w.spaces[i].puts = 0;
	for (steps = 0; steps < 40; steps++)
		ck_assert(world_step(&scene.w));
}
END_TEST

Suite *damos_set_suite(void)
{
	Suite *suite = suite_create("damos_set");
	TCase *tcase = tcase_create("damos_set");

	tcase_add_checked_fixture(tcase, scene_setup, scene_teardown);
	tcase_add_loop_test(tcase, schemes_are_judged, 0, ARRAY_SIZE(checks));
	tcase_add_test(tcase, all_have_texts);
	tcase_add_test(tcase, memory_may_be_short);
	tcase_add_test(tcase, a_commit_keeps_what_is_unchanged);
	tcase_add_test(tcase, a_commit_without_memory_is_none);
	tcase_add_test(tcase, a_scheme_is_known_by_what_it_does);
	tcase_add_test(tcase, a_place_is_the_second_best);
	tcase_add_test(tcase, other_goals_begin_anew);
	tcase_add_test(tcase, goals_can_be_exchanged);
	tcase_add_test(tcase, schemes_come_and_go);
	tcase_add_test(tcase, schemes_are_exchanged);
	tcase_add_loop_test(tcase, a_commit_does_not_wake, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
