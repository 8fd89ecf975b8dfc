// SPDX-License-Identifier: GPL-2.0
/* Schemes: quotas hold, are used, and follow their goals. */
#include "scene.h"
#include "suites.h"

#define S_US	1000000ULL
#define MS_NS	1000000ULL

static void add(u16 target, u64 page, u64 pages, u32 accesses, u32 age)
{
	bare_add(scene.w.ctx, target, page, pages, 0, accesses, age);
}

/* What is in the first target is old again, as if nothing had been done. */
static void grow_old(void)
{
	u32 i;

	for (i = 0; i < scene.w.ctx->nr_regions; i++)
		scene.w.ctx->regions[i].age = 100;
}

/* Bytes done in [from, to) of the world's time, in ns from its beginning. */
static u64 done_between(u64 from, u64 to)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < scene.nr_deeds; i++) {
		const struct deed *d = &scene.deeds[i];

		if (d->now_ns >= from && d->now_ns < to)
			sum += d->end - d->start;
	}
	return sum;
}

/*
 * 64 MiB to do, in regions of all sizes; 5 MiB are allowed in a second.  Whatever
 * rhythm the scheme is applied in: in any k seconds at most k + 1 quotas are
 * taken, and over 20 at least 90 % of what is allowed.
 */
static const u64 rhythms_us[] = { 50000, 99991, 300000, 999983, 1000000 };

START_TEST(a_size_quota_holds)
{
	struct damos_conf conf = any_region;
	u64 begun, from, quota = 5 * MIB;
	u32 i, k, page = 0;

	conf.quota.bytes = quota;
	conf.quota.interval_us = S_US;
	scene_bare(200, &conf, 1);
	for (i = 0; i < 40; i++) {
		add(0, page, 100 + 29 * i % 500, i % 3, 100);
		page += 100 + 29 * i % 500;
	}
	begun = scene.w.now + rhythms_us[_i] * 1000;
	while (scene.w.now < begun + 40000 * MS_NS) {
		ck_assert(scene_apply(rhythms_us[_i]));
		grow_old();
	}
	for (k = 1; k <= 20; k++) {
		for (from = begun; from < begun + 15000 * MS_NS; from += 333 * MS_NS)
			ck_assert_uint_le(done_between(from, from + k * 1000 * MS_NS),
					  (k + 1) * quota);
	}
	for (from = begun; from < begun + 15000 * MS_NS; from += 1000 * MS_NS) {
		ck_assert_uint_ge(done_between(from, from + 20000 * MS_NS), 18 * quota);
		ck_assert_uint_le(done_between(from, from + 20000 * MS_NS), 21 * quota);
	}
	ck_assert_uint_ge(scheme(0)->stats.qt_exceeds, 38);
	ck_assert_uint_eq(scheme(0)->stats.sz_tried, scene.sum);
	ck_assert_uint_eq(scheme(0)->stats.sz_applied, scene.sum);
}
END_TEST

/* Nothing waits for ever: each page comes once before any comes twice. */
START_TEST(quotas_go_round)
{
	struct damos_conf conf = any_region;
	u32 times[400] = { 0 };
	u32 i, round;
	u64 page;

	conf.quota.bytes = 30 * PAGE;
	scene_bare(200, &conf, 1);
	for (i = 0; i < 8; i++)
		add(i / 4, i % 4 * 60, 50, 0, 100);
	for (round = 0; round < 40; round++) {
		scene_apply(S_US);
		grow_old();
		if ((round + 1) * 30 % 400 == 0 || round == 39)
			continue;
		ck_assert_uint_eq(scene.sum, (round + 1) * 30 * PAGE);
	}
	for (i = 0; i < scene.nr_deeds; i++) {
		u32 base = scene.deeds[i].space == &scene.w.spaces[1] ? 200 : 0;

		for (page = scene.deeds[i].start / PAGE; page < scene.deeds[i].end / PAGE; page++)
			times[base + page / 60 * 50 + page % 60]++;
	}
	/* 1200 pages of 400. */
	for (i = 0; i < 400; i++)
		ck_assert_msg(times[i] == 3, "page %u: %u times", i, times[i]);
}
END_TEST

