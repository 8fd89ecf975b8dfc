// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suites.h"

const char *__asan_default_options(void);

/*
 * The allocator that stands in for the kernel's counts what is not freed, and
 * each test checks that; a search of all memory after each of some 300 forked
 * tests takes longer than they do.
 */
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

static const struct {
	const char *name;

	Suite *(*make)(void);
} suites[] = {
	{ "attrs", attrs_suite },
	{ "rng", rng_suite },
	{ "region", region_suite },
	{ "intervals", intervals_suite },
	{ "merge", merge_suite },
	{ "split", split_suite },
	{ "step", step_suite },
	{ "adopt", adopt_suite },
	{ "commit", commit_suite },
	{ "join", join_suite },
	{ "probes", probes_suite },
	{ "damos_match", damos_match_suite },
	{ "damos_quota", damos_quota_suite },
	{ "damos_apply", damos_apply_suite },
	{ "damos_set", damos_set_suite },
	{ "damos_property", damos_property_suite },
	{ "property", property_suite },
	{ "accuracy", accuracy_suite },
	{ "adjust", adjust_suite },
	{ "records", records_suite },
};

int main(int argc, char **argv)
{
	int failed = 0, ran = 0;
	size_t i;

	/* The ends of forked tests must not print our buffer again. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; i < ARRAY_SIZE(suites); i++) {
		SRunner *runner;

		if (argc > 1 && strcmp(argv[1], suites[i].name))
			continue;
		runner = srunner_create(suites[i].make());
		srunner_run_all(runner, CK_NORMAL);
		failed += srunner_ntests_failed(runner);
		srunner_free(runner);
		ran++;
	}
	if (!ran) {
		fprintf(stderr, "no such suite: %s\n", argv[1]);
		return 2;
	}
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
