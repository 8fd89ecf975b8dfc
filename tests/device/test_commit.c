// SPDX-License-Identifier: GPL-2.0
/*
 * DAMON_IOC_COMMIT: every field that it rejects, one test each.
 *
 * Each starts with a running session of a known configuration, commits one
 * that is wrong in one thing, and expects a precise errno, a text that names
 * the thing, and a session that goes on as if nothing had happened.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "harness.h"

#define LEN	(1 * MIB)
#define SAMPLES	10		/* per window of the configuration that works */

static struct conf good, bad;
static struct damon_query limits;
static struct target *other;	/* a process that may be watched */
static uint64_t mem;		/* LEN bytes of this process */
static int session;

static void begin(void)
{
	int dev = device_open();

	device_query(dev, &limits);
	close_kept(dev);
	mem = PTR(map_pages(LEN, false));
	conf_init(&good);
	conf_target(&good, 0);
	conf_range(&good, mem, LEN);
	session = session_running(0, &good);
	windows_pass(session, 1);

	conf_init(&bad);
	conf_target(&bad, 0);
	conf_range(&bad, mem, LEN / 4);
	conf_range(&bad, mem + LEN / 2, LEN / 4);
	bad.c.sample_us *= 2;
	bad.c.aggr_us *= 4;
}

static void other_begin(void)
{
	other = target_spawn(0, LEN, false);
}

/* The good configuration is in effect, in windows that begin now too. */
static void unchanged(void)
{
	struct snap snap;
	const char *wrong;

	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	next_window(session, &snap);
	ck_assert_uint_eq(snap.s.state, DAMON_STATE_RUNNING);
	ck_assert_uint_eq(snap.s.sample_us, good.c.sample_us);
	ck_assert_uint_eq(snap.s.aggr_us, good.c.aggr_us);
	ck_assert_uint_eq(snap.s.max_nr_accesses, SAMPLES);
	ck_assert_uint_eq(snap.s.nr_targets, 1);
	wrong = covers(snap.regions, snap.s.nr_regions, &good);
	ck_assert_msg(!wrong, "%s", wrong);
	snap_free(&snap);
}

static void rejected(int err, const char *keyword)
{
	int got = conf_try(session, &bad);

	ck_assert_msg(got == err, "expected %s, got %s, text '%.*s'", strerror(-err),
		      strerror(-got), MSG_LEN, bad.msg);
	check_text(bad.msg, keyword);
	unchanged();
}

/* So that each test's one change is known to be the reason. */
START_TEST(otherwise_right)
{
	struct snap snap;
	const char *wrong;

	conf_commit(session, &bad);
	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	next_window(session, &snap);
	ck_assert_uint_eq(snap.s.sample_us, bad.c.sample_us);
	ck_assert_uint_eq(snap.s.aggr_us, bad.c.aggr_us);
	ck_assert_uint_eq(snap.s.max_nr_accesses, 2 * SAMPLES);
	wrong = covers(snap.regions, snap.s.nr_regions, &bad);
	ck_assert_msg(!wrong, "%s", wrong);
	snap_free(&snap);
}
END_TEST

START_TEST(sizes)
{
	check_sizes(session, DAMON_IOC_COMMIT, &good.c, sizeof(good.c));
	unchanged();
}
END_TEST

START_TEST(flags)
{
	check_flags(session, DAMON_IOC_COMMIT, &good.c, sizeof(good.c));
	unchanged();
}
END_TEST

START_TEST(ops_unknown)
{
	bad.c.ops = DAMON_OPS_PADDR + 1;
	rejected(-EINVAL, "ops");
	bad.c.ops = ~0U;
	rejected(-EINVAL, "ops");
}
END_TEST

START_TEST(addr_unit_of_a_process)
{
	bad.c.addr_unit = 2;
	rejected(-EINVAL, "addr_unit");
	bad.c.addr_unit = 1;
	conf_commit(session, &bad);
}
END_TEST

START_TEST(sample_zero)
{
	bad.c.sample_us = 0;
	rejected(-EINVAL, "sample_us");
}
END_TEST

START_TEST(sample_too_long)
{
	bad.c.sample_us = ~0ULL;
	bad.c.aggr_us = ~0ULL;
	rejected(-EINVAL, "sample_us");
	bad.c.sample_us = 1ULL << 62;
	bad.c.aggr_us = 1ULL << 62;
	rejected(-EINVAL, "sample_us");
}
END_TEST

