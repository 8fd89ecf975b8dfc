// SPDX-License-Identifier: GPL-2.0
/*
 * Processes one of whose threads keeps the mmap lock for writing, which is busy with
 * memory other than what is watched: what is seen of them meanwhile.
 */
#include <signal.h>
#include <sys/mman.h>

#include "keeper.h"

#define POOL		"/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"

/* Hot memory of a process that works all the time, cold memory. */
#define IS_HOT		0.5
#define IS_COLD		0.05

static struct conf conf;
static struct snap snap;

static void begin(void)
{
	conf_init(&conf);
	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
}

static void end(void)
{
	snap_free(&snap);
}

/* Are there locks of single mappings?  (Linux 6.12 and later.) */
static bool mappings_have_locks(void)
{
	return count_lines("/proc/kallsyms", " lock_vma_under_rcu\n");
}

/* The share of samples that found a range accessed in the next window. */
static double heat(int fd, uint64_t start, uint64_t len)
{
	double bytes = 0;
	uint32_t i;

	next_window(fd, &snap);
	for (i = 0; i < snap.s.nr_regions; i++) {
		const struct damon_region_info *r = &snap.regions[i];
		uint64_t from = r->start > start ? r->start : start;
		uint64_t to = r->end < start + len ? r->end : start + len;

		if (from < to)
			bytes += (double)(to - from) * r->nr_accesses;
	}
	return bytes / len / snap.s.max_nr_accesses;
}

/* Of LEN bytes the half at the beginning is worked on, or nothing is, and this is seen. */
static bool is_hot(int fd, uint64_t start, bool hot)
{
	double first = heat(fd, start, LEN / 2);
	double second = heat(fd, start + LEN / 2, LEN / 2);

	return (hot ? first > IS_HOT : first < IS_COLD) && second < IS_COLD;
}

/* How many samples are missed after the ones that are now. */
static uint64_t missed(int fd)
{
	snap.s.nr_regions = 0;
	ck_assert_int_eq(snap_try(fd, &snap), 0);
	return snap.s.nr_missed;
}

/* @index: ranges of ours; those that the process has, of which an update is always due */
START_TEST(what_is_mapped_goes_on)
{
	struct target *target;
	uint64_t before;
	int fd, hold, i;

	need_module();
	target = target_spawn(0, LEN, false);
	target->hot = LEN / 2;
	target->work = WORK_TOUCH;
	conf_target(&conf, target->pid);
	if (_i)
		conf.c.update_us = conf.c.aggr_us;
	else
		conf_range(&conf, target->addr, LEN);
	fd = session_running(0, &conf);
	ck_wait(is_hot(fd, target->addr, true));

	hold = hold_lock(target, true);
	before = missed(fd);
	if (!mappings_have_locks()) {
		ck_wait(missed(fd) > before);
	} else {
		for (i = 0; i < 2; i++) {
			target->work = WORK_IDLE;
			ck_wait(is_hot(fd, target->addr, false));
			target->work = WORK_TOUCH;
			ck_wait(is_hot(fd, target->addr, true));
		}
		ck_assert_uint_eq(missed(fd), before);
	}
	close(hold);
	ck_wait(is_hot(fd, target->addr, true));
	session_stop(fd);
	target_kill(target);
}
END_TEST

/* Pages of hugetlb, always worked on, and other memory above them: LEN of each. */
static void work_on_both(struct target *target)
{
	char *room, *mem;
	size_t i;

	room = mmap(NULL, 2 * LEN + HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (room == MAP_FAILED)
		_exit(1);
	mem = room + (-PTR(room) & (HUGE - 1));
	if (mmap(mem, LEN, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_FIXED, -1, 0) == MAP_FAILED ||
	    mmap(mem + LEN, LEN, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		_exit(1);
	touch(mem, 2 * LEN);
	target->addr = PTR(mem);
	target->len = 2 * LEN;
	target->ready = 1;
	while (target->work != WORK_EXIT) {
		for (i = 0; i < LEN / 2; i += HUGE)
			touch(mem + i, 1);
		if (target->work == WORK_TOUCH)
			touch(mem + LEN, LEN / 2);
		usleep(1000);
	}
}

/*
 * Others may have the page tables of hugetlb, too: there the lock of all is taken,
 * and while that is busy what lies behind is sampled all the same.
 */
START_TEST(hugetlb_waits)
{
	struct target *target;
	uint64_t before, above;
	int fd, hold;

	need_module();
	write_text("/proc/sys/vm/compact_memory", "1");
	write_text(POOL, "4");
	if (number_in(POOL, "") < 4)
		skip("there are no huge pages");
	target = target_job(0, work_on_both);
	target->work = WORK_TOUCH;
	above = target->addr + LEN;
	conf_target(&conf, target->pid);
	conf_range(&conf, target->addr, LEN);
	conf_range(&conf, above, LEN);
	fd = session_running(0, &conf);
	ck_wait(is_hot(fd, target->addr, true) && is_hot(fd, above, true));
	hold = hold_lock(target, true);
	before = missed(fd);
	ck_wait(missed(fd) > before);
	if (mappings_have_locks()) {
		target->work = WORK_IDLE;
		ck_wait(is_hot(fd, above, false));
		target->work = WORK_TOUCH;
		ck_wait(is_hot(fd, above, true));
	}
	close(hold);
	ck_wait(is_hot(fd, target->addr, true) && is_hot(fd, above, true));
	session_stop(fd);
	target_kill(target);
	write_text(POOL, "0");
}
END_TEST

Suite *busy_suite(void)
{
	Suite *suite = suite_create("busy");
	TCase *tc = add_case(suite, "busy");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, what_is_mapped_goes_on, 0, 2);
	tcase_add_test(tc, hugetlb_waits);
	return suite;
}
