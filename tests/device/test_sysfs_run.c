// SPDX-License-Identifier: GPL-2.0
/*
 * The tree below /sys/kernel/mm/damon: what runs because of it, and how it ends.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "harness.h"

#define C	"0/contexts/0/"
#define A	C "monitoring_attrs/"
#define T	C "targets/0/"
#define S	C "schemes/0/"
#define STATE	"0/state"
#define MAX	"18446744073709551615"

#define LEN	(16 * MIB)

static const char *const updates[] = {
	"commit", "commit_schemes_quota_goals", "update_schemes_stats",
	"update_schemes_tried_bytes", "update_schemes_tried_regions",
	"update_schemes_effective_quotas", "update_tuned_intervals",
};

/* Context 0 watches a process whose first half is hot. */
static struct target *watch_process(void)
{
	struct target *target = target_spawn(0, LEN, false);

	target->hot = LEN / 2;
	target->work = WORK_TOUCH;
	tree_context();
	tree_watch(target);
	tree_count_all();
	return target;
}

static void check_state(const char *word, int err)
{
	int got = tree_try(STATE, word);

	ck_assert_msg(got == err, "%s: %d, not %d", word, got, err);
}

START_TEST(not_running)
{
	size_t i;

	tree_put("nr_kdamonds", "1");
	check_state("on", -EINVAL);
	check_state("off", -EINVAL);
	tree_put("0/contexts/nr_contexts", "1");
	check_state("off", -EINVAL);
	tree_count_all();
	for (i = 0; i < ARRAY_SIZE(updates); i++)
		check_state(updates[i], -EINVAL);
	check_state("clear_schemes_tried_regions", 0);
	ck_assert(!tree_state());
}
END_TEST

START_TEST(keywords)
{
	struct target *target = watch_process();
	pid_t pid;
	size_t i;

	check_state("on", 0);
	ck_assert(tree_state());
	pid = tree_number("0/pid");
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(kill(pid, 0), 0);
	check_state("on", -EBUSY);
	ck_assert_int_eq(tree_try("nr_kdamonds", "0"), -EBUSY);
	for (i = 0; i < ARRAY_SIZE(updates); i++)
		check_state(updates[i], 0);
	check_state("clear_schemes_tried_regions\n", 0);
	ck_assert(tree_state());
	check_state("off\n", 0);
	ck_assert(!tree_state());
	ck_assert_str_eq(tree_get("0/pid"), "-1");
	check_state("off", 0);
	check_state("on", 0);
	ck_assert(tree_state());
	target_kill(target);
	/* The process has ended, and with it what watches it. */
	ck_wait(!tree_state());
}
END_TEST

static uint64_t region_number(unsigned int index, const char *name)
{
	char path[TREE_PATH];

	snprintf(path, sizeof(path), S "tried_regions/%u/%s", index, name);
	return tree_number(path);
}

static bool region_there(unsigned int index)
{
	char rel[TREE_PATH], path[TREE_PATH];

	snprintf(rel, sizeof(rel), S "tried_regions/%u", index);
	return !access(tree_path(rel, path), F_OK);
}

/* How hot the regions below and above @middle are; all of them together are @LEN. */
static void read_regions(const struct target *target, double *low, double *high)
{
	uint64_t middle = target->addr + LEN / 2, sum = 0, last = target->addr;
	unsigned int i;

	*low = 0;
	*high = 0;
	for (i = 0; region_there(i); i++) {
		uint64_t start = region_number(i, "start"), end = region_number(i, "end");
		uint64_t heat = region_number(i, "nr_accesses");

		ck_assert_uint_eq(start, last);
		ck_assert_uint_gt(end, start);
		ck_assert_uint_le(heat, 20);
		ck_assert_uint_eq(region_number(i, "sz_filter_passed"), end - start);
		region_number(i, "age");
		*(start < middle ? low : high) += (double)heat * (end - start);
		sum += end - start;
		last = end;
	}
	ck_assert_uint_eq(sum, LEN);
}

START_TEST(process)
{
	struct target *target = watch_process();
	double low = 0, high = 0, until;
	uint64_t tried, nr;

	check_state("on", 0);
	check_state("update_schemes_tried_bytes", 0);
	ck_assert_uint_eq(tree_number(S "tried_regions/total_bytes"), LEN);
	ck_assert(!region_there(0));

	/* Regions find their borders in a few windows. */
	until = now_s() + LIMIT_S;
	do {
		check_state("update_schemes_tried_regions", 0);
		read_regions(target, &low, &high);
	} while (low < 4 * high + LEN && now_s() < until);
	ck_assert_msg(low >= 4 * high + LEN, "hot half %g, cold half %g", low, high);
	ck_assert_uint_eq(tree_number(S "tried_regions/total_bytes"), LEN);

	/* What it has done is seen without asking for it. */
	tried = tree_number(S "stats/sz_tried");
	ck_assert_uint_ge(tried, LEN);
	ck_wait(tree_number(S "stats/sz_tried") > tried);
	check_state("clear_schemes_tried_regions", 0);
	ck_assert(!region_there(0));
	ck_assert_uint_eq(tree_number(S "tried_regions/total_bytes"), 0);

	/* It stays to be seen, until another time begins. */
	check_state("off", 0);
	ck_assert_uint_gt(tree_number(S "stats/sz_tried"), tried);
	nr = tree_number(S "stats/nr_snapshots");
	ck_assert_uint_ge(nr, 2);
	check_state("on", 0);
	ck_assert_uint_lt(tree_number(S "stats/nr_snapshots"), nr);
	check_state("off", 0);
}
END_TEST

