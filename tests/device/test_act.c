// SPDX-License-Identifier: GPL-2.0
/*
 * What actions do to memory, one at a time: by the test module of
 * DAMON_TEST_ACT_KO.  The truth is in smaps, numa_maps and what the kernel tells of
 * page frames, and the memory's owner looks at every byte of it.
 */
#include <fcntl.h>
#include <linux/kernel-page-flags.h>
#include <linux/mempolicy.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "act/act.h"
#include "harness.h"

#define NODE	"/dev/damon-test-act"
#define LEN	(8 * MIB)
#define HUGE	(2 * MIB)
#define GROUP	"/sys/fs/cgroup/damon-test-act"	/* has groups */
#define LEAF	GROUP "/below"				/* has processes */

static bool no_module(void)
{
	const char *file = getenv("DAMON_TEST_ACT_KO");
	int fd, err;

	if (!access(NODE, F_OK))
		return false;
	if (!file || !*file)
		return true;
	fd = open(file, O_RDONLY | O_CLOEXEC);
	ck_assert_msg(fd >= 0, "%s: %s", file, strerror(errno));
	err = syscall(SYS_finit_module, fd, "", 0);
	ck_assert_msg(!err, "%s: %s", file, strerror(errno));
	close(fd);
	return false;
}

#define need_module() do {						\
	if (no_module())						\
		skip("DAMON_TEST_ACT_KO is not set");			\
} while (0)

/* Where what is paged out goes. */
static bool no_swap(void)
{
	static const char *const make =
		"modprobe zram && echo 256M >/sys/block/zram0/disksize &&"
		"mkswap /dev/zram0 >/dev/null && swapon /dev/zram0";

	return count_lines("/proc/swaps", "zram") == 0 && system(make);
}

#define need_swap() do {						\
	need_module();							\
	if (no_swap())							\
		skip("there is no zram to swap to");			\
} while (0)

/* The process: memory with known content. */

/**
 * struct keeper - what the owner of memory is told and tells
 * @huge:	its memory is of huge pages
 * @file:	its memory is this file, or NULL
 * @shared:	a child of it has the same memory
 * @node:	its memory is on this node, or -1
 * @ask:	counts how often it is to look at all of its memory
 * @answer:	how often it has
 * @bad:	bytes that were not what they should be
 *
 * Shared with it.
 */
struct keeper {
	bool huge;
	char file[64];
	bool shared;
	int node;
	volatile unsigned int ask;
	volatile unsigned int answer;
	volatile uint64_t bad;
};

static struct keeper *keeper;

static uint64_t word(uint64_t at)
{
	return (at + 1) * 0x9e3779b97f4a7c15ULL;
}

static void fill(uint64_t *mem, size_t len)
{
	size_t i;

	for (i = 0; i < len / sizeof(*mem); i++)
		mem[i] = word(i);
}

static uint64_t count_bad(const uint64_t *mem, size_t len)
{
	uint64_t bad = 0;
	size_t i;

	for (i = 0; i < len / sizeof(*mem); i++)
		bad += mem[i] != word(i);
	return bad * sizeof(*mem);
}

static uint64_t *map_memory(void)
{
	uint64_t *mem;
	int fd;

	if (!*keeper->file)
		return map_pages(LEN, keeper->huge);
	fd = open(keeper->file, O_RDWR);
	if (fd < 0)
		return NULL;
	mem = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return mem == MAP_FAILED ? NULL : mem;
}

static void keep(struct target *target)
{
	unsigned long node = keeper->node < 0 ? 0 : 1UL << keeper->node;
	uint64_t *mem;

	if (node && syscall(SYS_set_mempolicy, MPOL_BIND, &node, 8 * sizeof(node)))
		_exit(1);
	mem = map_memory();
	if (!mem)
		_exit(1);
	/* What is moved later is moved against no policy. */
	syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0);
	fill(mem, LEN);
	if (*keeper->file)
		msync(mem, LEN, MS_SYNC);
	if (keeper->shared && !fork()) {
		pause();
		_exit(0);
	}
	target->addr = PTR(mem);
	target->len = LEN;
	target->ready = 1;
	while (target->work != WORK_EXIT) {
		if (target->work == WORK_TOUCH) {
			volatile uint64_t *at = mem;
			size_t i;

			for (i = 0; i < target->hot / sizeof(*mem); i += PAGE / sizeof(*mem))
				(void)at[i];
			target->turns++;
		}
		if (keeper->answer != keeper->ask) {
			keeper->bad = count_bad(mem, LEN);
			keeper->answer = keeper->ask;
		}
		/* Into the kernel, which drops cached translations. */
		usleep(1000);
	}
}

/* Whoever writes there has khugepaged go once more: do so the first time only. */
static void khugepaged_sleeps(void)
{
	static const char *const path =
		"/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs";
	static const char *const long_ms = "4000000000";
	char now[32] = "";

	read_text(path, now, sizeof(now));
	if (strncmp(now, long_ms, strlen(long_ms)))
		write_text(path, long_ms);
}

