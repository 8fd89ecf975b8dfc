// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of hugetlb, and memory that is not there at the moment.
 */
#include <fcntl.h>
#include <linux/mman.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "harness.h"

#define GIB		(1024 * MIB)
#define HUGE		(2 * MIB)
#define NR_HUGE		8	/* pages of a target; the first half is hot */
#define LEN		(NR_HUGE * HUGE)
#define POOL		"24"
#define HUGE_DIR	"/sys/kernel/mm/hugepages/"

/* Hot memory of a process that works all the time, cold memory. */
#define IS_HOT		0.5
#define IS_COLD		0.02

static bool pool_has(const char *dir, unsigned int nr)
{
	char path[96], text[32];

	snprintf(path, sizeof(path), HUGE_DIR "%s/nr_hugepages", dir);
	return read_text(path, text, sizeof(text)) && strtoul(text, NULL, 10) >= nr;
}

static void need_pool(void)
{
	write_text("/proc/sys/vm/compact_memory", "1");
	write_text(HUGE_DIR "hugepages-2048kB/nr_hugepages", POOL);
	ck_assert_msg(pool_has("hugepages-2048kB", atoi(POOL)), "no huge pages can be had");
}

/* What the next target maps; each runs in the test's process before the fork. */
static int map_flags;
static size_t map_step, map_len;

/* Writes to one byte of each huge page of the first half, for ever. */
static void touch_half(struct target *target)
{
	volatile char *mem = mmap(NULL, map_len, PROT_READ | PROT_WRITE,
				  MAP_ANONYMOUS | MAP_HUGETLB | map_flags, -1, 0);
	size_t i;

	if (mem == MAP_FAILED)
		_exit(1);
	for (i = 0; i < map_len; i += map_step)
		mem[i] = 1;
	target->addr = PTR(mem);
	target->len = map_len;
	target->ready = 1;
	while (target->work != WORK_EXIT) {
		for (i = 0; i < map_len / 2; i += map_step)
			mem[i]++;
		target->turns++;
		syscall(SYS_getppid);
	}
}

static struct target *half_hot(int flags, size_t step, unsigned int nr)
{
	map_flags = flags;
	map_step = step;
	map_len = nr * step;
	return target_job(USER_A, touch_half);
}

static void check_half(struct target *target, uid_t uid)
{
	struct watch *watch = watch_init(target->pid);

	watch_range(watch, target->addr, target->len / 2);
	watch_range(watch, target->addr + target->len / 2, target->len / 2);
	watch_as(watch, uid);
	ck_assert_msg(watch->ranges[0].heat > IS_HOT, "uid %u sees the hot half accessed in %.3f of samples",
		      uid, watch->ranges[0].heat);
	ck_assert_msg(watch->ranges[1].heat < IS_COLD, "uid %u sees the cold half accessed in %.3f of samples",
		      uid, watch->ranges[1].heat);
}

/* @index: private and shared, privileged and not */
START_TEST(hot_is_told_from_cold)
{
	struct target *target;

	need_pool();
	target = half_hot(_i / 2 ? MAP_SHARED : MAP_PRIVATE, HUGE, NR_HUGE);
	check_half(target, _i % 2 ? USER_A : 0);
	target_kill(target);
}
END_TEST

/*
 * Pages of 1 GiB, where processor and memory allow: one is hot, one is not.  It takes a
 * machine of its own, since they are best set aside when it starts.
 */
static const char *no_largest_pages(void)
{
	if (access(HUGE_DIR "hugepages-1048576kB", F_OK))
		return "no pages of 1 GiB on this processor";
	write_text(HUGE_DIR "hugepages-1048576kB/nr_hugepages", "2");
	return pool_has("hugepages-1048576kB", 2) ? NULL : "no memory for two pages of 1 GiB";
}

START_TEST(the_largest_pages)
{
	const char *why = no_largest_pages();
	struct target *target;

	if (why)
		skip(why);
	target = half_hot(MAP_PRIVATE | MAP_HUGE_1GB, GIB, 2);
	check_half(target, _i ? USER_A : 0);
	target_kill(target);
}
END_TEST

