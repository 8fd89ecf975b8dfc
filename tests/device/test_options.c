// SPDX-License-Identifier: GPL-2.0
/*
 * Options of COMMIT: what is watched of an address space, and how.
 */
#include <sys/mman.h>

#include "harness.h"

/* FLUSH_TLB */

#define SMALL		(16 * PAGE)	/* fits into any TLB */

/* Stays in user space, where nothing makes it lose its translations. */
static void touch_small(struct target *target)
{
	volatile char *mem = map_pages(SMALL, false);
	size_t i;

	if (!mem)
		_exit(1);
	target->addr = PTR(mem);
	target->len = SMALL;
	target->ready = 1;
	while (target->work != WORK_EXIT) {
		for (i = 0; i < SMALL; i += PAGE)
			mem[i]++;
		target->turns++;
	}
}

static double small_heat(struct target *target, uint32_t flags, uid_t uid)
{
	struct watch *watch = watch_init(target->pid);
	unsigned long turns = target->turns;
	double begun = now_s();

	watch_range(watch, target->addr, target->len);
	watch->flags = flags;
	/* Shorter than the time between two timer ticks. */
	watch->sample_us = 1000;
	watch->nr_windows = 40;
	watch_as(watch, uid);
	turns = target->turns - turns;
	printf("flags %u: accessed in %.3f of samples; the target makes %.0f turns a second\n",
	       flags, watch->ranges[0].heat, turns / (now_s() - begun));
	return watch->ranges[0].heat;
}

START_TEST(flush_shows_what_stays_in_tlbs)
{
	struct damon_query query;
	struct target *target;
	double without, with;

	device_query(device_open(), &query);
	if (!(query.features & DAMON_FEATURE_FLUSH_TLB))
		skip("no flush on this kernel");
	target = target_job(USER_A, touch_small);
	without = small_heat(target, 0, _i ? USER_A : 0);
	with = small_heat(target, DAMON_COMMIT_FLUSH_TLB, _i ? USER_A : 0);
	ck_assert_msg(with > 0.5 && with >= without,
		      "memory in use all the time: accessed in %.3f of samples, %.3f without flushes",
		      with, without);
	target_kill(target);
}
END_TEST

/* What nobody touches stays cold. */
START_TEST(flush_makes_nothing_hot)
{
	struct target *target = target_spawn(USER_A, 4 * MIB, false);
	struct watch *watch = watch_init(target->pid);

	watch_range(watch, target->addr, target->len);
	watch->flags = DAMON_COMMIT_FLUSH_TLB;
	watch_as(watch, 0);
	/* A second time: the first samples may see its birth. */
	watch_as(watch, 0);
	ck_assert_msg(watch->ranges[0].heat < 0.02, "accessed in %.3f of samples",
		      watch->ranges[0].heat);
	target_kill(target);
}
END_TEST

/* VMA_AWARE */

#define NR_PIECES	200
#define PIECE		(4 * PAGE)

/* Pieces with holes between them: hole i is of i % 7 + 1 pages. */
static uint64_t hole_behind(unsigned int i)
{
	return (i % 7 + 1) * PAGE;
}

