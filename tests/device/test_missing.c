// SPDX-License-Identifier: GPL-2.0
/*
 * A module that needs a kernel function which no kernel has: built with
 * DAMON_TEST_MISSING=1, and named by DAMON_MISSING_KO in the environment.
 */
#include "harness.h"

START_TEST(load_fails_and_says_why)
{
	const char *file = getenv("DAMON_MISSING_KO");
	char *text, *line;
	int log, err;

	if (!file || !*file)
		skip("DAMON_MISSING_KO is not set");
	module_gone();
	log = klog_open();
	ck_assert_int_ge(log, 0);
	err = module_insert(file);
	ck_assert_msg(err == -ENOENT, "loading it: %s", strerror(-err));
	ck_assert_int_lt(module_refs(), 0);
	ck_assert_int_ne(access(DAMON_DEVICE_PATH, F_OK), 0);
	text = klog_read(log);
	line = strstr(text, "damon_no_such_function");
	ck_assert_msg(line, "the log does not name the function:\n%s", text);
	*strchrnul(line, '\n') = '\0';
	ck_assert_msg(strstr(line, "needed for testing a failing load"),
		      "the log does not say what it is for: %s", line);
	free(text);
	close(log);

	/* The right one can be loaded all the same. */
	module_need();
	device_open();
}
END_TEST

Suite *missing_suite(void)
{
	Suite *suite = suite_create("missing");
	TCase *tc = add_case(suite, "missing");

	tcase_add_test(tc, load_fails_and_says_why);
	return suite;
}
