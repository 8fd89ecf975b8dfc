// SPDX-License-Identifier: GPL-2.0
/*
 * Physical addresses: who may, what is rejected, what is covered, what is seen,
 * and that nothing is left behind.
 */
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "harness.h"

#ifndef CAP_PERFMON
#define CAP_PERFMON	38
#endif

#define HUGE	(2 * MIB)
#define PARTS	64

static struct conf conf;

static void begin(void)
{
	conf_physical(&conf);
}

/* Rights. */

/**
 * struct attempt - what somebody tries
 * @cap:	the capability to keep, or -1
 * @userns:	from a user namespace of its own
 * @skipped:	cannot be tried here
 * @commit:	result of COMMIT
 * @msg:	its text
 */
struct attempt {
	int cap;
	bool userns;
	bool skipped;
	int commit;
	char msg[MSG_LEN];
};

static void try_it(void *data)
{
	struct attempt *a = data;
	int fd;

	if (a->cap >= 0 && !become_with_cap(USER_A, a->cap))
		_exit(1);
	a->skipped = a->userns && unshare(CLONE_NEWUSER);
	fd = session_try(open(DAMON_DEVICE_PATH, O_RDWR), 0, NULL);
	if (fd < 0)
		_exit(1);
	conf_physical(&conf);
	a->commit = conf_try(fd, &conf);
	memcpy(a->msg, conf.msg, sizeof(a->msg));
}

static struct attempt *attempt(uid_t uid, int cap, bool userns)
{
	struct attempt *a = shared_alloc(sizeof(*a));

	a->cap = cap;
	a->userns = userns;
	ck_assert_int_eq(run_as(uid, try_it, a), 0);
	return a;
}

static void refused(const struct attempt *a)
{
	ck_assert_msg(a->commit == -EPERM, "COMMIT: %s", strerror(-a->commit));
	check_text(a->msg, "CAP_SYS_ADMIN");
}

START_TEST(users_may_not)
{
	refused(attempt(USER_A, -1, false));
}
END_TEST

START_TEST(cap_perfmon_is_not_enough)
{
	refused(attempt(0, CAP_PERFMON, false));
}
END_TEST

START_TEST(cap_sys_admin_may)
{
	const struct attempt *a = attempt(0, CAP_SYS_ADMIN, false);

	ck_assert_msg(!a->commit, "%s: %.*s", strerror(-a->commit), MSG_LEN, a->msg);
}
END_TEST

START_TEST(root_of_a_user_namespace_may_not)
{
	const struct attempt *a = attempt(USER_A, -1, true);

	if (a->skipped)
		skip("users cannot make user namespaces");
	refused(a);
}
END_TEST

static int inherited;

static void commit_inherited(void *data)
{
	struct attempt *a = data;

	conf_physical(&conf);
	a->commit = conf_try(inherited, &conf);
	memcpy(a->msg, conf.msg, sizeof(a->msg));
}

/* A session of root's does not lend its rights. */
START_TEST(session_handed_to_a_user)
{
	struct attempt *a = shared_alloc(sizeof(*a));

	inherited = session_new(0);
	ck_assert_int_eq(run_as(USER_A, commit_inherited, a), 0);
	refused(a);
}
END_TEST

/* What is rejected. */

static void rejected(int err, const char *keyword)
{
	int fd = session_new(0), got = conf_try(fd, &conf);

	ck_assert_msg(got == err, "expected %s, got %s, text '%.*s'", strerror(-err),
		      strerror(-got), MSG_LEN, conf.msg);
	check_text(conf.msg, keyword);
	ck_assert_uint_eq(session_state(fd), DAMON_STATE_NEW);
	close_kept(fd);
}

START_TEST(pid)
{
	conf.targets[0].pid = getpid();
	rejected(-EINVAL, "target 0: pid");
	conf.targets[0].pid = -1;
	rejected(-EINVAL, "target 0: pid");
}
END_TEST

START_TEST(target_flags)
{
	conf.targets[0].flags = DAMON_TARGET_PIDFD;
	rejected(-EINVAL, "target 0: flags");
}
END_TEST

START_TEST(two_targets)
{
	conf_target(&conf, 0);
	rejected(-EINVAL, "nr_targets");
}
END_TEST

START_TEST(addr_unit_no_power_of_two)
{
	conf.c.addr_unit = 3;
	rejected(-EINVAL, "addr_unit");
	conf.c.addr_unit = ~0ULL;
	rejected(-EINVAL, "addr_unit");
}
END_TEST

