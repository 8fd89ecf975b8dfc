// SPDX-License-Identifier: GPL-2.0
/*
 * What actions must not do: lose a byte, keep a page, move what is to stay, or stumble
 * over a process that changes below them.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "keeper.h"

#define STAT_OF_LEAF	LEAF "/memory.stat"

/* All actions once, in an order in which they disturb each other. */
static void call_all(const struct target *target, unsigned int turn)
{
	static const enum act_action order[] = {
		ACT_COLD, ACT_PAGEOUT, ACT_WILLNEED, ACT_LRU_PRIO, ACT_HUGEPAGE,
		ACT_MIGRATE_COLD, ACT_COLLAPSE, ACT_LRU_DEPRIO, ACT_PAGEOUT,
		ACT_NOHUGEPAGE, ACT_STAT, ACT_MIGRATE_HOT,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(order); i++) {
		call_init(target, order[i]);
		call.node = order[i] == ACT_MIGRATE_COLD && !one_node();
		if ((turn + i) % 3 == 0)
			call_filter(ACT_YOUNG, true, i % 2);
		call_try();
	}
}

/* Memory that is written to all the time: what was written last is to be there. */

/**
 * struct writes - what the writer is told and tells
 * @file:	its memory is of that, or NULL
 * @huge:	its memory is of huge pages
 * @end:	it is to come to an end
 * @bad:	words that were not what was written last
 * @done:	it has ended, with
 * @last:	this in all words
 */
struct writes {
	const char *file;
	bool huge;
	volatile bool end;
	volatile uint64_t bad;
	volatile bool done;
	volatile uint64_t last;
};

static struct writes *writes;

/* Two words of each page. */
static void write_page(volatile uint64_t *page, uint64_t turn)
{
	static const unsigned int at[] = { 0, PAGE / sizeof(uint64_t) - 1 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(at); i++) {
		writes->bad += page[at[i]] != turn - 1;
		page[at[i]] = turn;
	}
}

static void write_on(struct target *target)
{
	uint64_t *mem, turn;
	size_t i;
	int fd;

	if (writes->file) {
		fd = open(writes->file, O_RDWR);
		mem = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	} else {
		mem = map_pages(LEN, writes->huge);
	}
	if (!mem || mem == MAP_FAILED)
		_exit(1);
	memset(mem, 0, LEN);
	target->addr = PTR(mem);
	target->len = LEN;
	target->ready = 1;
	for (turn = 1; !writes->end; turn++) {
		for (i = 0; i < LEN; i += PAGE)
			write_page(mem + i / sizeof(*mem), turn);
		/* Only what is clean can be taken from a file's memory. */
		if (writes->file)
			msync(mem, LEN, MS_SYNC);
		target->turns++;
		usleep(500);
	}
	writes->last = turn - 1;
	for (i = 0; i < LEN; i += PAGE)
		write_page(mem + i / sizeof(*mem), turn);
	writes->last = turn;
	munmap(mem, LEN);
	writes->done = true;
	pause();
}

static void file_has(uint64_t value)
{
	uint64_t page[PAGE / sizeof(uint64_t)];
	int fd = open(writes->file, O_RDONLY | O_CLOEXEC);
	size_t i;

	ck_assert_int_ge(fd, 0);
	for (i = 0; i < LEN; i += PAGE) {
		ck_assert_int_eq(pread(fd, page, PAGE, i), PAGE);
		ck_assert_uint_eq(page[0], value);
		ck_assert_uint_eq(page[ARRAY_SIZE(page) - 1], value);
	}
	close(fd);
}

/* @index: small pages, huge pages, a file in memory, one on disk */
START_TEST(no_write_is_lost)
{
	unsigned int i, nr = rounds(10);
	struct target *target;
	unsigned long turns;

	need_swap();
	writes = shared_alloc(sizeof(*writes));
	writes->huge = _i == 1;
	writes->file = _i == 2 ? FILE_OF_KEEPER : _i == 3 ? FILE_ON_DISK : NULL;
	if (writes->file)
		close(keeper_file_at(writes->file));
	target = target_job(0, write_on);
	for (i = 0; i < nr; i++) {
		turns = target->turns;
		call_all(target, i);
		ck_wait(target->turns > turns);
	}
	writes->end = true;
	ck_wait(writes->done);
	ck_assert_uint_eq(writes->bad, 0);
	if (writes->file) {
		file_has(writes->last);
		unlink(writes->file);
	}
	target_kill(target);
}
END_TEST

