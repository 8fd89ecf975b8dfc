// SPDX-License-Identifier: GPL-2.0
/*
 * DAMON_IOC_START and DAMON_IOC_STOP, and that nothing ever waits for a
 * sleeping worker.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "harness.h"

#define LEN		(4 * MIB)
#define LONG_US		10000000ULL	/* a sampler that sleeps for ten seconds */
#define AT_ONCE_S	1.0
#define TRIES		3

static struct conf conf;

static void begin(void)
{
	conf_init(&conf);
	conf_target(&conf, 0);
	conf_range(&conf, PTR(map_pages(LEN, false)), LEN);
}

START_TEST(start_needs_a_configuration)
{
	char msg[MSG_LEN] = "#";
	int fd = session_new(0);

	ck_assert_int_eq(control_try(fd, DAMON_IOC_START, msg), -ENODATA);
	check_text(msg, "commit");
	ck_assert_uint_eq(session_state(fd), DAMON_STATE_NEW);
	conf_commit(fd, &conf);
	ck_assert_uint_eq(session_state(fd), DAMON_STATE_STOPPED);
	session_start(fd);
	ck_assert_uint_eq(session_state(fd), DAMON_STATE_RUNNING);
}
END_TEST

START_TEST(start_twice)
{
	char msg[MSG_LEN] = "#";
	int fd = session_running(0, &conf);

	ck_assert_int_eq(control_try(fd, DAMON_IOC_START, msg), -EALREADY);
	check_text(msg, "running");
	windows_pass(fd, 1);
}
END_TEST

START_TEST(stop_is_idempotent)
{
	int fd = session_new(0);

	session_stop(fd);
	ck_assert_uint_eq(session_state(fd), DAMON_STATE_NEW);
	conf_commit(fd, &conf);
	session_stop(fd);
	session_start(fd);
	windows_pass(fd, 1);
	session_stop(fd);
	session_stop(fd);
	ck_assert_uint_eq(session_state(fd), DAMON_STATE_STOPPED);
}
END_TEST

/* Windows are counted on from CREATE, sampling passes from START. */
START_TEST(restart)
{
	int fd = session_running(0, &conf), i;
	struct snap snap;
	uint64_t seq, ticks;
	const char *wrong;

	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	for (i = 0; i < 3; i++) {
		next_window(fd, &snap);
		ticks = snap.s.nr_ticks;
		session_stop(fd);
		seq = session_seq(fd);
		ck_assert_int_eq(snap_try(fd, &snap), 0);
		ck_assert_uint_eq(snap.s.state, DAMON_STATE_STOPPED);
		ck_assert_uint_eq(snap.s.seq, seq);
		ck_assert_uint_ge(snap.s.nr_ticks, ticks);
		wrong = covers(snap.regions, snap.s.nr_regions, &conf);
		ck_assert_msg(!wrong, "%s", wrong);
		session_start(fd);
		windows_pass(fd, 1);
		ck_assert_uint_gt(session_seq(fd), seq);
	}
	snap_free(&snap);
}
END_TEST

START_TEST(commit_while_stopped)
{
	int fd = session_running(0, &conf);
	struct snap snap;
	const char *wrong;

	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	next_window(fd, &snap);
	session_stop(fd);
	conf.ranges[0].end -= LEN / 2;
	conf_commit(fd, &conf);
	session_start(fd);
	next_window(fd, &snap);
	wrong = covers(snap.regions, snap.s.nr_regions, &conf);
	ck_assert_msg(!wrong, "%s", wrong);
	snap_free(&snap);
}
END_TEST

static void check_control(unsigned long cmd, void (*check)(int fd, unsigned long cmd,
							   const void *good, uint32_t size))
{
	struct damon_control control = { .size = sizeof(control) };
	int fd = session_new(0);

	conf_commit(fd, &conf);
	check(fd, cmd, &control, sizeof(control));
}