START_TEST(aggr_below_sample)
{
	bad.c.aggr_us = bad.c.sample_us - 1;
	rejected(-EINVAL, "aggr_us");
	bad.c.aggr_us = 0;
	rejected(-EINVAL, "aggr_us");
}
END_TEST

START_TEST(aggr_too_long)
{
	bad.c.aggr_us = ~0ULL;
	rejected(-EINVAL, "aggr_us");
}
END_TEST

/* More samples in a window than nr_accesses can count. */
START_TEST(too_many_samples)
{
	bad.c.sample_us = limits.min_sample_us;
	bad.c.aggr_us = bad.c.sample_us << 33;
	rejected(-EINVAL, "aggr_us");
}
END_TEST

START_TEST(update_too_long)
{
	bad.c.update_us = ~0ULL;
	rejected(-EINVAL, "update_us");
}
END_TEST

START_TEST(min_regions_too_few)
{
	bad.c.min_nr_regions = 2;
	rejected(-EINVAL, "min_nr_regions");
	bad.c.min_nr_regions = 0;
	rejected(-EINVAL, "min_nr_regions");
}
END_TEST

START_TEST(max_regions_below_min)
{
	bad.c.max_nr_regions = bad.c.min_nr_regions - 1;
	rejected(-EINVAL, "max_nr_regions");
	bad.c.max_nr_regions = 0;
	rejected(-EINVAL, "max_nr_regions");
}
END_TEST

START_TEST(max_regions_too_many)
{
	bad.c.max_nr_regions = ~0U;
	rejected(-EINVAL, "max_nr_regions");
	bad.c.max_nr_regions = limits.max_nr_regions + 1;
	rejected(-EINVAL, "max_nr_regions");
}
END_TEST

START_TEST(fewer_regions_than_ranges)
{
	unsigned int i;

	conf_init(&bad);
	conf_target(&bad, 0);
	for (i = 0; i < 4; i++)
		conf_range(&bad, mem + 2 * i * PAGE, PAGE);
	bad.c.min_nr_regions = 3;
	bad.c.max_nr_regions = 3;
	rejected(-EINVAL, "max_nr_regions");
}
END_TEST

/* A target without ranges has three. */
static void fewer_regions_setup(void)
{
	conf_init(&bad);
	conf_target(&bad, 0);
	conf_target(&bad, other->pid);
	bad.c.min_nr_regions = 3;
	bad.c.max_nr_regions = 5;
}

START_TEST(fewer_regions_than_targets_need)
{
	fewer_regions_setup();
	rejected(-EINVAL, "max_nr_regions");
}
END_TEST

static const struct {
	uint32_t access_bp;
	uint64_t min_us, max_us;	/* in sampling intervals of 1/1000 */
	const char *keyword;
} goals[] = {
	{ 0, 1000, 1000, "access_bp" },
	{ 10001, 1000, 1000, "access_bp" },
	{ 400, 0, 1000, "min_sample_us" },
	{ 400, 1000, 999, "max_sample_us" },
	{ 400, 1001, 1002, "sample_us" },
	{ 400, 1, 999, "sample_us" },
	{ 400, 1000, 1ULL << 41, "max_sample_us" },
};

START_TEST(goal_of_tuning)
{
	uint32_t i;

	bad.c.aggrs = 3;
	for (i = 0; i < ARRAY_SIZE(goals); i++) {
		bad.c.access_bp = goals[i].access_bp;
		bad.c.min_sample_us = bad.c.sample_us * goals[i].min_us / 1000;
		bad.c.max_sample_us = bad.c.sample_us * goals[i].max_us / 1000;
		rejected(-EINVAL, goals[i].keyword);
	}
	/* Without tuning nobody looks at it. */
	bad.c.aggrs = 0;
	conf_commit(session, &bad);
}
END_TEST

