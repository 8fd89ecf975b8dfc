// SPDX-License-Identifier: GPL-2.0
/* Configurations: what is refused, and that the reason is told. */
#include <stdio.h>
#include <string.h>

#include "suites.h"
#include "world.h"

#define TEN_YEARS_US	(10ULL * 365 * 24 * 3600 * 1000000)

#define OFF	{ 0, 0, 0, 0 }

static const struct {
	struct damon_attrs attrs;
	enum damon_invalid want;
} attrs_cases[] = {
	/* sample, aggr, update, min, max, goal */
	{ { 5000, 100000, 60000000, 10, 1000, OFF }, DAMON_VALID },
	{ { 1, 1, 0, 3, 3, OFF }, DAMON_VALID },
	{ { 3, 10, 1, 3, 1 << 20, OFF }, DAMON_VALID },
	{ { TEN_YEARS_US, TEN_YEARS_US, TEN_YEARS_US, 3, 3, OFF }, DAMON_VALID },
	{ { 1, 4294967295ULL, 0, 3, 3, OFF }, DAMON_VALID },
	{ { 0, 100000, 0, 10, 1000, OFF }, DAMON_BAD_SAMPLE_ZERO },
	{ { 0, 0, 0, 0, 0, OFF }, DAMON_BAD_SAMPLE_ZERO },
	{ { TEN_YEARS_US + 1, TEN_YEARS_US + 1, 0, 10, 1000, OFF }, DAMON_BAD_INTERVAL_TOO_LONG },
	{ { 5000, ~0ULL, 0, 10, 1000, OFF }, DAMON_BAD_INTERVAL_TOO_LONG },
	{ { 5000, 100000, TEN_YEARS_US + 1, 10, 1000, OFF }, DAMON_BAD_INTERVAL_TOO_LONG },
	{ { 5000, 4999, 0, 10, 1000, OFF }, DAMON_BAD_AGGR_BELOW_SAMPLE },
	{ { 5000, 0, 0, 10, 1000, OFF }, DAMON_BAD_AGGR_BELOW_SAMPLE },
	{ { 1, 4294967296ULL, 0, 3, 3, OFF }, DAMON_BAD_TOO_MANY_SAMPLES },
	{ { 5000, 100000, 0, 2, 1000, OFF }, DAMON_BAD_MIN_REGIONS },
	{ { 5000, 100000, 0, 0, 0, OFF }, DAMON_BAD_MIN_REGIONS },
	{ { 5000, 100000, 0, 10, 9, OFF }, DAMON_BAD_MAX_BELOW_MIN },
	{ { 5000, 100000, 0, ~0U, 10, OFF }, DAMON_BAD_MAX_BELOW_MIN },
	{ { 5000, 100000, 0, 10, (1 << 20) + 1, OFF }, DAMON_BAD_MAX_REGIONS },
	{ { 5000, 100000, 0, 10, ~0U, OFF }, DAMON_BAD_MAX_REGIONS },
	/* Without tuning its other members do not matter. */
	{ { 5000, 100000, 0, 10, 1000, { 0, 0, 2, 1 } }, DAMON_VALID },
	{ { 5000, 100000, 0, 10, 1000, { ~0U, 0, ~0ULL, ~0ULL } }, DAMON_VALID },
	{ { 5000, 100000, 0, 10, 1000, { 400, 3, 5000, 10000000 } }, DAMON_VALID },
	{ { 5000, 100000, 0, 10, 1000, { 10000, ~0U, 5000, 5000 } }, DAMON_VALID },
	{ { 1, 1, 0, 3, 3, { 1, 1, 1, TEN_YEARS_US } }, DAMON_VALID },
	{ { 5000, 100000, 0, 10, 1000, { 0, 3, 5000, 10000 } }, DAMON_BAD_GOAL_SHARE },
	{ { 5000, 100000, 0, 10, 1000, { 10001, 3, 5000, 10000 } }, DAMON_BAD_GOAL_SHARE },
	{ { 5000, 100000, 0, 10, 1000, { 400, 3, 0, 10000 } }, DAMON_BAD_GOAL_MIN_ZERO },
	{ { 5000, 100000, 0, 10, 1000, { 400, 3, 5000, 4999 } }, DAMON_BAD_GOAL_MAX_BELOW_MIN },
	{ { 5000, 100000, 0, 10, 1000, { 400, 3, 5001, 9000 } }, DAMON_BAD_GOAL_SAMPLE_OUTSIDE },
	{ { 5000, 100000, 0, 10, 1000, { 400, 3, 1, 4999 } }, DAMON_BAD_GOAL_SAMPLE_OUTSIDE },
	{ { 5000, 100000, 0, 10, 1000, { 400, 3, 1, TEN_YEARS_US / 20 } }, DAMON_VALID },
	{ { 5000, 100000, 0, 10, 1000, { 400, 3, 1, TEN_YEARS_US / 20 + 1 } },
	  DAMON_BAD_GOAL_TOO_LONG },
	{ { 1, 1, 0, 3, 3, { 1, 1, 1, ~0ULL } }, DAMON_BAD_GOAL_TOO_LONG },
	{ { 5000, 4999, 0, 10, 1000, { 400, 3, 9, 8 } }, DAMON_BAD_AGGR_BELOW_SAMPLE },
};

