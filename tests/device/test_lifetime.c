// SPDX-License-Identifier: GPL-2.0
/*
 * Targets that change under the sampler, sessions that end at odd moments,
 * and threads that race on one session.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "harness.h"

#define LEN	(4 * MIB)

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

/*
 * As often as a user may, always looking for new parts; with few enough regions
 * to leave time for the target on a slow machine.
 */
static void busy_conf(struct conf *conf)
{
	conf_init(conf);
	conf->c.sample_us = 1000;
	conf->c.aggr_us = 5000;
	conf->c.update_us = 5000;
	conf->c.min_nr_regions = 50;
	conf->c.max_nr_regions = 200;
}

/* What targets do; each turn is one change or more. */

static void turn_unmap(char *mem)
{
	char *more = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)mem;
	if (more == MAP_FAILED)
		_exit(1);
	touch(more, LEN);
	munmap(more + LEN / 4, LEN / 4);
	munmap(more, LEN);
}

static void turn_move(char *mem)
{
	char *small = mmap(NULL, LEN / 4, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *large;

	(void)mem;
	if (small == MAP_FAILED)
		_exit(1);
	touch(small, LEN / 4);
	large = mremap(small, LEN / 4, LEN, MREMAP_MAYMOVE);
	if (large == MAP_FAILED)
		_exit(1);
	touch(large, LEN);
	mremap(large, LEN, LEN / 2, 0);
	munmap(large, LEN / 2);
}

static void turn_drop(char *mem)
{
	madvise(mem, LEN, MADV_DONTNEED);
	touch(mem, LEN);
}

/* Huge, split in the middle, collapsed again, and small. */
static void turn_huge(char *mem)
{
	madvise(mem, LEN, MADV_HUGEPAGE);
	madvise(mem, LEN, MADV_DONTNEED);
	touch(mem, LEN);
	mprotect(mem + LEN / 4, PAGE, PROT_READ);
	mprotect(mem + LEN / 4, PAGE, PROT_READ | PROT_WRITE);
	madvise(mem + PAGE, PAGE, MADV_DONTNEED);
	madvise(mem, LEN, MADV_COLLAPSE);
	madvise(mem, LEN, MADV_NOHUGEPAGE);
}

static void turn_lock(char *mem)
{
	mlock(mem, LEN / 2);
	munlock(mem, LEN / 2);
	touch(mem, LEN);
}

static void turn_protect(char *mem)
{
	mprotect(mem, LEN / 2, PROT_NONE);
	touch(mem + LEN / 2, LEN / 2);
	mprotect(mem, LEN / 2, PROT_READ | PROT_WRITE);
	touch(mem, LEN);
}

static void turn_fork(char *mem)
{
	pid_t pid = fork();

	if (!pid) {
		touch(mem, LEN / 4);
		_exit(0);
	}
	touch(mem, LEN / 4);
	waitpid(pid, NULL, 0);
}

/* Pages of a file that is cut off under its mapping. */
static void turn_file(char *mem)
{
	int fd = memfd_create("damon", 0);
	char *map;

	(void)mem;
	if (fd < 0 || ftruncate(fd, LEN))
		_exit(1);
	map = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	touch(map, LEN);
	if (ftruncate(fd, LEN / 2))
		_exit(1);
	touch(map, LEN / 2);
	munmap(map, LEN);
	close(fd);
}

/* The zero page and the huge zero page, then pages of one's own. */
static void turn_zero(char *mem)
{
	volatile char *at = mem;
	size_t i;

	madvise(mem, LEN, MADV_HUGEPAGE);
	madvise(mem, LEN, MADV_DONTNEED);
	for (i = 0; i < LEN; i += PAGE)
		(void)at[i];
	touch(mem, LEN / 2);
	madvise(mem, LEN, MADV_NOHUGEPAGE);
}

/* A thousand neighbours that differ. */
static void turn_pieces(char *mem)
{
	size_t i;

	for (i = 0; i < LEN; i += 2 * PAGE)
		mprotect(mem + i, PAGE, PROT_READ);
	mprotect(mem, LEN, PROT_READ | PROT_WRITE);
	touch(mem, LEN);
}

static void turn_pageout(char *mem)
{
	madvise(mem, LEN, MADV_COLD);
	madvise(mem, LEN, MADV_PAGEOUT);
	touch(mem, LEN);
}

/* Pages of hugetlbfs, where there are any. */
static void turn_hugetlb(char *mem)
{
	char *huge = mmap(NULL, 2 * MIB, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);

	(void)mem;
	if (huge == MAP_FAILED)
		return;
	touch(huge, 2 * MIB);
	usleep(2000);
	munmap(huge, 2 * MIB);
}

static const struct {
	const char *name;
	void (*turn)(char *mem);
} works[] = {
	{ "munmap", turn_unmap },	{ "mremap", turn_move },
	{ "MADV_DONTNEED", turn_drop },	{ "huge pages", turn_huge },
	{ "mlock", turn_lock },		{ "mprotect", turn_protect },
	{ "fork", turn_fork },		{ "truncated file", turn_file },
	{ "zero pages", turn_zero },	{ "many pieces", turn_pieces },
	{ "MADV_PAGEOUT", turn_pageout }, { "hugetlb", turn_hugetlb },
};

static int work;

static void job_work(struct target *target)
{
	char *mem = map_pages(LEN, false);

	if (!mem)
		_exit(1);
	target->addr = PTR(mem);
	target->ready = 1;
	for (;;) {
		works[work].turn(mem);
		target->turns++;
	}
}

/* All of the turns; a tenth of them, or but one, where that takes too long. */
static bool turned(const struct target *target, double begun)
{
	unsigned long turns = rounds(200);
	double took = now_s() - begun;

	if (took > 3)
		turns = (turns + 9) / 10;
	if (took > LIMIT_S / 4)
		turns = 1;
	return target->turns >= turns;
}

START_TEST(target_changes)
{
	double begun;
	struct target *target;
	struct conf conf;
	int parts, given;

	work = _i;
	write_text("/proc/sys/vm/nr_hugepages", "4");
	target = target_job(0, job_work);

	/* One follows the mapped parts, one has a range that is not always mapped. */
	busy_conf(&conf);
	conf_target(&conf, target->pid);
	parts = session_running(0, &conf);
	conf_range(&conf, target->addr - LEN, 3 * LEN);
	given = session_running(0, &conf);
	begun = now_s();
	ck_assert_msg(wait_for(turned(target, begun) || waitpid(target->pid, NULL, WNOHANG), LIMIT_S),
		      "%s: %lu turns only", works[work].name, target->turns);
	ck_assert_msg(turned(target, begun), "%s: the target has died", works[work].name);
	windows_pass(parts, 2);
	windows_pass(given, 2);
	ck_assert_uint_eq(session_state(parts), DAMON_STATE_RUNNING);
	target_kill(target);
	ck_wait(session_state(parts) == DAMON_STATE_ENDED);
	ck_wait(session_state(given) == DAMON_STATE_ENDED);
	write_text("/proc/sys/vm/nr_hugepages", "0");
}
END_TEST

/* Special mappings: what the kernel maps into each process. */
START_TEST(special_mappings)
{
	char maps[65536], *line;
	unsigned long start, end;
	struct conf conf;
	int fd;

	busy_conf(&conf);
	conf_target(&conf, 0);
	ck_assert_uint_gt(read_text("/proc/self/maps", maps, sizeof(maps)), 0);
	for (line = maps; line && *line; line = strchr(line, '\n'), line += line != NULL) {
		const char *eol = strchrnul(line, '\n'), *name = memchr(line, '[', eol - line);

		if (!name || strncmp(name, "[v", 2) || !strncmp(name, "[vsyscall", 9))
			continue;
		ck_assert_int_eq(sscanf(line, "%lx-%lx", &start, &end), 2);
		conf_range(&conf, start, end - start);
	}
	ck_assert_uint_gt(conf.c.nr_ranges, 0);
	fd = session_running(0, &conf);
	windows_pass(fd, 20);
}
END_TEST

/* Exits and executions of programs, at any moment of a session's life. */

START_TEST(target_exits)
{
	unsigned int i, nr = rounds(100);
	struct target *target;
	struct conf conf;
	int fd, err;

	for (i = 0; i < nr; i++) {
		target = target_spawn(0, PAGE, false);
		busy_conf(&conf);
		conf_target(&conf, target->pid);
		fd = session_new(0);
		if (i % 4 == 0)
			target->work = WORK_EXIT;
		err = conf_try(fd, &conf);
		ck_assert_msg(!err || err == -ESRCH, "COMMIT: %s", strerror(-err));
		if (i % 4 == 1)
			kill(target->pid, SIGKILL);
		if (!err) {
			err = control_try(fd, DAMON_IOC_START, NULL);
			ck_assert_msg(!err || err == -ESRCH, "START: %s", strerror(-err));
		}
		if (i % 4 == 2)
			windows_pass(fd, 1);
		kill(target->pid, SIGKILL);
		if (!err)
			ck_wait(session_state(fd) == DAMON_STATE_ENDED);
		target_kill(target);
		close_kept(fd);
	}
}
END_TEST

static void job_exec(struct target *target)
{
	/* The new program does not end: that the old one is gone must be seen. */
	target->ready = 1;
	while (target->work == WORK_IDLE)
		usleep(100);
	execl("/bin/sleep", "sleep", "1000", NULL);
	_exit(1);
}

START_TEST(target_executes)
{
	unsigned int i, nr = rounds(50);
	struct target *target;
	struct conf conf;
	int fd, err;

	for (i = 0; i < nr; i++) {
		target = target_job(0, job_exec);
		busy_conf(&conf);
		conf_target(&conf, target->pid);
		fd = session_new(0);
		if (i % 2)
			target->work = WORK_TOUCH;
		conf_commit(fd, &conf);
		err = control_try(fd, DAMON_IOC_START, NULL);
		ck_assert_msg(!err || err == -ESRCH, "START: %s", strerror(-err));
		target->work = WORK_TOUCH;

		/* Unless it was the new program that COMMIT has found. */
		if (!(i % 2))
			ck_wait(session_state(fd) == DAMON_STATE_ENDED);
		target_kill(target);
		if (!err)
			ck_wait(session_state(fd) == DAMON_STATE_ENDED);
		close_kept(fd);
	}
}
END_TEST

/* A process is there until its last thread has ended. */
START_TEST(first_thread_has_ended)
{
	struct target *target = target_job(0, target_without_first_thread);
	struct conf conf;
	int fd;

	busy_conf(&conf);
	conf_target(&conf, target->pid);
	fd = session_running(0, &conf);
	windows_pass(fd, 3);
	target_kill(target);
	ck_wait(session_state(fd) == DAMON_STATE_ENDED);
}
END_TEST

/* Sessions. */

START_TEST(quick_starts_and_stops)
{
	unsigned int i, nr = rounds(500), workers = kdamonds(NULL, 0);
	struct conf conf;
	int fd = session_new(4096);

	busy_conf(&conf);
	conf_target(&conf, 0);
	conf_commit(fd, &conf);
	for (i = 0; i < nr; i++) {
		session_start(fd);
		if (i % 3 == 1)
			usleep(i * 10);
		session_stop(fd);
	}
	ck_assert_uint_eq(kdamonds(NULL, 0), workers);
	session_start(fd);
	windows_pass(fd, 1);
}
END_TEST

START_TEST(quick_sessions)
{
	unsigned int i, nr = rounds(100), workers = kdamonds(NULL, 0);
	struct conf conf;

	busy_conf(&conf);
	conf_target(&conf, 0);
	for (i = 0; i < nr; i++)
		close_kept(session_running(4096, &conf));
	ck_assert_uint_eq(kdamonds(NULL, 0), workers);
}
END_TEST

START_TEST(many_sessions_of_one_target)
{
	struct target *target = target_spawn(0, LEN, false);
	unsigned int i, nr = rounds(24);
	struct conf conf;
	int fds[24];

	if (nr > ARRAY_SIZE(fds))
		nr = ARRAY_SIZE(fds);
	busy_conf(&conf);
	conf.c.sample_us = 5000;
	conf.c.aggr_us = 20000;
	conf_target(&conf, target->pid);
	for (i = 0; i < nr; i++)
		fds[i] = session_running(4096, &conf);
	for (i = 0; i < nr; i++)
		windows_pass(fds[i], 2);
	target_kill(target);
	for (i = 0; i < nr; i++)
		ck_wait(session_state(fds[i]) == DAMON_STATE_ENDED);
}
END_TEST

static void job_own_session(struct target *target)
{
	struct conf conf;
	int fd = session_try(open(DAMON_DEVICE_PATH, O_RDWR), 65536, NULL);

	busy_conf(&conf);
	conf_target(&conf, 0);
	if (conf_try(fd, &conf) || control_try(fd, DAMON_IOC_START, NULL))
		_exit(1);
	target->ready = 1;
	target_work(target);
}

/* SIGKILL is a close like any other, also of a session that watches itself. */
START_TEST(owner_is_killed)
{
	unsigned int i, workers = kdamonds(NULL, 0);

	for (i = 0; i < rounds(20); i++) {
		struct target *owner = target_job(0, job_own_session);

		ck_assert_int_gt(module_refs(), 0);
		ck_assert_uint_eq(kdamonds(NULL, 0), workers + 1);
		target_kill(owner);
		ck_wait(!module_refs());
		ck_assert_uint_eq(kdamonds(NULL, 0), workers);
	}
}
END_TEST

/* The last to hold a session is the process that it watches. */
START_TEST(target_holds_the_session)
{
	int fd = session_new(4096), pipes[2];
	struct conf conf;
	pid_t pid;

	ck_assert_int_eq(pipe(pipes), 0);
	pid = fork();
	if (!pid) {
		close(pipes[1]);
		_exit(read(pipes[0], &pid, 1) != 0);
	}
	busy_conf(&conf);
	conf_target(&conf, pid);
	conf_commit(fd, &conf);
	session_start(fd);
	windows_pass(fd, 1);
	close_kept(fd);
	ck_assert_int_gt(module_refs(), 0);
	close(pipes[1]);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_wait(!module_refs());
}
END_TEST

START_TEST(unloading_is_refused_while_in_use)
{
	struct conf conf;
	int dev = device_open(), fd, err;

	err = module_remove();
	ck_assert_msg(err == -EBUSY || err == -EAGAIN, "%s", strerror(-err));
	conf_init(&conf);
	conf_target(&conf, 0);
	fd = session_running(0, &conf);
	close_kept(dev);
	err = module_remove();
	ck_assert_msg(err == -EBUSY || err == -EAGAIN, "%s", strerror(-err));
	windows_pass(fd, 1);
	close_kept(fd);
	ck_wait(!module_refs());
	ck_assert_int_eq(module_remove(), 0);
	ck_assert_int_lt(open(DAMON_DEVICE_PATH, O_RDWR), 0);
	module_need();
	fd = session_running(0, &conf);
	windows_pass(fd, 1);
}
END_TEST

/* Threads in calls on a file that another thread closes. */

static volatile bool stop;
static volatile int shared_fd;

static void *user_thread(void *data)
{
	long what = (long)data;
	char buf[8192];
	struct pollfd pfd;

	while (!stop) {
		switch (what) {
		case 0:
			if (read(shared_fd, buf, sizeof(buf)) < 0)
				break;
			break;
		case 1:
			pfd = (struct pollfd) { .fd = shared_fd, .events = POLLIN };
			poll(&pfd, 1, 1);
			break;
		case 2: {
			struct damon_snapshot s = {
				.size = sizeof(s),
				.regions = PTR(buf),
				.nr_regions = 100,
				.region_size = sizeof(struct damon_region_info),
			};

			do_ioctl(shared_fd, DAMON_IOC_SNAPSHOT, &s);
			break;
		}
		}
	}
	return NULL;
}

START_TEST(closed_while_in_use)
{
	unsigned int i, nr = rounds(100);
	pthread_t threads[3];
	struct conf conf;
	long what;
	int fd;

	busy_conf(&conf);
	conf_target(&conf, 0);
	shared_fd = -1;
	for (what = 0; what < 3; what++)
		ck_assert_int_eq(pthread_create(&threads[what], NULL, user_thread, (void *)what), 0);
	for (i = 0; i < nr; i++) {
		fd = session_new(65536);
		ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
		shared_fd = fd;
		conf_commit(fd, &conf);
		session_start(fd);
		usleep(i * 50);
		close_kept(fd);
	}
	stop = true;
	for (what = 0; what < 3; what++)
		ck_assert_int_eq(pthread_join(threads[what], NULL), 0);
}
END_TEST

static void on_signal(int sig)
{
	(void)sig;
}

/* Closing does not wake who sleeps in read(); it is freed when that returns. */
START_TEST(closed_while_read)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct conf conf;
	pthread_t thread;
	int fd;

	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	conf_init(&conf);
	conf.c.aggr_us = 3600 * 1000000ULL;
	conf_target(&conf, 0);
	fd = session_running(4096, &conf);
	shared_fd = fd;
	ck_assert_int_eq(pthread_create(&thread, NULL, user_thread, NULL), 0);
	usleep(50000);
	stop = true;
	close_kept(fd);
	ck_wait(!module_refs() || !pthread_kill(thread, SIGUSR1));
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_wait(!module_refs());
}
END_TEST