static void begin(void)
{
	keeper = shared_alloc(sizeof(*keeper));
	keeper->node = -1;
	/* Nobody else makes huge pages, or moves memory to who uses it. */
	khugepaged_sleeps();
	write_text("/proc/sys/kernel/numa_balancing", "0");
}

static struct target *keeper_spawn(void)
{
	return target_job(0, keep);
}

/* Whether all of its memory is as it was. */
static void content_is_good(void)
{
	keeper->ask++;
	ck_assert_msg(wait_for(keeper->answer == keeper->ask, 4 * LIMIT_S),
		      "the owner does not look at its memory");
	ck_assert_uint_eq(keeper->bad, 0);
}

/* Names of fields can begin like numbers. */
static void mapping(const char *line, unsigned long *start, unsigned long *end)
{
	unsigned long from, to;

	if (sscanf(line, "%lx-%lx ", &from, &to) == 2) {
		*start = from;
		*end = to;
	}
}

/* Bytes that smaps tells under @name of the target's memory. */
static uint64_t smaps(const struct target *target, const char *name)
{
	unsigned long start = 0, end = 0, kib;
	char path[32], format[48], *line = NULL;
	uint64_t sum = 0;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps", target->pid);
	snprintf(format, sizeof(format), "%s: %%lu kB", name);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	while (getline(&line, &size, file) > 0) {
		/* cppcheck-suppress wrongPrintfScanfArgNum */
		if (sscanf(line, format, &kib) == 1) {
			if (start >= target->addr && end <= target->addr + target->len)
				sum += kib * 1024;
		} else {
			mapping(line, &start, &end);
		}
	}
	free(line);
	fclose(file);
	return sum;
}

/* Bytes of the target's mappings that have a flag of VmFlags. */
static uint64_t smaps_flag(const struct target *target, const char *flag)
{
	unsigned long start = 0, end = 0;
	char path[32], *line = NULL;
	uint64_t sum = 0;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps", target->pid);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	while (getline(&line, &size, file) > 0) {
		mapping(line, &start, &end);
		if (!strncmp(line, "VmFlags:", 8) && strstr(line, flag) &&
		    start >= target->addr && end <= target->addr + target->len)
			sum += end - start;
	}
	free(line);
	fclose(file);
	return sum;
}

/* Bytes of the target's memory whose page frames have a flag. */
static uint64_t frames(const struct target *target, unsigned int flag)
{
	int fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	uint64_t sum = 0, at, flags;

	ck_assert_int_ge(fd, 0);
	for (at = target->addr; at < target->addr + target->len; at += PAGE) {
		uint64_t frame = page_at(target->pid, at) / PAGE;

		if (frame && pread(fd, &flags, sizeof(flags), frame * sizeof(flags)) ==
			     sizeof(flags) && flags & 1ULL << flag)
			sum += PAGE;
	}
	close(fd);
	return sum;
}

/* Bytes of the target's memory on a node. */
static uint64_t on_node(const struct target *target, unsigned int node)
{
	char path[32], word_[16], *line = NULL, *at;
	unsigned long start, pages, kib;
	uint64_t sum = 0;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/numa_maps", target->pid);
	snprintf(word_, sizeof(word_), " N%u=", node);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	while (getline(&line, &size, file) > 0) {
		if (sscanf(line, "%lx ", &start) != 1 || start < target->addr ||
		    start >= target->addr + target->len)
			continue;
		at = strstr(line, word_);
		pages = at ? strtoul(at + strlen(word_), NULL, 10) : 0;
		at = strstr(line, "kernelpagesize_kB=");
		kib = at ? strtoul(at + strlen("kernelpagesize_kB="), NULL, 10) : 4;
		sum += (uint64_t)pages * kib * 1024;
	}
	free(line);
	fclose(file);
	return sum;
}

/* The call. */

static struct act_call call;

static void call_init(const struct target *target, enum act_action action)
{
	memset(&call, 0, sizeof(call));
	call.pid = target->pid;
	call.action = action;
	call.start = target->addr;
	call.end = target->addr + target->len;
	call.allow = 1;
}

static struct act_filter *call_filter(enum act_filter_type type, bool matching, bool allow)
{
	struct act_filter *f = &call.filters[call.nr_filters++];

	f->type = type;
	f->matching = matching;
	f->allow = allow;
	call.allow = !allow;
	return f;
}

static int call_try(void)
{
	int fd = open(NODE, O_RDWR | O_CLOEXEC), err = 0;

	if (fd < 0 || ioctl(fd, ACT_IOC_CALL, &call))
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err;
}

static void call_now(void)
{
	int err = call_try();

	ck_assert_msg(!err, "%s", strerror(-err));
}

static void call_about(const struct target *target, enum act_action action)
{
	call_init(target, action);
	call_now();
}

static bool close_to(uint64_t a, uint64_t b)
{
	uint64_t more = a > b ? a : b, less = a > b ? b : a;

	return more - less <= more / 20;
}

#define ck_close(a, b) ck_assert_msg(close_to(a, b), "%s is %lu, %s is %lu", #a,	\
				     (unsigned long)(a), #b, (unsigned long)(b))