/* Nobody touches the memory: from one doubling to the next up to the longest. */
START_TEST(memory_at_rest_is_sampled_rarely)
{
	struct snap snap;
	uint64_t us = 0, factor;

	bad.c.access_bp = 400;
	bad.c.aggrs = 2;
	bad.c.min_sample_us = bad.c.sample_us;
	bad.c.max_sample_us = 7 * bad.c.sample_us;
	bad.c.aggr_us = 2 * bad.c.sample_us;
	conf_commit(session, &bad);
	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	while (us < bad.c.max_sample_us) {
		next_window(session, &snap);
		ck_assert_uint_ge(snap.s.sample_us, us);
		factor = snap.s.sample_us / bad.c.sample_us;
		ck_assert(factor == 1 || factor == 2 || factor == 4 || factor == 7);
		ck_assert_uint_eq(snap.s.sample_us % bad.c.sample_us, 0);
		ck_assert_uint_eq(snap.s.aggr_us, 2 * snap.s.sample_us);
		ck_assert_uint_eq(snap.s.max_nr_accesses, 2);
		us = snap.s.sample_us;
	}
	ck_assert_uint_eq(us, bad.c.max_sample_us);

	/* The same again leaves it so, another goal does not. */
	bad.c.max_nr_regions--;
	conf_commit(session, &bad);
	next_window(session, &snap);
	ck_assert_uint_eq(snap.s.sample_us, us);
	bad.c.aggrs = 1000;
	conf_commit(session, &bad);
	next_window(session, &snap);
	ck_assert_uint_eq(snap.s.sample_us, bad.c.sample_us);
	snap_free(&snap);
}
END_TEST

START_TEST(no_targets)
{
	bad.c.nr_targets = 0;
	bad.c.nr_ranges = 0;
	rejected(-EINVAL, "target");
}
END_TEST

START_TEST(too_many_targets)
{
	bad.c.nr_targets = ~0U;
	rejected(-EINVAL, "nr_targets");
	bad.c.nr_targets = limits.max_nr_targets + 1;
	rejected(-EINVAL, "nr_targets");
}
END_TEST

START_TEST(too_many_ranges)
{
	bad.c.nr_ranges = ~0U;
	rejected(-EINVAL, "range");
}
END_TEST

/*
 * The sizes of elements follow the structures' rule: longer ones are accepted
 * when what is unknown is zero.
 */
START_TEST(target_size_wrong)
{
	bad.c.target_size = 0;
	rejected(-EINVAL, "target_size");
	bad.c.target_size = sizeof(struct damon_target_conf) - 4;
	rejected(-EINVAL, "target_size");
	bad.c.target_size = ~0U;
	ck_assert_int_lt(conf_try(session, &bad), 0);
	check_text(bad.msg, NULL);
	unchanged();
}
END_TEST

START_TEST(range_size_wrong)
{
	bad.c.range_size = 0;
	rejected(-EINVAL, "range_size");
	bad.c.range_size = sizeof(struct damon_range_conf) - 8;
	rejected(-EINVAL, "range_size");
	bad.c.range_size = ~0U;
	ck_assert_int_lt(conf_try(session, &bad), 0);
	check_text(bad.msg, NULL);
	unchanged();
}
END_TEST

START_TEST(target_flags_unknown)
{
	bad.targets[0].flags = 1U << 4;
	rejected(-EINVAL, "target 0");
	bad.targets[0].flags = 1U << 31;
	rejected(-EINVAL, "target 0");
}
END_TEST

START_TEST(targets_fault)
{
	char *half = map_half(PAGE);

	bad.c.targets = 0;
	rejected(-EFAULT, "targets");
	bad.c.targets = PTR(half + PAGE);
	rejected(-EFAULT, "targets");
	bad.c.targets = ~0ULL - 7;
	rejected(-EFAULT, "targets");
	bad.c.targets = 0xffff888000000000ULL;
	rejected(-EFAULT, "targets");
}
END_TEST

START_TEST(targets_fault_half_way)
{
	char *half = map_half(PAGE);

	bad.c.targets = PTR(half + PAGE - sizeof(bad.targets[0]));
	memcpy((void *)(uintptr_t)bad.c.targets, &bad.targets[0], sizeof(bad.targets[0]));
	bad.c.nr_targets = 2;
	rejected(-EFAULT, "targets");
	bad.c.targets += 8;
	bad.c.nr_targets = 1;
	rejected(-EFAULT, "targets");
}
END_TEST

START_TEST(ranges_fault)
{
	char *half = map_half(PAGE);

	bad.c.ranges = 0;
	rejected(-EFAULT, "ranges");
	bad.c.ranges = PTR(half + PAGE);
	rejected(-EFAULT, "ranges");
	bad.c.ranges = ~0ULL - 7;
	rejected(-EFAULT, "ranges");
	bad.c.ranges = 0xffff888000000000ULL;
	rejected(-EFAULT, "ranges");
}
END_TEST

