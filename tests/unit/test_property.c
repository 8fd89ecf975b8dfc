// SPDX-License-Identifier: GPL-2.0
/*
 * Whatever is done in whatever order: regions are sorted, disjoint, aligned
 * and cover what they should, counts are in bounds, the cap is held, samples
 * and references are given back.  The checks stand in world.c.
 */
#include <stdlib.h>

#include "sequence.h"
#include "suites.h"
#include "world.h"

#define SEQUENCES	20	/* in one test */
#define BYTES		3000	/* about so many operations for each sequence: a tenth */

static u8 bytes[BYTES];

static void draw(u64 *random)
{
	int i;

	for (i = 0; i < BYTES; i++)
		bytes[i] = world_random(random) >> 24;
}

START_TEST(random_sequences)
{
	struct sequence_result sum = { };
	u64 random = 1000 + _i;
	int n;

	for (n = 0; n < SEQUENCES; n++) {
		struct sequence_result one;

		draw(&random);
		one = run_sequence(bytes, BYTES);
		sum.nr_commits += one.nr_commits;
		sum.nr_invalid += one.nr_invalid;
		sum.nr_refused += one.nr_refused;
		sum.nr_steps += one.nr_steps;
		sum.nr_windows += one.nr_windows;
		sum.nr_tuned += one.nr_tuned;
		sum.nr_ends += one.nr_ends;
		sum.nr_joined += one.nr_joined;
	}
	/* They do what they are there for. */
	ck_assert_uint_gt(sum.nr_commits, SEQUENCES);
	ck_assert_uint_gt(sum.nr_invalid, SEQUENCES);
	ck_assert_uint_gt(sum.nr_refused, 0);
	ck_assert_uint_gt(sum.nr_steps, 20 * SEQUENCES);
	ck_assert_uint_gt(sum.nr_windows, 2 * SEQUENCES);
	ck_assert_uint_gt(sum.nr_tuned, 0);
	ck_assert_uint_gt(sum.nr_ends, 0);
	ck_assert_uint_gt(sum.nr_joined, SEQUENCES);
}
END_TEST

Suite *property_suite(void)
{
	Suite *s = suite_create("property");
	TCase *tc = tcase_create("property");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, random_sequences, 0, 20);
	suite_add_tcase(s, tc);
	return s;
}
