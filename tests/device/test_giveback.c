// SPDX-License-Identifier: GPL-2.0
/*
 * Sampling gives back what it takes: what others read from accessed bits is
 * the same with and without monitoring.
 *
 * The witness is "Referenced" of /proc/PID/smaps: pages whose entry is young,
 * or that PG_young or PG_referenced vouches for; what reclaim asks, too.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "harness.h"

#define LEN		(16 * MIB)
#define PAGES		(LEN / PAGE)
#define KPF_IDLE	25

/* How monitoring ends. */
enum ending {
	END_STOP,
	END_CLOSE,
	END_COMMIT,	/* of another target */
	NR_ENDINGS,
};

/* How many samples: each page is taken five times, on average; once where it is slow. */
static uint64_t nr_samples(void)
{
	return rounds(5) * PAGES;
}

static void sampling_conf(struct conf *conf, const struct target *target)
{
	conf_init(conf);
	conf_target(conf, target->pid);
	conf_range(conf, target->addr, target->len);
	conf->c.sample_us = 1000;
	conf->c.aggr_us = 20000;
	conf->c.min_nr_regions = 500;
}

/**
 * struct monitored - what a process of some user finds when it monitors
 * @target:	whom
 * @ending:	how to end
 * @checks:	samples that were checked
 * @hits:	nr_accesses of the last window
 */
struct monitored {
	struct target *target;
	enum ending ending;
	uint64_t checks;
	uint64_t hits;
};

static void monitor(void *data)
{
	struct monitored *m = data;
	struct conf conf;
	struct snap snap;
	uint32_t i;
	int fd = session_try(open(DAMON_DEVICE_PATH, O_RDWR), 0, NULL);

	sampling_conf(&conf, m->target);
	if (conf_try(fd, &conf) || control_try(fd, DAMON_IOC_START, NULL))
		_exit(1);
	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	wait_for(!snap_try(fd, &snap) && snap.s.nr_checks >= nr_samples(), LIMIT_S);
	m->checks = snap.s.nr_checks;
	snap.s.nr_regions = snap.room;
	if (snap_try(fd, &snap))
		_exit(1);
	for (i = 0; i < snap.s.nr_regions; i++)
		m->hits += snap.regions[i].nr_accesses;
	if (m->ending == END_STOP && control_try(fd, DAMON_IOC_STOP, NULL))
		_exit(1);
	if (m->ending == END_COMMIT) {
		conf_init(&conf);
		conf_target(&conf, 0);
		if (conf_try(fd, &conf))
			_exit(1);
	}
	close(fd);
}

static uint64_t monitor_as(uid_t uid, struct target *target, enum ending ending)
{
	struct monitored *m = shared_alloc(sizeof(*m));

	m->target = target;
	m->ending = ending;
	ck_assert_int_eq(run_as(uid, monitor, m), 0);
	ck_assert_uint_ge(m->checks, nr_samples());
	return m->hits;
}

static void forget_references(const struct target *target)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/clear_refs", target->pid);
	ck_assert(write_text(path, "1"));
}

/* @index: every ending, privileged and not, with small and with huge pages */
static uid_t user_of(int index)
{
	return index % 2 ? USER_A : 0;
}

START_TEST(young_stays_young)
{
	enum ending ending = _i / 2 % NR_ENDINGS;
	bool huge = _i / 2 / NR_ENDINGS;
	struct target *target = target_spawn(USER_A, LEN, huge);
	struct target *twin = target_spawn(USER_A, LEN, huge);
	uint64_t left, expected;

	monitor_as(user_of(_i), target, ending);
	expected = target_referenced(twin);
	left = target_referenced(target);
	ck_assert_msg(expected >= LEN / 100 * 95, "the twin has only %llu bytes referenced",
		      (unsigned long long)expected);
	ck_assert_msg(left >= expected / 100 * 95,
		      "%llu bytes referenced after monitoring, %llu without (uid %d, ending %d, huge %d)",
		      (unsigned long long)left, (unsigned long long)expected,
		      user_of(_i), ending, huge);
	target_kill(target);
	target_kill(twin);
}
END_TEST

START_TEST(old_stays_old)
{
	bool huge = _i / 2;
	struct target *target = target_spawn(USER_A, LEN, huge);
	uint64_t hits, left;

	forget_references(target);
	left = target_referenced(target);
	ck_assert_msg(left <= LEN / 20, "%llu bytes stay referenced, so this shows nothing",
		      (unsigned long long)left);
	hits = monitor_as(user_of(_i), target, END_STOP);
	left = target_referenced(target);
	ck_assert_msg(left <= LEN / 20, "monitoring has made %llu bytes referenced",
		      (unsigned long long)left);
	ck_assert_msg(hits <= PAGES / 200, "%llu accesses that nobody made",
		      (unsigned long long)hits);
	target_kill(target);
}
END_TEST

