// SPDX-License-Identifier: GPL-2.0
/* Window's end: ages, and which neighbours are joined. */
#include "suites.h"
#include "world.h"

/* A region as hot as can be, far away, that fixes the threshold at 2. */
static void add_hottest(struct damon_ctx *ctx)
{
	bare_add(ctx, 1, 1 << 20, 1000, 20, 20, 0);
}

static const struct {
	const char *what;
	u32 nr, last, age, want;
} ages[] = {
	{ "the same", 10, 10, 5, 6 },
	{ "within the threshold above", 12, 10, 5, 6 },
	{ "within the threshold below", 8, 10, 5, 6 },
	{ "beyond the threshold above", 13, 10, 5, 0 },
	{ "beyond the threshold below", 7, 10, 5, 0 },
	{ "still cold", 0, 0, 5, 6 },
	{ "first touched, though within the threshold", 1, 0, 5, 0 },
	{ "no longer touched, though within the threshold", 0, 2, 5, 0 },
	{ "as old as can be", 0, 0, ~0U, ~0U },
};

START_TEST(age)
{
	struct damon_ctx *ctx = bare_ctx(3, 100);

	bare_add(ctx, 0, 0, 10, ages[_i].nr, ages[_i].last, ages[_i].age);
	add_hottest(ctx);
	ck_assert_uint_eq(damon_merge(ctx), 2);
	ck_assert_msg(ctx->regions[0].age == ages[_i].want, "%s: %u", ages[_i].what,
		      ctx->regions[0].age);
	damon_ctx_destroy(ctx);
}
END_TEST

START_TEST(age_counts_once_when_merging_repeats)
{
	struct damon_ctx *ctx = bare_ctx(3, 10);
	u32 i;

	/* 10 of 10 alternate between 0 and 20: none may join at first. */
	for (i = 0; i < 10; i++)
		bare_add(ctx, 0, i, 1, i % 2 * 20, i % 2 * 20, 7);
	ctx->attrs.max_nr_regions = 4;
	damon_merge(ctx);
	ck_assert_uint_le(ctx->nr_regions, 4);
	for (i = 0; i < ctx->nr_regions; i++)
		ck_assert_uint_eq(ctx->regions[i].age, 8);
	ctx->attrs.max_nr_regions = 10;
	damon_ctx_destroy(ctx);
}
END_TEST

static const struct {
	u32 highest, want;
} thresholds[] = { { 0, 0 }, { 9, 0 }, { 10, 1 }, { 19, 1 }, { 20, 2 }, { 4294967295U,
	429496729U } };

START_TEST(threshold_is_a_tenth_of_the_highest)
{
	struct damon_ctx *ctx = bare_ctx(3, 100);

	bare_add(ctx, 0, 0, 10, 0, 0, 0);
	bare_add(ctx, 1, 0, 10, thresholds[_i].highest, 0, 0);
	ck_assert_uint_eq(damon_merge(ctx), thresholds[_i].want);
	damon_ctx_destroy(ctx);
}
END_TEST

static const struct {
	const char *what;
	u64 left, gap, right;	/* pages */
	u32 nr_left, nr_right;
	bool join;
	u32 mean;
} pairs[] = {
	{ "equal", 10, 0, 10, 5, 5, true, 5 },
	{ "differ by the threshold", 10, 0, 10, 5, 7, true, 6 },
	{ "differ by more", 10, 0, 10, 5, 8, false, 0 },
	{ "the other way round", 10, 0, 10, 8, 5, false, 0 },
	{ "weighted", 30, 0, 10, 4, 6, true, 4 },
	{ "weighted", 10, 0, 30, 4, 6, true, 5 },
	{ "a hole between", 10, 1, 10, 5, 5, false, 0 },
	{ "just within the size limit", 333, 0, 333, 5, 5, true, 5 },
	{ "just over the size limit", 333, 0, 334, 5, 5, false, 0 },
};

