// SPDX-License-Identifier: GPL-2.0
/*
 * Targets that processes join: trees and cgroups.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "harness.h"

#define LEN	(4 * MIB)	/* memory of each process */
#define ROOM	DAMON_DEFAULT_MAX_NR_REGIONS
#define RING	(1024 * 1024)
#define GROUP	"/sys/fs/cgroup/damon-join"
#define BELOW	GROUP "/below"
#define NODES	16
#define CAP_PERFMON_NR	38

enum order {
	ORDER_NONE,
	ORDER_FORK,	/* fork node @arg */
	ORDER_SHARE,	/* the same, but it has the forker's address space */
	ORDER_STORM,	/* fork @arg processes that end at once */
	ORDER_EXEC,	/* become another program, which is always busy */
	ORDER_EXIT,
};

/**
 * struct node - a process of a tree
 * @pid:	its process id, 0 before it is there
 * @addr:	memory of its own, LEN bytes
 * @hot:	it touches all of it, again and again
 * @order:	what it is to do next; ORDER_NONE when it is done
 * @arg:	see there
 *
 * In memory shared with the test.  They end with the test.
 */
struct node {
	volatile pid_t pid;
	volatile uint64_t addr;
	volatile int hot;
	volatile int order;
	volatile int arg;
};

static struct node *nodes;
static pid_t tester;
static struct conf conf;
static struct snap snap;

static void live(struct node *node);

static int live_sharing(void *data)
{
	struct node *node = data;

	node->pid = getpid();
	while (node->order != ORDER_EXEC && !kill(tester, 0))
		usleep(5000);
	execl("/bin/sh", "sh", "-c", "while :; do :; done", NULL);
	_exit(1);
}

static void obey(struct node *node)
{
	int i;

	switch (node->order) {
	case ORDER_NONE:
		/* One may be given from here on: it is not to be overwritten. */
		return;
	case ORDER_FORK:
		if (!fork())
			live(&nodes[node->arg]);
		break;
	case ORDER_SHARE:
		/* Pages of its own, which the child never leaves but by exec. */
		clone(live_sharing, (char *)map_pages(LEN, false) + LEN, CLONE_VM | SIGCHLD,
		      &nodes[node->arg]);
		break;
	case ORDER_STORM:
		for (i = 0; i < node->arg; i++)
			if (!fork())
				_exit(0);
		break;
	case ORDER_EXEC:
		execl("/bin/sh", "sh", "-c", "while :; do :; done", NULL);
		_exit(1);
	case ORDER_EXIT:
		_exit(0);
	}
	node->order = ORDER_NONE;
}

static void live(struct node *node)
{
	void *mem = map_pages(LEN, false);

	/* Whoever forked it, nobody waits for it. */
	signal(SIGCHLD, SIG_IGN);
	node->addr = PTR(mem);
	node->pid = getpid();
	while (!kill(tester, 0)) {
		obey(node);
		if (node->hot)
			touch(mem, LEN);
		else
			usleep(5000);
	}
	_exit(0);
}

static void give(int i, int order, int arg)
{
	nodes[i].arg = arg;
	nodes[i].order = order;
	if (order == ORDER_EXIT || order == ORDER_EXEC)
		return;
	ck_wait(nodes[i].order == ORDER_NONE);
}

/* Node @i forks node @child. */
static void have_forked(int i, int child)
{
	give(i, ORDER_FORK, child);
	ck_wait(nodes[child].pid);
}

/* There is no such process any more, or nobody but its parent cares. */
static bool has_ended(int i)
{
	char path[32], text[256];

	snprintf(path, sizeof(path), "/proc/%d/stat", nodes[i].pid);
	return !read_text(path, text, sizeof(text)) || strstr(text, ") Z ");
}

static void have_ended(int i)
{
	give(i, ORDER_EXIT, 0);
	ck_wait(has_ended(i));
}

