// SPDX-License-Identifier: GPL-2.0
/*
 * Targets that are processes and not address spaces.
 */
#include <fcntl.h>
#include <signal.h>

#include "harness.h"

#define AGAIN	"/tmp/damon-again"

/* Does nothing, then becomes another program, which is always busy. */
static void become_busy(struct target *target)
{
	target->ready = 1;
	while (target->work == WORK_IDLE)
		usleep(1000);
	execl("/bin/sh", "sh", "-c", "while :; do :; done", NULL);
}

/* Executes a program that executes itself, and so on. */
static void become_again(struct target *target)
{
	target->ready = 1;
	while (target->work == WORK_IDLE)
		usleep(1000);
	execl(AGAIN, AGAIN, NULL);
}

static void follow_conf(struct conf *conf, const struct target *target, uint32_t flags)
{
	conf_init(conf);
	conf_target(conf, target->pid);
	conf->targets[0].flags = flags;
	conf->c.sample_us = 1000;
	conf->c.aggr_us = 20000;
}

static bool runs(pid_t pid, const char *name)
{
	char path[32], text[64];

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	return read_text(path, text, sizeof(text)) && !strncmp(text, name, strlen(name));
}

/* Where a process has its heap, or 0. */
static uint64_t heap_of(pid_t pid)
{
	unsigned long start = 0;
	char path[32], *line = NULL;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	while (getline(&line, &size, file) > 0) {
		if (strstr(line, "[heap]") && sscanf(line, "%lx-", &start) == 1)
			break;
	}
	free(line);
	fclose(file);
	return start;
}

static bool heap_is_watched(const struct snap *snap, pid_t pid)
{
	uint64_t heap = heap_of(pid);
	uint32_t i;

	for (i = 0; heap && i < snap->s.nr_regions; i++)
		if (snap->regions[i].start <= heap && heap < snap->regions[i].end)
			return true;
	return false;
}

static uint64_t accesses(const struct snap *snap)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < snap->s.nr_regions; i++)
		sum += snap->regions[i].nr_accesses;
	return sum;
}

/* @index: three parts, and mapping by mapping */
START_TEST(exec_goes_on_with_the_new_program)
{
	struct target *target = target_job(USER_A, become_busy);
	struct conf conf;
	struct snap snap;
	uint64_t seq;
	uint32_t i;
	int fd;

	follow_conf(&conf, target, DAMON_TARGET_FOLLOW_EXEC);
	if (_i)
		conf.c.flags = DAMON_COMMIT_VMA_AWARE;
	fd = session_running(0, &conf);
	windows_pass(fd, 2);
	target->work = WORK_TOUCH;
	ck_wait(runs(target->pid, "sh"));

	/* Long before the next update, its regions are the new program's. */
	snap_init(&snap, 1000);
	ck_wait((next_window(fd, &snap), heap_is_watched(&snap, target->pid)));
	ck_wait((next_window(fd, &snap), accesses(&snap)));
	ck_assert_uint_eq(snap.s.nr_targets, 1);
	for (i = 0; i < snap.s.nr_regions; i++)
		ck_assert_uint_eq(snap.regions[i].target, 0);

	/* Committed once more, it is the same target. */
	seq = session_seq(fd);
	conf_commit(fd, &conf);
	windows_pass(fd, 2);
	ck_assert_uint_gt(session_seq(fd), seq);
	target_kill(target);
	ck_wait(session_state(fd) == DAMON_STATE_ENDED);
	snap_free(&snap);
}
END_TEST

/*
 * What was learnt of the old program is not told of the new one, also when
 * nobody was looking when it began.
 */
START_TEST(exec_during_a_pause_begins_anew)
{
	struct target *target = target_job(USER_A, become_busy);
	uint32_t i, before = 0;
	struct conf conf;
	struct snap snap;
	uint64_t seq;
	int fd;

	/* Given ranges are the same in both; most of this is never accessed. */
	follow_conf(&conf, target, DAMON_TARGET_FOLLOW_EXEC);
	conf_range(&conf, PAGE, 1UL << 46);
	fd = session_running(0, &conf);
	snap_init(&snap, 1000);
	windows_pass(fd, 20);
	next_window(fd, &snap);
	for (i = 0; i < snap.s.nr_regions; i++)
		before = snap.regions[i].age > before ? snap.regions[i].age : before;
	ck_assert_uint_ge(before, 10);

	conf.c.flags = DAMON_COMMIT_PAUSE;
	conf_commit(fd, &conf);
	target->work = WORK_TOUCH;
	ck_wait(runs(target->pid, "sh"));
	seq = session_seq(fd);
	conf.c.flags = 0;
	conf_commit(fd, &conf);
	next_window(fd, &snap);
	for (i = 0; i < snap.s.nr_regions; i++)
		ck_assert_uint_le(snap.regions[i].age, snap.s.seq - seq);
	snap_free(&snap);
	target_kill(target);
}
END_TEST

