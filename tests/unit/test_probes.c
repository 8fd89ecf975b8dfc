// SPDX-License-Identifier: GPL-2.0
/* Probes: counted, carried along, weighed, and found again after a commit. */
#include <string.h>

#include "core/internal.h"
#include "shim/memory.h"
#include "suites.h"
#include "world.h"

static struct world w;

static void setup(void)
{
	world_init(&w);
}

static void teardown(void)
{
	world_free(&w);
}

/* Probe @key looks at space.has[key % 4]. */
static struct damon_probe a_probe(u64 key, u32 weight)
{
	return (struct damon_probe){ .what = &w, .key = key, .weight = weight };
}

static const struct damon_ops blind_ops = { .name = "blind" };

static const struct {
	const char *what;
	const struct damon_ops *ops;
	u64 keys[5];
	u32 weights[5];
	u32 nr, samples, aggrs;
	enum damon_invalid want;
	u32 bad;
} checks[] = {
	{ "none", &blind_ops, { 0 }, { 0 }, 0, 20, 0, DAMON_VALID, 0 },
	{ "four", &world_ops, { 1, 2, 3, 4 }, { 0, 0, 0, 0 }, 4, 20, 3, DAMON_VALID, 0 },
	{ "none for such targets", &blind_ops, { 1 }, { 0 }, 1, 20, 0, DAMON_BAD_PROBE_OPS, 0 },
	{ "five", &world_ops, { 1, 2, 3, 4, 5 }, { 0 }, 5, 20, 0, DAMON_BAD_PROBE_NUMBER, 4 },
	{ "twice", &world_ops, { 1, 2, 1 }, { 0 }, 3, 20, 0, DAMON_BAD_PROBE_TWICE, 2 },
	{ "weights", &world_ops, { 1, 2 }, { 7, 0 }, 2, 20, 0, DAMON_VALID, 0 },
	{ "the highest scores", &world_ops, { 1, 2 }, { 4294967294U, 1 }, 2, 1, 0, DAMON_VALID, 0 },
	{ "scores too high", &world_ops, { 1, 2 }, { 4294967294U, 2 }, 2, 1, 0,
	  DAMON_BAD_PROBE_WEIGHT, 1 },
	{ "weights that wrap", &world_ops, { 1, 2 }, { ~0U, ~0U }, 2, 1, 0,
	  DAMON_BAD_PROBE_WEIGHT, 1 },
	{ "by many samples", &world_ops, { 1 }, { 42950 }, 1, 100000, 0, DAMON_BAD_PROBE_WEIGHT, 0 },
	/* Counters of 32 bits: more than 255 samples are no reason. */
	{ "many samples", &world_ops, { 1 }, { 42949 }, 1, 100000, 0, DAMON_VALID, 0 },
	{ "tuned by what is not looked for", &world_ops, { 1, 2 }, { 0, 1 }, 2, 20, 3,
	  DAMON_BAD_PROBE_GOAL, 1 },
};

START_TEST(probes_are_judged)
{
	struct damon_probe probes[5];
	struct damon_attrs attrs = default_attrs;
	u32 i, bad = 99;

	for (i = 0; i < 5; i++)
		probes[i] = a_probe(checks[_i].keys[i], checks[_i].weights[i]);
	attrs.aggr_us = attrs.sample_us * checks[_i].samples;
	attrs.goal.aggrs = checks[_i].aggrs;
	ck_assert_msg(damon_probes_check(checks[_i].ops, &attrs, probes, checks[_i].nr, &bad) ==
		      checks[_i].want, "%s", checks[_i].what);
	if (checks[_i].want != DAMON_VALID)
		ck_assert_msg(bad == checks[_i].bad, "%s: names %u", checks[_i].what, bad);
}
END_TEST

static struct damon_ctx *ctx_with(const struct damon_attrs *attrs, const struct damon_probe *probes,
				  u32 nr)
{
	struct damon_ctx *ctx = world_ctx(&w, attrs, 1, 1);
	u32 bad;

	ck_assert_int_eq(damon_probes_check(&world_ops, attrs, probes, nr, &bad), DAMON_VALID);
	ck_assert(damon_ctx_set_probes(ctx, probes, nr));
	return ctx;
}

static void begin(const struct damon_attrs *attrs, const struct damon_probe *probes, u32 nr)
{
	w.ctx = ctx_with(attrs, probes, nr);
	ck_assert(damon_ctx_start(w.ctx, w.now));
}

static void run_windows(int n)
{
	while (n--)
		ck_assert(world_window(&w));
}

