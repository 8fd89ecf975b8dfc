// SPDX-License-Identifier: GPL-2.0
/*
 * The API for other modules, by two that use it: tests/sample.
 */
#include "sample.h"

#define SOURCE	"damon_sample_source"
#define USER	"damon_sample_user"

/* The truth of the source: see damon_sample_source.c. */
#define START		(1ULL << 40)
#define END		(START + (1ULL << 30))
#define HOT_START	(START + (256ULL << 20))
#define HOT_END		(HOT_START + (64ULL << 20))
#define NR_SAMPLES	10
#define MAX_NR_REGIONS	40

/* Returns what the module answers. */
static int command(const char *module, const char *what)
{
	return sample_write(module, "command", what);
}

static void end(void)
{
	sample_unload(USER);
	sample_unload(SOURCE);
}

static uint64_t in_hot(uint64_t start, uint64_t end)
{
	uint64_t from = start > HOT_START ? start : HOT_START;
	uint64_t to = end < HOT_END ? end : HOT_END;

	return to > from ? to - from : 0;
}

/*
 * Checks that the regions cover the source, and returns whether those that are
 * accessed more often than not are nine tenths of what is hot, and that nine
 * tenths of them.
 */
static bool found(const char *module)
{
	const char *at = sample_text(module, "regions");
	unsigned int nr_accesses, age, nr = 0;
	uint64_t start, end, last = START, said = 0, right = 0;
	int len;

	for (; sscanf(at, "%lu %lu %u %u%n", &start, &end, &nr_accesses, &age, &len) == 4; at += len) {
		ck_assert_uint_eq(start, last);
		ck_assert_uint_gt(end, start);
		ck_assert_uint_le(nr_accesses, NR_SAMPLES);
		last = end;
		nr++;
		if (nr_accesses > NR_SAMPLES / 2) {
			said += end - start;
			right += in_hot(start, end);
		}
	}
	ck_assert_uint_eq(last, END);
	ck_assert_uint_le(nr, MAX_NR_REGIONS);
	return right >= (HOT_END - HOT_START) * 9 / 10 && said && right >= said * 9 / 10;
}

START_TEST(finds_what_is_hot)
{
	int workers = kdamonds(NULL, 0);

	if (!sample_modules())
		return;
	ck_assert_int_eq(sample_load(SOURCE), 0);
	ck_assert_int_eq(command(SOURCE, "create"), 0);
	ck_assert_int_eq(kdamonds(NULL, 0), workers);
	ck_assert_int_eq(command(SOURCE, "start"), 0);
	ck_assert_int_eq(command(SOURCE, "start"), -EALREADY);
	ck_assert_int_eq(kdamonds(NULL, 0), workers + 1);
	ck_wait(found(SOURCE));

	/* What it has found stays, and nothing is left armed. */
	ck_assert_int_eq(command(SOURCE, "stop"), 0);
	ck_assert_int_eq(kdamonds(NULL, 0), workers);
	ck_assert_int_eq(sample_number(SOURCE, "out"), 0);
	found(SOURCE);
	ck_assert_int_eq(sample_number(SOURCE, "puts"), 0);
	ck_assert_int_eq(command(SOURCE, "start"), 0);
	ck_wait(found(SOURCE));
	ck_assert_int_eq(command(SOURCE, "destroy"), 0);
	ck_assert_int_eq(sample_number(SOURCE, "puts"), 1);
	ck_assert_int_eq(sample_number(SOURCE, "out"), 0);
	ck_assert_int_eq(sample_unload(SOURCE), 0);
}
END_TEST

START_TEST(calls_are_made_by_the_worker)
{
	if (!sample_modules())
		return;
	ck_assert_int_eq(sample_load(SOURCE), 0);
	ck_assert_int_eq(command(SOURCE, "create-nonsense"), -EINVAL);
	ck_assert_int_eq(command(SOURCE, "create"), 0);
	ck_assert_int_eq(command(SOURCE, "call"), -ECANCELED);
	ck_assert_str_eq(sample_text(SOURCE, "by"), "\n");
	ck_assert_int_eq(command(SOURCE, "start"), 0);
	ck_assert_int_eq(command(SOURCE, "call"), 0);
	ck_assert_int_eq(strncmp(sample_text(SOURCE, "by"), "kdamond.", 8), 0);
	ck_assert_int_eq(sample_number(SOURCE, "nested_stop"), -EDEADLK);
	ck_assert_int_eq(sample_number(SOURCE, "nested_start"), -EDEADLK);
	ck_assert_int_ge(sample_number(SOURCE, "nested_walk"), 10);
	ck_assert_int_eq(sample_number(SOURCE, "nested_calls"), 1);

	/* A target that is gone ends it, and then there is nobody to call. */
	ck_assert_int_eq(sample_write(SOURCE, "gone", "1"), 0);
	ck_wait(command(SOURCE, "call") == -ECANCELED);
	ck_assert_int_eq(command(SOURCE, "start"), -ESRCH);
	ck_assert_int_eq(command(SOURCE, "stop"), 0);
	ck_assert_int_eq(command(SOURCE, "destroy"), 0);
	ck_assert_int_eq(sample_number(SOURCE, "puts"), 1);
	ck_assert_int_eq(sample_unload(SOURCE), 0);
}
END_TEST