START_TEST(attrs_are_judged)
{
	ck_assert_int_eq(damon_attrs_check(&attrs_cases[_i].attrs), attrs_cases[_i].want);
}
END_TEST

START_TEST(samples_per_window)
{
	struct damon_attrs attrs = default_attrs;

	ck_assert_uint_eq(damon_attrs_samples(&attrs), 20);
	attrs.sample_us = attrs.aggr_us;
	ck_assert_uint_eq(damon_attrs_samples(&attrs), 1);
	attrs.sample_us = attrs.aggr_us - 1;
	ck_assert_uint_eq(damon_attrs_samples(&attrs), 1);
	attrs.sample_us = 1;
	attrs.aggr_us = 4294967295ULL;
	ck_assert_uint_eq(damon_attrs_samples(&attrs), 4294967295U);
}
END_TEST

static const struct {
	const char *what;
	struct damon_range ranges[3];
	u32 nr;
	enum damon_invalid want;
	u32 bad;
} range_cases[] = {
	{ "none", { { 0, 0 } }, 0, DAMON_VALID, 7 },
	{ "one", { { 0, PAGE } }, 1, DAMON_VALID, 7 },
	{ "the highest", { { 0, ~0ULL & ~(PAGE - 1) } }, 1, DAMON_VALID, 7 },
	{ "touching", { { 0, PAGE }, { PAGE, 2 * PAGE } }, 2, DAMON_VALID, 7 },
	{ "apart", { { PAGE, 2 * PAGE }, { 4 * PAGE, 5 * PAGE } }, 2, DAMON_VALID, 7 },
	{ "empty", { { PAGE, PAGE } }, 1, DAMON_BAD_RANGE_EMPTY, 0 },
	{ "empty at 0", { { 0, PAGE }, { 0, 0 } }, 2, DAMON_BAD_RANGE_EMPTY, 1 },
	{ "reversed", { { 2 * PAGE, PAGE } }, 1, DAMON_BAD_RANGE_REVERSED, 0 },
	{ "wrapped", { { ~0ULL & ~(PAGE - 1), 0 } }, 1, DAMON_BAD_RANGE_REVERSED, 0 },
	{ "start unaligned", { { 1, PAGE } }, 1, DAMON_BAD_RANGE_UNALIGNED, 0 },
	{ "end unaligned", { { 0, PAGE - 1 } }, 1, DAMON_BAD_RANGE_UNALIGNED, 0 },
	{ "to the last byte", { { 0, ~0ULL } }, 1, DAMON_BAD_RANGE_UNALIGNED, 0 },
	{ "overlapping", { { 0, 2 * PAGE }, { PAGE, 3 * PAGE } }, 2, DAMON_BAD_RANGE_ORDER, 1 },
	{ "inside", { { 0, 9 * PAGE }, { PAGE, 3 * PAGE } }, 2, DAMON_BAD_RANGE_ORDER, 1 },
	{ "twice", { { 0, PAGE }, { 0, PAGE } }, 2, DAMON_BAD_RANGE_ORDER, 1 },
	{ "not sorted", { { 0, PAGE }, { 8 * PAGE, 9 * PAGE }, { 4 * PAGE, 5 * PAGE } }, 3,
	  DAMON_BAD_RANGE_ORDER, 2 },
};