START_TEST(without_memory_there_are_none)
{
	struct damon_probe probes[1] = { a_probe(0, 1) };
	unsigned long n;

	w.ctx = world_ctx(&w, &default_attrs, 1, 1);
	for (n = 1; n <= 2; n++) {
		shim_memory.calls = 0;
		shim_memory.fail_at = n;
		ck_assert(!damon_ctx_set_probes(w.ctx, probes, 1));
	}
	shim_memory.fail_at = 0;
	/* The context is as good as before, and no reference was taken. */
	ck_assert(damon_ctx_start(w.ctx, w.now));
	run_windows(2);
	ck_assert(damon_ctx_set_probes(w.ctx, probes, 0));
	ck_assert_ptr_null(w.ctx->hits);
	damon_ctx_destroy(w.ctx);
	w.ctx = NULL;
	ck_assert_int_eq(w.probe_puts, 0);
	w.spaces[0].puts = 0;
}
END_TEST

START_TEST(references_are_given_up_once)
{
	struct damon_probe probes[3] = { a_probe(0, 0), a_probe(1, 0), a_probe(2, 0) };

	begin(&default_attrs, probes, 3);
	run_windows(1);
	damon_ctx_destroy(w.ctx);
	w.ctx = NULL;
	ck_assert_int_eq(w.probe_puts, 3);
	w.spaces[0].puts = 0;
}
END_TEST

/* One hits everywhere, one nowhere, one in the upper half; accesses are counted as ever. */
START_TEST(hits_are_counted_beside_accesses)
{
	struct damon_probe probes[3] = { a_probe(0, 0), a_probe(1, 0), a_probe(2, 0) };
	struct space *s = &w.spaces[0];
	u64 middle = GIB + 100 * MIB;
	u32 i;
	int n;

	s->has[0] = s->ranges[0];
	s->has[2] = (struct damon_range){ middle, GIB + 200 * MIB };
	s->hot[0] = (struct damon_range){ GIB, GIB + 60 * MIB };
	s->nr_hot = 1;
	begin(&default_attrs, probes, 3);
	for (n = 0; n < 10; n++) {
		run_windows(1);
		ck_assert_uint_eq(w.last.nr_probes, 3);
		for (i = 0; i < w.last.nr_regions; i++) {
			const struct damon_region *r = &w.seen[i];

			ck_assert_uint_eq(w.seen_hits[i].now[0], 20);
			ck_assert_uint_eq(w.seen_hits[i].now[1], 0);
			if (r->end <= middle)
				ck_assert_uint_eq(w.seen_hits[i].now[2], 0);
			if (r->start >= middle)
				ck_assert_uint_eq(w.seen_hits[i].now[2], 20);
			if (r->end <= GIB + 60 * MIB)
				ck_assert_uint_eq(r->nr_accesses, 20);
		}
	}
}
END_TEST

/* More samples in a window than a counter of 8 bits has room for. */
START_TEST(a_thousand_samples)
{
	struct damon_probe probes[1] = { a_probe(0, 0) };
	struct damon_attrs attrs = default_attrs;

	attrs.aggr_us = 1000 * attrs.sample_us;
	w.spaces[0].has[0] = w.spaces[0].ranges[0];
	begin(&attrs, probes, 1);
	run_windows(1);
	ck_assert_uint_eq(w.seen_hits[0].now[0], 1000);
}
END_TEST

START_TEST(hits_as_moving_sums)
{
	struct damon_probe probes[1] = { a_probe(0, 0) };
	int i;

	w.spaces[0].has[0] = w.spaces[0].ranges[0];
	begin(&default_attrs, probes, 1);
	for (i = 0; i < 45; i++) {
		ck_assert_uint_eq(damon_probe_mvsum(w.ctx, &w.ctx->hits[0], 0), i < 20 ? i : 20);
		ck_assert(world_step(&w));
	}
}
END_TEST

/*
 * With weights nothing is cleared and nothing counted as accessed, and regions
 * find the borders of what the probes see: 20 of 200 MiB.
 */
