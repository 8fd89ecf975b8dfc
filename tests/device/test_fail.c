// SPDX-License-Identifier: GPL-2.0
/*
 * A configuration is committed while memory runs out, or the caller's memory cannot
 * be reached: at each place at which the kernel can make that happen, one after the
 * other (/proc/PID/fail-nth).  What was there before goes on.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "keeper.h"

#define FAIL_NTH	"/proc/thread-self/fail-nth"
#define FAULTS		"/sys/kernel/debug/"
#define MOST		5000	/* places; a commit has some hundred */

#define C	"0/contexts/0/"
#define S	C "schemes/0/"

/**
 * struct places - what became of a commit, by place
 * @nr:		places at which something was made to fail
 * @refused:	those at which the commit then failed
 */
struct places {
	unsigned int nr;
	unsigned int refused;
};

/* Of all kinds of failures this process's are of @nth; else nobody's. */
static bool faults_set_up(void)
{
	static const char *const quiet[] = {
		"failslab/", "fail_page_alloc/", "fail_usercopy/",
	};
	char path[128];
	size_t i;

	if (access(FAIL_NTH, W_OK))
		return false;
	for (i = 0; i < ARRAY_SIZE(quiet); i++) {
		snprintf(path, sizeof(path), FAULTS "%sverbose", quiet[i]);
		ck_assert_msg(write_text(path, "0"), "%s", path);
	}
	/* By itself only what must not wait would fail, and only what is large. */
	return write_text(FAULTS "failslab/ignore-gfp-wait", "N") &&
	       write_text(FAULTS "fail_page_alloc/ignore-gfp-wait", "N") &&
	       write_text(FAULTS "fail_page_alloc/min-order", "0");
}

#define need_faults() do {						\
	if (!faults_set_up())						\
		skip("this kernel has no fault injection");		\
} while (0)

/* Has the @nth place from now on fail. */
static void arm(int fd, unsigned int nth)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", nth);
	ck_assert_int_eq(pwrite(fd, text, strlen(text), 0), strlen(text));
}

/* Returns whether it was met.  To ask for that, and to disarm it, can meet it as well. */
static bool disarm(int fd)
{
	char text[16] = "";
	ssize_t got = pread(fd, text, sizeof(text) - 1, 0);

	while (pwrite(fd, "0", 1, 0) != 1)
		;
	return got > 0 && !strtoul(text, NULL, 10);
}

/* Commits once for each place; @try returns 0 or a negative errno. */
static struct places each_place(int (*try)(void), void (*unchanged)(void),
				void (*restore)(void))
{
	int fd = open(FAIL_NTH, O_RDWR | O_CLOEXEC), err;
	struct places places = {};
	bool met;

	ck_assert_int_ge(fd, 0);
	do {
		ck_assert_uint_lt(++places.nr, MOST);
		arm(fd, places.nr);
		err = try();
		met = disarm(fd);
		if (!err) {
			restore();
			continue;
		}
		ck_assert_msg(met, "%u: %s, and nothing had failed", places.nr, strerror(-err));
		ck_assert_msg(err == -ENOMEM || err == -EFAULT, "%u: %s", places.nr,
			      strerror(-err));
		places.refused++;
		unchanged();
	} while (met);
	close(fd);
	/* The last one was not there. */
	places.nr--;
	printf("%u places, %u of them fatal\n", places.nr, places.refused);
	return places;
}

/* By the device.  The right configuration counts; the other one has all that there is. */

static struct conf right, other;
static struct damon_scheme_conf right_scheme, schemes[4];
static struct damon_scheme_goal_conf right_goal, goals[4];
static struct damon_scheme_filter_conf filters[8];
static struct damon_scheme_dest_conf dests[2];
static struct damon_probe_conf probes[2];
static struct damon_probe_filter_conf probe_filters[2];
static int session;

static int other_try(void)
{
	return conf_try(session, &other);
}

static void right_commit(void)
{
	conf_commit(session, &right);
}

/* Targets of the configuration, as fdinfo tells. */
static uint64_t nr_targets(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", session);
	return number_in(path, "targets:");
}

static void right_unchanged(void)
{
	struct damon_scheme info = { .size = sizeof(info) };
	int err = do_ioctl(session, DAMON_IOC_SCHEME, &info);

	ck_assert_msg(!err, "SCHEME: %s", strerror(-err));
	ck_assert_uint_eq(info.nr_goals, 1);
	info = (struct damon_scheme) { .size = sizeof(info), .scheme = 1 };
	ck_assert_int_eq(do_ioctl(session, DAMON_IOC_SCHEME, &info), -EINVAL);
	ck_assert_uint_eq(nr_targets(), 1);
	ck_assert_uint_eq(session_state(session), DAMON_STATE_RUNNING);
}