/* The histogram: the coldest come first, the rest of the quota goes to the next. */
START_TEST(the_best_come_first)
{
	struct damos_conf conf = any_region;

	conf.quota.bytes = 150 * PAGE;
	conf.quota.weight_accesses = 1;
	scene_bare(100, &conf, 1);
	add(0, 0, 100, 20, 9);
	add(0, 100, 100, 10, 9);
	add(0, 200, 100, 0, 9);
	add(0, 300, 100, 5, 9);
	add(0, 400, 20, 0, 9);
	ck_assert(scene_apply(S_US));
	ck_assert_uint_eq(scene.sum, 150 * PAGE);
	ck_assert_uint_eq(scene.nr_deeds, 3);
	ck_assert_uint_eq(scene.deeds[0].start, 200 * PAGE);
	ck_assert_uint_eq(scene.deeds[0].end, 300 * PAGE);
	ck_assert_uint_eq(scene.deeds[1].start, 400 * PAGE);
	ck_assert_uint_eq(scene.deeds[1].end, 420 * PAGE);
	ck_assert_uint_eq(scene.deeds[2].start, 300 * PAGE);
	ck_assert_uint_eq(scene.deeds[2].end, 330 * PAGE);
	/* Only memory that the filters let through takes part. */
	scene_forget();
}
END_TEST

START_TEST(what_filters_reject_takes_no_quota)
{
	static const struct damos_region_filter not_the_coldest = {
		DAMOS_FILTER_ADDR, true, false, 0, { 200 * PAGE, 300 * PAGE }
	};
	struct damos_conf conf = any_region;

	conf.quota.bytes = 60 * PAGE;
	conf.quota.weight_accesses = 1;
	conf.region_filters = &not_the_coldest;
	conf.nr_region_filters = 1;
	scene_bare(100, &conf, 1);
	add(0, 100, 100, 10, 9);
	add(0, 200, 150, 0, 9);
	ck_assert(scene_apply(S_US));
	ck_assert_uint_eq(scene.nr_deeds, 2);
	ck_assert_uint_eq(scene.deeds[0].start, 300 * PAGE);
	ck_assert_uint_eq(scene.deeds[0].end, 350 * PAGE);
	ck_assert_uint_eq(scene.deeds[1].start, 100 * PAGE);
	ck_assert_uint_eq(scene.deeds[1].end, 110 * PAGE);
}
END_TEST

/* What was treated is young and could match again; but not in the same turn. */
START_TEST(nothing_is_treated_twice_in_a_turn)
{
	struct damos_conf conf = any_region;
	u64 page, times[300] = { 0 };
	u32 i;

	conf.quota.bytes = 250 * PAGE;
	conf.quota.weight_age = 1;
	scene_bare(100, &conf, 1);
	add(0, 0, 100, 0, 1000);
	add(0, 100, 100, 0, 0);
	add(0, 200, 100, 0, 500);
	ck_assert(scene_apply(S_US));
	ck_assert_uint_eq(scene.sum, 250 * PAGE);
	for (i = 0; i < scene.nr_deeds; i++) {
		for (page = scene.deeds[i].start; page < scene.deeds[i].end; page += PAGE)
			ck_assert_uint_eq(times[page / PAGE]++, 0);
	}
}
END_TEST

/* Below a smallest region nothing is done, and that is no reason to run wild. */
START_TEST(a_tiny_quota_does_nothing)
{
	struct damos_conf conf = any_region;

	conf.quota.bytes = PAGE - 1;
	conf.quota.interval_us = S_US;
	scene_bare(100, &conf, 1);
	add(0, 0, 100, 0, 9);
	scene_apply(S_US);
	scene_apply(S_US);
	ck_assert_uint_eq(scene.sum, 0);
	ck_assert_uint_eq(scheme(0)->stats.nr_tried, 0);
	ck_assert_uint_eq(scheme(0)->stats.qt_exceeds, 1);
}
END_TEST

/* Exactly as much as there is: no lack. */
START_TEST(a_quota_that_suffices_is_not_exceeded)
{
	struct damos_conf conf = any_region;

	conf.quota.bytes = 100 * PAGE;
	conf.quota.interval_us = S_US;
	scene_bare(100, &conf, 1);
	add(0, 0, 100, 0, 9);
	scene_apply(S_US);
	scene_apply(S_US);
	ck_assert_uint_eq(scene.sum, 200 * PAGE);
	ck_assert_uint_eq(scheme(0)->stats.qt_exceeds, 0);
}
END_TEST