static void root_job(struct target *target)
{
	target->ready = 1;
	live(&nodes[0]);
}

static void begin(void)
{
	nodes = shared_alloc(NODES * sizeof(*nodes));
	tester = getpid();
	signal(SIGCHLD, SIG_DFL);
	snap_init(&snap, ROOM);
	conf_init(&conf);
	conf.c.update_us = 200000;
}

static void end(void)
{
	int i;

	for (i = 0; i < NODES; i++)
		if (nodes[i].pid)
			kill(nodes[i].pid, SIGKILL);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	snap_free(&snap);
}

/* A tree of one process, node 0, and a configuration that follows it. */
static void plant(void)
{
	target_job(0, root_job);
	ck_wait(nodes[0].pid);
	conf_target(&conf, nodes[0].pid);
	conf.targets[conf.c.nr_targets - 1].flags = DAMON_TARGET_FOLLOW_FORK;
}

/* What share of a process's memory is accessed in a snapshot; -1 if it is not there. */
static double heat(pid_t pid, uint64_t addr, uint64_t len)
{
	double sum = 0;
	bool found = false;
	uint32_t i;

	for (i = 0; i < snap.s.nr_regions; i++) {
		const struct damon_region_info *r = &snap.regions[i];
		uint64_t start = r->start > addr ? r->start : addr;
		uint64_t stop = r->end < addr + len ? r->end : addr + len;

		if (r->pid != (uint32_t)pid)
			continue;
		found = true;
		if (stop > start)
			sum += (double)(stop - start) * r->nr_accesses / snap.s.max_nr_accesses;
	}
	return found ? sum / len : -1;
}

/* Looks again. */
static double heat_now(int fd, int i)
{
	next_window(fd, &snap);
	return heat(nodes[i].pid, nodes[i].addr, LEN);
}

static bool is_there(int fd, pid_t pid)
{
	next_window(fd, &snap);
	return heat(pid, 0, 1) >= 0;
}

static uint32_t left_out(int fd)
{
	next_window(fd, &snap);
	ck_assert_uint_le(snap.s.total, conf.c.max_nr_regions);
	return snap.s.nr_left_out;
}

/* The oldest region of a process that has joined. */
static uint32_t oldest(pid_t pid)
{
	uint32_t i, age = 0;

	for (i = 0; i < snap.s.nr_regions; i++)
		if (snap.regions[i].pid == (uint32_t)pid && snap.regions[i].age > age)
			age = snap.regions[i].age;
	return age;
}

/**
 * struct seen - what records have told so far
 * @news:	those of TARGET_NEW
 * @nr_news:	how many of them
 * @gone:	by index: TARGET_GONE
 * @nr_out:	the last LEFT_OUT
 */
struct seen {
	struct damon_record_target_new news[64];
	unsigned int nr_news;
	unsigned int gone[64];
	uint32_t nr_out;
};

/* Reads what records there are. */
static void read_records(int fd, struct seen *seen)
{
	static char buf[RING];
	const struct damon_record *record;
	ssize_t got;
	char *at;

	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	while ((got = read(fd, buf, sizeof(buf))) > 0) {
		for (at = buf; at < buf + got; at += record->size) {
			record = (const void *)at;
			ck_assert_uint_ge(record->size, sizeof(*record));
			switch (record->type) {
			case DAMON_RECORD_TARGET_NEW:
				ck_assert_uint_eq(record->size, sizeof(seen->news[0]));
				ck_assert_uint_lt(seen->nr_news, 64);
				seen->news[seen->nr_news++] = *(const struct damon_record_target_new *)at;
				break;
			case DAMON_RECORD_TARGET_GONE:
				seen->gone[((const struct damon_record_target_gone *)at)->target % 64]++;
				break;
			case DAMON_RECORD_LEFT_OUT:
				ck_assert_uint_eq(record->size, sizeof(struct damon_record_left_out));
				seen->nr_out = ((const struct damon_record_left_out *)at)->nr;
				break;
			}
		}
	}
}