START_TEST(weights_alone_shape_regions)
{
	struct damon_probe probes[2] = { a_probe(0, 0), a_probe(1, 1000) };
	struct damon_range here = { GIB + 70 * MIB, GIB + 90 * MIB };
	struct space *s = &w.spaces[0];
	u64 right = 0, reported = 0;
	u32 i;
	int n;

	s->hot[0] = s->ranges[0];
	s->nr_hot = 1;
	s->has[0] = (struct damon_range){ GIB, GIB + 10 * MIB };
	s->has[1] = here;
	begin(&default_attrs, probes, 2);
	run_windows(100);
	for (n = 0; n < 10; n++) {
		run_windows(1);
		for (i = 0; i < w.last.nr_regions; i++) {
			const struct damon_region *r = &w.seen[i];
			u64 start = r->start > here.start ? r->start : here.start;
			u64 end = r->end < here.end ? r->end : here.end;

			ck_assert_uint_eq(r->nr_accesses + r->last_nr_accesses, 0);
			if (w.seen_hits[i].now[1] < 10)
				continue;
			reported += r->end - r->start;
			right += end > start ? end - start : 0;
		}
	}
	ck_assert_uint_gt(right * 100, reported * 90);
	ck_assert_uint_gt(right, 10 * (here.end - here.start) / 100 * 90);
	ck_assert_uint_eq(s->checks, 0);
	ck_assert_int_eq(s->out, 0);
	for (i = 0; i < 16; i++)
		ck_assert_uint_eq(s->histogram[i], 0);
}
END_TEST

static const struct {
	const char *what;
	u32 now, last, age;	/* hits of a probe that weighs 100 */
	u32 want;
} ages[] = {
	{ "the same", 10, 10, 5, 6 },
	{ "within a tenth of the highest score", 12, 10, 5, 6 },
	{ "beyond it", 13, 10, 5, 0 },
	{ "first hit, though within it", 1, 0, 5, 0 },
	{ "no longer hit, though within it", 0, 2, 5, 0 },
	{ "never hit", 0, 0, 5, 6 },
};

/* Regions of which accesses say the opposite. */
START_TEST(ages_go_by_score)
{
	struct damon_probe probes[2] = { a_probe(0, 0), a_probe(1, 100) };
	struct damon_ctx *ctx = bare_ctx(3, 100);

	ck_assert(damon_ctx_set_probes(ctx, probes, 2));
	bare_add(ctx, 0, 0, 10, 5, 5, ages[_i].age);
	bare_add(ctx, 1, 1 << 20, 1000, 5, 0, 0);
	ctx->hits[0].now[1] = ages[_i].now;
	ctx->hits[0].last[1] = ages[_i].last;
	ctx->hits[0].now[0] = 3;
	ctx->hits[1].now[1] = 20;
	ck_assert_uint_eq(damon_merge(ctx), 200);
	ck_assert_msg(ctx->regions[0].age == ages[_i].want, "%s: %u", ages[_i].what,
		      ctx->regions[0].age);
	damon_ctx_destroy(ctx);
}
END_TEST

START_TEST(neighbours_join_by_score)
{
	struct damon_probe probes[2] = { a_probe(0, 10), a_probe(1, 1) };
	struct damon_ctx *ctx = bare_ctx(3, 100);

	ck_assert(damon_ctx_set_probes(ctx, probes, 2));
	bare_add(ctx, 0, 0, 30, 0, 0, 0);
	bare_add(ctx, 0, 30, 10, 20, 20, 0);
	bare_add(ctx, 0, 40, 10, 20, 20, 0);
	bare_add(ctx, 1, 1 << 20, 1000, 0, 0, 0);
	/* 40, 42 and 90, where the threshold is 20. */
	ctx->hits[0] = (struct damon_hits){ .now = { 4, 0 }, .last = { 8, 0 } };
	ctx->hits[1] = (struct damon_hits){ .now = { 4, 2 }, .last = { 0, 4 } };
	ctx->hits[2] = (struct damon_hits){ .now = { 9, 0 } };
	ctx->hits[3] = (struct damon_hits){ .now = { 20, 2 } };
	ck_assert_uint_eq(damon_merge(ctx), 20);
	ck_assert_uint_eq(ctx->nr_regions, 3);
	/* Means by size, as of accesses, and what follows has moved up. */
	ck_assert_uint_eq(ctx->hits[0].now[0], 4);
	ck_assert_uint_eq(ctx->hits[0].now[1], 0);
	ck_assert_uint_eq(ctx->hits[0].last[0], 6);
	ck_assert_uint_eq(ctx->hits[0].last[1], 1);
	ck_assert_uint_eq(ctx->hits[1].now[0], 9);
	ck_assert_uint_eq(ctx->hits[2].now[0], 20);
	damon_ctx_destroy(ctx);
}
END_TEST