START_TEST(ranges_fault_half_way)
{
	char *half = map_half(PAGE);

	bad.c.ranges = PTR(half + PAGE - sizeof(bad.ranges[0]));
	memcpy((void *)(uintptr_t)bad.c.ranges, &bad.ranges[0], sizeof(bad.ranges[0]));
	rejected(-EFAULT, "ranges");
	bad.c.ranges = PTR(half + PAGE - sizeof(bad.ranges[0]) / 2);
	rejected(-EFAULT, "ranges");
}
END_TEST

START_TEST(range_reversed)
{
	bad.ranges[1].end = bad.ranges[1].start - PAGE;
	rejected(-EINVAL, "range 1");
}
END_TEST

START_TEST(range_empty)
{
	bad.ranges[1].end = bad.ranges[1].start;
	rejected(-EINVAL, "range 1");
}
END_TEST

START_TEST(ranges_overlap)
{
	bad.ranges[1].start = bad.ranges[0].end - PAGE;
	rejected(-EINVAL, "range 1");
}
END_TEST

START_TEST(ranges_equal)
{
	bad.ranges[1] = bad.ranges[0];
	rejected(-EINVAL, "range 1");
}
END_TEST

START_TEST(ranges_unsorted)
{
	struct damon_range_conf first = bad.ranges[0];

	bad.ranges[0] = bad.ranges[1];
	bad.ranges[1] = first;
	rejected(-EINVAL, "range 1");
}
END_TEST

START_TEST(range_start_unaligned)
{
	bad.ranges[0].start += 8;
	rejected(-EINVAL, "range 0");
}
END_TEST

START_TEST(range_end_unaligned)
{
	bad.ranges[1].end -= 1;
	rejected(-EINVAL, "range 1");
}
END_TEST

START_TEST(range_to_the_last_byte)
{
	bad.ranges[1].end = ~0ULL;
	rejected(-EINVAL, "range 1");
}
END_TEST

START_TEST(range_from_the_last_byte)
{
	bad.ranges[1].start = ~0ULL;
	bad.ranges[1].end = 0;
	rejected(-EINVAL, "range 1");
	bad.ranges[1].start = ~0ULL - PAGE + 1;
	rejected(-EINVAL, "range 1");
	bad.ranges[1].start = ~0ULL;
	bad.ranges[1].end = ~0ULL;
	rejected(-EINVAL, "range 1");
}
END_TEST

START_TEST(range_of_zeroes)
{
	bad.ranges[0].start = 0;
	bad.ranges[0].end = 0;
	rejected(-EINVAL, "range 0");
}
END_TEST

START_TEST(range_of_nobody)
{
	bad.targets[0].nr_ranges = 1;
	rejected(-EINVAL, "range");
	bad.targets[0].first_range = 1;
	rejected(-EINVAL, "range");
}
END_TEST

START_TEST(range_of_two)
{
	conf_target(&bad, other->pid);
	bad.targets[1].first_range = 1;
	bad.targets[1].nr_ranges = 1;
	rejected(-EINVAL, "target 1");
	bad.targets[1].first_range = 0;
	bad.targets[1].nr_ranges = 2;
	rejected(-EINVAL, "target 1");
}
END_TEST

START_TEST(range_that_is_not_there)
{
	bad.targets[0].nr_ranges = 3;
	rejected(-EINVAL, "target 0");
	bad.targets[0].nr_ranges = ~0U;
	rejected(-EINVAL, "target 0");
	bad.targets[0].first_range = ~0U;
	bad.targets[0].nr_ranges = 3;
	rejected(-EINVAL, "target 0");
}
END_TEST

START_TEST(ranges_of_two_targets_are_apart)
{
	conf_target(&bad, other->pid);
	conf_range(&bad, other->addr, LEN);
	bad.ranges[2].end = bad.ranges[2].start;
	rejected(-EINVAL, "range 2");
}
END_TEST

/* A process id that was in use a moment ago. */
static pid_t pid_gone(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	return pid;
}

START_TEST(pid_is_gone)
{
	bad.targets[0].pid = pid_gone();
	rejected(-ESRCH, "target 0");
}
END_TEST