static void map_pieces(struct target *target)
{
	char *mem = mmap(NULL, NR_PIECES * (PIECE + 8 * PAGE), PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *at = mem;
	unsigned int i;

	if (mem == MAP_FAILED)
		_exit(1);
	for (i = 0; i < NR_PIECES; i++) {
		/* Two mappings that touch are one piece. */
		mprotect(at + PAGE, PAGE, PROT_READ);
		munmap(at + PIECE, hole_behind(i));
		at += PIECE + hole_behind(i);
	}
	munmap(at, mem + NR_PIECES * (PIECE + 8 * PAGE) - at);
	target->addr = PTR(mem);
	target->len = at - mem - hole_behind(NR_PIECES - 1);
	target->ready = 1;
	while (target->work == WORK_IDLE)
		usleep(1000);
	if (target->work == WORK_TOUCH) {
		/* One more hole, then wait. */
		munmap(mem, PIECE);
		target->turns = 1;
		for (;;)
			usleep(1000);
	}
}

struct hole {
	uint64_t start;
	uint64_t end;
};

/* The holes of an address space, from first to last mapping. */
static unsigned int holes_of(pid_t pid, struct hole *holes, unsigned int room)
{
	unsigned long start, end, last = 0;
	char path[32], *line = NULL;
	unsigned int nr = 0;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	while (getline(&line, &size, file) > 0) {
		/* Not a part of the address space. */
		if (sscanf(line, "%lx-%lx ", &start, &end) != 2 || strstr(line, "[vsyscall]"))
			continue;
		if (last && start > last) {
			ck_assert_uint_lt(nr, room);
			holes[nr].start = last;
			holes[nr++].end = start;
		}
		last = end;
	}
	free(line);
	fclose(file);
	return nr;
}

static bool overlaps(const struct snap *snap, const struct hole *hole)
{
	uint32_t i;

	for (i = 0; i < snap->s.nr_regions; i++)
		if (snap->regions[i].start < hole->end && snap->regions[i].end > hole->start)
			return true;
	return false;
}

/* Is every hole larger than @size left out, and none smaller? */
static unsigned int count_bridged(const struct snap *snap, pid_t pid, uint64_t *largest,
				  uint64_t *smallest_left)
{
	static struct hole holes[2 * NR_PIECES];
	unsigned int nr = holes_of(pid, holes, ARRAY_SIZE(holes)), bridged = 0, i;

	*largest = 0;
	*smallest_left = UINT64_MAX;
	for (i = 0; i < nr; i++) {
		uint64_t size = holes[i].end - holes[i].start;

		if (overlaps(snap, &holes[i])) {
			bridged++;
			if (size > *largest)
				*largest = size;
		} else if (size < *smallest_left) {
			*smallest_left = size;
		}
	}
	return bridged;
}

static int pieces_session(struct target *target, struct conf *conf, uint32_t max)
{
	conf_init(conf);
	conf_target(conf, target->pid);
	conf->c.flags = DAMON_COMMIT_VMA_AWARE;
	conf->c.update_us = 0;
	conf->c.max_nr_regions = max;
	return session_running(0, conf);
}

START_TEST(no_region_reaches_across_a_hole)
{
	struct target *target = target_job(USER_A, map_pieces);
	uint64_t largest, smallest;
	struct hole hole = { .start = target->addr, .end = target->addr + PIECE };
	struct conf conf;
	struct snap snap;
	int fd;

	fd = pieces_session(target, &conf, 1000);
	snap_init(&snap, 1000);
	next_window(fd, &snap);
	ck_assert_uint_eq(count_bridged(&snap, target->pid, &largest, &smallest), 0);
	ck_assert_uint_ge(snap.s.total, NR_PIECES);
	ck_assert(overlaps(&snap, &hole));
	/* Memory that is unmapped is left out from the next update on. */
	target->work = WORK_TOUCH;
	ck_wait(target->turns);
	windows_pass(fd, 2);
	next_window(fd, &snap);
	ck_assert(!overlaps(&snap, &hole));
	ck_assert_uint_eq(count_bridged(&snap, target->pid, &largest, &smallest), 0);

	/* Without the option, all but two holes are inside regions. */
	conf.c.flags = 0;
	conf_commit(fd, &conf);
	windows_pass(fd, 1);
	next_window(fd, &snap);
	ck_assert_uint_ge(count_bridged(&snap, target->pid, &largest, &smallest), NR_PIECES - 2);
	snap_free(&snap);
	target_kill(target);
}
END_TEST

/* Runs of regions of a target without a hole between them. */
static unsigned int count_pieces(const struct snap *snap, uint32_t target)
{
	const struct damon_region_info *r = snap->regions;
	unsigned int i, nr = 0;

	for (i = 0; i < snap->s.nr_regions; i++) {
		if (r[i].target == target &&
		    (!i || r[i - 1].target != target || r[i - 1].end != r[i].start))
			nr++;
	}
	return nr;
}

START_TEST(the_smallest_holes_are_bridged)
{
	static const uint32_t caps[] = { 10, 64, 100, 150 };
	struct target *target = target_job(USER_A, map_pieces);
	uint64_t largest, smallest;
	unsigned int bridged;
	struct conf conf;
	struct snap snap;
	int fd;

	fd = pieces_session(target, &conf, caps[_i]);
	snap_init(&snap, 1000);
	next_window(fd, &snap);
	bridged = count_bridged(&snap, target->pid, &largest, &smallest);
	ck_assert_uint_le(snap.s.total, caps[_i]);
	ck_assert_uint_gt(bridged, 0);
	ck_assert_msg(largest <= smallest, "a hole of %#llx is bridged, one of %#llx is not",
		      (unsigned long long)largest, (unsigned long long)smallest);
	/* As many pieces as half of the cap. */
	ck_assert_uint_eq(count_pieces(&snap, 0), caps[_i] / 2);
	snap_free(&snap);
	target_kill(target);
}
END_TEST

/* Given ranges keep theirs; the other targets share what is left. */
START_TEST(targets_share_the_cap)
{
	struct target *one = target_job(USER_A, map_pieces), *two = target_job(USER_A, map_pieces);
	struct conf conf;
	struct snap snap;

	conf_init(&conf);
	conf_target(&conf, one->pid);
	conf_target(&conf, two->pid);
	conf_target(&conf, 0);
	conf_range(&conf, PTR(&conf) / PAGE * PAGE, PAGE);
	conf_range(&conf, PTR(&conf) / PAGE * PAGE + 2 * PAGE, PAGE);
	conf.c.flags = DAMON_COMMIT_VMA_AWARE;
	conf.c.max_nr_regions = 102;
	snap_init(&snap, 102);
	next_window(session_running(0, &conf), &snap);
	ck_assert_uint_eq(count_pieces(&snap, 0), 25);
	ck_assert_uint_eq(count_pieces(&snap, 1), 25);
	ck_assert_uint_eq(count_pieces(&snap, 2), 2);
	snap_free(&snap);
	target_kill(one);
	target_kill(two);
}
END_TEST

/* Mappings change all the time while they are listed, and are freed. */
static void remap_pieces(struct target *target)
{
	const size_t len = NR_PIECES * 2 * PAGE;
	unsigned int i;
	char *mem;

	target->ready = 1;
	while (target->work != WORK_EXIT) {
		mem = mmap(NULL, len, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		if (mem == MAP_FAILED)
			_exit(1);
		for (i = 0; i < NR_PIECES; i++)
			munmap(mem + i * 2 * PAGE, PAGE);
		munmap(mem, len);
		target->turns++;
	}
}

START_TEST(mappings_change_while_they_are_listed)
{
	unsigned long turns = rounds(60);
	struct target *target = target_job(USER_A, remap_pieces);
	struct conf conf;
	struct snap snap;
	int fd;

	conf_init(&conf);
	conf_target(&conf, target->pid);
	conf.c.flags = DAMON_COMMIT_VMA_AWARE | DAMON_COMMIT_FLUSH_TLB;
	conf.c.update_us = 0;
	conf.c.sample_us = 1000;
	conf.c.aggr_us = 2000;
	conf.c.max_nr_regions = 100;
	fd = session_running(0, &conf);
	ck_assert(wait_for(target->turns >= turns, 3 * LIMIT_S));
	snap_init(&snap, 100);
	next_window(fd, &snap);
	ck_assert_uint_le(snap.s.total, 100);
	snap_free(&snap);
	target_kill(target);
	ck_wait(session_state(fd) == DAMON_STATE_ENDED);
}
END_TEST

Suite *options_suite(void)
{
	Suite *suite = suite_create("options");
	TCase *tc = add_case(suite, "options");

	tcase_add_loop_test(tc, flush_shows_what_stays_in_tlbs, 0, 2);
	tcase_add_test(tc, flush_makes_nothing_hot);
	tcase_add_test(tc, no_region_reaches_across_a_hole);
	tcase_add_loop_test(tc, the_smallest_holes_are_bridged, 0, 4);
	tcase_add_test(tc, targets_share_the_cap);
	tcase_add_test(tc, mappings_change_while_they_are_listed);
	return suite;
}