/* Everything at once on one session. */

#define RACE_S	4

static uint64_t race_mem;
static int race_unexpected;

static void *race_thread(void *data)
{
	long me = (long)data, turn = 0;
	struct conf conf;
	struct snap snap;
	char buf[16384];
	int err;

	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	while (!stop) {
		switch ((me + turn++ / 8) % 6) {
		case 0:
			busy_conf(&conf);
			conf_target(&conf, 0);
			conf.c.max_nr_regions = 500 + turn % 500;
			if (turn % 2)
				conf_range(&conf, race_mem, LEN / 2);
			err = conf_try(shared_fd, &conf);
			break;
		case 1:
			err = control_try(shared_fd, DAMON_IOC_START, NULL);
			if (err == -EALREADY)
				err = 0;
			break;
		case 2:
			err = turn % 4 ? 0 : control_try(shared_fd, DAMON_IOC_STOP, NULL);
			break;
		case 3:
			snap.s.first = 0;
			snap.s.nr_regions = 1 + turn % 900;
			err = snap_try(shared_fd, &snap);
			if (err == -ENODATA)
				err = 0;
			break;
		case 4:
			snap.s.first = snap.s.nr_regions;
			snap.s.nr_regions = snap.room;
			err = snap_try(shared_fd, &snap);
			/* The others begin new readings all the time. */
			if (err == -ESTALE || err == -ENODATA)
				err = 0;
			break;
		default:
			err = read(shared_fd, buf, sizeof(buf)) < 0 ? -errno : 0;
			if (err == -EAGAIN || err == -EMSGSIZE)
				err = 0;
		}
		if (err)
			race_unexpected = err;
	}
	snap_free(&snap);
	return NULL;
}