/* Whether the worker walks or, without one, the caller itself. */
START_TEST(a_walk_does_not_wait_for_itself)
{
	if (!sample_modules())
		return;
	ck_assert_int_eq(sample_load(SOURCE), 0);
	ck_assert_int_eq(command(SOURCE, "create"), 0);
	ck_assert_int_eq(command(SOURCE, "start"), 0);
	if (_i)
		ck_assert_int_eq(command(SOURCE, "stop"), 0);
	ck_assert_int_eq(command(SOURCE, "walk"), 0);
	ck_assert_int_eq(!strncmp(sample_text(SOURCE, "by"), "kdamond.", 8), !_i);
	ck_assert_int_eq(sample_number(SOURCE, "nested_stop"), -EDEADLK);
	ck_assert_int_eq(sample_number(SOURCE, "nested_start"), -EDEADLK);
	ck_assert_int_ge(sample_number(SOURCE, "nested_walk"), 1);
	ck_assert_int_eq(sample_number(SOURCE, "nested_calls"), 1);
	ck_assert_int_eq(command(SOURCE, "destroy"), 0);
	ck_assert_int_eq(sample_unload(SOURCE), 0);
}
END_TEST

START_TEST(in_use_is_not_unregistered)
{
	if (!sample_modules())
		return;
	ck_assert_int_eq(sample_load(SOURCE), 0);
	ck_assert_int_eq(command(SOURCE, "register"), -EEXIST);
	ck_assert_int_eq(command(SOURCE, "register-taken"), -EEXIST);
	ck_assert_int_eq(command(SOURCE, "create"), 0);
	ck_assert_int_eq(command(SOURCE, "unregister"), -EBUSY);
	ck_assert_int_eq(command(SOURCE, "start"), 0);
	ck_assert_int_eq(command(SOURCE, "unregister"), -EBUSY);
	ck_assert_int_eq(command(SOURCE, "destroy"), 0);
	ck_assert_int_eq(command(SOURCE, "unregister"), 0);
	ck_assert_int_eq(command(SOURCE, "unregister"), -ENOENT);
	ck_assert_int_eq(command(SOURCE, "create"), -ENOENT);
	ck_assert_int_eq(command(SOURCE, "register"), 0);
	ck_assert_int_eq(command(SOURCE, "create"), 0);
	ck_assert_int_eq(sample_unload(SOURCE), 0);
}
END_TEST

START_TEST(unloaded_in_all_orders)
{
	unsigned int workers = kdamonds(NULL, 0), turns = rounds(3);

	if (!sample_modules())
		return;
	while (turns--) {
		/* Nobody removes damon.ko from under them. */
		ck_assert_int_eq(sample_load(SOURCE), 0);
		ck_assert_int_lt(module_remove(), 0);
		ck_assert_int_eq(sample_load(USER), 0);
		ck_assert_int_lt(module_remove(), 0);

		/* A context of another module pins the source, running or not. */
		ck_assert_int_eq(command(USER, "create"), 0);
		ck_assert_int_eq(sample_unload(SOURCE), -EWOULDBLOCK);
		ck_assert_int_eq(command(USER, "start"), 0);
		ck_assert_int_eq(sample_unload(SOURCE), -EWOULDBLOCK);
		ck_wait(found(USER));
		ck_assert_int_eq(command(USER, "destroy"), 0);
		ck_assert_int_eq(sample_unload(SOURCE), 0);
		ck_assert_int_eq(command(USER, "create"), -ENOENT);

		/* The user goes first, while it monitors. */
		ck_assert_int_eq(sample_load(SOURCE), 0);
		ck_assert_int_eq(command(USER, "create"), 0);
		ck_assert_int_eq(command(USER, "start"), 0);
		ck_assert_int_eq(sample_unload(USER), 0);
		ck_assert_uint_eq(kdamonds(NULL, 0), workers);

		/* And the source, while it does by itself. */
		ck_assert_int_eq(command(SOURCE, "create"), 0);
		ck_assert_int_eq(command(SOURCE, "start"), 0);
		ck_assert_int_lt(module_remove(), 0);
		ck_assert_int_eq(sample_unload(SOURCE), 0);
		ck_assert_uint_eq(kdamonds(NULL, 0), workers);
		module_gone();
		module_need();
	}
}
END_TEST

Suite *api_suite(void)
{
	Suite *suite = suite_create("api");
	TCase *tc = add_case(suite, "api");

	tcase_add_checked_fixture(tc, NULL, end);
	tcase_add_test(tc, finds_what_is_hot);
	tcase_add_test(tc, calls_are_made_by_the_worker);
	tcase_add_loop_test(tc, a_walk_does_not_wait_for_itself, 0, 2);
	tcase_add_test(tc, in_use_is_not_unregistered);
	tcase_add_test(tc, unloaded_in_all_orders);
	api_schemes_cases(suite);
	return suite;
}