/* The last record on a process, or NULL. */
static const struct damon_record_target_new *news_of(const struct seen *seen, pid_t pid)
{
	unsigned int i = seen->nr_news;

	while (i--)
		if (seen->news[i].pid == (uint32_t)pid)
			return &seen->news[i];
	return NULL;
}

/* Trees. */

/* One that is there before, one that it forks later; mapping by mapping, too. */
START_TEST(a_tree_is_found)
{
	const struct damon_record_target_new *new;
	struct seen seen = {};
	int fd;

	plant();
	have_forked(0, 1);
	if (_i)
		conf.c.flags = DAMON_COMMIT_VMA_AWARE;
	fd = session_running(RING, &conf);
	ck_wait(is_there(fd, nodes[1].pid));
	have_forked(1, 2);
	nodes[2].hot = 1;
	ck_wait(heat_now(fd, 2) > 0.5);
	ck_assert_uint_eq(snap.s.nr_targets, 3);
	/* The others do nothing. */
	ck_wait(heat_now(fd, 1) < 0.2);
	read_records(fd, &seen);
	new = news_of(&seen, nodes[2].pid);
	ck_assert_ptr_nonnull(new);
	ck_assert_uint_ge(new->target, 1);
	ck_assert_uint_eq(new->parent, 0);

	have_ended(2);
	ck_wait(!is_there(fd, nodes[2].pid));
	ck_assert_uint_eq(snap.s.nr_targets, 2);
	read_records(fd, &seen);
	ck_assert_uint_eq(seen.gone[new->target], 1);

	/* It follows what they execute, too. */
	give(1, ORDER_EXEC, 0);
	ck_wait((next_window(fd, &snap), heat(nodes[1].pid, 0, PAGE << 35) > 0));
	have_forked(0, 3);
	ck_wait(is_there(fd, nodes[3].pid));
}
END_TEST

/* @_i: before the session is started, or in one window */
START_TEST(who_has_lost_its_parents)
{
	int fd = session_new(0);

	plant();
	conf.c.update_us = DAMON_DEFAULT_UPDATE_US;
	conf.c.sample_us = 50000;
	conf.c.aggr_us = 500000;
	conf_commit(fd, &conf);
	if (_i)
		session_start(fd);
	have_forked(0, 1);
	have_forked(1, 2);
	have_ended(1);
	have_ended(0);
	ck_wait(waitpid(nodes[0].pid, NULL, WNOHANG) == nodes[0].pid);
	if (!_i)
		session_start(fd);
	ck_wait(is_there(fd, nodes[2].pid));
	ck_assert_uint_eq(snap.s.nr_targets, 1);
	have_forked(2, 3);
	ck_wait(is_there(fd, nodes[3].pid));
	have_ended(2);
	have_ended(3);
	ck_wait(session_state(fd) == DAMON_STATE_ENDED);
}
END_TEST

/* One address space is one target, however many processes have it. */
START_TEST(memory_in_common)
{
	int fd;

	plant();
	fd = session_running(0, &conf);
	give(0, ORDER_SHARE, 1);
	ck_wait(nodes[1].pid);
	have_forked(0, 2);
	ck_wait(is_there(fd, nodes[2].pid));
	windows_pass(fd, 5);
	ck_assert(!is_there(fd, nodes[1].pid));
	ck_assert_uint_eq(snap.s.nr_left_out, 0);
	/* Until it has one of its own. */
	give(1, ORDER_EXEC, 0);
	ck_wait(is_there(fd, nodes[1].pid));
}
END_TEST