START_TEST(threads_on_one_session)
{
	pthread_t threads[6];
	struct conf conf;
	struct snap snap;
	const char *wrong;
	double until;
	long i;

	race_mem = PTR(map_pages(LEN, false));
	busy_conf(&conf);
	conf_target(&conf, 0);
	conf_range(&conf, race_mem, LEN);
	shared_fd = session_running(65536, &conf);
	ck_assert_int_eq(fcntl(shared_fd, F_SETFL, O_NONBLOCK), 0);
	for (i = 0; i < 6; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, race_thread, (void *)i), 0);
	until = now_s() + RACE_S;
	wait_for(now_s() > until, LIMIT_S);
	stop = true;
	for (i = 0; i < 6; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_msg(!race_unexpected, "a thread got %s", strerror(-race_unexpected));

	/* And it works as on the first day. */
	session_stop(shared_fd);
	conf_commit(shared_fd, &conf);
	session_start(shared_fd);
	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	next_window(shared_fd, &snap);
	wrong = covers(snap.regions, snap.s.nr_regions, &conf);
	ck_assert_msg(!wrong, "%s", wrong);
	snap_free(&snap);
}
END_TEST

/*
 * The system freezes, as it does for hibernation: nothing is sampled then.  The
 * kernel can try just that, for a delay that it counts in loops: on an
 * emulated machine those can be over in no time.
 */
