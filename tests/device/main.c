// SPDX-License-Identifier: GPL-2.0
/*
 * device-tests [SUITE...]: runs these suites, or all but those that are for
 * figures, one after the other.  device-tests -SUITE... leaves these out, too.
 *
 * Further environment: DAMON_MODULE_KO, DAMON_MISSING_KO, DAMON_TEST_ACT_KO,
 * DAMON_TEST_NOTIFIER_KO (module files), DAMON_SAMPLE_DIR (where the modules of
 * tests/sample are), DAMON_CYCLES (load cycles), DAMON_ROUNDS (percent of the
 * usual rounds of tests that hunt races), DAMON_STRESS_SECONDS (for how long
 * everybody uses the tree, instead of 120 and its DAMON_ROUNDS),
 * DAMON_PATIENCE (how many times as slow as usual the machine may be), and
 * Check's own.
 */
#include <sys/mman.h>

#include "harness.h"

static const struct {
	const char *name;
	Suite *(*make)(void);
} suites[] = {
	{ "query", query_suite },	{ "create", create_suite },
	{ "commit", commit_suite },	{ "control", control_suite },
	{ "snapshot", snapshot_suite },	{ "records", records_suite },
	{ "mmap", mmap_suite },		{ "events", events_suite },
	{ "api", api_suite },		{ "rights", rights_suite },
	{ "lifetime", lifetime_suite },	{ "fvaddr", fvaddr_suite },
	{ "paddr", paddr_suite },	{ "hotplug", hotplug_suite },
	{ "giveback", giveback_suite },	{ "hugetlb", hugetlb_suite },
	{ "options", options_suite },	{ "notifier", notifier_suite },
	{ "follow", follow_suite },	{ "join", join_suite },
	{ "probes", probes_suite },	{ "act", act_suite },
	{ "busy", busy_suite },		{ "schemes", schemes_suite },
	{ "engine", engine_suite },	{ "fail", fail_suite },
	{ "sysfs", sysfs_suite },	{ "uses", uses_suite },
	{ "missing", missing_suite },	{ "load", load_suite },
	{ "tuning", tuning_suite },	{ "stat", stat_suite },
};

/* For figures: in a VM whose clock no host can hold up. */
static bool on_request(const char *suite)
{
	return !strcmp(suite, "tuning") || !strcmp(suite, "stat");
}

/* Returns how many tests failed. */
static int run_suite(Suite *suite, int *nr_run)
{
	SRunner *runner = srunner_create(suite);
	double begun = now_s();
	int failed, run;

	srunner_run_all(runner, CK_ENV);
	run = srunner_ntests_run(runner);
	failed = srunner_ntests_failed(runner);
	printf("%.0f s\n", now_s() - begun);
	*nr_run += run;
	srunner_free(runner);
	return failed;
}

/* @names: of the command line, a NULL ends them; by the first all are chosen or left out. */
static bool wanted(const char *name, char **names)
{
	bool but = !*names || **names == '-';

	if (but && on_request(name))
		return false;
	while (*names && strcmp(*names + but, name))
		names++;
	return but ? !*names : *names != NULL;
}

/* Outside of any test, where nothing may assert. */
static int last_unload(void)
{
	int err = 0;

	if (module_refs() < 0)
		return 0;
	if (wait_for(!module_refs(), LIMIT_S))
		err = module_remove();
	if (!err && module_refs() < 0)
		return 0;
	printf("the module cannot be unloaded at the end: %d references\n", module_refs());
	return 1;
}

int main(int argc, char **argv)
{
	int nr_run = 0, failed = 0, log;
	char *text, *bad;
	size_t i;

	if (geteuid()) {
		fprintf(stderr, "device-tests: must be run by root, in a virtual machine\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	nr_skipped = mmap(NULL, sizeof(*nr_skipped), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	log = klog_open();
	if (nr_skipped == MAP_FAILED || log < 0) {
		perror("device-tests");
		return 2;
	}
	tree_find();
	for (i = 0; i < ARRAY_SIZE(suites); i++) {
		const char *name = suites[i].name;

		if (wanted(name, argv + (argc > 0)))
			failed += run_suite(suites[i].make(), &nr_run);
	}
	failed += last_unload();
	text = klog_read(log);
	bad = klog_bad(text);
	if (bad)
		printf("the kernel has complained: %.*s\n", (int)strcspn(bad, "\n"), bad);
	printf("%d passed, %d failed, %u skipped\n", nr_run - failed - (int)*nr_skipped,
	       failed, *nr_skipped);
	free(text);
	return failed || bad || !nr_run;
}