START_TEST(addr_unit_too_big)
{
	conf.c.addr_unit = 2 * PAGE;
	rejected(-EINVAL, "addr_unit");
	conf.c.addr_unit = 1ULL << 63;
	rejected(-EINVAL, "addr_unit");
}
END_TEST

START_TEST(range_behind_physical_addresses)
{
	conf_range(&conf, (1ULL << 52) - MIB, 2 * MIB);
	rejected(-EINVAL, "range 0");
	/* An address that is one only in bytes: times the unit it overflows. */
	conf_physical(&conf);
	conf_range(&conf, 1ULL << 55, MIB);
	conf.c.addr_unit = 4096;
	rejected(-EINVAL, "range 0");
}
END_TEST

START_TEST(range_unaligned)
{
	conf_range(&conf, MIB, MIB);
	conf.ranges[0].end -= 16;
	rejected(-EINVAL, "range 0");
	/* With 16 bytes to an address a page is 256 of them. */
	conf.ranges[0].end = conf.ranges[0].start + 128;
	conf.c.addr_unit = 16;
	rejected(-EINVAL, "range 0");
}
END_TEST

/* What is covered: all memory, in regions without gap or overlap. */

static void check_coverage(uint64_t unit)
{
	struct damon_range_conf parts[PARTS];
	unsigned int nr = memory_parts(parts, PARTS), p;
	uint64_t all = 0, covered = 0, outside = 0;
	struct snap snap;
	uint32_t i;
	int fd;

	conf.c.addr_unit = unit;
	fd = session_running(0, &conf);
	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	next_window(fd, &snap);
	if (!unit)
		unit = 1;
	for (p = 0; p < nr; p++)
		all += parts[p].end - parts[p].start;
	for (i = 0; i < snap.s.nr_regions; i++) {
		uint64_t start = snap.regions[i].start * unit, in = 0;
		uint64_t end = snap.regions[i].end * unit;

		ck_assert_uint_lt(start, end);
		ck_assert_uint_eq(start % PAGE, 0);
		ck_assert_uint_eq(end % PAGE, 0);
		if (i)
			ck_assert_uint_ge(start, snap.regions[i - 1].end * unit);
		for (p = 0; p < nr; p++)
			in += overlap(&parts[p], start, end);
		covered += in;
		outside += end - start - in;
	}
	ck_assert_uint_eq(outside, 0);
	ck_assert_uint_eq(covered, all);
	ck_assert_uint_eq(snap.s.nr_targets, 1);
	snap_free(&snap);
}

START_TEST(all_memory_is_covered)
{
	static const uint64_t units[] = { 0, 1, 16, 4096 };

	check_coverage(units[_i]);
}
END_TEST

/* With few regions the parts of memory are joined rather than left out. */
START_TEST(few_regions_cover_all)
{
	struct damon_range_conf parts[PARTS];
	unsigned int nr = memory_parts(parts, PARTS);
	struct snap snap;
	int fd;

	conf.c.min_nr_regions = 3;
	conf.c.max_nr_regions = 3;
	fd = session_running(0, &conf);
	snap_init(&snap, 16);
	next_window(fd, &snap);
	ck_assert_uint_le(snap.s.total, 3);
	ck_assert_uint_eq(snap.regions[0].start, parts[0].start);
	ck_assert_uint_eq(snap.regions[snap.s.nr_regions - 1].end, parts[nr - 1].end);
	snap_free(&snap);
}
END_TEST

START_TEST(given_ranges_are_kept)
{
	struct snap snap;
	const char *wrong;
	int fd;

	conf_range(&conf, 16 * MIB, 32 * MIB);
	/* Where there is no memory. */
	conf_range(&conf, 1ULL << 44, MIB);
	conf.c.update_us = 0;
	fd = session_running(0, &conf);
	windows_pass(fd, 3);
	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	next_window(fd, &snap);
	wrong = covers(snap.regions, snap.s.nr_regions, &conf);
	ck_assert_msg(!wrong, "%s", wrong);
	snap_free(&snap);
}
END_TEST

/* From one kind of addresses to another and back, while it runs. */
START_TEST(commit_changes_operations)
{
	struct conf other;
	struct snap snap;
	const char *wrong;
	int fd = session_running(0, &conf), i;
	uint64_t mem = PTR(map_pages(MIB, false));

	conf_init(&other);
	conf_target(&other, 0);
	conf_range(&other, mem, MIB);
	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	for (i = 0; i < 5; i++) {
		other.c.ops = i % 2 ? DAMON_OPS_VADDR : DAMON_OPS_FVADDR;
		conf_commit(fd, &other);
		next_window(fd, &snap);
		wrong = covers(snap.regions, snap.s.nr_regions, &other);
		ck_assert_msg(!wrong, "%s", wrong);
		conf.c.addr_unit = 1 << i;
		conf_commit(fd, &conf);
		next_window(fd, &snap);
		ck_assert_uint_eq(snap.s.state, DAMON_STATE_RUNNING);
		ck_assert_uint_gt(snap.s.nr_regions, 1);
	}
	snap_free(&snap);
}
END_TEST