/* Scores far above the number of samples: the cap is held all the same. */
START_TEST(the_cap_holds_with_high_scores)
{
	struct damon_probe probes[1] = { a_probe(0, 1000000) };
	struct damon_ctx *ctx = bare_ctx(3, 100);
	u32 i;

	ck_assert(damon_ctx_set_probes(ctx, probes, 1));
	for (i = 0; i < 100; i++) {
		bare_add(ctx, 0, i, 1, 0, 0, 0);
		ctx->hits[i].now[0] = i % 2 * 20;
	}
	ctx->attrs.max_nr_regions = 10;
	damon_merge(ctx);
	ck_assert_uint_le(ctx->nr_regions, 10);
	ctx->attrs.max_nr_regions = 100;
	damon_ctx_destroy(ctx);
}
END_TEST

START_TEST(parts_inherit_hits)
{
	struct damon_probe probes[1] = { a_probe(0, 0) };
	struct damon_ctx *ctx = bare_ctx(20, 100);
	u32 i;

	ck_assert(damon_ctx_set_probes(ctx, probes, 1));
	for (i = 0; i < 10; i++) {
		bare_add(ctx, 0, i * 100, 100, 0, 0, 0);
		ctx->hits[i].now[0] = i;
		ctx->hits[i].last[0] = 20 - i;
	}
	damon_split(ctx);
	ck_assert_uint_eq(ctx->nr_regions, 20);
	damon_enforce_min_regions(ctx);
	ck_assert_uint_gt(ctx->nr_regions, 20);
	for (i = 0; i < ctx->nr_regions; i++) {
		u64 parent = ctx->regions[i].start / PAGE / 100;

		ck_assert_uint_eq(ctx->hits[i].now[0], parent);
		ck_assert_uint_eq(ctx->hits[i].last[0], 20 - parent);
	}
	damon_ctx_destroy(ctx);
}
END_TEST

static void commit(const struct damon_attrs *attrs, const struct damon_probe *probes, u32 nr)
{
	struct damon_ctx *old = w.ctx;

	w.ctx = ctx_with(attrs, probes, nr);
	damon_ctx_adopt(w.ctx, old, w.now);
	damon_ctx_destroy(old);
	w.spaces[0].puts = 0;
	check_sane(&w, w.ctx);
}

/* 0 hits everywhere, 1 never, 2 nearly everywhere. */
static void begin_with_three(void)
{
	struct damon_probe probes[3] = { a_probe(0, 0), a_probe(1, 0), a_probe(2, 0) };

	w.spaces[0].has[0] = w.spaces[0].ranges[0];
	w.spaces[0].has[2] = w.spaces[0].ranges[0];
	w.spaces[0].has[2].start += 40 * MIB;
	begin(&default_attrs, probes, 3);
	run_windows(5);
	ck_assert(world_step(&w));
	ck_assert_uint_eq(w.ctx->hits[0].last[0], 20);
}

START_TEST(the_same_again_goes_on)
{
	struct damon_probe probes[3] = { a_probe(0, 0), a_probe(1, 0), a_probe(2, 0) };

	begin_with_three();
	commit(&default_attrs, probes, 3);
	ck_assert_uint_eq(w.ctx->tick, 1);
	ck_assert_uint_eq(w.ctx->hits[0].now[0], 1);
	ck_assert_uint_eq(w.ctx->hits[0].last[0], 20);
	run_windows(1);
	ck_assert_uint_eq(w.seen_hits[0].now[0], 20);
}
END_TEST

START_TEST(probes_are_matched_by_key)
{
	struct damon_probe probes[3] = { a_probe(2, 0), a_probe(7, 0), a_probe(0, 0) };
	u32 i, nr;

	begin_with_three();
	commit(&default_attrs, probes, 3);
	ck_assert_uint_eq(w.ctx->tick, 0);
	nr = w.ctx->nr_regions;
	for (i = 0; i < nr; i++) {
		ck_assert_uint_eq(w.ctx->hits[i].now[2], 0);
		ck_assert_uint_eq(w.ctx->hits[i].last[2], 20);
		ck_assert_uint_eq(w.ctx->hits[i].last[1], 0);
	}
	ck_assert_uint_eq(w.ctx->hits[nr - 1].last[0], 20);
	ck_assert_uint_eq(w.ctx->hits[0].last[0], 0);
	run_windows(1);
}
END_TEST

START_TEST(hits_convert_with_intervals)
{
	struct damon_probe probes[3] = { a_probe(0, 0), a_probe(1, 0), a_probe(2, 0) };
	struct damon_attrs attrs = default_attrs;

	begin_with_three();
	attrs.sample_us = 1000;
	commit(&attrs, probes, 3);
	ck_assert_uint_eq(w.ctx->hits[0].last[0], 100);
	ck_assert_uint_eq(w.ctx->hits[0].now[0], 0);
}
END_TEST