START_TEST(nothing_watched)
{
	/* Physical memory that nobody names: it runs, and does nothing. */
	tree_context();
	tree_put(C "operations", "paddr");
	tree_count_all();
	check_state("on", 0);
	ck_assert(tree_state());
	check_state("update_schemes_tried_regions", 0);
	ck_assert_uint_eq(tree_number(S "tried_regions/total_bytes"), 0);
	tree_put(C "targets/nr_targets", "1");
	check_state("commit", 0);
	ck_assert(tree_state());
	check_state("off", 0);
	/* No process: it has ended before it has begun. */
	tree_put(C "operations", "vaddr");
	tree_put(C "targets/nr_targets", "0");
	check_state("on", 0);
	ck_assert(!tree_state());
	check_state("off", 0);
}
END_TEST

/* Configurations that are refused as a whole. */
static const struct {
	const char *path;
	const char *value;
	const char *good;
	int err;
} bad[] = {
	{ A "intervals/sample_us", "0", "5000", EINVAL },
	{ A "intervals/aggr_us", "1", "100000", EINVAL },
	{ A "nr_regions/min", "2", "10", EINVAL },
	{ A "nr_regions/max", "5", "1000", EINVAL },
	{ A "intervals/intervals_goal/aggrs", "3", "0", EINVAL },
	{ T "pid_target", "0", NULL, EINVAL },
	{ T "pid_target", "-1", NULL, EINVAL },
	{ T "pid_target", "2", NULL, EINVAL },
	{ T "pid_target", "999999999", NULL, EINVAL },
	{ T "regions/0/start", MAX, NULL, EINVAL },
	{ S "access_pattern/sz/min", "1", NULL, 0 },
	{ S "access_pattern/age/max", "0", MAX, 0 },
	{ S "action", "migrate_hot", "stat", EINVAL },
	{ S "quotas/goals/0/target_metric", "node_mem_used_bp", "user_input", EINVAL },
	{ S "filters/0/type", "addr", "anon", EINVAL },
	{ S "filters/0/type", "target", "anon", EINVAL },
	{ S "filters/0/type", "memcg", "anon", EINVAL },
	{ S "watermarks/metric", "free_mem_rate", "none", EINVAL },
};

START_TEST(all_or_nothing)
{
	struct target *target = watch_process();
	char good[64];
	uint64_t sum;
	size_t i;

	tree_put(S "quotas/goals/nr_goals", "1");
	tree_put(S "quotas/goals/0/target_value", "10");
	tree_put(S "quotas/goals/0/current_value", "10");
	tree_put(S "quotas/goals/0/nid", "1000");
	tree_put(S "filters/nr_filters", "1");
	tree_put(S "filters/0/allow", "Y");
	tree_put(S "filters/0/memcg_path", "/no/such/group");
	tree_put(S "filters/0/damon_target_idx", "1");
	check_state("on", 0);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		int err;

		snprintf(good, sizeof(good), "%s", bad[i].good ? bad[i].good :
						    tree_get(bad[i].path));
		tree_put(bad[i].path, bad[i].value);
		err = tree_try(STATE, "commit");
		ck_assert_msg(err == -bad[i].err, "%s in %s: %d, not %d", bad[i].value,
			      bad[i].path, err, -bad[i].err);
		ck_assert(tree_state());
		tree_put(bad[i].path, good);
	}
	/* No name is not that of the root. */
	tree_put(S "filters/0/memcg_path", "\n");
	tree_put(S "filters/0/type", "memcg");
	ck_assert_int_eq(tree_try(STATE, "commit"), -EINVAL);
	tree_put(S "filters/0/type", "anon");
	check_state("commit", 0);
	/* It goes on. */
	sum = tree_number(S "stats/nr_snapshots");
	ck_wait(tree_number(S "stats/nr_snapshots") > sum);
	check_state("off", 0);
	tree_put(A "nr_regions/min", "1");
	check_state("on", -EINVAL);
	ck_assert(!tree_state());
	target_kill(target);
}
END_TEST