START_TEST(more_than_there_is_room_for)
{
	struct seen seen = {};
	int fd, i, lucky = 0;

	plant();
	/* Three of 27 regions each, of one half: four can join. */
	conf.c.max_nr_regions = 30;
	for (i = 1; i <= 10; i++)
		have_forked(0, i);
	fd = session_running(RING, &conf);
	ck_wait(left_out(fd) == 6);
	ck_assert_uint_eq(snap.s.nr_targets, 5);
	for (i = 1; i <= 10; i++)
		lucky += heat(nodes[i].pid, 0, 1) >= 0;
	ck_assert_int_eq(lucky, 4);
	read_records(fd, &seen);
	ck_assert_uint_eq(seen.nr_out, 6);
	ck_assert_uint_eq(seen.nr_news, 4);

	/* Who leaves makes room. */
	for (i = 1; i <= 10 && lucky > 2; i++) {
		if (heat(nodes[i].pid, 0, 1) < 0)
			continue;
		have_ended(i);
		lucky--;
	}
	ck_wait(left_out(fd) == 4);
	ck_wait((next_window(fd, &snap), snap.s.nr_targets == 5));
	for (i = 1; i <= 10; i++)
		if (!has_ended(i))
			have_ended(i);
	ck_wait(left_out(fd) == 0);
	ck_wait((next_window(fd, &snap), snap.s.nr_targets == 1));
}
END_TEST

/* Many that end at once, more than anybody has room for, cost nothing lasting. */
START_TEST(a_storm)
{
	unsigned int i, nr = rounds(10);
	int fd;

	plant();
	conf.c.max_nr_regions = 60;
	conf.c.sample_us = 1000;
	conf.c.aggr_us = 5000;
	conf.c.update_us = 5000;
	fd = session_running(0, &conf);
	for (i = 0; i < nr; i++) {
		give(0, ORDER_STORM, 100);
		ck_assert_uint_eq(session_state(fd), DAMON_STATE_RUNNING);
		/* Looks whether the cap is held, too. */
		left_out(fd);
	}
	have_forked(0, 1);
	ck_wait(is_there(fd, nodes[1].pid));
	ck_wait((next_window(fd, &snap), snap.s.nr_targets == 2));
	ck_wait(left_out(fd) == 0);
}
END_TEST

/* Sessions come and go, and the module too, while the tree grows all the time. */
START_TEST(forks_meet_the_end)
{
	unsigned int i, nr = rounds(20);
	int fd;

	plant();
	conf.c.sample_us = 1000;
	conf.c.aggr_us = 2000;
	conf.c.update_us = 0;
	for (i = 0; i < nr; i++) {
		nodes[0].arg = 200;
		nodes[0].order = ORDER_STORM;
		fd = session_running(0, &conf);
		if (i % 2)
			conf_commit(fd, &conf);
		close_kept(fd);
		if (i % 4 == 3) {
			ck_wait(module_refs() == 0);
			ck_assert_int_eq(module_remove(), 0);
			module_need();
		}
	}
	ck_wait(nodes[0].order == ORDER_NONE);
}
END_TEST

/* COMMIT keeps what was learnt of those who have joined, under other indices, too. */
START_TEST(commit_goes_on)
{
	struct target *other = target_spawn(0, LEN, false);
	const struct damon_record_target_new *new;
	struct seen seen = {};
	int fd;

	plant();
	conf.c.sample_us = 1000;
	conf.c.aggr_us = 10000;
	conf.c.update_us = DAMON_DEFAULT_UPDATE_US;
	have_forked(0, 1);
	fd = session_running(RING, &conf);
	have_forked(1, 2);
	have_forked(1, 3);
	have_ended(1);
	ck_wait((next_window(fd, &snap), oldest(nodes[2].pid) >= 20 && oldest(nodes[3].pid) >= 20));
	read_records(fd, &seen);
	ck_assert_uint_eq(seen.nr_news, 3);

	conf_target(&conf, other->pid);
	conf.c.max_nr_regions /= 2;
	conf_commit(fd, &conf);
	windows_pass(fd, 1);
	next_window(fd, &snap);
	ck_assert_uint_ge(oldest(nodes[2].pid), 10);
	ck_assert_uint_ge(oldest(nodes[3].pid), 10);
	ck_assert_uint_eq(snap.s.nr_targets, 4);
	seen.nr_news = 0;
	read_records(fd, &seen);
	new = news_of(&seen, nodes[2].pid);
	ck_assert_ptr_nonnull(new);
	ck_assert_uint_ge(new->target, 2);
	have_forked(3, 4);
	ck_wait(is_there(fd, nodes[4].pid));
	target_kill(other);
}
END_TEST