static struct damon_scheme_conf any_scheme(uint32_t action)
{
	return (struct damon_scheme_conf) {
		.action = action,
		.max_sz = ~0ULL,
		.max_accesses = ~0U,
		.max_age = ~0ULL,
		.max_tried = 8,
	};
}

static void right_begin(uint64_t mem)
{
	conf_init(&right);
	conf_target(&right, 0);
	conf_range(&right, mem, LEN);
	right_scheme = any_scheme(DAMON_ACTION_STAT);
	right_scheme.nr_goals = 1;
	right_goal.target = 1;
	right.c.schemes = PTR(&right_scheme);
	right.c.nr_schemes = 1;
	right.c.scheme_size = sizeof(right_scheme);
	right.c.scheme_goals = PTR(&right_goal);
	right.c.nr_scheme_goals = 1;
	right.c.scheme_goal_size = sizeof(right_goal);
	session = session_running(0, &right);
	windows_pass(session, 1);
}

/* All kinds of parts.  Nothing gets done: no memory is so old. */
static void add_schemes(int group)
{
	static const uint32_t actions[] = {
		DAMON_ACTION_PAGEOUT, DAMON_ACTION_MIGRATE_COLD, DAMON_ACTION_STAT,
		DAMON_ACTION_LRU_DEPRIO,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(schemes); i++) {
		schemes[i] = any_scheme(actions[i]);
		schemes[i].min_age = ~0ULL;
		schemes[i].first_filter = 2 * i;
		schemes[i].nr_filters = 2;
		schemes[i].first_goal = i;
		schemes[i].nr_goals = 1;
		goals[i].target = 5000;
	}
	schemes[1].nr_dests = 2;
	dests[0].weight = 1;
	dests[1].weight = 2;
	dests[1].node = !one_node();
	schemes[2].watermark = DAMON_WATERMARK_FREE;
	schemes[2].high = 1000;
	schemes[2].mid = 1000;
	schemes[2].watermark_us = 1000000;

	filters[0].type = DAMON_FILTER_ADDR;
	filters[0].max = ~0ULL;
	filters[1].type = DAMON_FILTER_MEMCG;
	filters[1].fd = group;
	filters[2].type = DAMON_FILTER_TARGET;
	filters[3].type = DAMON_FILTER_ANON;
	filters[4].type = DAMON_FILTER_ACTIVE;
	filters[5].type = DAMON_FILTER_YOUNG;
	filters[6].type = DAMON_FILTER_HUGEPAGE_SIZE;
	filters[6].max = ~0ULL;
	filters[7].type = DAMON_FILTER_UNMAPPED;

	goals[1].metric = DAMON_METRIC_NODE_MEM_FREE_BP;
	goals[2].metric = DAMON_METRIC_NODE_MEMCG_USED_BP;
	goals[2].fd = group;
	goals[3].metric = DAMON_METRIC_SWAP_USED_BP;

	other.c.schemes = PTR(schemes);
	other.c.nr_schemes = ARRAY_SIZE(schemes);
	other.c.scheme_size = sizeof(schemes[0]);
	other.c.scheme_filters = PTR(filters);
	other.c.nr_scheme_filters = ARRAY_SIZE(filters);
	other.c.scheme_filter_size = sizeof(filters[0]);
	other.c.scheme_goals = PTR(goals);
	other.c.nr_scheme_goals = ARRAY_SIZE(goals);
	other.c.scheme_goal_size = sizeof(goals[0]);
	other.c.scheme_dests = PTR(dests);
	other.c.nr_scheme_dests = ARRAY_SIZE(dests);
	other.c.scheme_dest_size = sizeof(dests[0]);
}

static void add_probes(int group)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		probes[i].first_filter = i;
		probes[i].nr_filters = 1;
		probe_filters[i].flags = DAMON_FILTER_MATCHING | DAMON_FILTER_ALLOW;
	}
	probe_filters[1].type = DAMON_FILTER_MEMCG;
	probe_filters[1].fd = group;
	other.c.probes = PTR(probes);
	other.c.nr_probes = ARRAY_SIZE(probes);
	other.c.probe_size = sizeof(probes[0]);
	other.c.probe_filters = PTR(probe_filters);
	other.c.nr_probe_filters = ARRAY_SIZE(probe_filters);
	other.c.probe_filter_size = sizeof(probe_filters[0]);
}