/*
 * 20 ms in a second; a page takes 10 us, then 50.  The first interval knows
 * nothing of that, and must hold it all the same, but for the slice at hand.
 */
START_TEST(a_time_quota_holds)
{
	struct damos_conf conf = any_region;
	u64 before, slice_ns;
	u32 i;

	conf.quota.time_us = 20000;
	conf.quota.interval_us = S_US;
	scene_bare(400, &conf, 1);
	add(0, 0, 100000, 0, 100);
	scene.slice = MIB;
	scene.page_ns = 10000;
	slice_ns = MIB / PAGE * scene.page_ns;
	for (i = 0; i < 60; i++) {
		if (i == 30) {
			scene.page_ns = 50000;
			slice_ns = MIB / PAGE * scene.page_ns;
		}
		before = scene.cpu_ns;
		scene_apply(S_US / 2);
		grow_old();
		ck_assert_uint_le(scene.cpu_ns - before, 20 * MS_NS + slice_ns);
	}
	/* 30 intervals, and what a slice takes too long is taken off the next. */
	ck_assert_uint_le(scene.cpu_ns, 30 * 20 * MS_NS + slice_ns);
	ck_assert_uint_ge(scene.cpu_ns, 30 * 20 * MS_NS * 9 / 10);
	ck_assert_uint_eq(scheme(0)->stats.cpu_ns, scene.cpu_ns);
}
END_TEST

/* Of what the action could not change, a quarter counts. */
START_TEST(failed_memory_counts_in_part)
{
	struct damos_conf conf = any_region;

	conf.quota.bytes = 100 * PAGE;
	conf.quota.interval_us = S_US;
	conf.quota.fail_num = 1;
	conf.quota.fail_denom = 4;
	scene_bare(100, &conf, 1);
	add(0, 0, 1000, 0, 9);
	scene.permil = 0;
	ck_assert(scene_apply(S_US));
	/* All in vain: four times as much can be tried, in ever smaller parts. */
	ck_assert_uint_gt(scene.sum, 390 * PAGE);
	ck_assert_uint_le(scene.sum, 400 * PAGE);
	ck_assert_uint_eq(scheme(0)->stats.sz_applied, 0);
	ck_assert_uint_eq(scheme(0)->stats.nr_applied, 0);
	ck_assert_uint_le(scheme(0)->charge.bytes, 100 * PAGE);
}
END_TEST

START_TEST(what_failed_may_be_free)
{
	struct damos_conf conf = any_region;

	conf.quota.bytes = 100 * PAGE;
	conf.quota.fail_denom = 1;
	scene_bare(100, &conf, 1);
	add(0, 0, 1000, 0, 9);
	scene.permil = 0;
	ck_assert(scene_apply(S_US));
	ck_assert_uint_eq(scene.sum, 1000 * PAGE);
}
END_TEST

/* Goals. */

static struct damos_goal goal;

static void run_goal(enum damos_metric metric, u64 target, enum damos_tuner tuner, u64 bytes)
{
	struct damos_conf conf = any_region;

	goal = (struct damos_goal) { .metric = metric, .target = target };
	if (damos_metric_has_memcg(metric))
		goal.memcg = &goal;
	if (damos_metric_has_node(metric))
		goal.node = 1;
	conf.quota.goals = &goal;
	conf.quota.nr_goals = 1;
	conf.quota.tuner = tuner;
	conf.quota.bytes = bytes;
	conf.quota.interval_us = S_US;
	scene_bare(400, &conf, 1);
	add(0, 0, 262144, 0, 100);
}

/*
 * A plant: what is measured is in proportion to what was done in the last second.
 * The answer is known, wherever it is: below the seed, at it, far above, and near
 * all that there is.
 */
static const u64 answers[] = { 16 * PAGE, 100 * PAGE, 256 * PAGE, 5000 * PAGE, 250000 * PAGE };

