// SPDX-License-Identifier: GPL-2.0
/*
 * Schemes and their worker: who commits all the time, and who rests.
 */
#include <sys/mman.h>

#include "harness.h"

#define LEN	(4 * MIB)

static struct conf conf;
static struct damon_scheme_conf scheme;
static char text[MSG_LEN];

static void count_all(void)
{
	memset(&scheme, 0, sizeof(scheme));
	scheme.action = DAMON_ACTION_STAT;
	scheme.max_sz = ~0ULL;
	scheme.max_accesses = ~0U;
	scheme.max_age = ~0ULL;
	conf.c.schemes = PTR(&scheme);
	conf.c.scheme_size = sizeof(scheme);
	conf.c.nr_schemes = 1;
}

/* One scheme that counts all of a process's memory. */
static void begin(void)
{
	struct target *target = target_spawn(0, LEN, false);

	conf_init(&conf);
	conf_target(&conf, target->pid);
	conf_range(&conf, target->addr, LEN);
	count_all();
}

static struct damon_scheme scheme_info(int fd)
{
	struct damon_scheme info = {
		.size = sizeof(info),
		.msg = PTR(text),
		.msg_len = sizeof(text),
	};
	int err = do_ioctl(fd, DAMON_IOC_SCHEME, &info);

	ck_assert_msg(!err, "SCHEME: %s: %s", strerror(-err), text);
	return info;
}

/* Each commit takes new samples; windows come to their end all the same. */
START_TEST(commits_starve_nobody)
{
	unsigned long commits = 0;
	double begun = now_s();
	uint64_t seq;
	int fd;

	begin();
	if (_i) {
		/* Here they are done at once, and put the next sample off each time. */
		conf.c.sample_us = 200000;
		conf.c.aggr_us = 400000;
	}
	fd = session_running(0, &conf);
	windows_pass(fd, 1);
	seq = session_seq(fd);
	/* A slow machine makes fewer of them in two windows: then in some more. */
	while (session_seq(fd) <= seq + 2 || commits <= 20) {
		conf_commit(fd, &conf);
		commits++;
		ck_assert_msg(now_s() - begun < LIMIT_S, "%lu commits and no window", commits);
	}
	/* Of the samples of a window many were taken anew. */
	ck_assert_uint_le((session_seq(fd) - seq), commits);
	ck_assert_uint_ge(scheme_info(fd).nr_snapshots, 2);
}
END_TEST

static pid_t worker_of(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	return number_in(path, "worker:");
}

/* How often a thread has slept so far. */
static unsigned long sleeps_of(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	return number_in(path, "\nvoluntary_ctxt_switches:");
}

/* Nobody looks at the process then, and it is noticed all the same that it ends. */
START_TEST(target_ends_during_a_rest)
{
	struct target *target = target_spawn(0, LEN, false);
	int fd;

	conf_init(&conf);
	conf.c.ops = _i ? DAMON_OPS_FVADDR : DAMON_OPS_VADDR;
	conf_target(&conf, target->pid);
	conf_range(&conf, target->addr, LEN);
	count_all();
	scheme.watermark = DAMON_WATERMARK_FREE;
	scheme.watermark_us = 200000;
	/* There is always more. */
	scheme.high = 2;
	scheme.mid = 1;
	fd = session_running(0, &conf);
	ck_wait(!scheme_info(fd).active);
	target_kill(target);
	ck_wait(session_state(fd) == DAMON_STATE_ENDED);
	ck_assert_int_eq(scheme_info(fd).active, 0);
}
END_TEST

static unsigned long free_permil(void)
{
	return number_in("/proc/meminfo", "MemFree:") * 1000 /
	       number_in("/proc/meminfo", "MemTotal:");
}

/* While there is enough memory it wakes up once in an interval, and notices when not. */
START_TEST(rest_is_rest)
{
	unsigned long total = number_in("/proc/meminfo", "MemTotal:") * 1024;
	unsigned long most = free_permil(), before, nr;
	uint64_t seq, begun;
	size_t len;
	void *mem;
	int fd;

	if (most < 200)
		skip("there is hardly any free memory");
	begin();
	scheme.watermark = DAMON_WATERMARK_FREE;
	scheme.watermark_us = 200000;
	scheme.high = most - 60;
	scheme.mid = most - 60;
	fd = session_running(0, &conf);
	ck_wait(!scheme_info(fd).active);
	seq = session_seq(fd);
	begun = now_ns();
	before = sleeps_of(worker_of(fd));
	/* Time to count in. */
	usleep(2000000);
	nr = sleeps_of(worker_of(fd)) - before;
	/* Two for each wake-up at most. */
	ck_assert_msg(nr <= 2 * ((now_ns() - begun) / 200000000 + 2), "%lu sleeps in %llu ms",
		      nr, (unsigned long long)(now_ns() - begun) / 1000000);
	ck_assert_uint_ge(nr, 2);
	ck_assert_uint_eq(session_seq(fd), seq);
	ck_assert_uint_eq(scheme_info(fd).nr_tried, 0);

	len = total / 1000 * 120 & ~(PAGE - 1);
	mem = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
		   -1, 0);
	ck_assert_ptr_ne(mem, MAP_FAILED);
	ck_wait(scheme_info(fd).active);
	ck_wait(scheme_info(fd).nr_tried > 0);
	ck_assert_uint_gt(session_seq(fd), seq);
	munmap(mem, len);
	ck_wait(!scheme_info(fd).active);
}
END_TEST

static struct damon_goal_info goal_told(int fd)
{
	struct damon_goal_info told = { 0 };
	struct damon_scheme info = {
		.size = sizeof(info),
		.goals = PTR(&told),
		.nr_goals = 1,
		.goal_size = sizeof(told),
	};

	ck_assert_int_eq(do_ioctl(fd, DAMON_IOC_SCHEME, &info), 0);
	return told;
}

static void count_by_node(void)
{
	static struct damon_scheme_goal_conf goal = {
		.metric = DAMON_METRIC_NODE_ELIGIBLE_MEM_BP,
		.target = 5000,
	};

	count_all();
	scheme.nr_goals = 1;
	scheme.quota_bytes = MIB;
	scheme.quota_interval_us = 200000;
	conf.c.scheme_goals = PTR(&goal);
	conf.c.nr_scheme_goals = 1;
	conf.c.scheme_goal_size = sizeof(goal);
}

/* All memory that is in use is on the one node that there is. */
START_TEST(eligible_memory_of_a_node)
{
	struct damon_query query;
	int fd, dev = device_open();

	device_query(dev, &query);
	begin();
	count_by_node();
	fd = session_new(0);
	ck_assert_int_eq(conf_try(fd, &conf), -EINVAL);
	check_text(conf.msg, "scheme goal 0: metric");
	if (!(query.ops & 1ULL << DAMON_OPS_PADDR))
		skip("no physical addresses here");
	conf_physical(&conf);
	count_by_node();
	conf_commit(fd, &conf);
	session_start(fd);
	ck_wait(goal_told(fd).known);
	if (access("/sys/devices/system/node/node1", F_OK))
		ck_assert_uint_eq(goal_told(fd).value, 10000);
	ck_assert_uint_gt(goal_told(fd).value, 0);
}
END_TEST

Suite *engine_suite(void)
{
	Suite *suite = suite_create("engine");
	TCase *tc = add_case(suite, "worker");

	tcase_add_loop_test(tc, commits_starve_nobody, 0, 2);
	tcase_add_test(tc, rest_is_rest);
	tcase_add_loop_test(tc, target_ends_during_a_rest, 0, 2);
	tcase_add_test(tc, eligible_memory_of_a_node);
	return suite;
}