START_TEST(stop_sizes)
{
	check_control(DAMON_IOC_STOP, check_sizes);
}
END_TEST

START_TEST(stop_flags)
{
	check_control(DAMON_IOC_STOP, check_flags);
}
END_TEST

/* START succeeds once only, so only what fails is tried. */
START_TEST(start_fields)
{
	char msg[MSG_LEN] = "#";
	struct damon_control control = {
		.size = sizeof(control), .msg = PTR(msg), .msg_len = sizeof(msg),
	};
	int fd = session_new(0);

	conf_commit(fd, &conf);
	control.size = sizeof(control) - 1;
	ck_assert_int_eq(do_ioctl(fd, DAMON_IOC_START, &control), -EINVAL);
	control.size = sizeof(control);
	control.flags = 1;
	ck_assert_int_eq(do_ioctl(fd, DAMON_IOC_START, &control), -EINVAL);
	check_text(msg, "flags");
	strcpy(msg, "#");
	control.flags = 0;
	control.reserved = 1;
	ck_assert_int_eq(do_ioctl(fd, DAMON_IOC_START, &control), -EINVAL);
	check_text(msg, "reserved");
	ck_assert_uint_eq(session_state(fd), DAMON_STATE_STOPPED);
	control.reserved = 0;
	ck_assert_int_eq(do_ioctl(fd, DAMON_IOC_START, &control), 0);
}
END_TEST

START_TEST(stop_reserved)
{
	char msg[MSG_LEN] = "#";
	struct damon_control control = {
		.size = sizeof(control), .msg = PTR(msg), .msg_len = sizeof(msg), .reserved = 7,
	};
	int fd = session_running(0, &conf);

	ck_assert_int_eq(do_ioctl(fd, DAMON_IOC_STOP, &control), -EINVAL);
	check_text(msg, "reserved");
	ck_assert_uint_eq(session_state(fd), DAMON_STATE_RUNNING);
}
END_TEST

/* A session whose worker has begun a sleep of ten seconds, or without end. */
static int sleeper(bool pauses)
{
	int fd;

	conf.c.sample_us = LONG_US;
	conf.c.aggr_us = LONG_US;
	conf.c.flags = pauses ? DAMON_COMMIT_PAUSE : 0;
	fd = session_running(4096, &conf);
	usleep(20000);		/* whether it sleeps already must not matter */
	return fd;
}

static void do_stop(int fd)
{
	session_stop(fd);
}

static void do_commit(int fd)
{
	conf.c.max_nr_regions--;
	conf_commit(fd, &conf);
}

static void do_shorten(int fd)
{
	conf.c.flags = 0;
	conf.c.sample_us = DAMON_DEFAULT_SAMPLE_US;
	conf.c.aggr_us = DAMON_DEFAULT_SAMPLE_US;
	conf_commit(fd, &conf);
	windows_pass(fd, 1);
}

static void do_close(int fd)
{
	close_kept(fd);
}

static void do_close_and_unload(int fd)
{
	close_kept(fd);
	module_gone();
}

/*
 * The best of some tries: a busy host may stop the whole machine for a while,
 * but a call that waits for the worker needs ten seconds each time.
 */
static void within(void (*act)(int fd), bool pauses, double limit)
{
	double best = 1e9, took;
	int i, fd;

	for (i = 0; i < TRIES && best >= limit; i++) {
		module_need();
		fd = sleeper(pauses);
		took = now_s();
		act(fd);
		took = now_s() - took;
		best = took < best ? took : best;
	}
	ck_assert_msg(best < limit, "took %.2f s, the limit is %.2f s", best, limit);
	module_need();
}

static void at_once(void (*act)(int fd), bool pauses)
{
	within(act, pauses, AT_ONCE_S);
}

START_TEST(stop_is_at_once)
{
	at_once(do_stop, _i);
}
END_TEST