/* A tree of processes and another process, or all of physical memory. */
static void other_begin(struct target *target, uint64_t mem, bool physical)
{
	int group = group_open(LEAF);

	if (physical) {
		conf_physical(&other);
	} else {
		conf_init(&other);
		other.c.flags = DAMON_COMMIT_VMA_AWARE;
		conf_target(&other, target->pid);
		other.targets[0].flags = DAMON_TARGET_FOLLOW_FORK;
		conf_target(&other, 0);
		conf_range(&other, mem, LEN / 2);
	}
	/* So that nothing can be kept. */
	other.c.max_nr_regions *= 2;
	other.c.sample_us *= 2;
	other.c.aggr_us *= 4;
	add_schemes(group);
	add_probes(group);
}

START_TEST(by_the_device)
{
	uint64_t mem = PTR(map_pages(LEN, false));
	struct target *target;
	struct places places;
	struct snap snap;

	need_faults();
	need_groups();
	target = target_spawn(0, MIB, false);
	right_begin(mem);
	other_begin(target, mem, _i);
	places = each_place(other_try, right_unchanged, right_commit);
	/* The call's own structures, arrays, the context, each part of each scheme. */
	ck_assert_uint_ge(places.refused, 40);
	ck_assert_uint_gt(places.nr, places.refused);

	/* It is still the right one that works. */
	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	next_window(session, &snap);
	ck_assert_uint_eq(snap.s.sample_us, right.c.sample_us);
	ck_assert_ptr_null(covers(snap.regions, snap.s.nr_regions, &right));
	snap_free(&snap);
	/* And the other one does, when nothing fails. */
	conf_commit(session, &other);
	ck_assert_uint_eq(nr_targets(), other.c.nr_targets);
	session_stop(session);
	target_kill(target);
}
END_TEST

/* By the tree.  With the right configuration something is tried, with the other one nothing. */

static int state_fd;
static uint64_t worker;

static int state_try(void)
{
	return pwrite(state_fd, "commit", 6, 0) == 6 ? 0 : -errno;
}

static void tree_unchanged(void)
{
	uint64_t tried = tree_number(S "stats/sz_tried");

	ck_assert_uint_eq(tree_number("0/pid"), worker);
	ck_wait(tree_number(S "stats/sz_tried") > tried);
}

/* A filter that lets nothing through, and one more of each kind of part. */
static void tree_other(void)
{
	tree_put(S "quotas/ms", "1000");
	tree_put(S "quotas/reset_interval_ms", "1000");
	tree_put(S "quotas/goals/nr_goals", "2");
	tree_put(S "quotas/goals/0/target_value", "100");
	tree_put(S "quotas/goals/1/target_value", "200");
	tree_put(S "filters/nr_filters", "3");
	tree_put(S "filters/0/type", "addr");
	tree_put(S "filters/0/matching", "Y");
	tree_put(S "filters/0/addr_end", "18446744073709551615");
	tree_put(S "filters/1/type", "anon");
	tree_put(S "filters/2/type", "memcg");
	tree_put(S "filters/2/memcg_path", LEAF + strlen("/sys/fs/cgroup"));
}

static void tree_restore(void)
{
	tree_put(S "filters/nr_filters", "0");
	tree_put(S "quotas/goals/nr_goals", "0");
	tree_put("0/state", "commit");
	tree_other();
}

START_TEST(by_the_tree)
{
	struct target *target;
	struct places places;
	char path[TREE_PATH];
	uint64_t nr, tried;

	need_faults();
	need_groups();
	target = target_spawn(0, MIB, false);
	tree_context();
	tree_watch(target);
	tree_put(C "monitoring_attrs/intervals/aggr_us", "20000");
	tree_count_all();
	tree_put("0/state", "on");
	worker = tree_number("0/pid");
	tree_other();
	state_fd = open(tree_path("0/state", path), O_WRONLY | O_CLOEXEC);
	ck_assert_int_ge(state_fd, 0);
	places = each_place(state_try, tree_unchanged, tree_restore);
	ck_assert_uint_ge(places.refused, 10);
	ck_assert_uint_gt(places.nr, places.refused);

	tree_unchanged();
	ck_assert_int_eq(state_try(), 0);
	tried = tree_number(S "stats/sz_tried");
	nr = tree_number(S "stats/nr_snapshots");
	ck_wait(tree_number(S "stats/nr_snapshots") > nr + 1);
	ck_assert_uint_eq(tree_number(S "stats/sz_tried"), tried);
	close(state_fd);
	tree_empty();
	target_kill(target);
}
END_TEST

Suite *fail_suite(void)
{
	Suite *suite = suite_create("fail");
	TCase *tc = add_case(suite, "fail");

	tcase_add_checked_fixture(tc, keeper_begin, NULL);
	tcase_add_loop_test(tc, by_the_device, 0, 2);
	tcase_add_test(tc, by_the_tree);
	return suite;
}