/* The same, by where they are.  What is watched of them does not touch. */
START_TEST(the_largest_pages_in_memory)
{
	const char *why = no_largest_pages();
	struct watch *watch = watch_init(0);
	struct target *target;
	uint64_t hot, cold;
	unsigned int at;

	if (why)
		skip(why);
	target = half_hot(MAP_PRIVATE | MAP_HUGE_1GB, GIB, 2);
	hot = page_at(target->pid, target->addr);
	cold = page_at(target->pid, target->addr + GIB);
	ck_assert_uint_ne(hot, 0);
	ck_assert_uint_ne(cold, 0);
	ck_assert_uint_eq(hot % GIB, 0);
	watch->physical = true;
	watch_range(watch, (hot < cold ? hot : cold) + HUGE, GIB - 2 * HUGE);
	watch_range(watch, (hot < cold ? cold : hot) + HUGE, GIB - 2 * HUGE);
	at = hot < cold ? 0 : 1;
	watch_as(watch, 0);
	ck_assert_msg(watch->ranges[at].heat > IS_HOT, "the hot page is accessed in %.3f of samples",
		      watch->ranges[at].heat);
	ck_assert_msg(watch->ranges[!at].heat < IS_COLD, "the cold page is accessed in %.3f of samples",
		      watch->ranges[!at].heat);
	target_kill(target);
}
END_TEST

/*
 * Two processes share the page tables of a mapping that covers 1 GiB as a
 * whole: one works on the first half of what is populated of it.
 */
static int shared_file = -1;

