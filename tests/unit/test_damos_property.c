// SPDX-License-Identifier: GPL-2.0
/*
 * Any schemes on any memory: regions stay what they must be (world_step() sees to
 * that), quotas hold, and no application comes twice to the same memory.
 */
#include <string.h>

#include "core/internal.h"
#include "scene.h"
#include "suites.h"

#define NR_SCHEMES	4
#define NR_RUNS		60

static u64 state;
static u64 committed_ns;

static u64 below(u64 limit)
{
	return world_random(&state) % limit;
}

static struct damos_region_filter some_filter(void)
{
	u64 first = below(200 * MIB / PAGE), nr = 1 + below(60 * MIB / PAGE);
	struct damos_region_filter f = {
		.type = below(3) ? DAMOS_FILTER_ADDR : DAMOS_FILTER_TARGET,
		.matching = below(2),
		.allow = below(2),
	};

	if (f.type == DAMOS_FILTER_TARGET)
		f.target = below(2);
	else
		f.range = (struct damon_range){ GIB + first * PAGE, GIB + (first + nr) * PAGE };
	return f;
}

static struct damos_conf some_scheme(struct damos_region_filter *filters)
{
	static const struct damos_page_filter anon = { .type = DAMOS_FILTER_ANON, .allow = true };
	static const struct damos_goal goal = { .metric = DAMOS_ACTIVE_MEM_BP, .target = 300 };
	struct damos_conf conf = any_region;
	u32 i;

	conf.action = below(NR_DAMOS_ACTIONS);
	conf.pattern.max_accesses = below(3) ? ~0U : below(20);
	conf.pattern.min_age = below(6);
	conf.apply_us = below(2) ? 0 : below(400000);
	conf.max_tried = below(2) ? 1000 : 0;
	conf.region_filters = filters;
	conf.nr_region_filters = below(4);
	for (i = 0; i < conf.nr_region_filters; i++)
		filters[i] = some_filter();
	if (!below(4)) {
		conf.page_filters = &anon;
		conf.nr_page_filters = 1;
	}
	if (below(3)) {
		conf.quota.bytes = (1 + below(20000)) * PAGE / 3;
		conf.quota.interval_us = below(2) ? 0 : below(700000);
		conf.quota.weight_age = below(3);
		conf.quota.weight_accesses = below(3);
		conf.quota.weight_sz = below(3);
		conf.quota.fail_denom = below(3);
		conf.quota.fail_num = conf.quota.fail_denom ? below(2) : 0;
	}
	if (!below(4)) {
		conf.quota.goals = &goal;
		conf.quota.nr_goals = 1;
		conf.quota.tuner = below(2);
	}
	if (!below(4))
		conf.quota.time_us = conf.quota.interval_us ? below(conf.quota.interval_us) : 700;
	return conf;
}

/* What the last application of @s has tried: sorted out, disjoint, and all counted. */
static void check_tried(const struct damos_scheme *s)
{
	u64 sum = 0;
	u32 i, k;

	/* A commit can allow less than was charged already. */
	if (s->charge.begun_ns > committed_ns && damos_has_quota(&s->conf.quota))
		ck_assert_uint_le(s->charge.bytes, s->charge.effective);
	if (s->nr_tried != s->nr_tried_all)
		return;
	for (i = 0; i < s->nr_tried; i++) {
		const struct damos_tried *t = &s->tried[i];

		ck_assert_uint_lt(t->start, t->end);
		ck_assert_uint_le(t->passed, t->end - t->start);
		sum += t->end - t->start;
		for (k = 0; k < i; k++)
			ck_assert(s->tried[k].target != t->target || s->tried[k].end <= t->start ||
				  s->tried[k].start >= t->end);
	}
	ck_assert_uint_eq(sum, s->sz_tried);
}

static void check_schemes(void)
{
	const struct damon_ctx *ctx = scene.w.ctx;
	u32 i;

	/* Nothing is left half done. */
	for (i = 0; i < ctx->nr_regions; i++)
		ck_assert(!(ctx->evidence[i].flags & DAMON_EVIDENCE_PART));

	for (i = 0; i < damos_nr_schemes(scene.damos); i++)
		check_tried(scheme(i));
}

static struct damos *some_schemes(void)
{
	struct damos_region_filter filters[NR_SCHEMES][4];
	struct damos_conf confs[NR_SCHEMES];
	u32 i, nr = 1 + below(NR_SCHEMES);

	for (i = 0; i < nr; i++)
		confs[i] = some_scheme(filters[i]);
	return scene_schemes(confs, nr);
}

/* Other schemes, and perhaps another order of targets. */
static void commit_others(void)
{
	struct damon_ctx *old = scene.w.ctx, *ctx;
	u32 i;

	ctx = world_ctx(&scene.w, &default_attrs, 2, state);
	ck_assert_ptr_nonnull(ctx);
	ctx->ops = old->ops;
	ctx->actor = &damos_actor;
	ctx->actor_data = some_schemes();
	committed_ns = scene.w.now;
	damon_ctx_adopt(ctx, old, scene.w.now);
	scene.damos = ctx->actor_data;
	scene.w.ctx = ctx;
	damon_ctx_destroy(old);
	for (i = 0; i < WORLD_SPACES; i++)
		scene.w.spaces[i].puts = 0;
}

START_TEST(anything_goes)
{
	struct damon_attrs attrs = default_attrs;
	u32 i, k;

	state = _i * 7919 + 1;
	scene.page_ns = below(3) * 1000;
	scene.permil = 500 + below(501);
	scene.slice = (1 + below(5000)) * PAGE;
	attrs.max_nr_regions = below(2) ? 1000 : 20 + below(60);
	for (i = 0; i < 2; i++) {
		scene.w.spaces[i].nr_ranges = 2;
		scene.w.spaces[i].ranges[0].end = GIB + 77 * MIB;
		scene.w.spaces[i].ranges[1] = (struct damon_range){ GIB + 90 * MIB, GIB + 200 * MIB };
		scene.w.spaces[i].has[0] = (struct damon_range){ GIB + 10 * MIB, GIB + 150 * MIB };
		for (k = 0; k < 3; k++) {
			u64 at = GIB + below(70) * MIB;

			scene.w.spaces[i].hot[k] = (struct damon_range){ at, at + below(30) * MIB };
		}
		scene.w.spaces[i].nr_hot = 3;
		scene.w.spaces[i].permil = 100 + below(900);
	}
	scene_run(&any_region, 1, &attrs, 2);
	for (i = 0; i < 300; i++) {
		if (i % 100 == 20)
			commit_others();
		scene.stop_at = below(4) ? 0 : 1 + below(5);
		scene.metrics[DAMOS_ACTIVE_MEM_BP] = below(700);
		ck_assert(world_step(&scene.w));
		check_schemes();
	}
}
END_TEST

Suite *damos_property_suite(void)
{
	Suite *suite = suite_create("damos_property");
	TCase *tcase = tcase_create("damos_property");

	tcase_add_checked_fixture(tcase, scene_setup, scene_teardown);
	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, anything_goes, 0, NR_RUNS);
	suite_add_tcase(suite, tcase);
	return suite;
}