START_TEST(commit_is_at_once)
{
	at_once(do_commit, _i);
}
END_TEST

/* The new intervals count from the commit on, not from the end of the sleep. */
START_TEST(shorter_intervals_are_at_once)
{
	at_once(do_shorten, _i);
}
END_TEST

START_TEST(close_is_at_once)
{
	at_once(do_close, _i);
}
END_TEST

/*
 * How long unloading takes when nothing was ever started: seconds, on kernels
 * that release kobjects late on purpose (DEBUG_KOBJECT_RELEASE).
 */
static double idle_unload_s(void)
{
	double worst = 0, took;
	int i;

	for (i = 0; i < TRIES; i++) {
		module_need();
		took = now_s();
		module_gone();
		took = now_s() - took;
		worst = took > worst ? took : worst;
	}
	return worst;
}

START_TEST(unloading_is_at_once)
{
	within(do_close_and_unload, _i, AT_ONCE_S + idle_unload_s());
}
END_TEST

static uint64_t ticks(int fd)
{
	struct damon_snapshot s = { .size = sizeof(s), .region_size = sizeof(struct damon_region_info) };

	ck_assert_int_eq(do_ioctl(fd, DAMON_IOC_SNAPSHOT, &s), 0);
	return s.nr_ticks;
}

/* Another session tells how time goes by. */
START_TEST(a_pause_takes_no_samples)
{
	int fd = session_running(4096, &conf), clock = session_running(0, &conf);
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	char records[4096];
	uint64_t before, seq;

	windows_pass(fd, 1);
	conf.c.flags = DAMON_COMMIT_PAUSE;
	conf_commit(fd, &conf);
	ck_assert_uint_eq(session_state(fd), DAMON_STATE_PAUSED);
	before = ticks(fd);
	seq = session_seq(fd);
	windows_pass(clock, 5);
	ck_assert_uint_eq(ticks(fd), before);
	ck_assert_uint_eq(session_seq(fd), seq);

	/* It has not ended: there is nothing to read, but there will be. */
	ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	while (read(fd, records, sizeof(records)) > 0)
		;
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(poll(&poll_fd, 1, 0), 0);
	ck_assert_int_eq(control_try(fd, DAMON_IOC_START, NULL), -EALREADY);

	/* The same again is still a pause. */
	conf_commit(fd, &conf);
	ck_assert_uint_eq(session_state(fd), DAMON_STATE_PAUSED);
	ck_assert_uint_eq(ticks(fd), before);

	conf.c.flags = 0;
	conf_commit(fd, &conf);
	ck_assert_uint_eq(session_state(fd), DAMON_STATE_RUNNING);
	windows_pass(fd, 2);
}
END_TEST

START_TEST(a_pause_from_the_start)
{
	int fd;

	conf.c.flags = DAMON_COMMIT_PAUSE;
	fd = session_running(0, &conf);
	ck_assert_uint_eq(session_state(fd), DAMON_STATE_PAUSED);
	session_stop(fd);
	ck_assert_uint_eq(session_state(fd), DAMON_STATE_STOPPED);
	session_start(fd);
	ck_assert_uint_eq(session_state(fd), DAMON_STATE_PAUSED);
	conf.c.flags = 0;
	conf_commit(fd, &conf);
	windows_pass(fd, 1);
}
END_TEST

/* Finds the worker that a session has started. */
static pid_t worker_of(int fd)
{
	pid_t old[16], new[16];
	unsigned int nr_old = kdamonds(old, 16), nr_new, i, j;

	session_start(fd);
	nr_new = kdamonds(new, 16);
	ck_assert_uint_eq(nr_new, nr_old + 1);
	for (i = 0; i < nr_new; i++) {
		for (j = 0; j < nr_old && old[j] != new[i]; j++)
			;
		if (j == nr_old)
			return new[i];
	}
	return 0;
}