static volatile char *map_gib(void)
{
	char *mem = mmap(NULL, 2 * GIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (mem == MAP_FAILED)
		_exit(1);
	mem = (char *)(((uintptr_t)mem + GIB - 1) & ~(GIB - 1));
	if (mmap(mem, GIB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | MAP_NORESERVE,
		 shared_file, 0) != mem)
		_exit(1);
	return mem;
}

static void populate(volatile char *mem)
{
	size_t i;

	for (i = 0; i < LEN; i += HUGE)
		mem[i]++;
}

static void work_on_gib(struct target *target)
{
	volatile char *mem = map_gib();
	size_t i;

	populate(mem);
	target->addr = PTR(mem);
	target->len = LEN;
	target->ready = 1;
	while (target->work != WORK_EXIT) {
		for (i = 0; i < LEN / 2; i += HUGE)
			mem[i]++;
		target->turns++;
		syscall(SYS_getppid);
	}
}

static void look_at_gib(struct target *target)
{
	volatile char *mem = map_gib();

	/* The first access makes the tables its own, or those of both. */
	populate(mem);
	target->addr = PTR(mem);
	target->len = LEN;
	target->ready = 1;
	while (target->work != WORK_EXIT)
		usleep(1000);
}

/* A kernel for fewer than four processors has one lock for all tables, and shares none. */
static bool tables_are_shared(void)
{
	char text[32];

	read_text("/sys/devices/system/cpu/kernel_max", text, sizeof(text));
	return atoi(text) >= 3;
}

static void share_file(void)
{
	need_pool();
	/* Not one of the kept, which targets close. */
	shared_file = memfd_create("shared", MFD_HUGETLB);
	ck_assert_int_ge(shared_file, 0);
	ck_assert_int_eq(ftruncate(shared_file, GIB), 0);
}

/*
 * The bits of shared tables tell what others do: whoever may watch all sees
 * them at a process that does nothing, its owner does not.
 */
START_TEST(shared_tables_are_for_the_privileged)
{
	struct target *busy, *quiet;
	struct watch *watch;

	if (!tables_are_shared())
		skip("this kernel does not share page tables");
	share_file();
	busy = target_job(USER_B, work_on_gib);
	quiet = target_job(USER_A, look_at_gib);
	watch = watch_init(quiet->pid);
	watch_range(watch, quiet->addr, LEN / 2);
	watch_range(watch, quiet->addr + LEN / 2, LEN / 2);
	watch_as(watch, 0);
	ck_assert_msg(watch->ranges[0].heat > IS_HOT,
		      "root sees accesses in %.3f of samples: the tables are not shared, so this shows nothing",
		      watch->ranges[0].heat);
	ck_assert_msg(watch->ranges[1].heat < IS_COLD, "root sees the cold half accessed in %.3f of samples",
		      watch->ranges[1].heat);
	watch_as(watch, USER_A);
	ck_assert_msg(watch->ranges[0].heat == 0 && watch->ranges[1].heat == 0,
		      "a user sees what another user does (%.3f, %.3f of samples)",
		      watch->ranges[0].heat, watch->ranges[1].heat);
	target_kill(busy);
	target_kill(quiet);
}
END_TEST

/* Maps, shares, unshares by a change of protection, unmaps: again and again. */
static void churn_gib(struct target *target)
{
	volatile char *mem = map_gib();

	populate(mem);
	target->addr = PTR(mem);
	target->len = LEN;
	target->ready = 1;
	while (target->work != WORK_EXIT) {
		mprotect((void *)mem, HUGE, PROT_READ);
		mprotect((void *)mem, HUGE, PROT_READ | PROT_WRITE);
		populate(mem);
		madvise((void *)mem, HUGE, MADV_DONTNEED);
		mmap((void *)mem, GIB, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_FIXED | MAP_NORESERVE, shared_file, 0);
		populate(mem);
		target->turns++;
	}
}

START_TEST(tables_come_and_go_under_samples)
{
	unsigned long turns = rounds(300);
	struct target *one, *two;
	struct conf conf;
	int fd;

	share_file();
	one = target_job(USER_A, churn_gib);
	two = target_job(USER_A, churn_gib);
	conf_init(&conf);
	conf_target(&conf, one->pid);
	conf_range(&conf, one->addr, LEN);
	conf_target(&conf, two->pid);
	conf_range(&conf, two->addr, LEN);
	conf.c.sample_us = 1000;
	conf.c.aggr_us = 10000;
	conf.c.min_nr_regions = 100;
	fd = session_running(0, &conf);
	ck_wait(one->turns >= turns && two->turns >= turns);
	windows_pass(fd, 5);
	ck_assert_uint_eq(session_state(fd), DAMON_STATE_RUNNING);
	/* The tables' last user goes while they are sampled. */
	target_kill(one);
	windows_pass(fd, 2);
	target_kill(two);
	ck_wait(session_state(fd) == DAMON_STATE_ENDED);
}
END_TEST

/*
 * Every page is paged out, migrated or mapped anew all the time: entries are
 * swap, migration and NUMA hinting entries.  Nothing of the memory is lost.
 */
#define SWAP_LEN	(8 * MIB)

static void check_in_and_out(struct target *target)
{
	unsigned long *mem = map_pages(SWAP_LEN, false);
	unsigned long turn = 0;
	size_t i;

	if (!mem)
		_exit(1);
	for (i = 0; i < SWAP_LEN / sizeof(*mem); i += PAGE / sizeof(*mem))
		mem[i] = i + turn;
	target->addr = PTR(mem);
	target->len = SWAP_LEN;
	target->ready = 1;
	while (target->work != WORK_EXIT) {
		madvise(mem, SWAP_LEN, MADV_PAGEOUT);
		if (turn % 2)
			madvise(mem, SWAP_LEN, MADV_WILLNEED);
		for (i = 0; i < SWAP_LEN / sizeof(*mem); i += PAGE / sizeof(*mem)) {
			if (mem[i] != i + turn)
				_exit(1);
			mem[i] = i + turn + 1;
		}
		turn++;
		write_text("/proc/sys/vm/compact_memory", "1");
		mprotect(mem, SWAP_LEN, PROT_NONE);
		mprotect(mem, SWAP_LEN, PROT_READ | PROT_WRITE);
		target->turns = turn;
	}
}

static bool swap_on(void)
{
	if (access("/sys/block/zram0", F_OK) && system("modprobe zram"))
		return false;
	if (count_lines("/proc/swaps", "zram0"))
		return true;
	return write_text("/sys/block/zram0/disksize", "128M") &&
	       !system("mkswap /dev/zram0 >/dev/null && swapon /dev/zram0");
}

START_TEST(memory_that_is_not_there)
{
	unsigned long turns = rounds(10);
	struct target *target;
	struct conf conf;
	int fd, status;

	if (!swap_on())
		skip("no swap can be had");
	target = target_job(0, check_in_and_out);
	conf_init(&conf);
	conf_target(&conf, target->pid);
	conf_range(&conf, target->addr, target->len);
	conf.c.sample_us = 1000;
	conf.c.aggr_us = 10000;
	conf.c.min_nr_regions = 500;
	fd = session_running(0, &conf);
	ck_assert_msg(wait_for(target->turns >= turns || kill(target->pid, 0) ||
			       session_state(fd) != DAMON_STATE_RUNNING, 3 * LIMIT_S),
		      "%lu turns", target->turns);
	target->work = WORK_EXIT;
	ck_assert_int_eq(waitpid(target->pid, &status, 0), target->pid);
	ck_assert_msg(!status, "the process has lost data, status %#x", status);
	ck_assert_uint_ge(target->turns, turns);
	ck_wait(session_state(fd) == DAMON_STATE_ENDED);
}
END_TEST

/* What is paged out is not accessed, and looking at it brings nothing back. */
static void stay_out(struct target *target)
{
	char *mem = map_pages(SWAP_LEN, false);
	unsigned int tries;

	if (!mem)
		_exit(1);
	for (tries = 0; tries < 10; tries++)
		madvise(mem, SWAP_LEN, MADV_PAGEOUT);
	target->addr = PTR(mem);
	target->len = SWAP_LEN;
	target->ready = 1;
	while (target->work != WORK_EXIT)
		usleep(1000);
}

/* KiB of a process in swap. */
static unsigned long swapped(pid_t pid)
{
	char path[32], text[4096], *at;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	read_text(path, text, sizeof(text));
	at = strstr(text, "VmSwap:");
	return at ? strtoul(at + strlen("VmSwap:"), NULL, 10) : 0;
}

START_TEST(swapped_out_is_cold_and_stays_out)
{
	struct target *target;
	struct watch *watch;
	unsigned long before;

	if (!swap_on())
		skip("no swap can be had");
	target = target_job(USER_A, stay_out);
	before = swapped(target->pid);
	ck_assert_msg(before * 1024 >= SWAP_LEN / 2, "only %lu KiB are out", before);
	watch = watch_init(target->pid);
	watch_range(watch, target->addr, target->len);
	watch_as(watch, _i ? USER_A : 0);
	ck_assert_msg(watch->ranges[0].heat < IS_COLD, "accessed in %.3f of samples",
		      watch->ranges[0].heat);
	ck_assert_uint_ge(swapped(target->pid), before);
	target_kill(target);
}
END_TEST

Suite *hugetlb_suite(void)
{
	Suite *suite = suite_create("hugetlb");
	TCase *tc = add_case(suite, "hugetlb");

	tcase_add_loop_test(tc, hot_is_told_from_cold, 0, 4);
	tcase_add_test(tc, shared_tables_are_for_the_privileged);
	tcase_add_test(tc, tables_come_and_go_under_samples);
	tcase_add_test(tc, memory_that_is_not_there);
	tcase_add_loop_test(tc, swapped_out_is_cold_and_stays_out, 0, 2);

	tc = add_case(suite, "gigantic");
	tcase_add_loop_test(tc, the_largest_pages, 0, 2);
	tcase_add_test(tc, the_largest_pages_in_memory);
	return suite;
}