START_TEST(ranges_are_judged)
{
	u32 bad = 7;

	ck_assert_msg(damon_ranges_check(range_cases[_i].ranges, range_cases[_i].nr, PAGE, &bad) ==
		      range_cases[_i].want, "%s", range_cases[_i].what);
	ck_assert_msg(bad == range_cases[_i].bad, "%s: names range %u", range_cases[_i].what, bad);
}
END_TEST

START_TEST(each_reason_has_its_own_text)
{
	int i, j;

	ck_assert_str_eq(damon_invalid_text(DAMON_VALID), "");
	for (i = DAMON_VALID + 1; i <= DAMON_BAD_TOO_MANY_RANGES; i++) {
		/* ": " stands between what is wrong and what to do. */
		ck_assert_ptr_nonnull(strstr(damon_invalid_text(i), ": "));
		for (j = DAMON_VALID; j < i; j++)
			ck_assert_str_ne(damon_invalid_text(i), damon_invalid_text(j));
	}
	ck_assert_str_ne(damon_invalid_text(DAMON_BAD_TOO_MANY_RANGES + 1), "");
}
END_TEST

START_TEST(texts_name_the_true_limits)
{
	char number[32];

	snprintf(number, sizeof(number), " %llu ", TEN_YEARS_US);
	ck_assert_ptr_nonnull(strstr(damon_invalid_text(DAMON_BAD_INTERVAL_TOO_LONG), number));
	snprintf(number, sizeof(number), " %u:", DAMON_MAX_NR_REGIONS);
	ck_assert_ptr_nonnull(strstr(damon_invalid_text(DAMON_BAD_MAX_REGIONS), number));
}
END_TEST

START_TEST(ranges_must_fit_the_cap)
{
	struct damon_range ranges[5];
	struct damon_target_spec specs[2] = {
		{ .ranges = ranges, .nr_ranges = 5 },
		{ .nr_ranges = 0 },	/* counts with WORLD_RANGES */
	};
	struct damon_attrs attrs = default_attrs;

	attrs.max_nr_regions = 5 + WORLD_RANGES;
	ck_assert_int_eq(damon_capacity_check(&world_ops, &attrs, specs, 2), DAMON_VALID);
	attrs.max_nr_regions--;
	ck_assert_int_eq(damon_capacity_check(&world_ops, &attrs, specs, 2),
			 DAMON_BAD_TOO_MANY_RANGES);
	/* A sum over 32 bits must not pass for a small one. */
	specs[0].nr_ranges = 0x80000001U;
	specs[1].nr_ranges = 0x80000001U;
	ck_assert_int_eq(damon_capacity_check(&world_ops, &attrs, specs, 2),
			 DAMON_BAD_TOO_MANY_RANGES);
}
END_TEST

/* Who can join ranges leaves half of the regions for what is in them. */
START_TEST(ranges_can_be_joined)
{
	struct damon_target_spec spec = { .nr_ranges = 0 };
	struct damon_attrs attrs = default_attrs;
	struct damon_ops ops = world_ops;

	ops.joins_ranges = true;
	attrs.max_nr_regions = 2 * WORLD_RANGES;
	ck_assert_uint_eq(damon_ranges_room(&ops, &attrs), WORLD_RANGES);
	attrs.max_nr_regions--;
	ck_assert_uint_eq(damon_ranges_room(&ops, &attrs), WORLD_RANGES - 1);
	attrs.max_nr_regions = 3;
	ck_assert_uint_eq(damon_ranges_room(&ops, &attrs), 1);
	ck_assert_int_eq(damon_capacity_check(&ops, &attrs, &spec, 1), DAMON_VALID);
	ck_assert_uint_eq(damon_ranges_room(&world_ops, &attrs), WORLD_RANGES);
}
END_TEST

Suite *attrs_suite(void)
{
	Suite *s = suite_create("attrs");
	TCase *tc = tcase_create("attrs");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, attrs_are_judged, 0, ARRAY_SIZE(attrs_cases));
	tcase_add_test(tc, samples_per_window);
	tcase_add_loop_test(tc, ranges_are_judged, 0, ARRAY_SIZE(range_cases));
	tcase_add_test(tc, each_reason_has_its_own_text);
	tcase_add_test(tc, texts_name_the_true_limits);
	tcase_add_test(tc, ranges_must_fit_the_cap);
	tcase_add_test(tc, ranges_can_be_joined);
	suite_add_tcase(s, tc);
	return s;
}