/* Physical memory, all of it: filters have to see to it that it is the target's. */
static void call_physical(void)
{
	struct damon_range_conf parts[64];
	unsigned int nr = memory_parts(parts, 64), i;
	uint64_t passed = 0, applied = 0;

	call.pid = 0;
	for (i = 0; i < nr; i++) {
		call.start = parts[i].start;
		call.end = parts[i].end;
		call_now();
		passed += call.passed;
		applied += call.applied;
	}
	call.passed = passed;
	call.applied = applied;
}

static int group_open(const char *path)
{
	int fd;

	ck_assert(!mkdir(path, 0755) || errno == EEXIST);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

/* The next processes are in this group. */
static bool group_enter(const char *path)
{
	char file[128], text[16];

	snprintf(file, sizeof(file), "%s/cgroup.procs", path);
	snprintf(text, sizeof(text), "%d", getpid());
	return write_text(file, text);
}

static uint64_t group_current(void)
{
	char text[32];

	ck_assert(read_text(LEAF "/memory.current", text, sizeof(text)));
	return strtoull(text, NULL, 10);
}

#define need_groups() do {						\
	write_text("/sys/fs/cgroup/cgroup.subtree_control", "+memory");	\
	close(group_open(GROUP));					\
	write_text(GROUP "/cgroup.subtree_control", "+memory");		\
	close(group_open(LEAF));					\
	if (access(LEAF "/memory.current", F_OK))			\
		skip("there is no memory cgroup of version 2");		\
} while (0)

/* Counting and filters. */

START_TEST(stat_counts_what_is_there)
{
	struct target *target;

	need_module();
	keeper->huge = _i;
	target = keeper_spawn();
	call_about(target, ACT_STAT);
	ck_assert_uint_eq(call.passed, LEN);
	ck_assert_uint_eq(call.applied, 0);
	/* What is never there is not counted. */
	call_init(target, ACT_STAT);
	call.start = target->addr + LEN / 2 + PAGE;
	call.end = target->addr + LEN - PAGE;
	call_now();
	ck_assert_uint_eq(call.passed, LEN / 2 - 2 * PAGE);
	target_kill(target);
}
END_TEST

/* matching and allow, in all four ways; what is not decided gets the opposite. */
START_TEST(filter_anon)
{
	struct target *target;
	unsigned int i;

	need_module();
	if (_i)
		strcpy(keeper->file, "/tmp/damon-test-act");
	if (_i) {
		int fd = open(keeper->file, O_RDWR | O_CREAT | O_TRUNC, 0644);

		ck_assert_int_ge(fd, 0);
		ck_assert_int_eq(ftruncate(fd, LEN), 0);
		close(fd);
	}
	target = keeper_spawn();
	for (i = 0; i < 4; i++) {
		bool matching = i & 1, allow = i & 2, is_anon = !_i;

		call_init(target, ACT_STAT);
		call_filter(ACT_ANON, matching, allow);
		call_now();
		ck_assert_msg(call.passed == ((is_anon == matching) == allow ? LEN : 0),
			      "matching %d, allow %d: %lu bytes pass", matching, allow,
			      (unsigned long)call.passed);
	}
	target_kill(target);
	unlink("/tmp/damon-test-act");
}
END_TEST

START_TEST(filter_order)
{
	struct target *target;

	need_module();
	target = keeper_spawn();
	call_init(target, ACT_STAT);
	call_filter(ACT_ANON, true, true);
	call_filter(ACT_ANON, true, false);
	call_now();
	ck_assert_uint_eq(call.passed, LEN);
	call_init(target, ACT_STAT);
	call_filter(ACT_ANON, true, false);
	call_filter(ACT_ANON, true, true);
	call_now();
	ck_assert_uint_eq(call.passed, 0);
	target_kill(target);
}
END_TEST

START_TEST(filter_hugepage_size)
{
	struct target *target;
	struct act_filter *f;

	need_module();
	keeper->huge = _i;
	target = keeper_spawn();
	if (_i && smaps(target, "AnonHugePages") != LEN)
		skip("there are no huge pages");
	call_init(target, ACT_STAT);
	f = call_filter(ACT_HUGEPAGE_SIZE, true, true);
	f->min = HUGE;
	f->max = HUGE;
	call_now();
	ck_assert_uint_eq(call.passed, _i ? LEN : 0);
	target_kill(target);
}
END_TEST

/* By virtual and by physical addresses. */
START_TEST(filter_memcg)
{
	struct target *target;
	struct act_filter *f;
	int group, below;

	need_module();
	need_groups();
	group = group_open(GROUP);
	below = group_open(GROUP "/below");
	ck_assert(group_enter(LEAF));
	target = keeper_spawn();
	call_init(target, ACT_STAT);
	call_filter(ACT_MEMCG, true, true)->fd = below;
	call_now();
	ck_assert_uint_eq(call.passed, LEN);
	call_init(target, ACT_STAT);
	call_filter(ACT_MEMCG, true, true)->fd = group;
	call_now();
	ck_assert_uint_eq(call.passed, 0);
	f = &call.filters[0];
	f->hierarchical = 1;
	call_now();
	ck_assert_uint_eq(call.passed, LEN);
	/* Pages that wait for their place on the LRU lists are not seen there. */
	call_physical();
	ck_assert_uint_ge(call.passed, LEN / 20 * 19);
	ck_assert_uint_le(call.passed, LEN + 8 * MIB);
	target_kill(target);
	group_enter("/sys/fs/cgroup");
}
END_TEST