START_TEST(frozen_with_the_system)
{
	struct damon_snapshot s = { .size = sizeof(s), .region_size = sizeof(struct damon_region_info) };
	uint64_t before = 0, after = 0, us = 0;
	struct conf conf;
	bool frozen = true;
	int fd, try;

	if (!write_text("/sys/power/pm_test", "freezer"))
		skip("the kernel cannot try a freeze");
	write_text("/sys/module/suspend/parameters/pm_test_delay", "2");
	conf_init(&conf);
	conf_target(&conf, 0);
	fd = session_running(0, &conf);
	windows_pass(fd, 1);
	for (try = 0; try < 5 && frozen && us < 1500000; try++) {
		do_ioctl(fd, DAMON_IOC_SNAPSHOT, &s);
		before = s.nr_ticks;
		us = now_ns() / 1000;
		frozen = write_text("/sys/power/state", "freeze");
		us = now_ns() / 1000 - us;
		do_ioctl(fd, DAMON_IOC_SNAPSHOT, &s);
		after = s.nr_ticks;
	}
	write_text("/sys/power/pm_test", "none");
	ck_assert_msg(frozen, "cannot freeze");
	windows_pass(fd, 2);
	if (us < 1500000)
		skip("no trial freeze was long enough");
	ck_assert_msg(after - before < us / conf.c.sample_us / 4, "%llu ticks in %llu us",
		      (unsigned long long)(after - before), (unsigned long long)us);
}
END_TEST

Suite *lifetime_suite(void)
{
	Suite *suite = suite_create("lifetime");
	TCase *tc = add_case(suite, "targets");

	tcase_add_loop_test(tc, target_changes, 0, ARRAY_SIZE(works));
	tcase_add_test(tc, special_mappings);
	tcase_add_test(tc, target_exits);
	tcase_add_test(tc, target_executes);
	tcase_add_test(tc, first_thread_has_ended);

	tc = add_case(suite, "sessions");
	tcase_add_test(tc, quick_starts_and_stops);
	tcase_add_test(tc, quick_sessions);
	tcase_add_test(tc, many_sessions_of_one_target);
	tcase_add_test(tc, owner_is_killed);
	tcase_add_test(tc, target_holds_the_session);
	tcase_add_test(tc, unloading_is_refused_while_in_use);
	tcase_add_test(tc, closed_while_in_use);
	tcase_add_test(tc, closed_while_read);
	tcase_add_test(tc, threads_on_one_session);
	tcase_add_test(tc, frozen_with_the_system);
	return suite;
}