START_TEST(a_goal_settles)
{
	u64 answer = answers[_i];
	u32 i;

	run_goal(DAMOS_ACTIVE_MEM_BP, answer / 16, DAMOS_TUNER_CONSIST, 0);
	for (i = 0; i < 40; i++) {
		scene_forget();
		scene_apply(S_US);
		grow_old();
		scene.metrics[DAMOS_ACTIVE_MEM_BP] = scene.sum / 16;
		if (i < 20)
			continue;
		ck_assert_uint_ge(scene.sum, answer * 95 / 100);
		ck_assert_uint_le(scene.sum, answer * 105 / 100);
	}
}
END_TEST

/* The same, fed by hand: each answer of the user's is a commit's, see adopt. */
START_TEST(a_user_is_a_plant_too)
{
	u32 i;

	run_goal(DAMOS_USER_INPUT, 1000, DAMOS_TUNER_CONSIST, 0);
	for (i = 0; i < 30; i++) {
		scene_forget();
		scene_apply(S_US);
		grow_old();
		((struct damos_goal *)scheme(0)->conf.quota.goals)->input =
			scene.sum * 1000 / (640 * PAGE);
	}
	ck_assert_uint_ge(scene.sum, 608 * PAGE);
	ck_assert_uint_le(scene.sum, 672 * PAGE);
	ck_assert_uint_eq(scene.asked, 0);
}
END_TEST

/* The first second has the seed, not one byte. */
START_TEST(feedback_begins_with_a_seed)
{
	run_goal(DAMOS_ACTIVE_MEM_BP, 1000, DAMOS_TUNER_CONSIST, 0);
	scene_apply(S_US);
	ck_assert_uint_eq(scene.sum, DAMOS_DEFAULT_SEED);
	ck_assert_uint_eq(scheme(0)->charge.effective, DAMOS_DEFAULT_SEED);
	/* Nothing reached: twice as much. */
	scene_apply(S_US);
	ck_assert_uint_eq(scheme(0)->charge.effective, 2 * DAMOS_DEFAULT_SEED);
	/* Just reached: so it stays. */
	scene.metrics[DAMOS_ACTIVE_MEM_BP] = 1000;
	scene_apply(S_US);
	ck_assert_uint_eq(scheme(0)->charge.effective, 2 * DAMOS_DEFAULT_SEED);
	/* A tenth too much: a tenth less. */
	scene.metrics[DAMOS_ACTIVE_MEM_BP] = 1100;
	scene_apply(S_US);
	ck_assert_uint_eq(scheme(0)->charge.effective, 2 * DAMOS_DEFAULT_SEED * 9 / 10);
}
END_TEST

/* Years of lack lead to no quota that takes years to shrink. */
START_TEST(feedback_is_bounded)
{
	u32 i;

	run_goal(DAMOS_ACTIVE_MEM_BP, 1000, DAMOS_TUNER_CONSIST, 0);
	for (i = 0; i < 200; i++)
		scene_apply(S_US);
	ck_assert_uint_eq(scheme(0)->charge.effective, 262144 * PAGE);
	scene.metrics[DAMOS_ACTIVE_MEM_BP] = 4000;
	scene_apply(S_US);
	ck_assert_uint_eq(scheme(0)->charge.effective, 65536 * PAGE);
	scene.metrics[DAMOS_ACTIVE_MEM_BP] = ~0ULL;
	scene_apply(S_US);
	ck_assert_uint_eq(scheme(0)->charge.effective, 1);
	/* And from nothing it is back to the smallest region at once. */
	scene.metrics[DAMOS_ACTIVE_MEM_BP] = 0;
	scene_apply(S_US);
	ck_assert_uint_eq(scheme(0)->charge.effective, 2 * PAGE);
}
END_TEST

START_TEST(goals_are_held_to_the_size)
{
	u32 i;

	run_goal(DAMOS_ACTIVE_MEM_BP, 1000, DAMOS_TUNER_CONSIST, 3 * MIB);
	for (i = 0; i < 20; i++) {
		scene_forget();
		scene_apply(S_US);
		grow_old();
		ck_assert_uint_le(scene.sum, 3 * MIB);
	}
	ck_assert_uint_eq(scene.sum, 3 * MIB);
}
END_TEST