/* From accesses to weights and back, with a cap that has regions joined. */
START_TEST(from_accesses_to_weights_and_back)
{
	struct damon_probe probes[2] = { a_probe(2, 5), a_probe(3, 0) };
	struct damon_attrs attrs = default_attrs;
	u32 i;

	w.spaces[0].hot[0] = w.spaces[0].ranges[0];
	w.spaces[0].nr_hot = 1;
	begin_with_three();
	attrs.min_nr_regions = 3;
	attrs.max_nr_regions = WORLD_RANGES;
	commit(&attrs, probes, 2);
	ck_assert_uint_le(w.ctx->nr_regions, WORLD_RANGES);
	ck_assert_int_eq(w.spaces[0].out, 0);
	run_windows(3);
	for (i = 0; i < w.last.nr_regions; i++)
		ck_assert_uint_eq(w.seen[i].nr_accesses, 0);

	commit(&default_attrs, NULL, 0);
	ck_assert_ptr_null(w.ctx->hits);
	ck_assert_int_gt(w.spaces[0].out, 0);
	run_windows(1);
	ck_assert_uint_eq(w.seen[0].nr_accesses, 20);

	/* And to weights from a context that had no probes at all. */
	commit(&attrs, probes, 2);
	run_windows(2);
	ck_assert_uint_le(w.ctx->nr_regions, WORLD_RANGES);
}
END_TEST

START_TEST(death_when_probed)
{
	struct damon_probe probes[1] = { a_probe(0, _i % 2) };
	bool alive;

	w.spaces[0].calls_left = 1 + _i / 2;
	w.ctx = ctx_with(&default_attrs, probes, 1);
	alive = damon_ctx_start(w.ctx, w.now);
	while (alive)
		alive = world_step(&w);
	ck_assert_int_eq(w.gone[0], 1);
	check_sane(&w, w.ctx);
}
END_TEST

/* The regions behind those of a target that is gone move up, with their hits. */
START_TEST(others_keep_hits_when_one_dies)
{
	struct damon_probe probes[1] = { a_probe(0, 0) };
	u32 i;

	w.spaces[2].has[0] = w.spaces[2].ranges[0];
	w.ctx = world_ctx(&w, &default_attrs, 3, 1);
	ck_assert(damon_ctx_set_probes(w.ctx, probes, 1));
	ck_assert(damon_ctx_start(w.ctx, w.now));
	run_windows(1);
	for (i = 0; i < 7; i++)
		ck_assert(world_step(&w));
	w.spaces[1].calls_left = 1;
	ck_assert(world_step(&w));
	ck_assert_int_eq(w.gone[1], 1);
	for (i = 0; i < w.ctx->nr_regions; i++) {
		bool hit = w.ctx->regions[i].target == 2;

		ck_assert_uint_eq(w.ctx->hits[i].now[0], hit ? 8 : 0);
		ck_assert_uint_eq(w.ctx->hits[i].last[0], hit ? 20 : 0);
	}
}
END_TEST

START_TEST(a_stop_forgets_the_window_at_hand)
{
	begin_with_three();
	damon_ctx_stop(w.ctx);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	ck_assert_uint_eq(w.ctx->hits[0].now[0], 0);
	ck_assert_uint_eq(w.ctx->hits[0].last[0], 20);
	run_windows(1);
}
END_TEST

Suite *probes_suite(void)
{
	Suite *s = suite_create("probes");
	TCase *tc = tcase_create("probes");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, probes_are_judged, 0, ARRAY_SIZE(checks));
	tcase_add_test(tc, without_memory_there_are_none);
	tcase_add_test(tc, references_are_given_up_once);
	tcase_add_test(tc, hits_are_counted_beside_accesses);
	tcase_add_test(tc, a_thousand_samples);
	tcase_add_test(tc, hits_as_moving_sums);
	tcase_add_test(tc, weights_alone_shape_regions);
	tcase_add_loop_test(tc, ages_go_by_score, 0, ARRAY_SIZE(ages));
	tcase_add_test(tc, neighbours_join_by_score);
	tcase_add_test(tc, the_cap_holds_with_high_scores);
	tcase_add_test(tc, parts_inherit_hits);
	tcase_add_test(tc, the_same_again_goes_on);
	tcase_add_test(tc, probes_are_matched_by_key);
	tcase_add_test(tc, hits_convert_with_intervals);
	tcase_add_test(tc, from_accesses_to_weights_and_back);
	tcase_add_loop_test(tc, death_when_probed, 0, 40);
	tcase_add_test(tc, others_keep_hits_when_one_dies);
	tcase_add_test(tc, a_stop_forgets_the_window_at_hand);
	suite_add_tcase(s, tc);
	return s;
}
