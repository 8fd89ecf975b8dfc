// SPDX-License-Identifier: GPL-2.0
/* Online commits at any time: all or nothing, and nothing is lost.  Pauses. */
#include <stdlib.h>
#include <string.h>

#include "shim/memory.h"
#include "suites.h"
#include "world.h"

#define COMMITS	10000

static struct world w;

static void setup(void)
{
	world_init(&w);
	w.spaces[0].hot[0] = (struct damon_range){ GIB + 100 * MIB, GIB + 120 * MIB };
	w.spaces[0].nr_hot = 1;
}

static void teardown(void)
{
	world_free(&w);
}

static void install(struct damon_ctx *next)
{
	struct damon_ctx *old = w.ctx;
	int i;

	damon_ctx_adopt(next, old, w.now);
	w.ctx = next;
	damon_ctx_destroy(old);
	for (i = 0; i < WORLD_SPACES; i++)
		w.spaces[i].puts = 0;
	check_sane(&w, next);
}

static void run_windows(int n)
{
	while (n--)
		ck_assert(world_window(&w));
}

static void begin(u32 nr_targets)
{
	w.ctx = world_ctx(&w, &default_attrs, nr_targets, 1);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	run_windows(20);
	ck_assert(world_step(&w));
}

static void install_same(u32 nr_targets, bool paused)
{
	struct damon_ctx *next = world_ctx(&w, &default_attrs, nr_targets, 2);

	next->paused = paused;
	install(next);
}

static long samples_out(void)
{
	long out = 0;
	int i;

	for (i = 0; i < WORLD_SPACES; i++)
		out += w.spaces[i].out;
	return out;
}

START_TEST(a_pause_gives_back_and_keeps_results)
{
	struct damon_region before[1000];
	u32 i, nr;

	begin(2);
	ck_assert_int_gt(samples_out(), 0);
	nr = w.ctx->nr_regions;
	memcpy(before, w.ctx->regions, nr * sizeof(*before));
	install_same(2, true);
	ck_assert(w.ctx->running);
	ck_assert_int_eq(samples_out(), 0);
	ck_assert_uint_eq(w.ctx->nr_regions, nr);
	for (i = 0; i < nr; i++) {
		ck_assert_uint_eq(w.ctx->regions[i].end, before[i].end);
		ck_assert_uint_eq(w.ctx->regions[i].last_nr_accesses, before[i].last_nr_accesses);
		ck_assert_uint_eq(w.ctx->regions[i].age, before[i].age);
	}
}
END_TEST

/* An hour between does not count: a window is as long as ever. */
START_TEST(a_new_window_begins_after_a_pause)
{
	u32 age;

	begin(1);
	age = w.ctx->regions[0].age;
	install_same(1, true);
	w.now += 3600 * 1000 * MS;
	install_same(1, true);
	w.now += 3600 * 1000 * MS;
	install_same(1, false);
	ck_assert_uint_eq(w.ctx->tick, 0);
	ck_assert_int_eq(samples_out(), w.ctx->nr_regions);
	ck_assert_uint_eq(w.ctx->regions[0].age, age);
	run_windows(1);
	ck_assert_uint_eq(w.last.end_ns - w.last.start_ns, 100 * MS);
	ck_assert_uint_eq(w.seen[0].age, age + 1);
}
END_TEST

START_TEST(a_pause_from_the_start)
{
	w.ctx = world_ctx(&w, &default_attrs, 1, 1);
	w.ctx->paused = true;
	ck_assert(damon_ctx_start(w.ctx, w.now));
	check_sane(&w, w.ctx);
	ck_assert_uint_eq(w.ctx->nr_regions, 10);
	ck_assert_int_eq(samples_out(), 0);
	install_same(1, false);
	run_windows(1);
}
END_TEST

START_TEST(a_pause_may_be_stopped)
{
	begin(1);
	install_same(1, true);
	damon_ctx_stop(w.ctx);
	ck_assert(!w.ctx->running);
	/* Stopped, the pause is over as soon as somebody says so. */
	install_same(1, false);
	ck_assert_int_eq(samples_out(), 0);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	run_windows(1);
}
END_TEST

/* A death meanwhile is seen by the commit that ends the pause. */
START_TEST(death_in_a_pause)
{
	begin(2);
	install_same(2, true);
	w.spaces[1].calls_left = 1;
	ck_assert_int_eq(w.gone[1], 0);
	install_same(2, false);
	ck_assert_int_eq(w.gone[1], 1);
	run_windows(1);
	ck_assert_uint_eq(w.last.nr_targets, 1);
}
END_TEST

