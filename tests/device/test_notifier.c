// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that is used through a secondary MMU, as a virtual machine's: by the
 * test module of DAMON_TEST_NOTIFIER_KO.
 */
#include <fcntl.h>

#include "harness.h"
#include "notifier/notifier.h"

#define LEN		(4 * MIB)
#define NODE		"/dev/damon-test-notifier"
#define IS_HOT		0.9
#define IS_COLD		0.02

#define need_notifier() do {						\
	struct damon_query query_;					\
									\
	if (!module_of_tests("DAMON_TEST_NOTIFIER_KO", NODE))		\
		skip("DAMON_TEST_NOTIFIER_KO is not set");		\
	device_query(device_open(), &query_);				\
	if (!(query_.features & DAMON_FEATURE_NOTIFIERS))		\
		skip("this kernel does not let the module ask secondary MMUs"); \
} while (0)

/* Of the next target: its memory, and the flags of the device. */
static bool use_huge;
static uint64_t use_flags;

/* @hot becomes how often the device was asked; it is told by @turns moving. */
static void lend_half(struct target *target)
{
	char *mem = map_pages(LEN, use_huge);
	struct notifier_use use = {
		.start = PTR(mem), .end = PTR(mem) + LEN / 2, .flags = use_flags,
	};
	int fd = open(NODE, O_RDWR);
	uint64_t asked;

	if (!mem || fd < 0)
		_exit(1);
	if (write(fd, &use, sizeof(use)) != sizeof(use)) {
		if (errno != EOPNOTSUPP)
			_exit(1);
		target->work = WORK_EXIT;
	}
	target->addr = PTR(mem);
	target->len = LEN;
	target->ready = 1;
	while (target->work != WORK_EXIT) {
		if (read(fd, &asked, sizeof(asked)) == sizeof(asked))
			target->hot = asked;
		target->turns++;
		usleep(1000);
	}
}

static uint64_t times_asked(struct target *target)
{
	unsigned long turns = target->turns;

	ck_wait(target->turns >= turns + 2);
	return target->hot;
}

static struct watch *watch_halves(struct target *target)
{
	struct watch *watch = watch_init(target->pid);

	watch_range(watch, target->addr, LEN / 2);
	watch_range(watch, target->addr + LEN / 2, LEN / 2);
	return watch;
}

/* @index: in small and in huge pages */
START_TEST(what_a_device_uses_is_hot)
{
	struct target *target;
	struct watch *watch;

	need_notifier();
	use_huge = _i;
	use_flags = 0;
	target = target_job(USER_A, lend_half);
	watch = watch_halves(target);
	watch_as(watch, 0);
	ck_assert_msg(watch->ranges[0].heat > IS_HOT, "what the device uses: accessed in %.3f of samples",
		      watch->ranges[0].heat);
	ck_assert_msg(watch->ranges[1].heat < IS_COLD, "what nobody uses: accessed in %.3f of samples",
		      watch->ranges[1].heat);
	ck_assert_uint_gt(times_asked(target), 0);
	target_kill(target);
}
END_TEST

/* What devices do with memory is not only the process's own. */
START_TEST(users_do_not_ask_devices)
{
	struct target *target;
	struct watch *watch;
	uint64_t before, after;

	need_notifier();
	/* The kernel's own monitor asks about any memory. */
	builtin_stop();
	use_huge = _i;
	use_flags = 0;
	target = target_job(USER_A, lend_half);
	watch = watch_halves(target);
	before = times_asked(target);
	watch_as(watch, USER_A);
	after = times_asked(target);
	builtin_resume();
	ck_assert_msg(watch->ranges[0].heat < IS_COLD, "a user sees it accessed in %.3f of samples",
		      watch->ranges[0].heat);
	ck_assert_uint_eq(after, before);
	target_kill(target);
}
END_TEST

/* The device has the memory for itself: no entry of the process is present. */
START_TEST(lent_memory_is_the_devices)
{
	struct target *target;
	struct watch *watch;

	need_notifier();
	use_huge = false;
	use_flags = NOTIFIER_LEND;
	target = target_job(USER_A, lend_half);
	if (target->work == WORK_EXIT)
		skip("memory cannot be lent to devices on this kernel");
	watch = watch_halves(target);
	watch_as(watch, _i ? USER_A : 0);
	if (_i)
		ck_assert_msg(watch->ranges[0].heat == 0, "a user sees it accessed in %.3f of samples",
			      watch->ranges[0].heat);
	else
		ck_assert_msg(watch->ranges[0].heat > IS_HOT, "accessed in %.3f of samples",
			      watch->ranges[0].heat);
	ck_assert_msg(watch->ranges[1].heat < IS_COLD, "what nobody uses: accessed in %.3f of samples",
		      watch->ranges[1].heat);
	target_kill(target);
}
END_TEST

/* A device comes and goes while its process is watched. */
static void plug_and_pull(struct target *target)
{
	char *mem = map_pages(LEN, false);
	struct notifier_use use = { .start = PTR(mem), .end = PTR(mem) + LEN };
	int fd;

	if (!mem)
		_exit(1);
	target->addr = PTR(mem);
	target->len = LEN;
	target->ready = 1;
	while (target->work != WORK_EXIT) {
		fd = open(NODE, O_RDWR);
		if (fd < 0 || write(fd, &use, sizeof(use)) != sizeof(use))
			_exit(1);
		usleep(1000);
		close(fd);
		target->turns++;
	}
}

START_TEST(devices_come_and_go)
{
	unsigned long turns = rounds(100);
	struct target *target;
	struct conf conf;
	int fd;

	need_notifier();
	target = target_job(USER_A, plug_and_pull);
	conf_init(&conf);
	conf_target(&conf, target->pid);
	conf_range(&conf, target->addr, target->len);
	conf.c.sample_us = 1000;
	conf.c.aggr_us = 10000;
	conf.c.min_nr_regions = 500;
	conf.c.flags = DAMON_COMMIT_FLUSH_TLB;
	fd = session_running(0, &conf);
	ck_wait(target->turns >= turns);
	windows_pass(fd, 2);
	target_kill(target);
	ck_wait(session_state(fd) == DAMON_STATE_ENDED);
}
END_TEST

Suite *notifier_suite(void)
{
	Suite *suite = suite_create("notifier");
	TCase *tc = add_case(suite, "notifier");

	tcase_add_loop_test(tc, what_a_device_uses_is_hot, 0, 2);
	tcase_add_loop_test(tc, users_do_not_ask_devices, 0, 2);
	tcase_add_loop_test(tc, lent_memory_is_the_devices, 0, 2);
	tcase_add_test(tc, devices_come_and_go);
	return suite;
}