/* All that is allowed until it is reached, then nothing. */
START_TEST(temporal_is_all_or_nothing)
{
	run_goal(DAMOS_NODE_MEM_FREE_BP, 6000, DAMOS_TUNER_TEMPORAL, _i ? 8 * MIB : 0);
	/* The node's number is told: it is 1 and adds 1000 here. */
	scene.metrics[DAMOS_NODE_MEM_FREE_BP] = 4999;
	scene_apply(S_US);
	ck_assert_uint_eq(scene.sum, _i ? 8 * MIB : GIB);
	ck_assert_uint_eq(scheme(0)->readings[0].value, 5999);
	scene_forget();
	scene.metrics[DAMOS_NODE_MEM_FREE_BP] = 5000;
	scene_apply(S_US);
	scene_apply(S_US);
	ck_assert_uint_eq(scene.sum, 0);
	scene.metrics[DAMOS_NODE_MEM_FREE_BP] = 4000;
	scene_apply(S_US);
	ck_assert_uint_gt(scene.sum, 0);
}
END_TEST

/* The goal that is reached most counts. */
START_TEST(one_goal_is_enough)
{
	static const struct damos_goal goals[] = {
		{ .metric = DAMOS_ACTIVE_MEM_BP, .target = 1000 },
		{ .metric = DAMOS_INACTIVE_MEM_BP, .target = 500 },
	};
	struct damos_conf conf = any_region;

	conf.quota.goals = goals;
	conf.quota.nr_goals = 2;
	conf.quota.tuner = DAMOS_TUNER_TEMPORAL;
	scene_bare(400, &conf, 1);
	add(0, 0, 100, 0, 9);
	scene.metrics[DAMOS_ACTIVE_MEM_BP] = 10;
	scene.metrics[DAMOS_INACTIVE_MEM_BP] = 500;
	scene_apply(S_US);
	ck_assert_uint_eq(scene.sum, 0);
	scene.metrics[DAMOS_INACTIVE_MEM_BP] = 499;
	scene_apply(S_US);
	ck_assert_uint_eq(scene.sum, 100 * PAGE);
}
END_TEST

/*
 * Pressure is a total that advances every two seconds.  What counts is how much
 * comes up in an interval of the quota, here a second; the first look only tells
 * where it stands, and looks that come too soon tell nothing.
 */
START_TEST(totals_are_rates)
{
	const struct damos_reading *reading;

	run_goal(_i ? DAMOS_MEMCG_FULL_PSI_US : DAMOS_SOME_MEM_PSI_US, 5000,
		 DAMOS_TUNER_CONSIST, 0);
	reading = &scheme(0)->readings[0];
	scene.metrics[goal.metric] = 77000000;
	scene_apply(S_US);
	ck_assert(!reading->known);
	ck_assert_uint_eq(scheme(0)->charge.effective, DAMOS_DEFAULT_SEED);
	scene_apply(S_US);
	ck_assert(!reading->known);
	ck_assert_uint_eq(scheme(0)->charge.effective, DAMOS_DEFAULT_SEED);
	scene.metrics[goal.metric] += 10000;
	scene_apply(S_US);
	ck_assert(reading->known);
	ck_assert_uint_eq(reading->value, 5000);
	ck_assert_uint_eq(scheme(0)->charge.effective, DAMOS_DEFAULT_SEED);
	/* Ten seconds later: still per second. */
	scene.metrics[goal.metric] += 20000;
	scene_apply(10 * S_US);
	ck_assert_uint_eq(reading->value, 2000);
	/* A total that goes back counts as none. */
	scene.metrics[goal.metric] = 5;
	scene_apply(2 * S_US);
	ck_assert_uint_eq(reading->value, 0);
}
END_TEST

/* Years of counting everything: no limit stays none when the sum has no place. */
START_TEST(no_limit_never_ends)
{
	run_goal(DAMOS_ACTIVE_MEM_BP, 1000, DAMOS_TUNER_TEMPORAL, 0);
	scene_apply(S_US);
	ck_assert_uint_eq(scene.sum, GIB);
	scheme(0)->charge.bytes = ~0ULL - PAGE;
	scheme(0)->charge.past_bytes = ~0ULL - PAGE;
	scene_apply(S_US / 4);
	ck_assert_uint_eq(scene.sum, 2 * GIB);
	ck_assert_uint_eq(scheme(0)->charge.bytes, ~0ULL);
	ck_assert_uint_eq(scheme(0)->charge.past_bytes, ~0ULL);
}
END_TEST

