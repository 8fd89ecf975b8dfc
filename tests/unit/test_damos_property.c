// SPDX-License-Identifier: GPL-2.0
/*
 * Any schemes on any memory: regions stay what they must be, quotas hold, no
 * application comes twice to the same memory, references and memory are given back.
 * The checks stand in world.c and scheme_sequence.c.
 */
#include "scene.h"
#include "scheme_sequence.h"
#include "suites.h"

#define SEQUENCES	4	/* in one test */
#define BYTES		4000

static u8 bytes[BYTES];

START_TEST(anything_goes)
{
	struct scheme_result sum = { };
	u64 random = _i * 7919 + 1;
	u32 i, n;

	for (n = 0; n < SEQUENCES; n++) {
		struct scheme_result one;

		for (i = 0; i < BYTES; i++)
			bytes[i] = world_random(&random) >> 24;
		one = run_schemes(bytes, BYTES);
		sum.nr_commits += one.nr_commits;
		sum.nr_invalid += one.nr_invalid;
		sum.nr_refused += one.nr_refused;
		sum.nr_applied += one.nr_applied;
		sum.nr_tried += one.nr_tried;
		sum.nr_rests += one.nr_rests;
		sum.nr_joined += one.nr_joined;
		scene_teardown();
		scene_setup();
	}
	/* They do what they are there for. */
	ck_assert_uint_gt(sum.nr_commits, 2 * SEQUENCES);
	ck_assert_uint_gt(sum.nr_invalid, SEQUENCES);
	ck_assert_uint_gt(sum.nr_refused, 0);
	ck_assert_uint_gt(sum.nr_applied, 10 * SEQUENCES);
	ck_assert_uint_gt(sum.nr_tried, 50 * SEQUENCES);
	ck_assert_uint_gt(sum.nr_rests + sum.nr_joined, 0);
}
END_TEST

Suite *damos_property_suite(void)
{
	Suite *suite = suite_create("damos_property");
	TCase *tcase = tcase_create("damos_property");

	tcase_add_checked_fixture(tcase, scene_setup, scene_teardown);
	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, anything_goes, 0, 40);
	suite_add_tcase(suite, tcase);
	return suite;
}