START_TEST(filter_young)
{
	struct target *target;
	unsigned long turns;

	need_module();
	target = keeper_spawn();
	/* All of it was written to. */
	call_init(target, ACT_STAT);
	call_filter(ACT_YOUNG, true, true);
	call_now();
	ck_close(call.passed, LEN);
	/* And not since. */
	call_now();
	ck_assert_uint_le(call.passed, LEN / 100);
	target->hot = LEN / 2;
	target->work = WORK_TOUCH;
	turns = target->turns;
	ck_wait(target->turns > turns + 10);
	call_now();
	ck_close(call.passed, LEN / 2);
	target_kill(target);
}
END_TEST

START_TEST(filter_unmapped)
{
	struct target *target;
	struct act_filter *f;

	need_module();
	need_groups();
	ck_assert(group_enter(LEAF));
	target = keeper_spawn();
	call_init(target, ACT_STAT);
	f = call_filter(ACT_UNMAPPED, true, false);
	call_now();
	ck_assert_uint_eq(call.passed, LEN);
	/* In physical memory: of the group, what is mapped. */
	f = call_filter(ACT_MEMCG, true, true);
	f->fd = group_open(LEAF);
	call_physical();
	ck_assert_uint_ge(call.passed, LEN / 20 * 19);
	target_kill(target);
	group_enter("/sys/fs/cgroup");
}
END_TEST

/* Paging out. */

START_TEST(pageout)
{
	struct target *target;
	uint64_t swap;

	need_swap();
	keeper->huge = _i;
	target = keeper_spawn();
	call_about(target, ACT_PAGEOUT);
	swap = smaps(target, "Swap");
	ck_close(swap, LEN);
	ck_assert_uint_eq(call.passed, LEN);
	ck_close(call.applied, swap);
	ck_close(LEN - smaps(target, "Rss"), call.applied);
	content_is_good();
	target_kill(target);
}
END_TEST

/* Only some of the memory: the rest is not touched. */
START_TEST(pageout_filtered)
{
	unsigned long turns;
	struct target *target;

	need_swap();
	target = keeper_spawn();
	call_init(target, ACT_PAGEOUT);
	call_filter(ACT_ANON, true, false);
	call_now();
	ck_assert_uint_eq(call.applied, 0);
	ck_assert_uint_eq(smaps(target, "Swap"), 0);
	/* The first look forgets that all was written to. */
	call_init(target, ACT_STAT);
	call_filter(ACT_YOUNG, true, false);
	call_now();
	target->hot = LEN / 2;
	target->work = WORK_TOUCH;
	turns = target->turns;
	ck_wait(target->turns > turns + 10);
	call.action = ACT_PAGEOUT;
	call_now();
	ck_close(call.passed, LEN / 2);
	ck_close(call.applied, LEN / 2);
	ck_close(smaps(target, "Swap"), LEN / 2);
	target->work = WORK_IDLE;
	content_is_good();
	target_kill(target);
}
END_TEST

START_TEST(pageout_spares_what_others_have)
{
	struct target *target;

	need_swap();
	keeper->shared = true;
	target = keeper_spawn();
	call_about(target, ACT_PAGEOUT);
	ck_assert_uint_eq(call.passed, LEN);
	ck_assert_uint_eq(call.applied, 0);
	ck_assert_uint_eq(smaps(target, "Swap"), 0);
	target_kill(target);
}
END_TEST

static void call_as_user(void *data)
{
	struct act_call *shared = data;

	call = *shared;
	if (call_try())
		_exit(2);
	*shared = call;
}

/* Whether a file is in memory is nothing that others may find out. */
START_TEST(pageout_of_files_is_for_owners)
{
	struct act_call *shared = shared_alloc(sizeof(*shared));
	struct target *target;
	int fd;

	need_swap();
	strcpy(keeper->file, "/tmp/damon-test-act");
	fd = open(keeper->file, O_RDWR | O_CREAT | O_TRUNC, 0644);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, LEN), 0);
	target = keeper_spawn();
	ck_assert_int_eq(fsync(fd), 0);
	call_init(target, ACT_PAGEOUT);
	*shared = call;
	ck_assert_int_eq(run_as(USER_A, call_as_user, shared), 0);
	ck_assert_uint_eq(shared->passed, LEN);
	ck_assert_uint_eq(shared->applied, 0);
	call_now();
	ck_close(call.applied, LEN);
	ck_close(LEN - smaps(target, "Rss"), LEN);
	content_is_good();
	target_kill(target);
	close(fd);
	unlink(keeper->file);
}
END_TEST