/* Pages that nobody has any more are free: no action has kept a reference. */
START_TEST(nothing_is_kept)
{
	uint64_t before, isolated;
	struct target *target;
	unsigned int i;

	need_swap();
	need_groups();
	before = group_current();
	isolated = number_in("/proc/vmstat", "nr_isolated_anon ") +
		   number_in("/proc/vmstat", "nr_isolated_file ");
	for (i = 0; i < 4; i++) {
		ck_assert(group_enter(LEAF));
		keeper->huge = i & 1;
		target = keeper_spawn();
		group_enter("/sys/fs/cgroup");
		call_all(target, i);
		content_is_good();
		call_init(target, ACT_PAGEOUT);
		call_filter(ACT_MEMCG, true, true)->fd = group_open(LEAF);
		call_physical();
		content_is_good();
		target_kill(target);
		ck_wait(group_current() <= before + LEN / 8);
		ck_wait(number_in(LEAF "/memory.swap.current", "") <= MIB);
	}
	ck_wait(number_in("/proc/vmstat", "nr_isolated_anon ") +
		number_in("/proc/vmstat", "nr_isolated_file ") <= isolated);
}
END_TEST

/* What is in a pipe as well can neither go nor move. */
START_TEST(pinned_memory_stays)
{
	uint64_t before, after;
	struct target *target;

	need_swap();
	need_groups();
	ck_assert(group_enter(LEAF));
	keeper->pinned = MIB;
	keeper->node = one_node() ? -1 : 0;
	target = keeper_spawn();
	group_enter("/sys/fs/cgroup");
	before = group_current();
	call_about(target, ACT_PAGEOUT);
	after = group_current();
	ck_close(call.applied, LEN - MIB);
	ck_assert_uint_le(before - after, LEN - MIB + LEN / 20);
	content_is_good();
	if (!one_node()) {
		call_init(target, ACT_MIGRATE_COLD);
		call.node = 1;
		call_now();
		ck_assert_uint_ge(on_node(target, 0), MIB);
		ck_close(on_node(target, 1), LEN - MIB);
		content_is_good();
	}
	target_kill(target);
}
END_TEST

static uint64_t unevictable(void)
{
	return number_in("/proc/vmstat", "nr_unevictable ");
}

START_TEST(locked_memory_stays)
{
	struct target *target;
	uint64_t before;

	need_swap();
	before = unevictable();
	keeper->locked = true;
	target = keeper_spawn();
	call_about(target, ACT_PAGEOUT);
	ck_assert_uint_eq(call.passed, LEN);
	ck_assert_uint_eq(call.applied, 0);
	call_all(target, 1);
	ck_assert_uint_eq(smaps(target, "Swap"), 0);
	ck_assert_uint_eq(smaps(target, "Locked"), LEN);
	content_is_good();
	target_kill(target);
	ck_wait(unevictable() <= before);
}
END_TEST

static void lock_and_unlock(struct target *target)
{
	char *mem = map_pages(LEN, false);

	if (!mem)
		_exit(1);
	target->addr = PTR(mem);
	target->len = LEN;
	target->ready = 1;
	for (;;) {
		mlock(mem, LEN);
		munlock(mem, LEN);
		target->turns++;
	}
}

/* Memory is locked while it is off the lists, and is on the right ones afterwards. */
START_TEST(memory_that_is_locked_meanwhile)
{
	unsigned int i, nr = rounds(10);
	struct target *target;
	unsigned long turns;
	uint64_t before;

	need_swap();
	before = unevictable();
	target = target_job(0, lock_and_unlock);
	for (i = 0; i < nr; i++) {
		turns = target->turns;
		call_all(target, i);
		ck_wait(target->turns > turns);
	}
	target_kill(target);
	ck_wait(unevictable() <= before);
}
END_TEST

/* There is no room where it could go: it stays, and nothing else is said. */
START_TEST(swap_is_full)
{
	struct target *target;

	need_swap();
	need_groups();
	ck_assert(write_text(LEAF "/memory.swap.max", "0"));
	ck_assert(group_enter(LEAF));
	target = keeper_spawn();
	group_enter("/sys/fs/cgroup");
	call_about(target, ACT_PAGEOUT);
	write_text(LEAF "/memory.swap.max", "max");
	ck_assert_uint_eq(call.passed, LEN);
	ck_assert_uint_eq(call.applied, 0);
	ck_assert_uint_eq(smaps(target, "Rss"), LEN);
	content_is_good();
	target_kill(target);
}
END_TEST

