// SPDX-License-Identifier: GPL-2.0
/* Tuning of the intervals: one step of it, where it settles, what survives it. */
#include <math.h>
#include <stdio.h>

#include "core/internal.h"
#include "shim/memory.h"
#include "suites.h"
#include "world.h"

#define GOAL_BP		400
#define AGGRS		3

static struct world w;

static void setup(void)
{
	world_init(&w);
}

static void teardown(void)
{
	world_free(&w);
}

/* The default intervals, as a start for tuning. */
static struct damon_attrs tuned_attrs(void)
{
	struct damon_attrs attrs = default_attrs;

	attrs.goal = (struct damon_goal){
		.access_bp = GOAL_BP,
		.aggrs = AGGRS,
		.min_sample_us = 5000,
		.max_sample_us = 10000000,
	};
	return attrs;
}

#define MANY	(~0ULL)

static const struct {
	u64 last, score, want;
} feedbacks[] = {
	{ 100000000, 10000, 100000000 },
	{ 100000000, 0, 200000000 },	/* at most doubled */
	{ 100000000, 5000, 150000000 },
	{ 100000000, 9999, 100010000 },
	{ 100000000, 10001, 99990000 },
	{ 100000000, 15000, 50000000 },
	{ 100000000, 19999, 10000 },	/* not below the goal's 10000 */
	{ 100000000, 20000, 10000 },
	{ 100000000, MANY, 10000 },
	{ 1, 10000, 1 },
	{ 1, 15000, 10000 },
	{ 12345, 3333, 20575 },		/* 12345 + 8230.4 */
	{ 0, 0, 0 },
	{ MANY, 10000, MANY },
	{ MANY, 9999, MANY },		/* no place for more */
	{ MANY, 0, MANY },
	{ MANY / 2, 0, MANY - 1 },
	{ MANY, 15000, MANY / 2 + 1 },	/* MANY - floor(MANY / 2) */
};

START_TEST(feedback)
{
	ck_assert_uint_eq(damon_feedback(feedbacks[_i].last, feedbacks[_i].score),
			  feedbacks[_i].want);
}
END_TEST

/*
 * 20 samples in a window, of which the goal is 400 bp: 0.8 for each region.
 * Of 100 equal regions some have found @hits accesses each.
 */
static const struct {
	const char *what;
	u32 nr_hit, hits;
	u64 from, want;
} tunings[] = {
	{ "nothing found: twice as long", 0, 0, 10000, 20000 },
	{ "half of the goal", 2, 20, 10000, 15000 },
	{ "three quarters", 60, 1, 10000, 12500 },
	{ "just the goal", 4, 20, 10000, 10000 },
	{ "just the goal, spread out", 80, 1, 10000, 10000 },
	{ "a quarter above it", 100, 1, 10000, 8750 },
	{ "half above it", 6, 20, 10000, 7500 },
	{ "twice the goal: half as long", 8, 20, 10000, 5000 },
	{ "all found: no less than half", 100, 20, 100000, 50000 },
	{ "never below the shortest", 100, 20, 9000, 5000 },
	{ "never above the longest", 0, 0, 9000000, 10000000 },
	{ "at the shortest", 100, 20, 5000, 5000 },
	{ "at the longest", 0, 0, 10000000, 10000000 },
};

static struct damon_ctx *ctx_to_tune(u64 sample_us, u32 aggrs)
{
	struct damon_ctx *ctx = bare_ctx(3, 200);
	struct damon_attrs attrs = tuned_attrs();

	attrs.goal.aggrs = aggrs;
	attrs.sample_us = sample_us;
	attrs.aggr_us = 20 * sample_us;
	attrs.max_nr_regions = 200;
	ck_assert_int_eq(damon_attrs_check(&attrs), DAMON_VALID);
	ctx->attrs = attrs;
	ctx->sink_data = &w;
	return ctx;
}

static void add_hits(struct damon_ctx *ctx, u64 pages, u32 nr_hit, u32 hits)
{
	u32 i;

	for (i = 0; i < 100; i++)
		bare_add(ctx, i / 50, i % 50 * pages, pages, 0, i < nr_hit ? hits : 0, 40);
}