START_TEST(pageout_physical)
{
	uint64_t before, after;
	struct target *target;

	need_swap();
	need_groups();
	ck_assert(group_enter(LEAF));
	keeper->huge = _i;
	target = keeper_spawn();
	group_enter("/sys/fs/cgroup");
	call_init(target, ACT_PAGEOUT);
	call_filter(ACT_MEMCG, true, true)->fd = group_open(LEAF);
	/* What was accessed a moment ago stays, and is asked again. */
	call_physical();
	ck_assert_uint_le(smaps(target, "Swap"), LEN / 20);
	before = group_current();
	call_physical();
	after = group_current();
	ck_close(smaps(target, "Swap"), LEN);
	ck_assert_uint_ge(call.applied, LEN / 20 * 19);
	ck_assert_uint_ge(before - after, LEN / 10 * 8);
	content_is_good();
	target_kill(target);
}
END_TEST

/* Sorting: the classic lists, whose place a flag tells. */

static char lru_was[16];

static bool classic_lru(void)
{
	if (access("/sys/kernel/mm/lru_gen/enabled", F_OK))
		return true;
	return read_text("/sys/kernel/mm/lru_gen/enabled", lru_was, sizeof(lru_was)) &&
	       write_text("/sys/kernel/mm/lru_gen/enabled", "0");
}

static void lru_end(void)
{
	if (*lru_was)
		write_text("/sys/kernel/mm/lru_gen/enabled", lru_was);
}

/* Pages wait for their place in batches of each processor. */
static uint64_t active(const struct target *target)
{
	write_text("/proc/sys/vm/compact_memory", "1");
	return frames(target, KPF_ACTIVE);
}

/* @index: by virtual or physical addresses */
START_TEST(sorting)
{
	struct target *target;

	need_module();
	need_groups();
	ck_assert(classic_lru());
	ck_assert(group_enter(LEAF));
	target = keeper_spawn();
	group_enter("/sys/fs/cgroup");
	call_init(target, ACT_LRU_PRIO);
	if (_i) {
		call_filter(ACT_MEMCG, true, true)->fd = group_open(LEAF);
		call_physical();
	} else {
		call_now();
	}
	ck_assert_uint_ge(call.applied, LEN / 20 * 19);
	ck_close(active(target), LEN);
	call.action = ACT_LRU_DEPRIO;
	if (_i)
		call_physical();
	else
		call_now();
	ck_assert_uint_ge(call.applied, LEN / 20 * 19);
	ck_assert_uint_le(active(target), LEN / 20);
	content_is_good();
	lru_end();
	target_kill(target);
}
END_TEST

START_TEST(cold)
{
	struct target *target;

	need_module();
	ck_assert(classic_lru());
	target = keeper_spawn();
	call_about(target, ACT_LRU_PRIO);
	ck_close(smaps(target, "Referenced"), LEN);
	call_about(target, ACT_COLD);
	ck_close(call.applied, LEN);
	ck_assert_uint_le(active(target), LEN / 20);
	ck_assert_uint_le(smaps(target, "Referenced"), LEN / 20);
	content_is_good();
	lru_end();
	target_kill(target);
}
END_TEST

/* Reading ahead. */

START_TEST(willneed_swap)
{
	struct target *target;

	need_swap();
	target = keeper_spawn();
	call_about(target, ACT_PAGEOUT);
	ck_close(smaps(target, "Swap"), LEN);
	call_about(target, ACT_WILLNEED);
	ck_assert_uint_eq(call.passed, LEN);
	ck_close(call.applied, LEN);
	content_is_good();
	/* There is nothing more to read. */
	call_about(target, ACT_WILLNEED);
	ck_assert_uint_eq(call.applied, 0);
	/* Of what is in swap it is known that it is anonymous. */
	call_about(target, ACT_PAGEOUT);
	call_init(target, ACT_WILLNEED);
	call_filter(ACT_ANON, true, false);
	call_now();
	ck_assert_uint_eq(call.passed, 0);
	ck_assert_uint_eq(call.applied, 0);
	target_kill(target);
}
END_TEST

/* Nodes. */

static bool one_node(void)
{
	return access("/sys/devices/system/node/node1", F_OK);
}

#define need_nodes() do {						\
	need_module();							\
	if (one_node())							\
		skip("there is one node only");				\
} while (0)

/* @index: small, huge pages; by virtual or physical addresses */
START_TEST(migrate)
{
	struct target *target;

	need_nodes();
	need_groups();
	ck_assert(group_enter(LEAF));
	keeper->node = 0;
	keeper->huge = _i & 1;
	target = keeper_spawn();
	group_enter("/sys/fs/cgroup");
	ck_assert_uint_eq(on_node(target, 0), LEN);
	call_init(target, ACT_MIGRATE_COLD);
	call.node = 1;
	if (_i & 2) {
		call_filter(ACT_MEMCG, true, true)->fd = group_open(LEAF);
		call_physical();
		ck_assert_uint_ge(call.applied, LEN / 20 * 19);
	} else {
		call_now();
		ck_close(call.applied, LEN);
		ck_assert_uint_eq(call.applied, on_node(target, 1));
	}
	ck_close(on_node(target, 1), LEN);
	content_is_good();
	/* What is there already is left alone. */
	call_now();
	ck_assert_uint_le(call.applied, LEN / 20);
	target_kill(target);
}
END_TEST