START_TEST(worker_comes_and_goes)
{
	unsigned int before = kdamonds(NULL, 0);
	int fd = session_new(0);

	conf_commit(fd, &conf);
	ck_assert_uint_eq(kdamonds(NULL, 0), before);
	ck_assert_int_gt(worker_of(fd), 0);
	session_stop(fd);
	ck_assert_uint_eq(kdamonds(NULL, 0), before);
	session_start(fd);
	close_kept(fd);
	ck_assert_uint_eq(kdamonds(NULL, 0), before);
}
END_TEST

/* Who starts a worker pays for it. */
START_TEST(worker_is_as_nice_as_its_user)
{
	int fd = session_new(0);

	conf_commit(fd, &conf);
	ck_assert_int_eq(setpriority(PRIO_PROCESS, 0, 7), 0);
	ck_assert_int_eq(getpriority(PRIO_PROCESS, worker_of(fd)), 7);
}
END_TEST

#define GROUP	"/sys/fs/cgroup/damon-test"

static bool group_is_frozen(void)
{
	char events[256];

	return read_text(GROUP "/cgroup.events", events, sizeof(events)) > 0 &&
	       strstr(events, "frozen 1");
}

static bool worker_of_running(int fd)
{
	return session_state(fd) == DAMON_STATE_RUNNING;
}

static void drop_group(void)
{
	wait_for(!rmdir(GROUP) || errno == ENOENT, 5);
}

/*
 * A control group whose members watch themselves can be frozen, which needs
 * all its members to be user threads, and removed once they are gone.
 */
START_TEST(users_cgroup_freezes)
{
	int fd = session_new(0);
	pid_t child;

	conf_commit(fd, &conf);
	if (access("/sys/fs/cgroup/cgroup.procs", W_OK))
		skip("no cgroup2");
	drop_group();
	ck_assert_int_eq(mkdir(GROUP, 0755), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (!child) {
		write_text(GROUP "/cgroup.procs", "0");
		session_start(fd);
		for (;;)
			pause();
	}
	ck_assert(wait_for(worker_of_running(fd), 20));
	ck_assert(write_text(GROUP "/cgroup.freeze", "1"));
	ck_assert(wait_for(group_is_frozen(), 20));
	ck_assert(write_text(GROUP "/cgroup.freeze", "0"));
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	/* The session lives on with the fd that is ours. */
	ck_assert(wait_for(!rmdir(GROUP), 20));
	session_stop(fd);
}
END_TEST

Suite *control_suite(void)
{
	Suite *suite = suite_create("control");
	TCase *tc = add_case(suite, "control");

	tcase_add_checked_fixture(tc, begin, NULL);
	tcase_add_test(tc, start_needs_a_configuration);
	tcase_add_test(tc, start_twice);
	tcase_add_test(tc, stop_is_idempotent);
	tcase_add_test(tc, restart);
	tcase_add_test(tc, commit_while_stopped);
	tcase_add_test(tc, stop_sizes);
	tcase_add_test(tc, stop_flags);
	tcase_add_test(tc, start_fields);
	tcase_add_test(tc, stop_reserved);
	tcase_add_test(tc, a_pause_takes_no_samples);
	tcase_add_test(tc, a_pause_from_the_start);
	tcase_add_test(tc, worker_comes_and_goes);
	tcase_add_test(tc, worker_is_as_nice_as_its_user);
	tcase_add_test(tc, users_cgroup_freezes);

	tc = add_case(suite, "control, ten-second sampler");
	tcase_add_checked_fixture(tc, begin, NULL);
	tcase_add_loop_test(tc, stop_is_at_once, 0, 2);
	tcase_add_loop_test(tc, commit_is_at_once, 0, 2);
	tcase_add_loop_test(tc, shorter_intervals_are_at_once, 0, 2);
	tcase_add_loop_test(tc, close_is_at_once, 0, 2);
	tcase_add_loop_test(tc, unloading_is_at_once, 0, 2);
	return suite;
}