/* A slow action that had nothing to do for long: that says nothing of its speed. */
START_TEST(speeds_are_forgotten)
{
	struct damos_conf conf = any_region;
	u32 i;

	conf.pattern.min_age = 50;
	conf.quota.time_us = 20000;
	conf.quota.interval_us = S_US;
	scene_bare(400, &conf, 1);
	add(0, 0, 1, 0, 100);
	scene.page_ns = 10 * MS_NS;
	scene_apply(S_US);
	ck_assert_uint_eq(scene.sum, PAGE);
	for (i = 0; i < 16; i++)
		scene_apply(S_US);
	ck_assert_uint_eq(scene.sum, PAGE);
	ck_assert_uint_gt(scheme(0)->charge.effective, 2 * PAGE);
}
END_TEST

/* Of what looks as the scheme wants it, so much is on a node; the rest does not matter. */
START_TEST(eligible_memory_is_sampled)
{
	static const struct { u32 node; u64 want; } nodes[] = { { 0, 8000 }, { 1, 2000 }, { 7, 0 } };
	struct damos_goal goal = {
		.metric = DAMOS_NODE_ELIGIBLE_MEM_BP,
		.node = nodes[_i].node,
		.target = 1000,
	};
	struct damos_conf conf = any_region;

	conf.action = DAMOS_STAT;
	conf.pattern.max_accesses = 0;
	conf.quota.goals = &goal;
	conf.quota.nr_goals = 1;
	scene_bare(10, &conf, 1);
	scene.w.spaces[0].ranges[0] = (struct damon_range){ 0, 1000 * PAGE };
	scene.w.spaces[1].ranges[0] = (struct damon_range){ 0, 40000 * PAGE };
	add(0, 0, 800, 0, 9);
	add(0, 800, 200, 5, 9);
	add(1, 0, 15700, 0, 9);
	add(1, 15700, 19300, 20, 9);
	/* 500 and 15700 pages on the first, 300 and 3750 on the second. */
	add(1, 35000, 3750, 0, 9);
	scene_apply(S_US);
	ck_assert(scheme(0)->readings[0].known);
	ck_assert_uint_le(scheme(0)->readings[0].value, nodes[_i].want + 150);
	ck_assert_uint_ge(scheme(0)->readings[0].value + 150, nodes[_i].want);
	/* Where nothing matches nothing is known. */
	scheme(0)->conf.pattern.min_age = 100;
	scene_apply(S_US);
	ck_assert(!scheme(0)->readings[0].known);
}
END_TEST

/* Tracers see each part that is tried, each application, and a quota when it changes. */
START_TEST(tracers_see_it_all)
{
	struct damos_conf conf = any_region;
	u32 i;

	conf.quota.bytes = 15 * PAGE;
	conf.quota.interval_us = 2 * S_US;
	scene_bare(100, &conf, 1);
	add(0, 0, 10, 0, 9);
	add(1, 0, 10, 0, 9);
	scene_apply(S_US);
	ck_assert_uint_eq(scene.nr_trying, 2);
	ck_assert_uint_eq(scene.trying, 15 * PAGE);
	ck_assert_uint_eq(scene.nr_quotas, 1);
	ck_assert_uint_eq(scene.quota, 15 * PAGE);
	for (i = 0; i < 6; i++)
		scene_apply(S_US);
	ck_assert_uint_eq(scene.trying, scheme(0)->stats.sz_tried);
	ck_assert_uint_eq(scene.nr_trying, scheme(0)->stats.nr_tried);
	ck_assert_uint_eq(scene.nr_applied, scheme(0)->stats.nr_snapshots);
	ck_assert_uint_eq(scene.nr_applied, 7);
	ck_assert_uint_eq(scene.nr_quotas, 1);
	scheme(0)->conf.quota.bytes = 5 * PAGE;
	for (i = 0; i < 4; i++)
		scene_apply(S_US);
	ck_assert_uint_eq(scene.nr_quotas, 2);
	ck_assert_uint_eq(scene.quota, 5 * PAGE);
}
END_TEST