START_TEST(migrate_by_weights)
{
	struct target *target;

	need_nodes();
	keeper->node = 0;
	target = keeper_spawn();
	call_init(target, ACT_MIGRATE_HOT);
	call.nr_dests = 2;
	call.dests[0][0] = 0;
	call.dests[0][1] = 1;
	call.dests[1][0] = 1;
	call.dests[1][1] = 3;
	call_now();
	ck_close(on_node(target, 1), LEN / 4 * 3);
	ck_close(on_node(target, 0), LEN / 4);
	ck_assert_uint_eq(call.applied, on_node(target, 1));
	content_is_good();
	target_kill(target);
}
END_TEST

START_TEST(migrate_to_nowhere)
{
	struct target *target;

	need_module();
	target = keeper_spawn();
	call_init(target, ACT_MIGRATE_HOT);
	call.node = 1000;
	call_now();
	ck_assert_uint_eq(call.applied, 0);
	call.node = -1;
	call_now();
	ck_assert_uint_eq(call.applied, 0);
	target_kill(target);
}
END_TEST

/* Huge pages. */

START_TEST(hugepage_advice)
{
	struct target *target;

	need_module();
	target = keeper_spawn();
	ck_assert_uint_eq(smaps_flag(target, " nh"), LEN);
	call_init(target, ACT_HUGEPAGE);
	call.end = target->addr + LEN / 2;
	call_now();
	ck_assert_uint_eq(call.applied, LEN / 2);
	ck_assert_uint_eq(smaps_flag(target, " hg"), LEN / 2);
	ck_assert_uint_eq(smaps_flag(target, " nh"), LEN / 2);
	/* Once is enough. */
	call_now();
	ck_assert_uint_eq(call.applied, 0);
	call_about(target, ACT_NOHUGEPAGE);
	ck_assert_uint_eq(call.applied, LEN / 2);
	ck_assert_uint_eq(smaps_flag(target, " nh"), LEN);
	/* Filters hold for advice, too. */
	call_init(target, ACT_HUGEPAGE);
	call_filter(ACT_ANON, true, false);
	call_now();
	ck_assert_uint_eq(call.passed, 0);
	ck_assert_uint_eq(call.applied, 0);
	ck_assert_uint_eq(smaps_flag(target, " nh"), LEN);
	target_kill(target);
}
END_TEST

START_TEST(collapse)
{
	struct target *target;

	need_module();
	target = keeper_spawn();
	ck_assert_uint_eq(smaps(target, "AnonHugePages"), 0);
	call_about(target, ACT_HUGEPAGE);
	call_init(target, ACT_COLLAPSE);
	call.end = target->addr + LEN / 2;
	call_now();
	ck_assert_uint_eq(smaps(target, "AnonHugePages"), call.applied);
	ck_close(call.applied, LEN / 2);
	content_is_good();
	target_kill(target);
}
END_TEST

/* Memory that is side by side in the process, and anywhere in the machine. */
START_TEST(collapse_physical)
{
	uint64_t before;
	struct target *target;

	need_module();
	need_groups();
	ck_assert(group_enter(LEAF));
	target = keeper_spawn();
	group_enter("/sys/fs/cgroup");
	call_about(target, ACT_HUGEPAGE);
	before = smaps(target, "AnonHugePages");
	ck_assert_uint_le(before, LEN / 2);
	call_init(target, ACT_COLLAPSE);
	call_filter(ACT_MEMCG, true, true)->fd = group_open(LEAF);
	call_physical();
	ck_close(smaps(target, "AnonHugePages"), LEN);
	ck_assert_uint_ge(call.applied, LEN - before);
	content_is_good();
	target_kill(target);
}
END_TEST

/* Metrics, against what the kernel shows. */

static uint32_t usable_metrics;

static uint64_t metric(enum act_metric which, unsigned int node, int group)
{
	struct act_metric_call m = { .metric = which, .node = node, .fd = group };
	int fd = open(NODE, O_RDWR | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ioctl(fd, ACT_IOC_METRIC, &m), 0);
	close(fd);
	usable_metrics = m.usable;
	return m.value;
}

/* The number behind @name in a file. */
static uint64_t number_in(const char *path, const char *name)
{
	static char text[65536];
	char *at;

	ck_assert_msg(read_text(path, text, sizeof(text)), "%s", path);
	at = strstr(text, name);
	ck_assert_msg(at, "%s has no %s", path, name);
	return strtoull(at + strlen(name), NULL, 10);
}

static bool within(uint64_t a, uint64_t b, uint64_t slack)
{
	return (a > b ? a - b : b - a) <= slack;
}

#define ck_within(a, b, slack) do {					\
	uint64_t a_ = (a), b_ = (b);					\
									\
	ck_assert_msg(within(a_, b_, slack), "%s is %lu, %s is %lu", #a,	\
		      (unsigned long)a_, #b, (unsigned long)b_);	\
} while (0)