/* Left out, a target has back what was taken, and its regions are gone. */
START_TEST(a_target_left_out_leaves_nothing)
{
	struct damon_target_spec specs[2] = {
		{ .priv = &w.spaces[0], .key = 100 },
		{ .priv = &w.spaces[2], .key = 102 },
	};
	u32 i, ages[3];

	begin(3);
	for (i = 0; i < 3; i++)
		ages[i] = w.ctx->regions[w.ctx->targets[i].first].age;
	ck_assert_int_gt(w.spaces[1].out, 0);
	install(damon_ctx_create(&world_ops, &default_attrs, specs, 2, 2, &world_sink, &w));
	ck_assert_int_eq(w.spaces[1].out, 0);
	/* It was its user's wish: nobody is told that it is gone. */
	ck_assert_int_eq(w.gone[0] + w.gone[1] + w.gone[2], 0);
	ck_assert_uint_eq(w.ctx->regions[w.ctx->targets[0].first].age, ages[0]);
	ck_assert_uint_eq(w.ctx->regions[w.ctx->targets[1].first].age, ages[2]);
	install_same(WORLD_SPACES, false);
}
END_TEST

/* 10,000 commits. */

#define MANY_RANGES	6

static u64 random_state;

static u64 below(u64 limit)
{
	return world_random(&random_state) % limit;
}

static struct damon_attrs random_attrs(void)
{
	struct damon_attrs attrs = default_attrs;

	/* Half of them have the default intervals: their windows go on. */
	if (below(2)) {
		attrs.sample_us = 1 + below(1000);
		attrs.aggr_us = attrs.sample_us * (1 + below(12));
	}
	attrs.update_us = below(10000);
	attrs.min_nr_regions = 3 + below(50);
	attrs.max_nr_regions = attrs.min_nr_regions + WORLD_SPACES * WORLD_RANGES + below(200);
	if (!below(3)) {
		attrs.goal = (struct damon_goal){
			.access_bp = 1 + below(10000),
			.aggrs = 1 + below(3),
			.min_sample_us = 1,
			.max_sample_us = 100000,
		};
	}
	return attrs;
}

static u32 random_ranges(struct damon_range *ranges)
{
	u64 at = GIB + below(50) * MIB;
	u32 i, nr = 1 + below(MANY_RANGES);

	for (i = 0; i < nr; i++) {
		ranges[i].start = at;
		ranges[i].end = at + (1 + below(5000)) * PAGE;
		at = ranges[i].end + below(3000) * PAGE;
	}
	return nr;
}

/* A context with some of the spaces, in any order, some with ranges given. */
static struct damon_ctx *random_ctx(u64 seed)
{
	struct damon_range ranges[WORLD_SPACES][MANY_RANGES];
	struct damon_target_spec specs[WORLD_SPACES] = { };
	struct damon_attrs attrs = random_attrs();
	u32 first = below(WORLD_SPACES), nr = 1 + below(WORLD_SPACES), i;
	struct damon_ctx *ctx;

	for (i = 0; i < nr; i++) {
		u32 space = (first + i * 3) % WORLD_SPACES;

		specs[i].priv = &w.spaces[space];
		specs[i].key = 100 + space;
		if (!below(3)) {
			specs[i].nr_ranges = random_ranges(ranges[i]);
			specs[i].ranges = ranges[i];
		}
	}
	ck_assert_int_eq(damon_attrs_check(&attrs), DAMON_VALID);
	ck_assert_int_eq(damon_capacity_check(&world_ops, &attrs, specs, nr), DAMON_VALID);
	ctx = damon_ctx_create(&world_ops, &attrs, specs, nr, seed, &world_sink, &w);
	if (ctx)
		ctx->paused = !below(8);
	return ctx;
}

/* Regions of a context, with the keys of their targets. */
struct known {
	struct damon_region *regions;
	u64 *keys;
	u32 nr;
	struct damon_attrs attrs;
};

static struct known remember(const struct damon_ctx *ctx)
{
	struct known known = {
		.regions = calloc(ctx->nr_regions + 1, sizeof(*known.regions)),
		.keys = calloc(ctx->nr_regions + 1, sizeof(*known.keys)),
		.nr = ctx->nr_regions,
		.attrs = ctx->attrs,
	};
	u32 i;