/* What is seen: pages of a process that are touched, or are not. */

enum kind { SMALL, THP, HUGETLB, SHMEM, NR_KINDS };

static const char *const kinds[] = { "small pages", "THP", "hugetlb", "shmem" };
static enum kind job_kind;

#define JOB_LEN	(16 * MIB)

static void job_memory(struct target *target)
{
	int flags = MAP_SHARED | MAP_ANONYMOUS;
	char *mem;

	switch (job_kind) {
	case SMALL:
	case THP:
		mem = map_pages(JOB_LEN, job_kind == THP);
		break;
	case HUGETLB:
		flags |= MAP_HUGETLB;
		/* fall through */
	default:
		mem = mmap(NULL, JOB_LEN, PROT_READ | PROT_WRITE, flags, -1, 0);
		if (mem == MAP_FAILED)
			_exit(1);
		touch(mem, JOB_LEN);
	}
	if (!mem)
		_exit(1);
	target->addr = PTR(mem);
	target->len = JOB_LEN;
	target->hot = JOB_LEN;
	target->ready = 1;
	target_work(target);
}

static void hugetlb_pages(const char *nr)
{
	ck_assert(write_text("/proc/sys/vm/nr_hugepages", nr));
}

static void put_hugetlb_pages(void)
{
	write_text("/proc/sys/vm/nr_hugepages", "0");
}

static struct target *memory_of_kind(enum kind kind)
{
	job_kind = kind;
	if (kind == HUGETLB)
		hugetlb_pages("8");
	return target_job(0, job_memory);
}

/* Ranges of the physical pages: a huge page each, or a small one. */
static void ranges_of(struct target *target, enum kind kind)
{
	uint64_t size = kind == THP || kind == HUGETLB ? HUGE : PAGE;
	uint64_t pages[CONF_RANGES], page;
	unsigned int i, j;

	for (i = 0; i < CONF_RANGES; i++) {
		page = page_at(target->pid, target->addr + i * HUGE);
		ck_assert_uint_ne(page, 0);
		/* cppcheck-suppress uninitvar */
		for (j = i; j && pages[j - 1] > page; j--)
			pages[j] = pages[j - 1];
		pages[j] = page;
	}
	for (i = 0; i < CONF_RANGES; i++)
		conf_range(&conf, pages[i], size);
}

/* How much of the ranges, in per cent, looks accessed in the last window. */
static unsigned int seen(int fd)
{
	uint64_t hot = 0, all = 0;
	struct snap snap;
	uint32_t i;

	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	next_window(fd, &snap);
	for (i = 0; i < snap.s.nr_regions; i++) {
		const struct damon_region_info *r = &snap.regions[i];

		all += r->end - r->start;
		if (r->nr_accesses * 2 >= snap.s.max_nr_accesses)
			hot += r->end - r->start;
	}
	snap_free(&snap);
	ck_assert_uint_gt(all, 0);
	/* cppcheck-suppress zerodiv */
	return hot * 100 / all;
}

START_TEST(touched_pages_are_seen)
{
	struct target *target = memory_of_kind(_i);
	unsigned int percent = 0, turns;
	int fd;

	ranges_of(target, _i);
	target->work = WORK_TOUCH;
	/* Intervals that the process, on a machine however slow, can keep up with. */
	turns = target->turns;
	ck_wait(target->turns >= turns + 10);
	conf.c.sample_us = 50000;
	conf.c.aggr_us = 500000;
	fd = session_running(0, &conf);
	ck_assert_msg(wait_for((percent = seen(fd)) >= 95, LIMIT_S),
		      "%s: only %u per cent of what is touched", kinds[_i], percent);
	target->work = WORK_IDLE;
	ck_assert_msg(wait_for(!(percent = seen(fd)), LIMIT_S),
		      "%s: %u per cent of what is not touched", kinds[_i], percent);
	target_kill(target);
}
END_TEST