/* Cgroups. */

static int group_fd;

static void move(pid_t pid, const char *group)
{
	char path[64], text[16];

	snprintf(path, sizeof(path), "%s/cgroup.procs", group);
	snprintf(text, sizeof(text), "%d", pid);
	ck_assert(write_text(path, text));
}

static void begin_group(void)
{
	begin();
	ck_assert(!mkdir(GROUP, 0755) || errno == EEXIST);
	ck_assert(!mkdir(BELOW, 0755) || errno == EEXIST);
	group_fd = open(GROUP, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(group_fd, 0);
	conf_target(&conf, group_fd);
	conf.targets[0].flags = DAMON_TARGET_CGROUP;
}

/* They can be removed once the kernel has buried their processes. */
static void end_group(void)
{
	end();
	close(group_fd);
	ck_wait(!rmdir(BELOW) || errno == ENOENT);
	ck_wait(!rmdir(GROUP) || errno == ENOENT);
}

START_TEST(a_cgroup_is_followed)
{
	const struct damon_record_target_new *new;
	struct seen seen = {};
	struct target *target;
	int fd;

	/* Nobody is there yet. */
	fd = session_running(RING, &conf);
	next_window(fd, &snap);
	ck_assert_uint_eq(snap.s.total, 0);
	ck_assert_uint_eq(snap.s.nr_targets, 1);

	target = target_spawn(USER_A, LEN, false);
	target->work = WORK_TOUCH;
	move(target->pid, GROUP);
	ck_wait((next_window(fd, &snap), heat(target->pid, target->addr, LEN) > 0.5));
	ck_assert_uint_eq(snap.s.nr_targets, 2);
	read_records(fd, &seen);
	new = news_of(&seen, target->pid);
	ck_assert_ptr_nonnull(new);
	ck_assert_uint_eq(new->parent, 0);

	/* In a group below it is still in this one. */
	move(target->pid, BELOW);
	windows_pass(fd, 10);
	ck_assert(is_there(fd, target->pid));
	read_records(fd, &seen);
	ck_assert_uint_eq(seen.gone[new->target], 0);

	move(target->pid, "/sys/fs/cgroup");
	ck_wait(!is_there(fd, target->pid));
	read_records(fd, &seen);
	ck_assert_uint_eq(seen.gone[new->target], 1);
	ck_assert_uint_eq(session_state(fd), DAMON_STATE_RUNNING);
	move(target->pid, BELOW);
	ck_wait((next_window(fd, &snap), heat(target->pid, target->addr, LEN) > 0.5));

	target_kill(target);
	ck_wait(!rmdir(BELOW));
	ck_wait(!rmdir(GROUP));
	ck_wait(session_state(fd) == DAMON_STATE_ENDED);
	read_records(fd, &seen);
	ck_assert_uint_eq(seen.gone[0], 1);
}
END_TEST

/*
 * A process is there until its last thread has ended.  @_i: it was in the group
 * before the session, or comes later.
 */
START_TEST(in_a_cgroup_without_first_thread)
{
	struct target *target = target_job(0, target_without_first_thread);
	struct target *other = target_spawn(0, LEN, false);
	pid_t pid = target->pid;
	int fd;

	move(other->pid, GROUP);
	move(pid, _i ? "/sys/fs/cgroup" : GROUP);
	fd = session_running(0, &conf);
	if (_i) {
		ck_wait(is_there(fd, other->pid));
		ck_assert(!is_there(fd, pid));
		move(pid, GROUP);
	}
	ck_wait(is_there(fd, pid));
	windows_pass(fd, 3);
	ck_assert(is_there(fd, pid));
	target_kill(target);
	ck_wait(!is_there(fd, pid));
	ck_assert(is_there(fd, other->pid));
	target_kill(other);
}
END_TEST

/* What is forked in it is noticed long before the next update. */
START_TEST(forks_in_a_cgroup)
{
	int fd;

	target_job(0, root_job);
	ck_wait(nodes[0].pid);
	move(nodes[0].pid, BELOW);
	conf.c.update_us = DAMON_DEFAULT_UPDATE_US;
	fd = session_running(0, &conf);
	ck_assert(is_there(fd, nodes[0].pid));
	have_forked(0, 1);
	nodes[1].hot = 1;
	ck_wait(heat_now(fd, 1) > 0.5);
	/* Committed once more, all are still there. */
	conf_commit(fd, &conf);
	windows_pass(fd, 2);
	ck_assert(is_there(fd, nodes[0].pid));
	ck_assert(is_there(fd, nodes[1].pid));
	ck_assert_uint_eq(snap.s.nr_targets, 3);
}
END_TEST

/* A process that two targets tell of is watched once. */
START_TEST(in_two_targets)
{
	int fd;

	plant();
	have_forked(0, 1);
	move(nodes[0].pid, GROUP);
	move(nodes[1].pid, BELOW);
	fd = session_running(0, &conf);
	windows_pass(fd, 10);
	next_window(fd, &snap);
	ck_assert_uint_eq(snap.s.nr_targets, 3);
	ck_assert_uint_eq(snap.s.nr_left_out, 0);
}
END_TEST

/* What is wrong. */

static void not_an_fd(void)
{
	conf.targets[0].pid = 999;
}

static void no_directory_of_a_cgroup(void)
{
	conf.targets[0].pid = keep_fd(open("/tmp", O_RDONLY | O_DIRECTORY));
}

static void no_directory(void)
{
	conf.targets[0].pid = keep_fd(open(GROUP "/cgroup.procs", O_RDONLY));
}

static void removed_cgroup(void)
{
	ck_assert_int_eq(rmdir(BELOW), 0);
	ck_assert_int_eq(rmdir(GROUP), 0);
}

static void cgroup_by_pidfd(void)
{
	conf.targets[0].flags |= DAMON_TARGET_PIDFD;
}

static void cgroup_and_tree(void)
{
	conf.targets[0].flags |= DAMON_TARGET_FOLLOW_FORK;
}

static void cgroup_and_exec(void)
{
	conf.targets[0].flags |= DAMON_TARGET_FOLLOW_EXEC;
}

static void ranges_in_a_cgroup(void)
{
	conf_range(&conf, 0, PAGE);
}

static void ranges_in_a_tree(void)
{
	conf.targets[0].pid = 0;
	conf.targets[0].flags = DAMON_TARGET_FOLLOW_FORK;
	conf_range(&conf, PAGE, PAGE);
}

static void a_tree_of_fixed_ranges(void)
{
	conf.c.ops = DAMON_OPS_FVADDR;
	ranges_in_a_tree();
}

static void a_cgroup_of_physical_memory(void)
{
	conf.c.ops = DAMON_OPS_PADDR;
}

static void cgroup_twice(void)
{
	conf_target(&conf, group_fd);
	conf.targets[1].flags = DAMON_TARGET_CGROUP;
}

static void too_few_regions(void)
{
	conf.c.max_nr_regions = 8;
	conf.c.min_nr_regions = 3;
}

static void unknown_flag(void)
{
	conf.targets[0].flags = 1 << 4;
}

static const struct {
	void (*spoil)(void);
	int err;
	const char *text;
} wrong[] = {
	{ not_an_fd, -EBADF, "target 0 (fd 999)" },
	{ no_directory_of_a_cgroup, -EBADF, "cgroup of version 2" },
	{ no_directory, -EBADF, "cgroup of version 2" },
	{ removed_cgroup, -ENOENT, "cgroup of version 2" },
	{ cgroup_by_pidfd, -EINVAL, "0x9" },
	{ cgroup_and_tree, -EINVAL, "no other flags" },
	{ cgroup_and_exec, -EINVAL, "no other flags" },
	{ ranges_in_a_cgroup, -EINVAL, "nr_ranges is 1" },
	{ ranges_in_a_tree, -EINVAL, "nr_ranges is 1" },
	{ a_tree_of_fixed_ranges, -EINVAL, "nr_ranges is 1" },
	{ a_cgroup_of_physical_memory, -EINVAL, "target 0: flags" },
	{ cgroup_twice, -EINVAL, "same cgroup as target 0" },
	{ too_few_regions, -EINVAL, "max_nr_regions 8" },
	{ unknown_flag, -EINVAL, "flags is 0x10" },
};

START_TEST(what_is_wrong)
{
	int fd = session_new(0), err;

	wrong[_i].spoil();
	err = conf_try(fd, &conf);
	ck_assert_msg(err == wrong[_i].err, "%s: error %d, not %d: %.*s", wrong[_i].text, err,
		      wrong[_i].err, MSG_LEN, conf.msg);
	check_text(conf.msg, wrong[_i].text);
}
END_TEST

/* Rights. */

struct tried {
	bool cap;
	bool cgroup;
	int err;
	char msg[MSG_LEN];
};

/* Follows itself, or the cgroup. */
static void try_to_follow(void *data)
{
	struct tried *tried = data;
	int fd;

	if (!(tried->cap ? become_with_cap(USER_A, CAP_PERFMON_NR) : become(USER_A)))
		return;
	if (!tried->cgroup) {
		conf.targets[0].pid = 0;
		conf.targets[0].flags = DAMON_TARGET_FOLLOW_FORK;
	}
	fd = session_try(open(DAMON_DEVICE_PATH, O_RDWR), 0, NULL);
	tried->err = conf_try(fd, &conf);
	memcpy(tried->msg, conf.msg, sizeof(conf.msg));
}

/* @_i: who has the right, and what it is for */
START_TEST(rights)
{
	struct tried *tried = shared_alloc(sizeof(*tried));

	tried->err = 1;
	tried->cap = _i & 1;
	tried->cgroup = _i & 2;
	ck_assert_int_eq(run_here(try_to_follow, tried), 0);
	ck_assert_int_eq(tried->err, tried->cap ? 0 : -EPERM);
	if (!tried->cap)
		check_text(tried->msg, "CAP_PERFMON");
}
END_TEST

Suite *join_suite(void)
{
	Suite *suite = suite_create("join");
	TCase *tc = add_case(suite, "trees");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, a_tree_is_found, 0, 2);
	tcase_add_loop_test(tc, who_has_lost_its_parents, 0, 2);
	tcase_add_test(tc, memory_in_common);
	tcase_add_test(tc, more_than_there_is_room_for);
	tcase_add_test(tc, a_storm);
	tcase_add_test(tc, forks_meet_the_end);
	tcase_add_test(tc, commit_goes_on);

	tc = add_case(suite, "cgroups");
	tcase_add_checked_fixture(tc, begin_group, end_group);
	tcase_add_test(tc, a_cgroup_is_followed);
	tcase_add_loop_test(tc, in_a_cgroup_without_first_thread, 0, 2);
	tcase_add_test(tc, forks_in_a_cgroup);
	tcase_add_test(tc, in_two_targets);
	tcase_add_loop_test(tc, what_is_wrong, 0, ARRAY_SIZE(wrong));
	tcase_add_loop_test(tc, rights, 0, 4);
	return suite;
}