	memcpy(known.regions, ctx->regions, ctx->nr_regions * sizeof(*known.regions));
	for (i = 0; i < ctx->nr_regions; i++)
		known.keys[i] = ctx->targets[ctx->regions[i].target].key;
	return known;
}

static void forget(struct known *known)
{
	free(known->regions);
	free(known->keys);
}

static const struct damon_region *find(const struct damon_ctx *ctx, u64 key, u64 addr)
{
	u32 i;

	for (i = 0; i < ctx->nr_regions; i++) {
		const struct damon_region *r = &ctx->regions[i];

		if (ctx->targets[r->target].key == key && addr >= r->start && addr < r->end)
			return r;
	}
	return NULL;
}

/*
 * What was known of each place that is still watched is known there; borders
 * may be more, but not fewer.  Only to be asked where there was room for all.
 */
static unsigned long check_kept(const struct damon_ctx *ctx, const struct known *before)
{
	unsigned long kept = 0;
	u32 i;

	for (i = 0; i < before->nr; i++) {
		const struct damon_region *was = &before->regions[i];
		const struct damon_region *is = find(ctx, before->keys[i], was->start);

		if (!is)
			continue;
		if (i && before->keys[i - 1] == before->keys[i] && was[-1].end == was->start)
			ck_assert_uint_eq(is->start, was->start);
		ck_assert_uint_eq(is->last_nr_accesses, was->last_nr_accesses);
		ck_assert_uint_eq(is->age, was->age);
		kept++;
	}
	return kept;
}

static bool same_intervals(const struct damon_attrs *a, const struct damon_attrs *b)
{
	return a->sample_us == b->sample_us && a->aggr_us == b->aggr_us;
}

/*
 * Most regions that ranges can add at a commit: the new ones where they cut,
 * and begin; the old ones by the holes between them.
 */
static u32 cuts(const struct damon_ctx *ctx)
{
	u32 i, sum = 0;

	for (i = 0; i < ctx->nr_targets; i++)
		sum += 2 * ctx->targets[i].nr_ranges;
	return sum;
}

START_TEST(ten_thousand_commits)
{
	unsigned long kept = 0, judged = 0, refused = 0;
	int n, i;

	begin(WORLD_SPACES);
	for (n = 0; n < COMMITS; n++) {
		struct known before = remember(w.ctx);
		u32 most = w.ctx->nr_regions + cuts(w.ctx);
		struct damon_ctx *next;

		/* Now and then there is no memory for it. */
		shim_memory.calls = 0;
		shim_memory.fail_at = below(10) ? 0 : 1 + below(7);
		next = random_ctx(n);
		shim_memory.fail_at = 0;
		if (next) {
			install(next);
		} else {
			check_sane(&w, w.ctx);
			ck_assert_uint_eq(before.nr, w.ctx->nr_regions);
			ck_assert_int_eq(memcmp(before.regions, w.ctx->regions,
						before.nr * sizeof(*before.regions)), 0);
			refused++;
		}
		if (next && same_intervals(&before.attrs, &next->attrs) &&
		    most + cuts(next) <= next->attrs.max_nr_regions) {
			kept += check_kept(next, &before);
			judged++;
		}
		forget(&before);

		if (w.ctx->paused)
			ck_assert_int_eq(samples_out(), 0);
		for (i = w.ctx->paused ? 0 : below(20); i; i--)
			ck_assert(world_step(&w));
	}
	/* All that was to be tried was tried. */
	ck_assert_uint_gt(refused, COMMITS / 20);
	ck_assert_uint_gt(judged, COMMITS / 20);
	ck_assert_uint_gt(kept, 10 * judged);
	ck_assert_uint_gt(w.nr_windows, COMMITS / 10);
	install_same(WORLD_SPACES, false);
}
END_TEST

Suite *commit_suite(void)
{
	Suite *s = suite_create("commit");
	TCase *tc = tcase_create("commit");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, a_pause_gives_back_and_keeps_results);
	tcase_add_test(tc, a_new_window_begins_after_a_pause);
	tcase_add_test(tc, a_pause_from_the_start);
	tcase_add_test(tc, a_pause_may_be_stopped);
	tcase_add_test(tc, death_in_a_pause);
	tcase_add_test(tc, a_target_left_out_leaves_nothing);
	tcase_add_test(tc, ten_thousand_commits);
	suite_add_tcase(s, tc);
	return s;
}