/* Without a wish to follow, a target's end is that of its address space. */
START_TEST(without_the_flag_exec_is_the_end)
{
	struct target *target = target_job(USER_A, become_busy);
	struct conf conf;
	int fd;

	follow_conf(&conf, target, 0);
	fd = session_running(0, &conf);
	windows_pass(fd, 2);
	target->work = WORK_TOUCH;
	ck_wait(session_state(fd) == DAMON_STATE_ENDED);
	ck_assert_int_eq(kill(target->pid, 0), 0);
	target_kill(target);
}
END_TEST

START_TEST(exec_after_exec)
{
	static const char text[] = "#!/bin/sh\necho >>" AGAIN "-log\nexec " AGAIN "\n";
	unsigned int nr = rounds(60);
	struct target *target;
	struct conf conf;
	int fd;

	unlink(AGAIN "-log");
	fd = open(AGAIN, O_CREAT | O_TRUNC | O_WRONLY, 0755);
	ck_assert_int_eq(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	target = target_job(0, become_again);
	follow_conf(&conf, target, DAMON_TARGET_FOLLOW_EXEC);
	if (_i)
		conf.c.flags = DAMON_COMMIT_VMA_AWARE | DAMON_COMMIT_FLUSH_TLB;
	conf.c.aggr_us = 2000;
	conf.c.update_us = 0;
	fd = session_running(0, &conf);
	target->work = WORK_TOUCH;
	ck_assert(wait_for(!access(AGAIN "-log", F_OK) && count_lines(AGAIN "-log", "") >= nr,
			   3 * LIMIT_S));
	ck_assert_uint_eq(session_state(fd), DAMON_STATE_RUNNING);
	windows_pass(fd, 2);
	/* Also while it does not run, and from a new start. */
	session_stop(fd);
	usleep(20000);
	session_start(fd);
	windows_pass(fd, 2);
	target_kill(target);
	ck_wait(session_state(fd) == DAMON_STATE_ENDED);
}
END_TEST

struct tried {
	pid_t pid;
	int err;
	char msg[MSG_LEN];
};

static void try_to_follow(void *data)
{
	struct tried *tried = data;
	struct conf conf;
	int fd = session_try(open(DAMON_DEVICE_PATH, O_RDWR), 0, NULL);

	conf_init(&conf);
	conf_target(&conf, tried->pid);
	conf.targets[0].flags = DAMON_TARGET_FOLLOW_EXEC;
	tried->err = conf_try(fd, &conf);
	memcpy(tried->msg, conf.msg, sizeof(conf.msg));
}

/* What a process executes need not be its owner's business. */
START_TEST(users_do_not_follow)
{
	struct target *target = target_job(USER_A, become_busy);
	struct tried *tried = shared_alloc(sizeof(*tried));

	tried->pid = target->pid;
	ck_assert_int_eq(run_as(USER_A, try_to_follow, tried), 0);
	ck_assert_int_eq(tried->err, -EPERM);
	check_text(tried->msg, "CAP_PERFMON");
	ck_assert_int_eq(run_here(try_to_follow, tried), 0);
	ck_assert_int_eq(tried->err, 0);
	target_kill(target);
}
END_TEST

/* One process, once as such and once as its address space, is there twice. */
START_TEST(not_twice)
{
	struct target *target = target_job(USER_A, become_busy);
	struct conf conf;
	int fd = session_new(0);

	conf_init(&conf);
	conf_target(&conf, target->pid);
	conf_target(&conf, target->pid);
	conf.targets[_i].flags = DAMON_TARGET_FOLLOW_EXEC;
	ck_assert_int_eq(conf_try(fd, &conf), -EINVAL);
	check_text(conf.msg, "target 1");
	target_kill(target);
}
END_TEST

Suite *follow_suite(void)
{
	Suite *suite = suite_create("follow");
	TCase *tc = add_case(suite, "follow");

	tcase_add_loop_test(tc, exec_goes_on_with_the_new_program, 0, 2);
	tcase_add_test(tc, exec_during_a_pause_begins_anew);
	tcase_add_test(tc, without_the_flag_exec_is_the_end);
	tcase_add_loop_test(tc, exec_after_exec, 0, 2);
	tcase_add_test(tc, users_do_not_follow);
	tcase_add_loop_test(tc, not_twice, 0, 2);
	return suite;
}
