// SPDX-License-Identifier: GPL-2.0
/*
 * What actions do to memory, one at a time: by the test module of
 * DAMON_TEST_ACT_KO.  The truth is in smaps, numa_maps and what the kernel tells of
 * page frames, and the memory's owner looks at every byte of it.
 */
#include <fcntl.h>
#include <linux/kernel-page-flags.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "keeper.h"

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
		close(keeper_file());
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
	unlink(FILE_OF_KEEPER);
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

static const char shmem_huge[] = "/sys/kernel/mm/transparent_hugepage/shmem_enabled";

/* Who alone maps a huge page of shared memory is nobody but itself. */
START_TEST(pageout_of_huge_shared_memory)
{
	struct target *target;
	uint64_t huge;

	need_swap();
	if (!write_text(shmem_huge, "always"))
		skip("there are no huge pages of shared memory");
	ck_assert(lru_set(false));
	keeper->shmem = true;
	target = keeper_spawn();
	huge = smaps(target, "ShmemPmdMapped");
	write_text(shmem_huge, "never");
	ck_assert_uint_eq(huge, LEN);
	call_about(target, ACT_LRU_PRIO);
	ck_close(call.applied, LEN);
	call_about(target, ACT_LRU_DEPRIO);
	ck_close(call.applied, LEN);
	call_about(target, ACT_PAGEOUT);
	ck_assert_uint_eq(call.passed, LEN);
	ck_close(call.applied, LEN);
	ck_assert_uint_le(smaps(target, "Rss"), LEN / 20);
	content_is_good();
	lru_end();
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

/* Whether a file is in memory is nothing that others may find out.  @index: on disk */
START_TEST(pageout_of_files_is_for_owners)
{
	struct act_call *shared = shared_alloc(sizeof(*shared));
	struct target *target;
	int fd;

	need_swap();
	fd = keeper_file_at(_i ? FILE_ON_DISK : FILE_OF_KEEPER);
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

/* Pages wait for their place in batches of each processor. */
static uint64_t active(const struct target *target)
{
	write_text("/proc/sys/vm/compact_memory", "1");
	return frames(target, KPF_ACTIVE);
}

static bool has_page_idle(void)
{
	struct damon_query query;
	int fd = device_open();

	device_query(fd, &query);
	close(fd);
	return query.features & DAMON_FEATURE_PG_IDLE;
}

/* What is accessed again and again stays, however often it is asked; so does its place. */
START_TEST(pageout_physical_spares_what_is_hot)
{
	struct target *target;
	unsigned long turns;
	unsigned int i;

	need_swap();
	need_groups();
	ck_assert(lru_set(false));
	ck_assert(group_enter(LEAF));
	target = keeper_spawn();
	group_enter("/sys/fs/cgroup");
	call_about(target, ACT_LRU_DEPRIO);
	target->hot = LEN / 2;
	target->work = WORK_TOUCH;
	call_init(target, ACT_PAGEOUT);
	call_filter(ACT_MEMCG, true, true)->fd = group_open(LEAF);
	for (i = 0; i < 4; i++) {
		turns = target->turns;
		ck_wait(target->turns > turns + 10);
		call_physical();
		ck_close(frames_in(target, target->addr, LEN / 2), LEN / 2);
		/* Reclaim is told in one way or the other. */
		if (!i && !has_page_idle())
			ck_close(active(target), LEN);
	}
	ck_assert_uint_le(frames_in(target, target->addr + LEN / 2, LEN / 2), LEN / 40);
	target->work = WORK_IDLE;
	content_is_good();
	lru_end();
	target_kill(target);
}
END_TEST

/* Sorting: the classic lists, whose place a flag tells. */

/* @index: by virtual or physical addresses */
START_TEST(sorting)
{
	struct target *target;

	need_module();
	need_groups();
	ck_assert(lru_set(false));
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
	ck_assert(lru_set(false));
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

static void weights_init(const struct target *target)
{
	call_init(target, ACT_MIGRATE_HOT);
	call.nr_dests = 2;
	call.dests[0][0] = 0;
	call.dests[0][1] = 1;
	call.dests[1][0] = 1;
	call.dests[1][1] = 3;
}

/* @index: by virtual or physical addresses; of a file */
START_TEST(migrate_by_weights)
{
	struct target *target;
	uint64_t there;

	need_nodes();
	need_groups();
	keeper->node = 0;
	ck_assert(group_enter(LEAF));
	if (_i & 2)
		close(keeper_file());
	target = keeper_spawn();
	group_enter("/sys/fs/cgroup");
	weights_init(target);
	if (_i & 1) {
		call_filter(ACT_MEMCG, true, true)->fd = group_open(LEAF);
		call_physical();
	} else {
		call_now();
		if (!_i)
			ck_assert_uint_eq(call.applied, on_node(target, 1));
	}
	there = on_node(target, 1);
	/* Pages of files can be of many sizes, each of which has its turns. */
	ck_within(there, LEN / 4 * 3, _i & 2 ? LEN / 8 : LEN / 25);
	ck_assert_uint_eq(on_node(target, 0) + there, LEN);
	/* All are where they belong, whoever asks. */
	call_now();
	ck_assert_uint_le(call.applied, LEN / 25);
	weights_init(target);
	call_now();
	ck_assert_uint_le(call.applied, LEN / 25);
	ck_within(on_node(target, 1), there, LEN / 25);
	content_is_good();
	target_kill(target);
	unlink(FILE_OF_KEEPER);
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
	int fd = open(ACT_DEVICE, O_RDWR | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ioctl(fd, ACT_IOC_METRIC, &m), 0);
	close(fd);
	usable_metrics = m.usable;
	return m.value;
}

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
	/* The one that is sampled is for who samples. */
	ck_assert_uint_eq(usable_metrics,
			  ((1U << NR_ACT_METRICS) - 1) & ~(1U << ACT_NODE_ELIGIBLE_MEM_BP));
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

/* As the file, which brings the total up to date when it is read. */
static void pressure_is(enum act_metric some, enum act_metric full, int group, const char *path)
{
	uint64_t before = number_in(path, "total="), is = metric(some, 0, group);

	ck_assert_uint_gt(before, 0);
	ck_assert_uint_ge(is, before);
	ck_assert_uint_le(is, number_in(path, "total="));
	is = metric(full, 0, group);
	ck_assert_uint_le(is, number_in(path, "total="));
}

/* Who has less than it uses waits for memory. */
START_TEST(metrics_of_pressure)
{
	struct target *target;

	need_swap();
	need_groups();
	if (access("/proc/pressure/memory", F_OK))
		skip("there is no pressure information");
	ck_assert(group_enter(LEAF));
	target = keeper_spawn();
	group_enter("/sys/fs/cgroup");
	ck_assert(write_text(LEAF "/memory.high", "4M"));
	target->hot = LEN;
	target->work = WORK_TOUCH;
	ck_wait(number_in(GROUP "/memory.pressure", "total=") > 0);
	pressure_is(ACT_SOME_MEM_PSI_US, ACT_FULL_MEM_PSI_US, -1, "/proc/pressure/memory");
	pressure_is(ACT_MEMCG_SOME_PSI_US, ACT_MEMCG_FULL_PSI_US, group_open(GROUP),
		    GROUP "/memory.pressure");
	write_text(LEAF "/memory.high", "max");
	target_kill(target);
}
END_TEST

/* What nobody counts is not known to be 0, nor is it that of all others. */
START_TEST(metrics_of_pressure_that_is_off)
{
	const uint32_t pressure = 1U << ACT_MEMCG_SOME_PSI_US | 1U << ACT_MEMCG_FULL_PSI_US;
	int group;

	need_module();
	need_groups();
	group = group_open(LEAF);
	if (access(LEAF "/cgroup.pressure", F_OK))
		skip("a group always has pressure information");
	metric(ACT_MEMCG_SOME_PSI_US, 0, group);
	ck_assert_uint_eq(usable_metrics & pressure, pressure);
	ck_assert(write_text(LEAF "/cgroup.pressure", "0"));
	ck_assert_uint_eq(metric(ACT_MEMCG_SOME_PSI_US, 0, group), 0);
	ck_assert(write_text(LEAF "/cgroup.pressure", "1"));
	ck_assert_uint_eq(usable_metrics & pressure, 0);
	/* Others have it still. */
	metric(ACT_MEMCG_SOME_PSI_US, 0, group_open(OTHER));
	ck_assert_uint_eq(usable_metrics & pressure, pressure);
}
END_TEST

/* By schemes: what is cold or hot, and what is said of it is true. */

static struct damon_scheme_conf scheme;

static void scheme_cold(uint32_t action)
{
	scheme = (struct damon_scheme_conf) {
		.action = action,
		.flags = DAMON_SCHEME_ACCESSES_BP | DAMON_SCHEME_AGE_US,
		.max_sz = ~0ULL,
		.max_accesses = 0,
		.min_age = 500000,
		.max_age = ~0ULL,
	};
}

static void scheme_hot(uint32_t action)
{
	scheme = (struct damon_scheme_conf) {
		.action = action,
		.flags = DAMON_SCHEME_ACCESSES_BP | DAMON_SCHEME_AGE_US,
		.max_sz = ~0ULL,
		.min_accesses = 1000,
		.max_accesses = 10000,
		.max_age = ~0ULL,
	};
}

/* A process whose first half of memory is hot, and a session with the scheme. */
static struct target *scheme_begin(int *fd)
{
	struct target *target = keeper_spawn();
	static struct conf conf;

	target->hot = LEN / 2;
	target->work = WORK_TOUCH;
	conf_init(&conf);
	conf_target(&conf, target->pid);
	conf_range(&conf, target->addr, LEN);
	conf.c.schemes = PTR(&scheme);
	conf.c.nr_schemes = 1;
	conf.c.scheme_size = sizeof(scheme);
	*fd = session_running(0, &conf);
	return target;
}

/* Once what was asked for last is done; returns what was applied. */
static uint64_t scheme_end(int fd, uint64_t *tried)
{
	struct damon_scheme info = { .size = sizeof(info) };

	session_stop(fd);
	ck_assert_int_eq(do_ioctl(fd, DAMON_IOC_SCHEME, &info), 0);
	*tried = info.sz_tried;
	return info.sz_applied;
}

START_TEST(scheme_pages_out_what_is_cold)
{
	struct target *target;
	uint64_t applied, tried;
	int fd;

	if (no_swap())
		skip("there is no zram to swap to");
	scheme_cold(DAMON_ACTION_PAGEOUT);
	target = scheme_begin(&fd);
	ck_wait(smaps(target, "Swap") > LEN / 2 * 8 / 10);
	applied = scheme_end(fd, &tried);
	ck_assert_uint_ge(applied, smaps(target, "Swap") / 20 * 19);
	ck_assert_uint_le(applied, tried);
	ck_assert_uint_le(smaps(target, "Swap"), LEN / 2 * 13 / 10);
	target->work = WORK_IDLE;
	content_is_good();
	target_kill(target);
}
END_TEST

START_TEST(scheme_moves_what_is_cold)
{
	struct target *target;
	uint64_t tried;
	int fd;

	if (one_node())
		skip("there is one node only");
	keeper->node = 0;
	scheme_cold(DAMON_ACTION_MIGRATE_COLD);
	scheme.node = 1;
	target = scheme_begin(&fd);
	ck_wait(on_node(target, 1) > LEN / 2 * 8 / 10);
	ck_assert_uint_ge(scheme_end(fd, &tried), on_node(target, 1));
	ck_assert_uint_le(on_node(target, 1), LEN / 2 * 13 / 10);
	target->work = WORK_IDLE;
	content_is_good();
	target_kill(target);
}
END_TEST

START_TEST(scheme_makes_hot_memory_huge)
{
	const uint64_t half = LEN / 2;
	struct target *target;
	uint64_t tried;
	int fd;

	need_module();
	/* Two areas, of which smaps tells apart. */
	keeper->half = HALF_DUMP;
	scheme_hot(DAMON_ACTION_COLLAPSE);
	target = scheme_begin(&fd);
	call_about(target, ACT_HUGEPAGE);
	ck_wait(smaps_of(target, "AnonHugePages", target->addr, half) == half);
	ck_assert_uint_ge(scheme_end(fd, &tried), half);
	ck_assert_uint_le(smaps_of(target, "AnonHugePages", target->addr + half, half), HUGE);
	target->work = WORK_IDLE;
	content_is_good();
	target_kill(target);
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

/* Processes whose mmap lock somebody has and keeps. */

/* @index: held for reading, for writing */
START_TEST(busy_process_is_left_alone)
{
	static const enum act_action actions[] = {
		ACT_HUGEPAGE, ACT_COLLAPSE, ACT_NOHUGEPAGE, ACT_PAGEOUT
	};
	struct target *target;
	unsigned int i;
	int fd;

	need_swap();
	target = keeper_spawn();
	call_init(target, ACT_HUGEPAGE);
	call.end = target->addr + LEN / 2;
	call_now();
	fd = hold_lock(target, _i);
	/* What is to read only waits for who writes. */
	for (i = 0; i < ARRAY_SIZE(actions) - !_i; i++) {
		call_init(target, actions[i]);
		ck_assert_int_eq(call_try(), -EBUSY);
		/* The half that is as advised needs nobody. */
		ck_assert_uint_le(call.nr_slices, 2);
		ck_assert_uint_le(call.passed, LEN / 2);
		ck_assert_uint_eq(call.applied, 0);
	}
	close(fd);
	/* And not for good. */
	for (i = 0; i < ARRAY_SIZE(actions); i++) {
		call_about(target, actions[i]);
		ck_assert_uint_ge(call.applied, LEN / 4);
	}
	content_is_good();
	target_kill(target);
}
END_TEST

static uint64_t snapshots(int fd)
{
	struct damon_scheme info = { .size = sizeof(info) };

	ck_assert_int_eq(do_ioctl(fd, DAMON_IOC_SCHEME, &info), 0);
	return info.nr_snapshots;
}

/* @index: held for reading, for writing */
START_TEST(scheme_for_busy_process_can_be_stopped)
{
	struct target *target;
	static struct conf conf;
	int fd, hold;

	need_module();
	target = keeper_spawn();
	scheme = (struct damon_scheme_conf) {
		.action = DAMON_ACTION_HUGEPAGE,
		.max_sz = ~0ULL,
		.max_accesses = ~0U,
		.max_age = ~0ULL,
	};
	conf_init(&conf);
	conf_target(&conf, target->pid);
	conf_range(&conf, target->addr, LEN);
	conf.c.schemes = PTR(&scheme);
	conf.c.nr_schemes = 1;
	conf.c.scheme_size = sizeof(scheme);
	hold = hold_lock(target, _i);
	fd = session_running(0, &conf);
	ck_wait(snapshots(fd) > 1);
	session_stop(fd);
	close(hold);
	ck_assert_uint_eq(smaps_flag(target, " hg"), 0);
	target_kill(target);
}
END_TEST

Suite *act_suite(void)
{
	Suite *suite = suite_create("act");
	TCase *tc = add_case(suite, "filters");

	/* What another monitor has sampled just now looks as if it had not been accessed. */
	tcase_add_unchecked_fixture(tc, builtin_stop, builtin_resume);
	tcase_add_checked_fixture(tc, keeper_begin, NULL);
	tcase_add_loop_test(tc, stat_counts_what_is_there, 0, 2);
	tcase_add_loop_test(tc, filter_anon, 0, 2);
	tcase_add_test(tc, filter_order);
	tcase_add_loop_test(tc, filter_hugepage_size, 0, 2);
	tcase_add_test(tc, filter_memcg);
	tcase_add_test(tc, filter_young);
	tcase_add_test(tc, filter_unmapped);

	tc = add_case(suite, "actions");
	tcase_add_unchecked_fixture(tc, builtin_stop, builtin_resume);
	tcase_add_checked_fixture(tc, keeper_begin, NULL);
	tcase_add_loop_test(tc, pageout, 0, 2);
	tcase_add_test(tc, pageout_filtered);
	tcase_add_test(tc, pageout_spares_what_others_have);
	tcase_add_test(tc, pageout_of_huge_shared_memory);
	tcase_add_loop_test(tc, pageout_of_files_is_for_owners, 0, 2);
	tcase_add_loop_test(tc, pageout_physical, 0, 2);
	tcase_add_test(tc, pageout_physical_spares_what_is_hot);
	tcase_add_loop_test(tc, sorting, 0, 2);
	tcase_add_test(tc, cold);
	tcase_add_test(tc, willneed_swap);
	tcase_add_loop_test(tc, migrate, 0, 4);
	tcase_add_loop_test(tc, migrate_by_weights, 0, 4);
	tcase_add_test(tc, migrate_to_nowhere);
	tcase_add_test(tc, hugepage_advice);
	tcase_add_test(tc, collapse);
	tcase_add_test(tc, collapse_physical);
	tcase_add_test(tc, slices_are_short);
	tcase_add_test(tc, scheme_pages_out_what_is_cold);
	tcase_add_test(tc, scheme_moves_what_is_cold);
	tcase_add_test(tc, scheme_makes_hot_memory_huge);

	tc = add_case(suite, "busy");
	tcase_add_checked_fixture(tc, keeper_begin, NULL);
	tcase_add_loop_test(tc, busy_process_is_left_alone, 0, 2);
	tcase_add_loop_test(tc, scheme_for_busy_process_can_be_stopped, 0, 2);

	tc = add_case(suite, "metrics");
	tcase_add_checked_fixture(tc, keeper_begin, NULL);
	tcase_add_test(tc, metrics_of_the_system);
	tcase_add_test(tc, metrics_of_a_group);
	tcase_add_test(tc, metrics_of_pressure);
	tcase_add_test(tc, metrics_of_pressure_that_is_off);

	act_care_cases(suite);
	return suite;
}