START_TEST(neighbours)
{
	struct damon_ctx *ctx = bare_ctx(3, 100);
	u64 sum = pairs[_i].left + pairs[_i].right;
	u32 i;

	bare_add(ctx, 0, 0, pairs[_i].left, pairs[_i].nr_left, 0, 0);
	bare_add(ctx, 0, pairs[_i].left + pairs[_i].gap, pairs[_i].right, pairs[_i].nr_right, 0, 0);
	/* The limit is a third of everything, and that is 2000 pages. */
	bare_add(ctx, 1, 1 << 20, 2000 - sum, 20, 20, 0);
	damon_merge(ctx);
	ck_assert_msg(ctx->nr_regions == (pairs[_i].join ? 2 : 3), "%s", pairs[_i].what);
	if (pairs[_i].join)
		ck_assert_uint_eq(ctx->regions[0].nr_accesses, pairs[_i].mean);
	for (i = 0; i < 2; i++)
		ck_assert_uint_gt(ctx->targets[i].nr, 0);
	ck_assert_uint_eq(ctx->targets[1].first, ctx->nr_regions - 1);
	damon_ctx_destroy(ctx);
}
END_TEST

START_TEST(targets_are_never_joined)
{
	struct damon_ctx *ctx = bare_ctx(3, 100);

	bare_add(ctx, 0, 0, 10, 5, 5, 0);
	bare_add(ctx, 1, 10, 10, 5, 5, 0);
	bare_add(ctx, 1, 20, 1000, 20, 5, 0);
	damon_merge(ctx);
	ck_assert_uint_eq(ctx->nr_regions, 3);
	damon_ctx_destroy(ctx);
}
END_TEST

/* 500 regions in @parts parts with holes between, under a cap below that. */
static void check_cap(u32 parts, u32 min, u32 max)
{
	struct damon_ctx *ctx = bare_ctx(min, 500);
	u64 sum = 0, random = parts;
	u32 i, nr;

	for (i = 0; i < 500; i++) {
		u32 hits = world_random(&random) % 21;

		bare_add(ctx, 0, i * 10 + i / (500 / parts), 10, hits, hits, 0);
	}
	ctx->attrs.max_nr_regions = max;
	damon_merge(ctx);
	nr = ctx->nr_regions;
	ck_assert_uint_le(nr, max);
	ck_assert_uint_ge(nr, parts);
	for (i = 0; i < nr; i++)
		sum += ctx->regions[i].end - ctx->regions[i].start;
	ck_assert_uint_eq(sum, 500 * 10 * PAGE);
	ctx->attrs.max_nr_regions = 500;
	damon_ctx_destroy(ctx);
}

START_TEST(cap_holds)
{
	check_cap(1, 3, 3);
	check_cap(1, 10, 10);
	check_cap(1, 10, 100);
	/* As many parts as the cap allows: each becomes one, at any size. */
	check_cap(100, 100, 100);
	check_cap(100, 10, 101);
	check_cap(250, 3, 250);
}
END_TEST

START_TEST(no_regions)
{
	struct damon_ctx *ctx = bare_ctx(3, 100);

	ck_assert_uint_eq(damon_merge(ctx), 0);
	damon_enforce_min_regions(ctx);
	damon_split(ctx);
	ck_assert_uint_eq(ctx->nr_regions, 0);
	damon_ctx_destroy(ctx);
}
END_TEST

Suite *merge_suite(void)
{
	Suite *s = suite_create("merge");
	TCase *tc = tcase_create("merge");

	tcase_add_checked_fixture(tc, bare_setup, bare_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, age, 0, ARRAY_SIZE(ages));
	tcase_add_test(tc, age_counts_once_when_merging_repeats);
	tcase_add_loop_test(tc, threshold_is_a_tenth_of_the_highest, 0,
			    ARRAY_SIZE(thresholds));
	tcase_add_loop_test(tc, neighbours, 0, ARRAY_SIZE(pairs));
	tcase_add_test(tc, targets_are_never_joined);
	tcase_add_test(tc, cap_holds);
	tcase_add_test(tc, no_regions);
	suite_add_tcase(s, tc);
	return s;
}
