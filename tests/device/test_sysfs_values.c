// SPDX-License-Identifier: GPL-2.0
/*
 * The tree below /sys/kernel/mm/damon: what stands in files of what runs, and what of
 * what has run.
 */
#include "harness.h"

#define C	"0/contexts/0/"
#define A	C "monitoring_attrs/"
#define S	C "schemes/0/"
#define G	S "quotas/goals/"
#define STATE	"0/state"

#define LEN	(4 * MIB)

/* Context 0 watches LEN bytes of a process, with windows of 10 ms. */
static struct target *watch_process(void)
{
	struct target *target = target_spawn(0, LEN, false);

	tree_context();
	tree_put(A "intervals/sample_us", "1000");
	tree_put(A "intervals/aggr_us", "10000");
	tree_watch(target);
	return target;
}

static void wait_for_snapshots(uint64_t nr)
{
	uint64_t now = tree_number(S "stats/nr_snapshots");

	ck_wait(tree_number(S "stats/nr_snapshots") >= now + nr);
}

static bool is_tuned(void)
{
	uint64_t now = tree_number(S "quotas/effective_bytes");

	return now && now != UINT64_MAX;
}

/* The interval of a quota that there was not yet is that of its goals, too. */
START_TEST(interval_of_later_goals)
{
	uint64_t first;

	watch_process();
	tree_count_all();
	tree_put(S "quotas/reset_interval_ms", "3600000");
	tree_put(STATE, "on");
	wait_for_snapshots(1);
	ck_assert_uint_eq(tree_number(S "quotas/effective_bytes"), 0);
	tree_put(G "nr_goals", "1");
	tree_put(G "0/target_value", "100");
	tree_put(G "0/current_value", "1000");
	tree_put(STATE, "commit_schemes_quota_goals");
	ck_wait(is_tuned());
	first = tree_number(S "quotas/effective_bytes");
	wait_for_snapshots(20);
	/* Tuned once in an hour, not each time that it is applied. */
	ck_assert_uint_eq(tree_number(S "quotas/effective_bytes"), first);

	/* And with an interval that comes by, it goes on. */
	tree_put(G "nr_goals", "0");
	tree_put(S "quotas/reset_interval_ms", "50");
	tree_put(STATE, "commit");
	tree_put(G "nr_goals", "1");
	tree_put(G "0/target_value", "100");
	tree_put(G "0/current_value", "1000");
	tree_put(STATE, "commit_schemes_quota_goals");
	ck_wait(is_tuned() && tree_number(S "quotas/effective_bytes") <= PAGE);
}
END_TEST

/* A goal of which the target is nothing is none, and leaves the others their places. */
START_TEST(goals_left_out)
{
	watch_process();
	tree_count_all();
	tree_put(S "quotas/reset_interval_ms", "50");
	tree_put(S "quotas/bytes", "1048576");
	tree_put(G "nr_goals", "3");
	tree_put(G "0/target_metric", "node_mem_used_bp");
	tree_put(G "0/current_value", "7");
	tree_put(G "1/target_metric", "node_mem_used_bp");
	tree_put(G "1/target_value", "9999");
	tree_put(G "2/target_metric", "user_input");
	tree_put(G "2/target_value", "5");
	tree_put(G "2/current_value", "6");
	tree_put(STATE, "on");
	ck_wait(tree_number(G "1/current_value"));
	ck_assert_uint_lt(tree_number(G "1/current_value"), 10000);
	ck_assert_uint_eq(tree_number(G "0/current_value"), 7);
	ck_assert_uint_eq(tree_number(G "2/current_value"), 6);

	/* The same when it is left out later. */
	tree_put(G "0/target_value", "9999");
	tree_put(G "1/target_value", "0");
	tree_put(G "1/current_value", "8");
	tree_put(STATE, "commit_schemes_quota_goals");
	ck_wait(tree_number(G "0/current_value") != 7);
	ck_assert_uint_eq(tree_number(G "1/current_value"), 8);
}
END_TEST

static void job_commits(struct target *job)
{
	job->ready = 1;
	for (;; job->turns++) {
		tree_try(STATE, "commit");
		usleep(1000 * (20 + job->turns % 50));
	}
}