START_TEST(metrics_of_the_system)
{
	const char *const node = "/sys/devices/system/node/node0/meminfo";
	uint64_t free, total;

	need_swap();
	free = number_in(node, "Node 0 MemFree:");
	total = number_in(node, "Node 0 MemTotal:");
	ck_within(metric(ACT_NODE_MEM_FREE_BP, 0, -1), free * 10000 / total, 100);
	ck_within(metric(ACT_NODE_MEM_USED_BP, 0, -1), 10000 - free * 10000 / total, 100);
	ck_assert_uint_eq(metric(ACT_NODE_MEM_USED_BP, 1000, -1), 0);
	ck_assert_uint_eq(metric(ACT_NODE_MEM_FREE_BP, -1, -1), 10000);
	free = number_in("/proc/meminfo", "MemFree:");
	total = number_in("/proc/meminfo", "MemTotal:");
	ck_within(metric(ACT_FREE_MEM_PERMIL, 0, -1), free * 1000 / total, 10);
	free = number_in("/proc/meminfo", "\nActive:");
	total = free + number_in("/proc/meminfo", "\nInactive:");
	ck_within(metric(ACT_ACTIVE_MEM_BP, 0, -1), free * 10000 / total, 100);
	ck_within(metric(ACT_INACTIVE_MEM_BP, 0, -1), 10000 - free * 10000 / total, 100);
	free = number_in("/proc/meminfo", "SwapFree:");
	total = number_in("/proc/meminfo", "SwapTotal:");
	ck_within(metric(ACT_SWAP_USED_BP, 0, -1), (total - free) * 10000 / total, 50);
	ck_within(metric(ACT_REFAULTS, 0, -1),
		  number_in("/proc/vmstat", "workingset_refault_anon ") +
		  number_in("/proc/vmstat", "workingset_refault_file "), 2000);
	ck_assert_uint_eq(usable_metrics, (1U << NR_ACT_METRICS) - 1);
}
END_TEST

START_TEST(metrics_of_a_group)
{
	struct target *target;
	uint64_t node;
	int group;

	need_swap();
	need_groups();
	group = group_open(GROUP);
	/* What a group below it has counts as well. */
	ck_assert(group_enter(LEAF));
	target = keeper_spawn();
	group_enter("/sys/fs/cgroup");
	node = number_in("/sys/devices/system/node/node0/meminfo", "Node 0 MemTotal:") * 1024;
	/* Pages wait for their place in batches of each processor. */
	write_text("/proc/sys/vm/compact_memory", "1");
	ck_within(metric(ACT_NODE_MEMCG_USED_BP, 0, group),
		  on_node(target, 0) * 10000 / node, 50);
	ck_within(metric(ACT_NODE_MEMCG_FREE_BP, 0, group),
		  10000 - on_node(target, 0) * 10000 / node, 50);
	target_kill(target);
}
END_TEST

/* Waiting for swap is pressure, which the kernel adds up every two seconds. */
START_TEST(metrics_of_pressure)
{
	uint64_t some, full;
	int group;

	need_swap();
	need_groups();
	if (access("/proc/pressure/memory", F_OK))
		skip("there is no pressure information");
	/* Reading the file brings the total up to date. */
	some = number_in("/proc/pressure/memory", "total=");
	ck_assert_uint_ge(metric(ACT_SOME_MEM_PSI_US, 0, -1), some);
	ck_within(metric(ACT_SOME_MEM_PSI_US, 0, -1), some, 500000);
	full = metric(ACT_FULL_MEM_PSI_US, 0, -1);
	ck_assert_uint_le(full, metric(ACT_SOME_MEM_PSI_US, 0, -1));
	group = group_open(GROUP);
	some = number_in(GROUP "/memory.pressure", "total=");
	ck_within(metric(ACT_MEMCG_SOME_PSI_US, 0, group), some, 500000);
	ck_assert_uint_le(metric(ACT_MEMCG_FULL_PSI_US, 0, group),
			  metric(ACT_MEMCG_SOME_PSI_US, 0, group));
}
END_TEST

/* By a scheme: what is cold goes, what is hot stays, and what is said of it is true. */
START_TEST(scheme_pages_out_what_is_cold)
{
	struct damon_scheme_conf scheme = {
		.action = DAMON_ACTION_PAGEOUT,
		.flags = DAMON_SCHEME_ACCESSES_BP | DAMON_SCHEME_AGE_US,
		.max_sz = ~0ULL,
		.max_accesses = 0,
		.min_age = 500000,
		.max_age = ~0ULL,
	};
	struct damon_scheme info;
	struct target *target;
	struct conf conf;
	int fd;

	if (no_swap())
		skip("there is no zram to swap to");
	target = keeper_spawn();
	target->hot = LEN / 2;
	target->work = WORK_TOUCH;
	conf_init(&conf);
	conf_target(&conf, target->pid);
	conf_range(&conf, target->addr, LEN);
	conf.c.schemes = PTR(&scheme);
	conf.c.nr_schemes = 1;
	conf.c.scheme_size = sizeof(scheme);
	fd = session_running(0, &conf);
	ck_wait(smaps(target, "Swap") > LEN / 2 * 8 / 10);
	/* What was asked for last is being done. */
	session_stop(fd);
	memset(&info, 0, sizeof(info));
	info.size = sizeof(info);
	ck_assert_int_eq(do_ioctl(fd, DAMON_IOC_SCHEME, &info), 0);
	ck_assert_uint_ge(info.sz_applied, smaps(target, "Swap") / 20 * 19);
	ck_assert_uint_le(info.sz_applied, info.sz_tried);
	ck_assert_uint_le(smaps(target, "Swap"), LEN / 2 * 13 / 10);
	target->work = WORK_IDLE;
	content_is_good();
	target_kill(target);
}
END_TEST

