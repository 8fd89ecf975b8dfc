// SPDX-License-Identifier: GPL-2.0
/* Random numbers: uniform, within bounds, over all 64 bits. */
#include "suites.h"
#include "world.h"

static const u64 limits[] = { 1, 2, 3, 9, 10, 4096, 20 * MIB, (1ULL << 32) + 7, 8 * TIB,
	1ULL << 63, ~0ULL };

START_TEST(below_its_limit)
{
	struct damon_rng rng;
	int i;

	damon_rng_seed(&rng, _i);
	for (i = 0; i < 100000; i++)
		ck_assert_uint_lt(damon_rng_below(&rng, limits[_i]), limits[_i]);
	ck_assert_uint_eq(damon_rng_below(&rng, 0), 0);
}
END_TEST

/* Pearson's test over 100 classes of equal width; 99 degrees of freedom. */
START_TEST(uniform)
{
	const u64 limit = limits[5 + _i % 6];
	const int draws = 100000;
	long count[100] = { };
	struct damon_rng rng;
	double chi = 0;
	int i;

	damon_rng_seed(&rng, 1000 + _i);
	for (i = 0; i < draws; i++)
		count[(u128)damon_rng_below(&rng, limit) * 100 / limit]++;
	for (i = 0; i < 100; i++) {
		/* 4096 does not divide by 100: classes of 40 and 41 values */
		double from = (double)(u64)(((u128)limit * i + 99) / 100);
		double to = (double)(u64)(((u128)limit * (i + 1) + 99) / 100);
		double want = draws * (to - from) / limit;

		chi += (count[i] - want) * (count[i] - want) / want;
	}
	/* Seeds are fixed; 1 in 10^6 good generators is outside. */
	ck_assert_double_lt(chi, 180);
	ck_assert_double_gt(chi, 43);
}
END_TEST

START_TEST(successive_numbers_are_independent)
{
	long count[16][16] = { };
	struct damon_rng rng;
	double chi = 0;
	u64 last = 0;
	int i, j;

	damon_rng_seed(&rng, 5);
	for (i = 0; i < 256000; i++) {
		u64 next = damon_rng_below(&rng, 16);

		count[last][next]++;
		last = next;
	}
	for (i = 0; i < 16; i++) {
		for (j = 0; j < 16; j++)
			chi += (count[i][j] - 1000.0) * (count[i][j] - 1000.0) / 1000;
	}
	ck_assert_double_lt(chi, 380);	/* 255 degrees of freedom */
}
END_TEST

START_TEST(seeds_differ_and_repeat)
{
	struct damon_rng a, b, c;
	int i, same = 0;

	damon_rng_seed(&a, 0);
	damon_rng_seed(&b, 0);
	damon_rng_seed(&c, 1);
	for (i = 0; i < 1000; i++) {
		u64 x = damon_rng_below(&a, ~0ULL);

		ck_assert_uint_eq(x, damon_rng_below(&b, ~0ULL));
		same += x == damon_rng_below(&c, ~0ULL);
	}
	ck_assert_int_eq(same, 0);
}
END_TEST

Suite *rng_suite(void)
{
	Suite *s = suite_create("rng");
	TCase *tc = tcase_create("rng");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, below_its_limit, 0, ARRAY_SIZE(limits));
	tcase_add_loop_test(tc, uniform, 0, 24);
	tcase_add_test(tc, successive_numbers_are_independent);
	tcase_add_test(tc, seeds_differ_and_repeat);
	suite_add_tcase(s, tc);
	return s;
}