/* What is told of regions is told by schemes that were applied. */
START_TEST(regions_while_committing)
{
	unsigned int i, nr = rounds(100);
	struct target *job;

	watch_process();
	tree_count_all();
	tree_put(STATE, "on");
	job = target_job(0, job_commits);
	/* Few, where this is done sooner than commits are: then it goes on. */
	for (i = 0; i < nr || (job->turns < 3 && i < 1000 * nr); i++) {
		tree_put(STATE, "update_schemes_tried_bytes");
		ck_assert_uint_eq(tree_number(S "tried_regions/total_bytes"), LEN);
	}
	ck_assert_uint_ge(job->turns, 3);
	target_kill(job);
}
END_TEST

static void check_fresh(void)
{
	ck_assert_uint_eq(tree_number(S "stats/nr_tried"), 0);
	ck_assert_uint_eq(tree_number(S "stats/sz_tried"), 0);
	ck_assert_uint_eq(tree_number(S "stats/nr_snapshots"), 0);
	ck_assert_uint_eq(tree_number(S "quotas/effective_bytes"), 0);
	ck_assert_uint_eq(tree_number(S "tried_regions/total_bytes"), 0);
	tree_put(G "nr_goals", "1");
	tree_put(G "0/target_metric", "node_mem_used_bp");
	ck_assert_uint_eq(tree_number(G "0/current_value"), 0);
	tree_put(G "nr_goals", "0");
}

/* New directories know nothing of what ran by others in their place. */
START_TEST(fresh_directories)
{
	uint64_t nr;

	watch_process();
	tree_count_all();
	tree_put(S "quotas/bytes", "1048576");
	tree_put(S "quotas/reset_interval_ms", "50");
	tree_put(G "nr_goals", "1");
	tree_put(G "0/target_metric", "node_mem_used_bp");
	tree_put(G "0/target_value", "9999");
	tree_put(STATE, "on");
	tree_put(STATE, "update_schemes_tried_bytes");
	ck_wait(tree_number(G "0/current_value"));
	nr = tree_number(S "stats/nr_snapshots");
	ck_assert_uint_gt(nr, 0);

	/* While it runs; a commit that fails does not make them those of it. */
	tree_count_all();
	check_fresh();
	tree_put(A "nr_regions/min", "1");
	ck_assert_int_eq(tree_try(STATE, "commit"), -EINVAL);
	check_fresh();
	tree_put(A "nr_regions/min", "10");
	tree_put(STATE, "commit");
	ck_wait(tree_number(S "stats/nr_snapshots") > nr);

	/* And after the end: the old ones tell what was, new ones nothing. */
	tree_put(STATE, "off");
	ck_assert_uint_gt(tree_number(S "stats/nr_snapshots"), nr);
	tree_count_all();
	check_fresh();
}
END_TEST

/* Bytes that the module has of what is made of single pages. */
static uint64_t pages_of_module(void)
{
	FILE *file = fopen("/proc/vmallocinfo", "re");
	unsigned long long size;
	uint64_t sum = 0;
	char line[512];

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file)) {
		if (strstr(line, "[damon]") && sscanf(line, "%*s %llu", &size) == 1)
			sum += size;
	}
	fclose(file);
	return sum;
}

/* What ran needs no memory when it is off. */
START_TEST(off_frees)
{
	uint64_t before, while_on;

	watch_process();
	tree_put(A "nr_regions/max", "100000");
	before = pages_of_module();
	tree_put(STATE, "on");
	while_on = pages_of_module();
	ck_assert_uint_ge(while_on, before + MIB);
	tree_put(STATE, "off");
	ck_assert_uint_eq(pages_of_module(), before);
	/* It can be turned on again. */
	tree_put(STATE, "on");
	ck_assert(tree_state());
	tree_put(STATE, "off");
	tree_put(STATE, "off");
}
END_TEST

void sysfs_values_cases(Suite *suite)
{
	TCase *tc = add_case(suite, "values");

	tcase_add_checked_fixture(tc, tree_empty, tree_empty);
	tcase_add_test(tc, interval_of_later_goals);
	tcase_add_test(tc, goals_left_out);
	tcase_add_test(tc, regions_while_committing);
	tcase_add_test(tc, fresh_directories);
	tcase_add_test(tc, off_frees);
}