/* Everything at once, to a process that comes to its end. */

static void die_young(struct target *target)
{
	char *mem = map_pages(LEN, false);
	unsigned int i;

	if (!mem)
		_exit(1);
	target->addr = PTR(mem);
	target->len = LEN;
	target->ready = 1;
	for (i = 0; i < 100000; i++) {
		char *some = mem + i % (LEN / HUGE) * HUGE;

		switch (i % 4) {
		case 0:
			madvise(some, HUGE, MADV_DONTNEED);
			break;
		case 1:
			mprotect(some, HUGE / 2, PROT_READ);
			mprotect(some, HUGE / 2, PROT_READ | PROT_WRITE);
			break;
		case 2:
			if (!fork())
				_exit(0);
			waitpid(-1, NULL, 0);
			break;
		default:
			munmap(some, HUGE);
			mmap(some, HUGE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
			break;
		}
		touch(some, HUGE);
		target->turns++;
	}
}

START_TEST(target_that_changes_and_dies)
{
	unsigned int i, nr = rounds(50);

	need_swap();
	for (i = 0; i < nr; i++) {
		struct target *target = target_job(USER_A, die_young);
		unsigned int action;
		pid_t killer;

		killer = fork();
		ck_assert_int_ge(killer, 0);
		if (!killer) {
			usleep(20000 + i * 4000);
			kill(target->pid, SIGKILL);
			_exit(0);
		}
		for (action = 0; action < ACT_STAT; action++) {
			call_init(target, action);
			call.node = !one_node() && i % 2;
			if (i % 3 == 0)
				call_filter(ACT_YOUNG, true, i % 2);
			call_try();
		}
		waitpid(killer, NULL, 0);
		ck_assert_int_eq(waitpid(target->pid, NULL, 0), target->pid);
	}
}
END_TEST

/* No call takes much longer than it may; on a shared machine that is most calls. */
START_TEST(slices_are_short)
{
	struct target *target;

	need_swap();
	target = keeper_spawn();
	call_about(target, ACT_PAGEOUT);
	ck_assert_msg(call.longest_ns < 1000000000ULL, "the longest call took %lu ms",
		      (unsigned long)(call.longest_ns / 1000000));
	target_kill(target);
}
END_TEST

Suite *act_suite(void)
{
	Suite *suite = suite_create("act");
	TCase *tc = add_case(suite, "filters");

	tcase_add_checked_fixture(tc, begin, NULL);
	tcase_add_loop_test(tc, stat_counts_what_is_there, 0, 2);
	tcase_add_loop_test(tc, filter_anon, 0, 2);
	tcase_add_test(tc, filter_order);
	tcase_add_loop_test(tc, filter_hugepage_size, 0, 2);
	tcase_add_test(tc, filter_memcg);
	tcase_add_test(tc, filter_young);
	tcase_add_test(tc, filter_unmapped);

	tc = add_case(suite, "actions");
	tcase_add_checked_fixture(tc, begin, NULL);
	tcase_add_loop_test(tc, pageout, 0, 2);
	tcase_add_test(tc, pageout_filtered);
	tcase_add_test(tc, pageout_spares_what_others_have);
	tcase_add_test(tc, pageout_of_files_is_for_owners);
	tcase_add_loop_test(tc, pageout_physical, 0, 2);
	tcase_add_loop_test(tc, sorting, 0, 2);
	tcase_add_test(tc, cold);
	tcase_add_test(tc, willneed_swap);
	tcase_add_loop_test(tc, migrate, 0, 4);
	tcase_add_test(tc, migrate_by_weights);
	tcase_add_test(tc, migrate_to_nowhere);
	tcase_add_test(tc, hugepage_advice);
	tcase_add_test(tc, collapse);
	tcase_add_test(tc, collapse_physical);
	tcase_add_test(tc, slices_are_short);
	tcase_add_test(tc, scheme_pages_out_what_is_cold);
	tcase_add_test(tc, target_that_changes_and_dies);

	tc = add_case(suite, "metrics");
	tcase_add_checked_fixture(tc, begin, NULL);
	tcase_add_test(tc, metrics_of_the_system);
	tcase_add_test(tc, metrics_of_a_group);
	tcase_add_test(tc, metrics_of_pressure);
	return suite;
}