/* All addresses of two targets look alike: their sum has no place in 64 bits. */
START_TEST(sums_have_a_place)
{
	struct damos_conf conf = any_region;

	conf.action = DAMOS_STAT;
	conf.quota.bytes = 10 * PAGE;
	conf.quota.weight_accesses = 1;
	scene_bare(10, &conf, 1);
	add(0, 0, 1ULL << 51, 20, 9);
	add(1, 0, 1ULL << 51, 20, 9);
	add(1, 1ULL << 51, 100, 5, 9);
	scene_apply(S_US);
	ck_assert(scheme(0)->turn.limited);
	ck_assert_uint_eq(scheme(0)->turn.floor, DAMOS_MAX_SCORE);
	ck_assert_uint_eq(scheme(0)->stats.sz_tried, 10 * PAGE);
}
END_TEST

/* What is done in no time at all is fast, not slow. */
START_TEST(speeds_have_a_place)
{
	struct damos_conf conf = any_region;

	conf.quota.time_us = 20000;
	conf.quota.interval_us = S_US;
	scene_bare(10, &conf, 1);
	add(0, 0, 100, 0, 9);
	scheme(0)->charge.past_bytes = 1ULL << 60;
	scheme(0)->charge.past_ns = 1 + _i;
	scene_apply(S_US);
	ck_assert_uint_gt(scheme(0)->charge.effective, 1ULL << 60);
	ck_assert_uint_eq(scene.sum, 100 * PAGE);
}
END_TEST

/* Two contexts with the same scheme: what one takes is not missing to the other. */
START_TEST(quotas_do_not_bleed)
{
	struct damos_conf conf = any_region;
	struct scene first;

	conf.quota.bytes = 10 * PAGE;
	conf.quota.interval_us = S_US;
	scene_bare(10, &conf, 1);
	add(0, 0, 100, 0, 9);
	scene_apply(S_US);
	ck_assert_uint_eq(scene.sum, 10 * PAGE);
	first = scene;
	scene_bare(10, &conf, 1);
	add(0, 0, 100, 0, 9);
	scene_apply(0);
	ck_assert_uint_eq(scene.sum, 20 * PAGE);
	damon_ctx_destroy(first.w.ctx);
}
END_TEST

Suite *damos_quota_suite(void)
{
	Suite *suite = suite_create("damos_quota");
	TCase *tcase = tcase_create("damos_quota");

	tcase_add_checked_fixture(tcase, scene_setup, scene_teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, a_size_quota_holds, 0, ARRAY_SIZE(rhythms_us));
	tcase_add_test(tcase, quotas_go_round);
	tcase_add_test(tcase, the_best_come_first);
	tcase_add_test(tcase, what_filters_reject_takes_no_quota);
	tcase_add_test(tcase, nothing_is_treated_twice_in_a_turn);
	tcase_add_test(tcase, a_tiny_quota_does_nothing);
	tcase_add_test(tcase, a_quota_that_suffices_is_not_exceeded);
	tcase_add_test(tcase, a_time_quota_holds);
	tcase_add_test(tcase, failed_memory_counts_in_part);
	tcase_add_test(tcase, what_failed_may_be_free);
	tcase_add_loop_test(tcase, a_goal_settles, 0, ARRAY_SIZE(answers));
	tcase_add_test(tcase, a_user_is_a_plant_too);
	tcase_add_test(tcase, feedback_begins_with_a_seed);
	tcase_add_test(tcase, feedback_is_bounded);
	tcase_add_test(tcase, goals_are_held_to_the_size);
	tcase_add_loop_test(tcase, temporal_is_all_or_nothing, 0, 2);
	tcase_add_test(tcase, one_goal_is_enough);
	tcase_add_loop_test(tcase, totals_are_rates, 0, 2);
	tcase_add_test(tcase, no_limit_never_ends);
	tcase_add_test(tcase, speeds_are_forgotten);
	tcase_add_loop_test(tcase, eligible_memory_is_sampled, 0, 3);
	tcase_add_test(tcase, tracers_see_it_all);
	tcase_add_test(tcase, sums_have_a_place);
	tcase_add_loop_test(tcase, speeds_have_a_place, 0, 2);
	tcase_add_test(tcase, quotas_do_not_bleed);
	suite_add_tcase(suite, tcase);
	return suite;
}