START_TEST(one_tuning)
{
	/* One page each, a TiB each, and more together than 64 bits can tell. */
	static const u64 pages[] = { 1, TIB / PAGE, 1ULL << 46 };
	u64 want = tunings[_i].want;
	u32 size;

	for (size = 0; size < ARRAY_SIZE(pages); size++) {
		struct damon_ctx *ctx = ctx_to_tune(tunings[_i].from, 1);

		add_hits(ctx, pages[size], tunings[_i].nr_hit, tunings[_i].hits);
		w.nr_tuned = 0;
		damon_tune(ctx, w.now);
		ck_assert_msg(ctx->attrs.sample_us == want, "%s, %llu pages: %llu",
			      tunings[_i].what, pages[size], ctx->attrs.sample_us);
		ck_assert_uint_eq(ctx->attrs.aggr_us, 20 * want);
		ck_assert_uint_eq(damon_attrs_samples(&ctx->attrs), ctx->max_nr_accesses);
		/* Who wants to know is told, but only of news. */
		ck_assert_uint_eq(w.nr_tuned, want != tunings[_i].from);
		damon_ctx_destroy(ctx);
	}
}
END_TEST

/* A big region counts for more than a small one. */
START_TEST(accesses_are_weighted_by_size)
{
	struct damon_ctx *ctx = ctx_to_tune(10000, 1);

	bare_add(ctx, 0, 0, 40, 0, 20, 0);
	bare_add(ctx, 0, 40, 960, 0, 0, 0);
	damon_tune(ctx, w.now);
	ck_assert_uint_eq(ctx->attrs.sample_us, 10000);
	damon_ctx_destroy(ctx);
}
END_TEST

/* Longer windows would only see later who joins. */
START_TEST(no_memory_tells_nothing)
{
	struct damon_ctx *ctx = ctx_to_tune(10000, 1);

	damon_tune(ctx, w.now);
	ck_assert_uint_eq(ctx->attrs.sample_us, 10000);
	damon_ctx_destroy(ctx);
}
END_TEST

/* Bursts that come in one window of three are on average what is wanted. */
START_TEST(the_mean_of_all_windows_counts)
{
	struct damon_ctx *ctx = ctx_to_tune(10000, 3);
	u32 i, n;

	add_hits(ctx, 10, 12, 20);
	for (n = 0; n < 30; n++) {
		for (i = 0; i < 12; i++)
			ctx->regions[i].last_nr_accesses = n % 3 == 2 ? 20 : 0;
		damon_tune(ctx, w.now);
		ck_assert_uint_eq(ctx->attrs.sample_us, 10000);
	}
	damon_ctx_destroy(ctx);
}
END_TEST

START_TEST(tuned_when_it_is_time)
{
	struct damon_ctx *ctx = ctx_to_tune(10000, 3);
	u32 n;

	add_hits(ctx, 10, 0, 0);
	for (n = 1; n <= 9; n++) {
		damon_tune(ctx, w.now);
		ck_assert_uint_eq(ctx->attrs.sample_us, 10000ULL << n / 3);
	}
	ck_assert_uint_eq(w.nr_tuned, 3);
	damon_ctx_destroy(ctx);
}
END_TEST

START_TEST(nobody_has_to_be_told)
{
	struct damon_sink silent = world_sink;
	struct damon_ctx *ctx = ctx_to_tune(10000, 1);

	silent.intervals = NULL;
	ctx->sink = &silent;
	add_hits(ctx, 10, 0, 0);
	damon_tune(ctx, w.now);
	ck_assert_uint_eq(ctx->attrs.sample_us, 20000);
	ck_assert_uint_eq(w.nr_tuned, 0);
	damon_ctx_destroy(ctx);
}
END_TEST

START_TEST(results_stay_the_same_time_and_part)
{
	struct damon_ctx *ctx = ctx_to_tune(10000, 1);

	add_hits(ctx, 10, 2, 20);
	damon_tune(ctx, w.now);
	ck_assert_uint_eq(ctx->attrs.sample_us, 15000);
	ck_assert_uint_eq(ctx->regions[0].last_nr_accesses, 20);
	ck_assert_uint_eq(ctx->regions[2].last_nr_accesses, 0);
	/* 40 windows of two thirds: 26 and two thirds. */
	ck_assert_uint_ge(ctx->regions[2].age, 26);
	ck_assert_uint_le(ctx->regions[2].age, 27);
	ck_assert_uint_eq(ctx->regions[3].age, ctx->regions[2].age);
	damon_ctx_destroy(ctx);
}
END_TEST