/* How many of a target's pages have PG_idle. */
static unsigned int idle_pages(const struct target *target)
{
	static uint64_t entries[PAGES];
	unsigned int i, nr = 0;
	uint64_t flags;
	char path[32];
	int map, kpf;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", target->pid);
	map = open(path, O_RDONLY);
	ck_assert_int_ge(map, 0);
	ck_assert_int_eq(pread(map, entries, sizeof(entries), target->addr / PAGE * 8),
			 sizeof(entries));
	close(map);
	kpf = open("/proc/kpageflags", O_RDONLY);
	ck_assert_int_ge(kpf, 0);
	for (i = 0; i < PAGES; i++) {
		if (!(entries[i] >> 63))
			continue;
		ck_assert_int_eq(pread(kpf, &flags, 8, (entries[i] & ((1ULL << 55) - 1)) * 8), 8);
		nr += flags >> KPF_IDLE & 1;
	}
	close(kpf);
	return nr;
}

/*
 * Page flags tell what all who map a page do, so a user without CAP_PERFMON
 * must neither see nor change them.
 */
START_TEST(users_leave_page_flags_alone)
{
	struct target *target;
	struct damon_query query;
	unsigned int before, user, root;

	if (access("/proc/kpageflags", R_OK))
		skip("no /proc/kpageflags");
	/* The kernel's own monitor sets them on any page. */
	builtin_stop();
	device_query(device_open(), &query);
	target = target_spawn(USER_A, LEN, false);
	before = idle_pages(target);
	monitor_as(USER_A, target, END_STOP);
	user = idle_pages(target);
	monitor_as(0, target, END_STOP);
	root = idle_pages(target);
	builtin_resume();
	ck_assert_msg(user <= before, "a user's session has set PG_idle on %u pages",
		      user - before);
	if (query.features & DAMON_FEATURE_PG_IDLE)
		ck_assert_msg(root > before + PAGES / 10,
			      "root's has on %u only, so this shows nothing", root - before);
	else
		ck_assert_uint_eq(root, 0);
	target_kill(target);
}
END_TEST

/* Data that is written while being sampled arrives: no dirty bit is lost. */
START_TEST(nothing_written_is_lost)
{
	struct conf conf;
	unsigned long turns, nr = rounds(20);
	int fd, file;
	char *map, *check;
	size_t i;

	/* Not tmpfs, where nothing is written back without swap. */
	file = open("/var/tmp", O_TMPFILE | O_RDWR, 0600);
	ck_assert_int_ge(file, 0);
	ck_assert_int_eq(ftruncate(file, LEN), 0);
	map = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	ck_assert_ptr_ne(map, MAP_FAILED);
	conf_init(&conf);
	conf_target(&conf, 0);
	conf_range(&conf, PTR(map), LEN);
	conf.c.sample_us = 1000;
	conf.c.aggr_us = 10000;
	conf.c.min_nr_regions = 500;
	fd = session_running(0, &conf);
	for (turns = 1; turns <= nr; turns++) {
		for (i = 0; i < LEN; i += PAGE)
			*(volatile unsigned long *)(map + i) = turns * i;
		ck_assert_int_eq(msync(map, LEN, MS_SYNC), 0);
	}
	session_stop(fd);

	/* What was not written back is read from the disk as it was. */
	munmap(map, LEN);
	ck_assert_int_eq(posix_fadvise(file, 0, LEN, POSIX_FADV_DONTNEED), 0);
	check = malloc(LEN);
	ck_assert_int_eq(pread(file, check, LEN, 0), LEN);
	for (i = 0; i < LEN; i += PAGE)
		ck_assert_uint_eq(*(unsigned long *)(check + i), (turns - 1) * i);
	free(check);
	close(file);
}
END_TEST

Suite *giveback_suite(void)
{
	Suite *suite = suite_create("giveback");
	TCase *tc = add_case(suite, "giveback");

	tcase_add_loop_test(tc, young_stays_young, 0, 2 * 2 * NR_ENDINGS);
	tcase_add_loop_test(tc, old_stays_old, 0, 4);
	tcase_add_test(tc, users_leave_page_flags_alone);
	tcase_add_test(tc, nothing_written_is_lost);
	return suite;
}