START_TEST(pid_is_a_zombie)
{
	siginfo_t info;
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	ck_assert_int_eq(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
	bad.targets[0].pid = pid;
	rejected(-ESRCH, "target 0");
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

START_TEST(pid_of_the_second_target)
{
	conf_target(&bad, pid_gone());
	rejected(-ESRCH, "target 1");
}
END_TEST

START_TEST(pid_of_a_kernel_thread)
{
	bad.targets[0].pid = 2;
	rejected(-EINVAL, "kernel thread");
}
END_TEST

START_TEST(pid_negative)
{
	bad.targets[0].pid = -1;
	rejected(-EINVAL, "target 0");
	bad.targets[0].pid = -2147483647 - 1;
	rejected(-EINVAL, "target 0");
}
END_TEST

START_TEST(pid_beyond_all)
{
	bad.targets[0].pid = 2147483647;
	rejected(-ESRCH, "target 0");
}
END_TEST

START_TEST(pidfd_is_none)
{
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	bad.targets[0].flags = DAMON_TARGET_PIDFD;
	bad.targets[0].pid = -1;
	rejected(-EBADF, "target 0");
	bad.targets[0].pid = 1000;
	rejected(-EBADF, "target 0");
	bad.targets[0].pid = fds[0];
	rejected(-EBADF, "target 0");
	bad.targets[0].pid = session;
	rejected(-EBADF, "target 0");
}
END_TEST

START_TEST(pidfd_of_a_process_that_is_gone)
{
	pid_t pid = fork();

	if (!pid) {
		pause();
		_exit(0);
	}
	bad.targets[0].flags = DAMON_TARGET_PIDFD;
	bad.targets[0].pid = syscall(SYS_pidfd_open, pid, 0);
	ck_assert_int_ge(bad.targets[0].pid, 0);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	rejected(-ESRCH, "target 0");
}
END_TEST

START_TEST(same_process_twice)
{
	conf_target(&bad, getpid());
	rejected(-EINVAL, "target 1");
	bad.targets[1].flags = DAMON_TARGET_PIDFD;
	bad.targets[1].pid = syscall(SYS_pidfd_open, getpid(), 0);
	ck_assert_int_ge(bad.targets[1].pid, 0);
	rejected(-EINVAL, "target 1");
}
END_TEST

/* What COMMIT accepts. */

START_TEST(all_kinds_of_targets)
{
	struct snap snap;
	const char *wrong;

	conf_init(&bad);
	conf_target(&bad, syscall(SYS_pidfd_open, other->pid, 0));
	ck_assert_int_ge(bad.targets[0].pid, 0);
	bad.targets[0].flags = DAMON_TARGET_PIDFD;
	conf_range(&bad, other->addr, LEN);
	conf_target(&bad, getpid());
	conf_range(&bad, mem, LEN / 2);
	conf_range(&bad, mem + LEN / 2 + PAGE, PAGE);
	conf_commit(session, &bad);
	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	next_window(session, &snap);
	ck_assert_uint_eq(snap.s.nr_targets, 2);
	wrong = covers(snap.regions, snap.s.nr_regions, &bad);
	ck_assert_msg(!wrong, "%s", wrong);
	snap_free(&snap);
}
END_TEST

START_TEST(elements_from_a_newer_header)
{
	struct { struct damon_target_conf conf; uint64_t newer; } target = {
		.conf = bad.targets[0],
	};
	struct { struct damon_range_conf conf; uint64_t newer; } ranges[2] = {
		{ .conf = bad.ranges[0] }, { .conf = bad.ranges[1] },
	};

	bad.c.targets = PTR(&target);
	bad.c.target_size = sizeof(target);
	bad.c.ranges = PTR(ranges);
	bad.c.range_size = sizeof(ranges[0]);
	target.newer = 1;
	rejected(-E2BIG, "target");
	target.newer = 0;
	ranges[1].newer = 1;
	rejected(-E2BIG, "range");
	ranges[1].newer = 0;
	conf_commit(session, &bad);
}
END_TEST

/* Ranges that nothing is mapped in are as good as others. */
START_TEST(range_of_nothing)
{
	struct snap snap;
	const char *wrong;
	uint32_t i;

	bad.ranges[0].start = 0;
	bad.ranges[0].end = 16 * PAGE;
	conf_commit(session, &bad);
	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	next_window(session, &snap);
	wrong = covers(snap.regions, snap.s.nr_regions, &bad);
	ck_assert_msg(!wrong, "%s", wrong);
	for (i = 0; i < snap.s.nr_regions; i++) {
		if (snap.regions[i].start < 16 * PAGE)
			ck_assert_uint_eq(snap.regions[i].nr_accesses, 0);
	}
	snap_free(&snap);
}
END_TEST

START_TEST(hard_cap_holds)
{
	struct snap snap;

	bad.c.min_nr_regions = 3;
	bad.c.max_nr_regions = 3;
	conf_commit(session, &bad);
	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	next_window(session, &snap);
	ck_assert_uint_le(snap.s.total, 3);
	snap_free(&snap);
}
END_TEST

START_TEST(largest_limits_work)
{
	bad.c.max_nr_regions = limits.max_nr_regions;
	bad.c.sample_us = limits.min_sample_us;
	bad.c.aggr_us = limits.min_sample_us > 1000 ? limits.min_sample_us : 1000;
	conf_commit(session, &bad);
	windows_pass(session, 2);
}
END_TEST

/* Without ranges: three parts that hold what is mapped. */
START_TEST(mapped_memory_is_found)
{
	struct snap snap;
	uint32_t i, gaps = 0;
	bool found = false;

	conf_init(&bad);
	conf_target(&bad, other->pid);
	conf_commit(session, &bad);
	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	next_window(session, &snap);
	for (i = 0; i < snap.s.nr_regions; i++) {
		ck_assert_uint_lt(snap.regions[i].start, snap.regions[i].end);
		if (i && snap.regions[i].start != snap.regions[i - 1].end)
			gaps++;
		if (i)
			ck_assert_uint_ge(snap.regions[i].start, snap.regions[i - 1].end);
		found |= snap.regions[i].start <= other->addr && snap.regions[i].end > other->addr;
	}
	ck_assert(found);
	ck_assert_uint_le(gaps, 2);
	snap_free(&snap);
}
END_TEST

/*
 * What is known of an address space is kept: ages of regions that look alike
 * go on, and the counters are converted to the new intervals.
 */
START_TEST(knowledge_is_kept)
{
	struct snap snap;
	uint32_t i, age = 0;

	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	do {
		next_window(session, &snap);
		age = 0;
		for (i = 0; i < snap.s.nr_regions; i++)
			age = snap.regions[i].age > age ? snap.regions[i].age : age;
	} while (age < 50);
	good.c.max_nr_regions--;
	conf_commit(session, &good);
	next_window(session, &snap);
	age = 0;
	for (i = 0; i < snap.s.nr_regions; i++)
		age = snap.regions[i].age > age ? snap.regions[i].age : age;
	ck_assert_uint_ge(age, 50);
	snap_free(&snap);
}
END_TEST

Suite *commit_suite(void)
{
	const TTest *const alone[] = {
		otherwise_right, sizes, flags, ops_unknown, addr_unit_of_a_process,
		sample_zero, sample_too_long,
		aggr_below_sample, aggr_too_long, too_many_samples, update_too_long,
		min_regions_too_few, max_regions_below_min, max_regions_too_many,
		fewer_regions_than_ranges, goal_of_tuning,
		memory_at_rest_is_sampled_rarely, no_targets, too_many_targets, too_many_ranges,
		target_size_wrong, range_size_wrong, target_flags_unknown,
		targets_fault, targets_fault_half_way, ranges_fault, ranges_fault_half_way,
		range_reversed, range_empty, ranges_overlap, ranges_equal, ranges_unsorted,
		range_start_unaligned, range_end_unaligned, range_to_the_last_byte,
		range_from_the_last_byte, range_of_zeroes, range_of_nobody,
		range_that_is_not_there, pid_is_gone, pid_is_a_zombie,
		pid_of_the_second_target, pid_of_a_kernel_thread, pid_negative,
		pid_beyond_all, pidfd_is_none, pidfd_of_a_process_that_is_gone,
		same_process_twice, elements_from_a_newer_header, range_of_nothing,
		hard_cap_holds, largest_limits_work, knowledge_is_kept,
	};
	const TTest *const with_other[] = {
		fewer_regions_than_targets_need, range_of_two,
		ranges_of_two_targets_are_apart, all_kinds_of_targets,
		mapped_memory_is_found,
	};
	Suite *suite = suite_create("commit");
	TCase *tc = add_case(suite, "commit");
	size_t i;

	tcase_add_checked_fixture(tc, begin, NULL);
	for (i = 0; i < ARRAY_SIZE(alone); i++)
		tcase_add_test(tc, alone[i]);
	tc = add_case(suite, "commit, two processes");
	tcase_add_checked_fixture(tc, begin, NULL);
	tcase_add_checked_fixture(tc, other_begin, NULL);
	for (i = 0; i < ARRAY_SIZE(with_other); i++)
		tcase_add_test(tc, with_other[i]);
	return suite;
}