/*
 * Around its goal tuning goes up and down by a little all the time.  Ages of some, tens
 * and hundreds of windows grow by the time that passes, no more and no less.
 */
START_TEST(ages_outlast_many_tunings)
{
	static const u32 first[] = { 0, 50, 500 };
	/* Up at once, down in small steps, as when a workload has bursts. */
	static const u64 sample_us[] = { 160000, 176000, 172000, 168000, 164000 };
	struct damon_attrs from, to = tuned_attrs();
	struct damon_ctx *ctx = ctx_to_tune(10000, 1);
	double passed = 0;
	u32 i, n;

	for (i = 0; i < ARRAY_SIZE(first); i++)
		bare_add(ctx, 0, i, 1, 0, 0, first[i]);
	to.sample_us = sample_us[0];
	to.aggr_us = 20 * to.sample_us;
	for (n = 1; n <= 1000; n++) {
		for (i = 0; i < ARRAY_SIZE(first); i++)
			ctx->regions[i].age += AGGRS;
		passed += AGGRS * (double)to.aggr_us;
		from = to;
		to.sample_us = sample_us[n % ARRAY_SIZE(sample_us)];
		to.aggr_us = 20 * to.sample_us;
		damon_convert_results(ctx, &from, &to);
	}
	for (i = 0; i < ARRAY_SIZE(first); i++) {
		double age = (double)ctx->regions[i].age * to.aggr_us;
		double want = passed + first[i] * 20.0 * sample_us[0];

		ck_assert_msg(age > 0.97 * want && age < 1.03 * want, "%.0f s, not %.0f",
			      age / 1e6, want / 1e6);
	}
	damon_ctx_destroy(ctx);
}
END_TEST

START_TEST(without_a_goal_nothing_is_tuned)
{
	int i;

	w.ctx = world_ctx(&w, &default_attrs, 1, 1);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	for (i = 0; i < 30; i++)
		ck_assert(world_window(&w));
	ck_assert_uint_eq(w.ctx->attrs.sample_us, 5000);
	ck_assert_uint_eq(w.nr_tuned, 0);
}
END_TEST

/* What part of all possible accesses the last window has found. */
static double found_bp(void)
{
	double found = 0, possible = 0;
	u32 i;

	for (i = 0; i < w.last.nr_regions; i++) {
		double sz = w.seen[i].end - w.seen[i].start;

		found += sz * w.seen[i].nr_accesses;
		possible += sz * w.last.max_nr_accesses;
	}
	return found / possible * 10000;
}

/* Has @hot of 200 MiB touched so that intervals of @ms find what is wanted. */
static void set_workload(u64 hot, double ms)
{
	struct space *s = &w.spaces[0];
	double part = GOAL_BP / 10000.0 * 200 * MIB / hot;

	s->hot[0].start = GIB + (200 * MIB - hot) / 2 / PAGE * PAGE;
	s->hot[0].end = s->hot[0].start + hot;
	s->nr_hot = 1;
	s->hz = -log(1 - part) / (ms / 1000);
}

static void tune(int times)
{
	for (times *= AGGRS; times; times--)
		ck_assert(world_window(&w));
}

/* 15 tunings to settle, then the means of ten. */
static void settle(const char *what, double ms)
{
	double bp = 0, sample_ms = 0;
	int i;

	tune(15);
	for (i = 0; i < 10 * AGGRS; i++) {
		ck_assert(world_window(&w));
		bp += found_bp() / (10 * AGGRS);
		sample_ms += w.last.sample_us / 1000.0 / (10 * AGGRS);
	}
	printf("%s: settled at %.0f ms for %.0f, finds %.0f bp of %d\n", what, sample_ms, ms, bp,
	       GOAL_BP);
	ck_assert_double_ge(bp, 0.9 * GOAL_BP);
	ck_assert_double_le(bp, 1.1 * GOAL_BP);
}

static const struct {
	u64 hot;
	double ms;
} workloads[] = {
	{ 20 * MIB, 20 }, { 40 * MIB, 30 }, { 20 * MIB, 50 }, { 60 * MIB, 100 }, { 200 * MIB, 40 },
	{ 12 * MIB, 300 }, { 40 * MIB, 2000 },
};