/* Reading ahead. */

/* Bytes of a file that are in memory, as its owner may know. */
static uint64_t cached(int fd)
{
	unsigned char in[LEN / PAGE];
	uint64_t sum = 0;
	size_t i;
	void *mem = mmap(NULL, LEN, PROT_READ, MAP_SHARED, fd, 0);

	ck_assert_ptr_ne(mem, MAP_FAILED);
	ck_assert_int_eq(mincore(mem, LEN, in), 0);
	for (i = 0; i < ARRAY_SIZE(in); i++)
		sum += in[i] & 1 ? PAGE : 0;
	munmap(mem, LEN);
	return sum;
}

/* A file is read, and charged to who is to use it. */
START_TEST(willneed_file)
{
	struct target *target;
	uint64_t before;
	int fd;

	need_module();
	need_groups();
	fd = keeper_file_at(FILE_ON_DISK);
	ck_assert_int_eq(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	if (cached(fd) > LEN / 20)
		skip("files are in memory only");
	keeper->unread = true;
	ck_assert(group_enter(LEAF));
	target = keeper_spawn();
	group_enter("/sys/fs/cgroup");
	ck_assert_uint_le(cached(fd), LEN / 20);
	before = number_in(STAT_OF_LEAF, "file ");
	call_about(target, ACT_WILLNEED);
	ck_close(call.applied, LEN);
	/* The disk takes its time. */
	ck_wait(cached(fd) == LEN);
	ck_close(number_in(STAT_OF_LEAF, "file ") - before, LEN);
	call_about(target, ACT_WILLNEED);
	ck_assert_uint_eq(call.applied, 0);
	content_is_good();
	target_kill(target);
	close(fd);
	unlink(FILE_ON_DISK);
}
END_TEST

/* Own copies of a file's pages: the kernel reads none of them ahead, and we say so. */
START_TEST(willneed_own_copies)
{
	struct target *target;

	need_swap();
	close(keeper_file());
	keeper->own = true;
	target = keeper_spawn();
	call_about(target, ACT_PAGEOUT);
	ck_close(smaps(target, "Swap"), LEN);
	call_about(target, ACT_WILLNEED);
	ck_assert_uint_eq(call.applied, 0);
	content_is_good();
	target_kill(target);
	unlink(FILE_OF_KEEPER);
}
END_TEST

/* What is brought to one end of the LRU lists goes before what is brought to the other. */

/* Has the kernel reclaim memory of the group until about @bytes are in swap. */
static void reclaim(const struct target *target, uint64_t bytes)
{
	unsigned int i;

	for (i = 0; i < 200 && smaps(target, "Swap") < bytes; i++)
		write_text(LEAF "/memory.reclaim", "512K");
}

/* @index: of classic lists, of generations; in their order, or in reverse */
START_TEST(order_of_reclaim)
{
	uint64_t first, second, faults;
	struct target *target;
	bool reverse = _i & 2;

	need_swap();
	need_groups();
	if (!lru_set(_i & 1))
		skip("there is no multi-gen LRU");
	if (access(LEAF "/memory.reclaim", F_OK))
		skip("a group cannot be told to reclaim");
	ck_assert(group_enter(LEAF));
	target = keeper_spawn();
	group_enter("/sys/fs/cgroup");
	/* Nothing of it was accessed lately, and all of it is at one end. */
	call_about(target, ACT_COLD);
	call_about(target, ACT_LRU_PRIO);
	ck_close(call.applied, LEN);
	call_init(target, ACT_LRU_DEPRIO);
	if (reverse)
		call.end = target->addr + LEN / 2;
	else
		call.start = target->addr + LEN / 2;
	call_now();
	ck_close(call.applied, LEN / 2);
	/* Once more moves nothing. */
	call_now();
	ck_assert_uint_le(call.applied, LEN / 40);
	reclaim(target, LEN / 10 * 4);
	first = LEN / 2 - frames_in(target, target->addr, LEN / 2);
	second = LEN / 2 - frames_in(target, target->addr + LEN / 2, LEN / 2);
	if (reverse) {
		uint64_t swap = first;

		first = second;
		second = swap;
	}
	ck_assert_uint_ge(first + second, LEN / 10 * 3);
	ck_assert_msg(second > 8 * first, "%lu bytes of what was to stay have gone, and %lu of the rest",
		      (unsigned long)first, (unsigned long)second);
	faults = number_in(STAT_OF_LEAF, "pgmajfault ");
	content_is_good();
	faults = number_in(STAT_OF_LEAF, "pgmajfault ") - faults;
	ck_close(faults * PAGE, first + second);
	lru_end();
	target_kill(target);
}
END_TEST

/* Filters: memory of which one half is so and the other is not, in one region. */

static void make_active(const struct target *target)
{
	call_init(target, ACT_LRU_PRIO);
	call_now();
	call_init(target, ACT_LRU_DEPRIO);
	call.start = target->addr + LEN / 2;
	call_now();
	/* Pages wait for their place in batches of each processor. */
	write_text("/proc/sys/vm/compact_memory", "1");
}

static void filter_half(enum act_filter_type type, bool matching, bool allow)
{
	struct act_filter *f = call_filter(type, matching, allow);

	if (type == ACT_MEMCG)
		f->fd = group_open(LEAF);
	f->min = HUGE;
	f->max = HUGE;
}

static const struct {
	enum act_filter_type type;
	enum half half;
} halves[] = {
	{ ACT_ANON, HALF_ANON },
	{ ACT_HUGEPAGE_SIZE, HALF_HUGE },
	{ ACT_MEMCG, HALF_GROUP },
	{ ACT_ACTIVE, HALF_NONE },
};

/* @index: the filter, and in four ways */
START_TEST(filters_tell_halves)
{
	bool matching = _i & 1, allow = _i & 2, first = matching == allow;
	unsigned int which = _i / 4;
	enum act_filter_type type = halves[which].type;
	struct target *target;
	uint64_t gone, stays;

	need_swap();
	need_groups();
	ck_assert(lru_set(false));
	keeper->half = halves[which].half;
	if (keeper->half == HALF_ANON)
		close(keeper_file());
	ck_assert(group_enter(LEAF));
	target = keeper_spawn();
	group_enter("/sys/fs/cgroup");
	if (type == ACT_HUGEPAGE_SIZE && smaps(target, "AnonHugePages") != LEN / 2)
		skip("there are no huge pages");
	if (type == ACT_ACTIVE)
		make_active(target);
	call_init(target, ACT_STAT);
	filter_half(type, matching, allow);
	call_now();
	ck_close(call.passed, LEN / 2);
	/* Advice as well. */
	if (type != ACT_ACTIVE) {
		call_init(target, ACT_NOHUGEPAGE);
		call_now();
		call_init(target, ACT_HUGEPAGE);
		filter_half(type, matching, allow);
		call_now();
		ck_assert_uint_eq(smaps_flag(target, " hg"), LEN / 2);
	}
	call_init(target, ACT_PAGEOUT);
	filter_half(type, matching, allow);
	call_now();
	ck_close(call.passed, LEN / 2);
	ck_close(call.applied, LEN / 2);
	gone = frames_in(target, target->addr + (first ? 0 : LEN / 2), LEN / 2);
	stays = frames_in(target, target->addr + (first ? LEN / 2 : 0), LEN / 2);
	ck_assert_uint_le(gone, LEN / 40);
	ck_close(stays, LEN / 2);
	content_is_good();
	lru_end();
	target_kill(target);
	unlink(FILE_OF_KEEPER);
}
END_TEST

/* What a process maps and what is of a file that nobody maps, in one group. */
START_TEST(filter_unmapped_tells)
{
	struct target *target;
	unsigned int i;
	int fd;

	need_module();
	need_groups();
	ck_assert(group_enter(LEAF));
	fd = keeper_file();
	*keeper->file = '\0';
	target = keeper_spawn();
	group_enter("/sys/fs/cgroup");
	for (i = 0; i < 4; i++) {
		bool matching = i & 1, allow = i & 2;
		uint64_t mapped = number_in(STAT_OF_LEAF, "file_mapped ");
		/* Files of others may be left in the group. */
		uint64_t truth = matching == allow ? number_in(STAT_OF_LEAF, "file ") - mapped :
						     number_in(STAT_OF_LEAF, "anon ") + mapped;

		call_init(target, ACT_STAT);
		call_filter(ACT_MEMCG, false, false)->fd = group_open(LEAF);
		call_filter(ACT_UNMAPPED, matching, allow);
		call.allow = !allow;
		call_physical();
		ck_assert_uint_ge(call.passed, LEN / 20 * 19);
		ck_within(call.passed, truth, 4 * MIB);
	}
	target_kill(target);
	close(fd);
	unlink(FILE_OF_KEEPER);
}
END_TEST

/* Everything at once, to a process that comes to its end. */

/* It grows until the kernel ends it. */
static void eat(void)
{
	for (;;)
		map_pages(MIB, false);
}

static void change(char *some, unsigned int how)
{
	switch (how) {
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
	case 3:
		if (!fork()) {
			execl("/bin/true", "true", NULL);
			_exit(0);
		}
		waitpid(-1, NULL, 0);
		break;
	case 4:
		mremap(some, HUGE, HUGE, MREMAP_MAYMOVE | MREMAP_FIXED, some - LEN);
		mremap(some - LEN, HUGE, HUGE, MREMAP_MAYMOVE | MREMAP_FIXED, some);
		break;
	default:
		munmap(some, HUGE);
		mmap(some, HUGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		break;
	}
}

/* How the next one ends: it is killed, it becomes another program, it eats too much. */
static unsigned int *ending;

static void die_young(struct target *target)
{
	char *mem = map_pages(2 * LEN, false);
	unsigned int i;

	if (!mem)
		_exit(1);
	munmap(mem, LEN);
	mem += LEN;
	target->addr = PTR(mem);
	target->len = LEN;
	target->ready = 1;
	for (i = 0; i < 100000; i++) {
		char *some = mem + i % (LEN / HUGE) * HUGE;

		change(some, i % 6);
		touch(some, HUGE);
		target->turns++;
		if (i > 20 && *ending == 1)
			execl("/bin/sleep", "sleep", "1000", NULL);
		if (i > 20 && *ending == 2)
			eat();
	}
}

/* Kills it after a while, should it still be there: sooner or later, by turns. */
static void kill_later(pid_t pid, unsigned int i)
{
	pid_t killer = fork();

	ck_assert_int_ge(killer, 0);
	if (!killer) {
		usleep(20000 + i % 100 * 4000);
		kill(pid, SIGKILL);
		_exit(0);
	}
}

/*
 * Of all that were in the group.  A folio that was locked when its last user went
 * stays in the swap cache until somebody looks for memory.
 */
static bool nothing_is_left(void)
{
	write_text(LEAF "/memory.reclaim", "64M");
	return group_current() < 2 * MIB;
}

START_TEST(target_that_changes_and_dies)
{
	unsigned int i, nr = rounds(50);

	need_swap();
	need_groups();
	ck_assert(write_text(LEAF "/memory.max", "64M"));
	ck_assert(write_text(LEAF "/memory.swap.max", "16M"));
	ending = shared_alloc(sizeof(*ending));
	for (i = 0; i < nr; i++) {
		struct target *target;
		unsigned int turn;

		*ending = i % 3;
		ck_assert(group_enter(LEAF));
		target = target_job(0, die_young);
		group_enter("/sys/fs/cgroup");
		kill_later(target->pid, i);
		for (turn = 0; turn < 2; turn++)
			call_all(target, i + turn);
		while (waitpid(-1, NULL, 0) > 0)
			;
	}
	ck_wait(nothing_is_left());
	write_text(LEAF "/memory.max", "max");
	write_text(LEAF "/memory.swap.max", "max");
}
END_TEST

/* The same to schemes, of the process and of all memory. */

static void scheme_init(struct damon_scheme_conf *s, uint32_t action)
{
	memset(s, 0, sizeof(*s));
	s->action = action;
	s->max_sz = ~0ULL;
	s->max_accesses = ~0U;
	s->max_age = ~0ULL;
	/* Others are to come to work, too. */
	s->quota_us = 10000;
	s->quota_interval_us = 100000;
}

#define NR_SCHEMES	6

static const uint32_t actions[NR_SCHEMES] = {
	DAMON_ACTION_COLD, DAMON_ACTION_LRU_PRIO, DAMON_ACTION_MIGRATE_COLD,
	DAMON_ACTION_COLLAPSE, DAMON_ACTION_LRU_DEPRIO, DAMON_ACTION_PAGEOUT,
};

/* Everything to all memory of the group, all the time. */
static int session_of_memory(int group)
{
	static struct damon_scheme_filter_conf filters[NR_SCHEMES];
	static struct damon_scheme_conf schemes[NR_SCHEMES];
	static struct conf conf;
	unsigned int i;

	conf_physical(&conf);
	for (i = 0; i < NR_SCHEMES; i++) {
		scheme_init(&schemes[i], actions[i]);
		schemes[i].node = actions[i] == DAMON_ACTION_MIGRATE_COLD && !one_node();
		schemes[i].first_filter = i;
		schemes[i].nr_filters = 1;
		filters[i].type = DAMON_FILTER_MEMCG;
		filters[i].flags = DAMON_FILTER_MATCHING | DAMON_FILTER_ALLOW;
		filters[i].fd = group;
	}
	conf.c.schemes = PTR(schemes);
	conf.c.nr_schemes = NR_SCHEMES;
	conf.c.scheme_size = sizeof(schemes[0]);
	conf.c.scheme_filters = PTR(filters);
	conf.c.nr_scheme_filters = NR_SCHEMES;
	conf.c.scheme_filter_size = sizeof(filters[0]);
	return session_running(0, &conf);
}

/* It may have ended already. */
static int session_of_process(const struct target *target)
{
	static struct damon_scheme_conf schemes[NR_SCHEMES];
	static struct conf conf;
	unsigned int i;
	int fd, err;

	conf_init(&conf);
	conf_target(&conf, target->pid);
	conf.c.sample_us = 1000;
	conf.c.aggr_us = 10000;
	for (i = 0; i < NR_SCHEMES; i++) {
		scheme_init(&schemes[i], actions[i]);
		schemes[i].node = actions[i] == DAMON_ACTION_MIGRATE_COLD && !one_node();
	}
	conf.c.schemes = PTR(schemes);
	conf.c.nr_schemes = NR_SCHEMES;
	conf.c.scheme_size = sizeof(schemes[0]);
	fd = session_new(0);
	err = conf_try(fd, &conf);
	ck_assert_msg(!err || err == -ESRCH, "COMMIT: %s: %.*s", strerror(-err), MSG_LEN,
		      conf.msg);
	if (!err)
		control_try(fd, DAMON_IOC_START, NULL);
	return fd;
}

START_TEST(schemes_of_what_changes_and_dies)
{
	unsigned int i, nr = rounds(50);
	int all, fd;

	need_swap();
	need_groups();
	ck_assert(write_text(LEAF "/memory.max", "64M"));
	ck_assert(write_text(LEAF "/memory.swap.max", "16M"));
	ending = shared_alloc(sizeof(*ending));
	all = session_of_memory(group_open(LEAF));
	for (i = 0; i < nr; i++) {
		struct target *target;

		*ending = i % 3;
		ck_assert(group_enter(LEAF));
		target = target_job(0, die_young);
		group_enter("/sys/fs/cgroup");
		kill_later(target->pid, 2 * i);
		fd = session_of_process(target);
		while (waitpid(-1, NULL, 0) > 0)
			;
		close_kept(fd);
	}
	session_stop(all);
	close_kept(all);
	ck_wait(nothing_is_left());
	write_text(LEAF "/memory.max", "max");
	write_text(LEAF "/memory.swap.max", "max");
}
END_TEST

void act_care_cases(Suite *suite)
{
	TCase *tc = add_case(suite, "care");

	tcase_add_checked_fixture(tc, keeper_begin, NULL);
	tcase_add_loop_test(tc, no_write_is_lost, 0, 4);
	tcase_add_test(tc, nothing_is_kept);
	tcase_add_test(tc, pinned_memory_stays);
	tcase_add_test(tc, locked_memory_stays);
	tcase_add_test(tc, memory_that_is_locked_meanwhile);
	tcase_add_test(tc, swap_is_full);
	tcase_add_test(tc, willneed_file);
	tcase_add_test(tc, willneed_own_copies);

	/* `make soak` has it a thousand times. */
	tc = add_case(suite, "changes");
	tcase_add_checked_fixture(tc, keeper_begin, NULL);
	tcase_add_test(tc, target_that_changes_and_dies);
	tcase_add_test(tc, schemes_of_what_changes_and_dies);

	tc = add_case(suite, "order");
	tcase_add_checked_fixture(tc, keeper_begin, NULL);
	tcase_add_loop_test(tc, order_of_reclaim, 0, 4);

	tc = add_case(suite, "halves");
	tcase_add_checked_fixture(tc, keeper_begin, NULL);
	tcase_add_loop_test(tc, filters_tell_halves, 0, 4 * ARRAY_SIZE(halves));
	tcase_add_test(tc, filter_unmapped_tells);
}