/* A page that several have mapped is accessed when any of them uses it. */
static void job_sharer(struct target *target)
{
	char *mem = mmap(NULL, JOB_LEN, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int i;

	if (mem == MAP_FAILED)
		_exit(1);
	touch(mem, JOB_LEN);
	for (i = 0; i < 8; i++) {
		pid_t pid = fork();

		if (pid)
			continue;
		become(0);
		touch(mem, JOB_LEN);
		target->turns++;
		while (i || target->work == WORK_IDLE)
			usleep(1000);
		target_work(target);
		_exit(0);
	}
	target->addr = PTR(mem);
	target->len = JOB_LEN;
	target->hot = JOB_LEN;
	if (!wait_for(target->turns >= 8, LIMIT_S))
		_exit(1);
	target->ready = 1;
	pause();
}

START_TEST(shared_pages_are_seen)
{
	struct target *target = target_job(0, job_sharer);
	unsigned int percent = 0;
	int fd;

	ranges_of(target, SHMEM);
	target->work = WORK_TOUCH;
	conf.c.sample_us = 50000;
	conf.c.aggr_us = 500000;
	fd = session_running(0, &conf);
	ck_assert_msg(wait_for((percent = seen(fd)) >= 95, LIMIT_S),
		      "only %u per cent of what one of nine touches", percent);
	target_kill(target);
}
END_TEST

/* What others learn from accessed bits is the same as before. */

#define WATCHED		(256 * MIB)

/*
 * Has a third of the pages sampled, which is six times what the tests let pass;
 * on slow machines a tenth of them.
 */
static void sample_all(void)
{
	struct damon_range_conf parts[PARTS];
	unsigned int nr = memory_parts(parts, PARTS), p;
	struct snap snap;
	uint64_t pages = 0, samples;
	int fd;

	for (p = 0; p < nr; p++)
		pages += (parts[p].end - parts[p].start) / PAGE;
	samples = pages * (rounds(30) > 10 ? rounds(30) : 10) / 100;
	conf.c.sample_us = 1000;
	conf.c.aggr_us = 20000;
	conf.c.min_nr_regions = rounds(3000);
	conf.c.max_nr_regions = 4000;
	fd = session_running(0, &conf);
	snap_init(&snap, 1);
	ck_assert_msg(wait_for(!snap_try(fd, &snap) && snap.s.nr_checks >= samples,
			       3 * LIMIT_S),
		      "only %llu of %llu samples", (unsigned long long)snap.s.nr_checks,
		      (unsigned long long)samples);
	ck_assert_uint_le(snap.s.nr_missed * 100, snap.s.nr_checks);
	session_stop(fd);
	snap_free(&snap);
}

START_TEST(young_stays_young)
{
	struct target *target = target_spawn(USER_A, WATCHED, _i);
	uint64_t before = target_referenced(target), left;

	ck_assert_uint_ge(before, WATCHED / 100 * 95);
	sample_all();
	left = target_referenced(target);
	ck_assert_msg(left >= WATCHED / 100 * 95, "%llu of %llu bytes are still referenced",
		      (unsigned long long)left, (unsigned long long)before);
	target_kill(target);
}
END_TEST

START_TEST(old_stays_old)
{
	struct target *target = target_spawn(USER_A, WATCHED, _i);
	uint64_t left;
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/clear_refs", target->pid);
	ck_assert(write_text(path, "1"));
	ck_assert_uint_le(target_referenced(target), WATCHED / 20);
	sample_all();
	left = target_referenced(target);
	ck_assert_msg(left <= WATCHED / 20, "monitoring has made %llu bytes referenced",
		      (unsigned long long)left);
	target_kill(target);
}
END_TEST

/* Ending: within a second, whatever is being sampled. */

static void busy_session(int *fd)
{
	conf.c.sample_us = 1000;
	conf.c.aggr_us = 20000;
	conf.c.min_nr_regions = 10000;
	conf.c.max_nr_regions = 20000;
	*fd = session_running(0, &conf);
	windows_pass(*fd, 1);
}

static uint64_t shortest(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The best of some, since the machine may be slow for a moment. */
START_TEST(stop_and_close_are_quick)
{
	uint64_t stop = ~0ULL, close_ns = ~0ULL, begun;
	int i, fd;

	for (i = 0; i < 3; i++) {
		busy_session(&fd);
		begun = now_ns();
		session_stop(fd);
		stop = shortest(stop, now_ns() - begun);
		session_start(fd);
		begun = now_ns();
		close_kept(fd);
		close_ns = shortest(close_ns, now_ns() - begun);
	}
	ck_assert_msg(stop < 1000000000 && close_ns < 1000000000, "STOP %llu ms, close %llu ms",
		      (unsigned long long)stop / 1000000, (unsigned long long)close_ns / 1000000);
}
END_TEST

/* Memory of all kinds comes and goes while it is sampled. */
static void job_churn(struct target *target)
{
	static const int advice[] = { MADV_HUGEPAGE, MADV_NOHUGEPAGE };
	unsigned int i;

	target->ready = 1;
	for (i = 0; target->work != WORK_EXIT; i++) {
		int flags = (i % 3 ? MAP_PRIVATE : MAP_SHARED) | MAP_ANONYMOUS |
			    (i % 5 ? 0 : MAP_HUGETLB);
		char *mem = mmap(NULL, 4 * MIB, PROT_READ | PROT_WRITE, flags, -1, 0);
		pid_t pid;

		if (mem == MAP_FAILED)
			continue;
		madvise(mem, 4 * MIB, advice[i % 2]);
		madvise(mem, 4 * MIB, MADV_MERGEABLE);
		touch(mem, 4 * MIB);
		pid = fork();
		if (!pid) {
			touch(mem, 2 * MIB);
			_exit(0);
		}
		madvise(mem + MIB, MIB, MADV_PAGEOUT);
		mprotect(mem + PAGE, MIB, PROT_NONE);
		if (pid > 0)
			waitpid(pid, NULL, 0);
		munmap(mem, 4 * MIB);
		target->turns++;
	}
}

START_TEST(memory_that_changes)
{
	struct target *a, *b;
	uint64_t until = rounds(50);
	int fd;

	hugetlb_pages("8");
	write_text("/sys/kernel/mm/ksm/sleep_millisecs", "1");
	write_text("/sys/kernel/mm/ksm/pages_to_scan", "1000");
	write_text("/sys/kernel/mm/ksm/run", "1");
	a = target_job(0, job_churn);
	b = target_job(0, job_churn);
	conf.c.sample_us = 1000;
	conf.c.aggr_us = 20000;
	conf.c.min_nr_regions = rounds(3000);
	conf.c.max_nr_regions = 4000;
	fd = session_running(0, &conf);
	while (a->turns < until || b->turns < until) {
		write_text("/proc/sys/vm/compact_memory", "1");
		windows_pass(fd, 2);
	}
	session_stop(fd);
	write_text("/sys/kernel/mm/ksm/run", "2");
	write_text("/sys/kernel/mm/ksm/run", "0");
	target_kill(a);
	target_kill(b);
}
END_TEST

Suite *paddr_suite(void)
{
	Suite *suite = suite_create("paddr");
	TCase *tc = add_case(suite, "rights");

	tcase_add_checked_fixture(tc, begin, NULL);
	tcase_add_test(tc, users_may_not);
	tcase_add_test(tc, cap_perfmon_is_not_enough);
	tcase_add_test(tc, cap_sys_admin_may);
	tcase_add_test(tc, root_of_a_user_namespace_may_not);
	tcase_add_test(tc, session_handed_to_a_user);

	tc = add_case(suite, "rejected");
	tcase_add_checked_fixture(tc, begin, NULL);
	tcase_add_test(tc, pid);
	tcase_add_test(tc, target_flags);
	tcase_add_test(tc, two_targets);
	tcase_add_test(tc, addr_unit_no_power_of_two);
	tcase_add_test(tc, addr_unit_too_big);
	tcase_add_test(tc, range_behind_physical_addresses);
	tcase_add_test(tc, range_unaligned);

	tc = add_case(suite, "ranges");
	tcase_add_checked_fixture(tc, begin, NULL);
	tcase_add_loop_test(tc, all_memory_is_covered, 0, 4);
	tcase_add_test(tc, few_regions_cover_all);
	tcase_add_test(tc, given_ranges_are_kept);
	tcase_add_test(tc, commit_changes_operations);

	tc = add_case(suite, "sight");
	tcase_add_checked_fixture(tc, begin, put_hugetlb_pages);
	tcase_add_loop_test(tc, touched_pages_are_seen, 0, NR_KINDS);
	tcase_add_test(tc, shared_pages_are_seen);

	tc = add_case(suite, "no trace");
	tcase_add_checked_fixture(tc, begin, NULL);
	tcase_add_loop_test(tc, young_stays_young, 0, 2);
	tcase_add_loop_test(tc, old_stays_old, 0, 2);

	tc = add_case(suite, "end");
	tcase_add_checked_fixture(tc, begin, put_hugetlb_pages);
	tcase_add_test(tc, stop_and_close_are_quick);
	tcase_add_test(tc, memory_that_changes);
	return suite;
}