/* From 5 ms on to where the workload has its fixed point, and to another's. */
START_TEST(settles_at_the_goal)
{
	u32 then = (_i + 3) % ARRAY_SIZE(workloads);
	struct damon_attrs attrs = tuned_attrs();

	set_workload(workloads[_i].hot, workloads[_i].ms);
	w.ctx = world_ctx(&w, &attrs, 1, _i);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	settle("at first", workloads[_i].ms);
	set_workload(workloads[then].hot, workloads[then].ms);
	settle("then", workloads[then].ms);
}
END_TEST

/*
 * A machine at rest: the longest interval is reached in as many doublings as
 * it takes, and then there is a pass over a few regions every ten seconds and
 * nothing else, for hours.
 */
START_TEST(at_rest_it_wakes_rarely)
{
	struct damon_attrs attrs = tuned_attrs();
	unsigned long ticks, checks, tuned, asked;
	u64 end;

	attrs.update_us = 60ULL * 1000000;
	w.spaces[0].hot[0] = (struct damon_range){ GIB + 50 * MIB, GIB + 90 * MIB };
	w.spaces[0].nr_hot = 1;
	w.ctx = world_ctx(&w, &attrs, 1, 1);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	tune(10);
	ck_assert_uint_eq(w.ctx->attrs.sample_us, 5000);
	w.spaces[0].nr_hot = 0;
	tune(12);
	ck_assert_uint_eq(w.ctx->attrs.sample_us, 10000000);
	ck_assert_uint_eq(w.nr_tuned, 11);

	ticks = w.ctx->stats.nr_ticks;
	checks = w.ctx->stats.pass.nr_checks;
	asked = w.spaces[0].asked;
	tuned = w.nr_tuned;
	end = w.now + 10ULL * 3600 * 1000 * MS;
	while (w.now < end)
		ck_assert(world_step(&w));
	ck_assert_uint_le(w.ctx->stats.nr_ticks - ticks, 10 * 3600 / 10);
	/* Regions are few: the minimum and what is cut to look for news. */
	ck_assert_uint_le(w.ctx->stats.pass.nr_checks - checks, 3600 * 4 * 10);
	ck_assert_uint_le(w.spaces[0].asked - asked, 3600 / 20);
	ck_assert_uint_eq(w.nr_tuned, tuned);
	ck_assert_uint_le(w.last.nr_regions, 12);
}
END_TEST

/* What a session does at a commit. */
static void commit(const struct damon_attrs *attrs)
{
	struct damon_ctx *old = w.ctx;

	w.ctx = world_ctx(&w, attrs, 1, 9);
	ck_assert_ptr_nonnull(w.ctx);
	damon_ctx_adopt(w.ctx, old, w.now);
	damon_ctx_destroy(old);
	check_sane(&w, w.ctx);
}

START_TEST(the_same_again_keeps_what_is_tuned)
{
	struct damon_attrs attrs = tuned_attrs();
	u64 end_of_window;

	w.ctx = world_ctx(&w, &attrs, 1, 1);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	tune(2);
	ck_assert(world_window(&w));
	ck_assert(world_step(&w));
	ck_assert_uint_eq(w.ctx->attrs.sample_us, 20000);
	end_of_window = w.ctx->window_start_ns + w.ctx->attrs.aggr_us * 1000;

	/* Numbers of regions and updates have nothing to do with it. */
	attrs.max_nr_regions = 500;
	attrs.min_nr_regions = 20;
	attrs.update_us = 1;
	commit(&attrs);
	ck_assert_uint_eq(w.ctx->attrs.sample_us, 20000);
	ck_assert_uint_eq(w.ctx->attrs.aggr_us, 400000);
	ck_assert_uint_eq(w.ctx->attrs.min_nr_regions, 20);
	ck_assert_uint_eq(w.ctx->tick, 1);
	ck_assert(world_window(&w));
	ck_assert_uint_eq(w.last.end_ns, end_of_window);
	/* The first window since the last tuning is remembered, too. */
	ck_assert_uint_eq(w.ctx->attrs.sample_us, 20000);
	ck_assert(world_window(&w));
	ck_assert_uint_eq(w.ctx->attrs.sample_us, 40000);
}
END_TEST

