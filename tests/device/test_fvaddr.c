// SPDX-License-Identifier: GPL-2.0
/*
 * Virtual addresses in ranges that the user gives, and that stay.
 */
#include <fcntl.h>

#include "harness.h"

#define LEN	(4 * MIB)

static struct conf conf;
static struct target *target;

static void begin(void)
{
	target = target_spawn(USER_A, LEN, false);
	conf_init(&conf);
	conf.c.ops = DAMON_OPS_FVADDR;
	conf_target(&conf, target->pid);
}

static void rejected(int err, const char *keyword)
{
	int fd = session_new(0), got = conf_try(fd, &conf);

	ck_assert_msg(got == err, "expected %s, got %s, text '%.*s'", strerror(-err),
		      strerror(-got), MSG_LEN, conf.msg);
	check_text(conf.msg, keyword);
	ck_assert_uint_eq(session_state(fd), DAMON_STATE_NEW);
}

START_TEST(no_ranges)
{
	rejected(-EINVAL, "target 0: nr_ranges");
}
END_TEST

START_TEST(second_target_without_ranges)
{
	conf_range(&conf, target->addr, LEN);
	conf_target(&conf, getpid());
	rejected(-EINVAL, "target 1: nr_ranges");
}
END_TEST

START_TEST(addr_unit)
{
	conf_range(&conf, target->addr, LEN);
	conf.c.addr_unit = 4096;
	rejected(-EINVAL, "addr_unit");
}
END_TEST

START_TEST(range_behind_the_end)
{
	conf_range(&conf, 1ULL << 62, LEN);
	rejected(-EINVAL, "range 0");
}
END_TEST

static int *result;

static void watch_others(void *unused)
{
	int fd = session_try(open(DAMON_DEVICE_PATH, O_RDWR), 0, NULL);

	(void)unused;
	*result = conf_try(fd, &conf);
}

START_TEST(rights_are_those_of_vaddr)
{
	result = shared_alloc(sizeof(*result));
	conf_range(&conf, target->addr, LEN);
	ck_assert_int_eq(run_as(USER_B, watch_others, NULL), 0);
	ck_assert_int_eq(*result, -EPERM);
	ck_assert_int_eq(run_as(USER_A, watch_others, NULL), 0);
	ck_assert_int_eq(*result, 0);
}
END_TEST

/* Also where nothing is mapped, and through any number of updates. */
START_TEST(ranges_are_kept)
{
	const char *wrong;
	unsigned int i;
	struct snap snap;
	int fd;

	conf_range(&conf, PAGE, 16 * PAGE);
	conf_range(&conf, target->addr, LEN / 2);
	conf_range(&conf, target->addr + LEN / 2 + PAGE, LEN);
	conf.c.update_us = 0;
	fd = session_running(0, &conf);
	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	for (i = 0; i < 10; i++) {
		next_window(fd, &snap);
		wrong = covers(snap.regions, snap.s.nr_regions, &conf);
		ck_assert_msg(!wrong, "window %u: %s", i, wrong);
	}
	snap_free(&snap);
}
END_TEST

/* Hits in the last window, in the first range and in all others. */
static void hits(int fd, uint64_t *first, uint64_t *others)
{
	struct snap snap;
	uint32_t i;

	*first = 0;
	*others = 0;
	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	next_window(fd, &snap);
	for (i = 0; i < snap.s.nr_regions; i++) {
		if (snap.regions[i].end <= conf.ranges[0].end)
			*first += snap.regions[i].nr_accesses;
		else
			*others += snap.regions[i].nr_accesses;
	}
	snap_free(&snap);
}

START_TEST(accesses_are_seen)
{
	uint64_t first, others, all_others = 0;
	int fd;

	conf_range(&conf, target->addr, LEN / 4);
	conf_range(&conf, target->addr + LEN / 2, LEN / 2);
	target->hot = LEN / 4;
	target->work = WORK_TOUCH;
	fd = session_running(0, &conf);
	ck_wait((hits(fd, &first, &others), all_others = others, first > 0));
	ck_assert_uint_eq(all_others, 0);
}
END_TEST

START_TEST(ends_with_its_target)
{
	int fd;

	conf_range(&conf, target->addr, LEN);
	fd = session_running(0, &conf);
	target_kill(target);
	ck_wait(session_state(fd) == DAMON_STATE_ENDED);
}
END_TEST

Suite *fvaddr_suite(void)
{
	Suite *suite = suite_create("fvaddr");
	TCase *tc = add_case(suite, "fvaddr");

	tcase_add_checked_fixture(tc, begin, NULL);
	tcase_add_test(tc, no_ranges);
	tcase_add_test(tc, second_target_without_ranges);
	tcase_add_test(tc, addr_unit);
	tcase_add_test(tc, range_behind_the_end);
	tcase_add_test(tc, rights_are_those_of_vaddr);
	tcase_add_test(tc, ranges_are_kept);
	tcase_add_test(tc, accesses_are_seen);
	tcase_add_test(tc, ends_with_its_target);
	return suite;
}