/* Only goals are committed: what else was written waits, right or wrong. */
START_TEST(goals_only)
{
	watch_process();
	tree_put(S "quotas/bytes", "1073741824");
	tree_put(S "quotas/reset_interval_ms", "100");
	tree_put(S "quotas/goals/nr_goals", "1");
	tree_put(S "quotas/goals/0/target_value", "100");
	tree_put(S "quotas/goals/0/current_value", "1000");
	check_state("on", 0);
	/* Ten times what was wanted: in the end it may do one byte. */
	ck_wait(tree_number(S "stats/nr_snapshots") && tree_number(S "quotas/effective_bytes") &&
		tree_number(S "quotas/effective_bytes") <= PAGE);
	tree_put(A "nr_regions/min", "1");
	check_state("commit", -EINVAL);
	tree_put(S "quotas/goals/0/current_value", "1");
	check_state("commit_schemes_quota_goals", 0);
	ck_wait(tree_number(S "quotas/effective_bytes") >= MIB);
	tree_put(S "quotas/goals/nr_goals", "0");
	check_state("commit_schemes_quota_goals", 0);
	ck_wait(tree_number(S "quotas/effective_bytes") == 1073741824);
}
END_TEST

static int open_file(const char *rel)
{
	char path[TREE_PATH];
	int fd = open(tree_path(rel, path), O_RDONLY | O_CLOEXEC);

	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	return fd;
}

static void check_gone(int fd)
{
	char text[16];

	errno = 0;
	ck_assert_int_eq(pread(fd, text, sizeof(text), 0), -1);
	ck_assert_int_eq(errno, ENODEV);
	close(fd);
}

START_TEST(removed_while_open)
{
	int fds[3];

	watch_process();
	check_state("on", 0);
	fds[0] = open_file(A "intervals/sample_us");
	fds[1] = open_file(S "stats/nr_tried");
	tree_put("0/contexts/nr_contexts", "0");
	check_gone(fds[0]);
	check_gone(fds[1]);
	/* It runs on without its directories. */
	ck_assert(tree_state());
	check_state("commit", -EINVAL);
	check_state("update_schemes_tried_regions", -EINVAL);
	tree_put("0/contexts/nr_contexts", "1");
	tree_count_all();
	check_state("update_schemes_tried_regions", 0);
	ck_assert_uint_eq(tree_number(S "tried_regions/total_bytes"), LEN);
	fds[2] = open_file(STATE);
	check_state("off", 0);
	tree_put("nr_kdamonds", "0");
	check_gone(fds[2]);
}
END_TEST

START_TEST(unloaded_while_open)
{
	unsigned int others = kdamonds(NULL, 0);
	int fd;

	watch_process();
	check_state("on", 0);
	check_state("update_schemes_tried_regions", 0);
	fd = open_file(S "stats/nr_tried");
	ck_assert_int_eq(module_remove(), 0);
	ck_assert_uint_eq(kdamonds(NULL, 0), others);
	check_gone(fd);
	module_need();
	ck_assert_str_eq(tree_get("nr_kdamonds"), "0");
}
END_TEST

/* Waits for schemes that are not applied for a long time. */
static void wait_for_regions(struct target *job)
{
	job->ready = 1;
	job->turns = 1000 - tree_try(STATE, "update_schemes_tried_regions");
	job->work = WORK_EXIT;
	pause();
}

static bool sleeps(pid_t pid)
{
	char path[64], text[256], state = '?';

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	read_text(path, text, sizeof(text));
	sscanf(text, "%*d %*s %c", &state);
	return state == 'S';
}

static struct target *long_wait(void)
{
	struct target *job;

	watch_process();
	tree_put(A "intervals/sample_us", "1000000");
	tree_put(A "intervals/aggr_us", "3600000000");
	check_state("on", 0);
	job = target_job(0, wait_for_regions);
	ck_wait(sleeps(job->pid));
	ck_assert_uint_eq(job->turns, 0);
	return job;
}

static void check_waiter(struct target *job, int err)
{
	ck_wait(job->turns);
	ck_assert_int_eq(1000 - (int)job->turns, err);
}

START_TEST(off_ends_a_wait)
{
	struct target *job = long_wait();

	/* Who waits keeps nobody else from anything. */
	check_state("update_schemes_stats", 0);
	tree_put("0/contexts/nr_contexts", "1");
	check_state("off", 0);
	check_waiter(job, -ECANCELED);
}
END_TEST

START_TEST(unload_ends_a_wait)
{
	struct target *job = long_wait();

	ck_assert_int_eq(module_remove(), 0);
	check_waiter(job, -ECANCELED);
	module_need();
}
END_TEST

void sysfs_run_cases(Suite *suite)
{
	TCase *tc = add_case(suite, "run");

	tcase_add_checked_fixture(tc, tree_empty, tree_empty);
	tcase_add_test(tc, not_running);
	tcase_add_test(tc, keywords);
	tcase_add_test(tc, process);
	tcase_add_test(tc, nothing_watched);
	tcase_add_test(tc, all_or_nothing);
	tcase_add_test(tc, goals_only);

	tc = add_case(suite, "lifetime");
	tcase_add_checked_fixture(tc, tree_empty, tree_empty);
	tcase_add_test(tc, removed_while_open);
	tcase_add_test(tc, unloaded_while_open);
	tcase_add_test(tc, off_ends_a_wait);
	tcase_add_test(tc, unload_ends_a_wait);
}