static const struct {
	const char *what;
	u64 sample_us;
	u32 access_bp, aggrs;
	u64 min_us, max_us;
} others[] = {
	{ "another interval", 6000, 400, 3, 5000, 10000000 },
	{ "another goal", 5000, 401, 3, 5000, 10000000 },
	{ "tuned more often", 5000, 400, 2, 5000, 10000000 },
	{ "another shortest", 5000, 400, 3, 4999, 10000000 },
	{ "another longest", 5000, 400, 3, 5000, 10000001 },
	{ "tuning off", 5000, 400, 0, 5000, 10000000 },
};

START_TEST(another_goal_begins_anew)
{
	struct damon_attrs attrs = tuned_attrs();
	u32 age;

	w.ctx = world_ctx(&w, &attrs, 1, 1);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	tune(3);
	ck_assert(world_window(&w));
	ck_assert(world_step(&w));
	ck_assert_uint_eq(w.ctx->attrs.sample_us, 40000);
	age = w.ctx->regions[0].age;
	ck_assert_uint_gt(age, 0);

	attrs.sample_us = others[_i].sample_us;
	attrs.goal = (struct damon_goal){ others[_i].access_bp, others[_i].aggrs,
					  others[_i].min_us, others[_i].max_us };
	commit(&attrs);
	ck_assert_msg(w.ctx->attrs.sample_us == attrs.sample_us, "%s", others[_i].what);
	ck_assert_uint_eq(w.ctx->attrs.aggr_us, 100000);
	ck_assert_uint_eq(w.ctx->regions[0].age, age * 8);
	ck_assert_uint_eq(w.ctx->tuning.nr_windows, 0);
	ck_assert_uint_eq(w.ctx->tick, 0);
}
END_TEST

/* Turned on late, it counts its windows from then on. */
START_TEST(turned_on_later)
{
	struct damon_attrs attrs = tuned_attrs();
	int i;

	w.ctx = world_ctx(&w, &default_attrs, 1, 1);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	for (i = 0; i < 50; i++)
		ck_assert(world_window(&w));
	commit(&attrs);
	for (i = 1; i <= 6; i++) {
		ck_assert(world_window(&w));
		ck_assert_uint_eq(w.ctx->attrs.sample_us, 5000ULL << i / AGGRS);
	}
}
END_TEST

START_TEST(a_stop_keeps_intervals)
{
	struct damon_attrs attrs = tuned_attrs();

	w.ctx = world_ctx(&w, &attrs, 1, 1);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	tune(2);
	ck_assert(world_window(&w));
	damon_ctx_stop(w.ctx);
	w.now += 3600 * 1000 * MS;
	ck_assert(damon_ctx_start(w.ctx, w.now));
	ck_assert_uint_eq(w.ctx->attrs.sample_us, 20000);
	/* One window from before counts no more. */
	ck_assert(world_window(&w));
	ck_assert(world_window(&w));
	ck_assert_uint_eq(w.ctx->attrs.sample_us, 20000);
	ck_assert(world_window(&w));
	ck_assert_uint_eq(w.ctx->attrs.sample_us, 40000);
}
END_TEST

Suite *intervals_suite(void)
{
	Suite *s = suite_create("intervals");
	TCase *tc = tcase_create("intervals");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, feedback, 0, ARRAY_SIZE(feedbacks));
	tcase_add_loop_test(tc, one_tuning, 0, ARRAY_SIZE(tunings));
	tcase_add_test(tc, accesses_are_weighted_by_size);
	tcase_add_test(tc, no_memory_tells_nothing);
	tcase_add_test(tc, the_mean_of_all_windows_counts);
	tcase_add_test(tc, tuned_when_it_is_time);
	tcase_add_test(tc, nobody_has_to_be_told);
	tcase_add_test(tc, results_stay_the_same_time_and_part);
	tcase_add_test(tc, ages_outlast_many_tunings);
	tcase_add_test(tc, without_a_goal_nothing_is_tuned);
	tcase_add_loop_test(tc, settles_at_the_goal, 0, ARRAY_SIZE(workloads));
	tcase_add_test(tc, at_rest_it_wakes_rarely);
	tcase_add_test(tc, the_same_again_keeps_what_is_tuned);
	tcase_add_loop_test(tc, another_goal_begins_anew, 0, ARRAY_SIZE(others));
	tcase_add_test(tc, turned_on_later);
	tcase_add_test(tc, a_stop_keeps_intervals);
	suite_add_tcase(s, tc);
	return s;
}
