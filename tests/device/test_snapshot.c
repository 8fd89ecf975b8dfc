// SPDX-License-Identifier: GPL-2.0
/*
 * DAMON_IOC_SNAPSHOT.
 */
#include <sys/mman.h>

#include "harness.h"

#define LEN	(8 * MIB)
#define ROOM	DAMON_DEFAULT_MAX_NR_REGIONS

static struct conf conf;
static struct snap snap;
static uint64_t mem;

static void begin(void)
{
	mem = PTR(map_pages(LEN, false));
	conf_init(&conf);
	conf_target(&conf, 0);
	conf_range(&conf, mem, LEN);
	snap_init(&snap, ROOM);
}

static void end(void)
{
	snap_free(&snap);
}

/* A session that has stopped with many regions. */
static int many_regions(void)
{
	int fd;

	conf.c.min_nr_regions = 200;
	fd = session_running(0, &conf);
	windows_pass(fd, 2);
	session_stop(fd);
	return fd;
}

START_TEST(nothing_yet)
{
	int fd = session_new(0);

	snap.s.state = 99;
	ck_assert_int_eq(snap_try(fd, &snap), -ENODATA);
	check_text(snap.msg, NULL);
	ck_assert_uint_eq(snap.s.state, DAMON_STATE_NEW);

	conf.c.sample_us = 1000;
	conf.c.aggr_us = 3600 * 1000000ULL;
	conf_commit(fd, &conf);
	ck_assert_int_eq(snap_try(fd, &snap), -ENODATA);
	ck_assert_uint_eq(snap.s.state, DAMON_STATE_STOPPED);

	/* The counters count all the same. */
	session_start(fd);
	ck_wait(snap_try(fd, &snap) == -ENODATA && snap.s.nr_ticks > 3);
	ck_assert_uint_eq(snap.s.state, DAMON_STATE_RUNNING);
	ck_assert_uint_gt(snap.s.nr_checks, 0);
	session_stop(fd);
	ck_assert_int_eq(snap_try(fd, &snap), -ENODATA);
	ck_assert_uint_eq(snap.s.state, DAMON_STATE_STOPPED);
}
END_TEST

START_TEST(window_makes_sense)
{
	uint64_t before = now_ns();
	int fd = session_running(0, &conf);
	uint64_t seq, ticks, begun;
	uint32_t i;

	next_window(fd, &snap);
	ck_assert_str_eq(snap.msg, "");
	ck_assert_uint_eq(snap.s.state, DAMON_STATE_RUNNING);
	ck_assert_uint_ge(snap.s.seq, 2);
	ck_assert_uint_gt(snap.s.start_ns, before);
	ck_assert_uint_lt(snap.s.start_ns, snap.s.end_ns);
	ck_assert_uint_le(snap.s.end_ns, now_ns());
	ck_assert_uint_eq(snap.s.sample_us, conf.c.sample_us);
	ck_assert_uint_eq(snap.s.aggr_us, conf.c.aggr_us);
	ck_assert_uint_eq(snap.s.max_nr_accesses, conf.c.aggr_us / conf.c.sample_us);
	ck_assert_uint_eq(snap.s.nr_targets, 1);
	ck_assert_uint_ge(snap.s.nr_ticks, snap.s.seq * snap.s.max_nr_accesses);
	ck_assert_uint_gt(snap.s.nr_checks, snap.s.nr_ticks);
	ck_assert_uint_eq(snap.s.nr_lost, 0);
	ck_assert_uint_ge(snap.s.total, conf.c.min_nr_regions);
	for (i = 0; i < snap.s.nr_regions; i++) {
		ck_assert_uint_le(snap.regions[i].nr_accesses, snap.s.max_nr_accesses);
		ck_assert_uint_le(snap.regions[i].age, snap.s.seq);
		ck_assert_uint_eq(snap.regions[i].pid, 0);
	}

	seq = snap.s.seq;
	ticks = snap.s.nr_ticks;
	begun = snap.s.end_ns;
	next_window(fd, &snap);
	ck_assert_uint_gt(snap.s.seq, seq);
	ck_assert_uint_gt(snap.s.nr_ticks, ticks);
	ck_assert_uint_ge(snap.s.start_ns, begun);
}
END_TEST

/* A window is not shorter than the aggregation interval, but for rounding. */
START_TEST(window_is_as_long_as_told)
{
	int fd = session_running(0, &conf), i;

	for (i = 0; i < 5; i++) {
		next_window(fd, &snap);
		ck_assert_uint_ge(snap.s.end_ns - snap.s.start_ns,
				  (conf.c.aggr_us - conf.c.sample_us) * 1000);
	}
}
END_TEST

START_TEST(covers_two_ranges)
{
	const char *wrong;
	int fd, i;

	conf.ranges[0].end -= LEN / 2 + 3 * PAGE;
	conf_range(&conf, mem + LEN / 2 + 7 * PAGE, LEN / 4);
	fd = session_running(0, &conf);
	for (i = 0; i < 5; i++) {
		next_window(fd, &snap);
		wrong = covers(snap.regions, snap.s.nr_regions, &conf);
		ck_assert_msg(!wrong, "%s", wrong);
	}
}
END_TEST

START_TEST(short_buffers_add_up)
{
	const uint32_t step = 7;
	int fd = many_regions();
	struct snap part;
	uint32_t at, total;

	ck_assert_int_eq(snap_try(fd, &snap), 0);
	total = snap.s.total;
	ck_assert_uint_ge(total, 200);
	ck_assert_uint_eq(snap.s.nr_regions, total);

	/* Starts a new reading, of the same window as the session has stopped. */
	snap_init(&part, step);
	for (at = 0; at < total; at += step) {
		part.s.first = at;
		part.s.nr_regions = step;
		memset(part.regions, '#', step * sizeof(part.regions[0]));
		ck_assert_int_eq(snap_try(fd, &part), 0);
		ck_assert_uint_eq(part.s.seq, snap.s.seq);
		ck_assert_uint_eq(part.s.total, total);
		ck_assert_uint_eq(part.s.nr_regions, total - at < step ? total - at : step);
		ck_assert_mem_eq(part.regions, snap.regions + at,
				 part.s.nr_regions * sizeof(part.regions[0]));
	}
	part.s.first = total;
	part.s.nr_regions = step;
	ck_assert_int_eq(snap_try(fd, &part), 0);
	ck_assert_uint_eq(part.s.nr_regions, 0);
	snap_free(&part);
}
END_TEST

/* Windows that complete in between do not spoil a reading that has begun. */
START_TEST(reading_goes_on_over_windows)
{
	struct snap part;
	int fd;

	conf.c.min_nr_regions = 200;
	fd = session_running(0, &conf);
	next_window(fd, &snap);
	snap_init(&part, ROOM);
	part.s.first = 5;
	part.s.seq = snap.s.seq;
	ck_wait(snap_try(fd, &part) || part.s.nr_ticks >
		snap.s.nr_ticks + 3 * snap.s.max_nr_accesses);
	part.s.nr_regions = ROOM;
	ck_assert_int_eq(snap_try(fd, &part), 0);
	ck_assert_uint_eq(part.s.seq, snap.s.seq);
	ck_assert_uint_eq(part.s.total, snap.s.total);
	ck_assert_uint_eq(part.s.nr_regions, snap.s.total - 5);
	ck_assert_mem_eq(part.regions, snap.regions + 5,
			 part.s.nr_regions * sizeof(part.regions[0]));
	snap_free(&part);
}
END_TEST

START_TEST(stale)
{
	int fd = session_running(0, &conf);
	uint64_t old;

	next_window(fd, &snap);
	old = snap.s.seq;
	next_window(fd, &snap);
	snap.s.first = 1;
	snap.s.seq = old;
	snap.s.nr_regions = ROOM;
	ck_assert_int_eq(snap_try(fd, &snap), -ESTALE);
	check_text(snap.msg, NULL);
	snap.s.seq = ~0ULL;
	ck_assert_int_eq(snap_try(fd, &snap), -ESTALE);
	snap.s.seq = 0;
	ck_assert_int_eq(snap_try(fd, &snap), -ESTALE);

	/* Which costs the reading nothing that is current. */
	next_window(fd, &snap);
	snap.s.first = snap.s.total - 1;
	snap.s.nr_regions = ROOM;
	ck_assert_int_eq(snap_try(fd, &snap), 0);
	ck_assert_uint_eq(snap.s.nr_regions, 1);
}
END_TEST

/* Just the numbers. */
START_TEST(no_room)
{
	int fd = many_regions();

	snap.s.nr_regions = 0;
	snap.s.regions = 0;
	ck_assert_int_eq(snap_try(fd, &snap), 0);
	ck_assert_uint_eq(snap.s.nr_regions, 0);
	ck_assert_uint_ge(snap.s.total, 200);
}
END_TEST

START_TEST(more_room_than_memory)
{
	int fd = many_regions();

	snap.s.nr_regions = ~0U;
	ck_assert_int_eq(snap_try(fd, &snap), 0);
	ck_assert_uint_eq(snap.s.nr_regions, snap.s.total);
}
END_TEST

START_TEST(regions_fault)
{
	char *half = map_half(PAGE);
	int fd = many_regions();
	const char *wrong;

	snap.s.regions = 0;
	ck_assert_int_eq(snap_try(fd, &snap), -EFAULT);
	check_text(snap.msg, "regions");
	snap.s.nr_regions = ROOM;
	snap.s.regions = PTR(half + PAGE);
	ck_assert_int_eq(snap_try(fd, &snap), -EFAULT);
	snap.s.nr_regions = ROOM;
	snap.s.regions = PTR(half);	/* half way */
	ck_assert_int_eq(snap_try(fd, &snap), -EFAULT);
	check_text(snap.msg, "regions");
	snap.s.nr_regions = ROOM;
	snap.s.regions = ~0ULL - 31;
	ck_assert_int_eq(snap_try(fd, &snap), -EFAULT);

	snap.s.nr_regions = ROOM;
	snap.s.regions = PTR(snap.regions);
	ck_assert_int_eq(snap_try(fd, &snap), 0);
	wrong = covers(snap.regions, snap.s.nr_regions, &conf);
	ck_assert_msg(!wrong, "%s", wrong);
}
END_TEST

START_TEST(region_size_wrong)
{
	static const uint32_t sizes[] = { 0, 8, sizeof(struct damon_region_info) - 4 };
	int fd = many_regions();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		snap.s.region_size = sizes[i];
		ck_assert_int_eq(snap_try(fd, &snap), -EINVAL);
		check_text(snap.msg, "region_size");
	}
}
END_TEST

START_TEST(sizes)
{
	struct damon_snapshot s = { .size = sizeof(s), .region_size = sizeof(struct damon_region_info) };

	check_sizes(many_regions(), DAMON_IOC_SNAPSHOT, &s, sizeof(s));
}
END_TEST

START_TEST(flags)
{
	struct damon_snapshot s = { .size = sizeof(s), .region_size = sizeof(struct damon_region_info) };

	check_flags(many_regions(), DAMON_IOC_SNAPSHOT, &s, sizeof(s));
}
END_TEST

/* Never waits for the worker: a hundred in a tenth of one of its sleeps. */
START_TEST(at_once_while_the_sampler_sleeps)
{
	int fd = session_running(0, &conf), try, i;
	double took = 0;

	windows_pass(fd, 1);
	conf.c.sample_us = 10000000;
	conf.c.aggr_us = 10000000;
	conf_commit(fd, &conf);
	for (try = 0; try < 3; try++) {
		took = now_s();
		for (i = 0; i < 100; i++) {
			snap.s.nr_regions = ROOM;
			ck_assert_int_eq(snap_try(fd, &snap), 0);
		}
		took = now_s() - took;
		if (took < 1)
			break;
	}
	ck_assert_msg(took < 1, "100 snapshots took %.2f s", took);
}
END_TEST

/* The whole point: hot memory is told from cold. */
START_TEST(hot_is_not_cold)
{
	struct target *target = target_spawn(0, 2 * LEN, false);
	double hot = 0, cold = 0;
	uint64_t border = target->addr + LEN;
	const struct damon_region_info *r;
	int fd, i;

	target->hot = LEN;
	target->work = WORK_TOUCH;
	conf_init(&conf);
	conf_target(&conf, target->pid);
	conf_range(&conf, target->addr, 2 * LEN);
	conf.c.sample_us = 20000;
	conf.c.aggr_us = 200000;
	fd = session_running(0, &conf);
	windows_pass(fd, 8);
	for (i = 0; i < 5; i++) {
		next_window(fd, &snap);
		for (r = snap.regions; r < snap.regions + snap.s.nr_regions; r++) {
			uint64_t middle = r->start > border ? r->start :
					  r->end < border ? r->end : border;

			hot += (double)r->nr_accesses * (middle - r->start);
			cold += (double)r->nr_accesses * (r->end - middle);
		}
	}
	hot /= 5.0 * LEN * snap.s.max_nr_accesses;
	cold /= 5.0 * LEN * snap.s.max_nr_accesses;
	ck_assert_msg(hot > 0.3 && hot > 5 * cold, "hot: %.3f of the samples, cold: %.3f",
		      hot, cold);
	target_kill(target);
}
END_TEST

/* Three parts are looked up again: memory that is mapped later is found. */
START_TEST(mapped_later)
{
	uint64_t late = 0x10000000000ULL, end = late + 64 * MIB;
	int fd;
	uint32_t i;
	bool found = false;
	void *mem_late;
	double limit;

	conf_init(&conf);
	conf_target(&conf, 0);
	conf.c.update_us = 100000;
	fd = session_running(0, &conf);
	windows_pass(fd, 1);
	mem_late = mmap((void *)(uintptr_t)late, end - late, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	ck_assert_ptr_eq(mem_late, (void *)(uintptr_t)late);
	for (limit = now_s() + LIMIT_S; !found && now_s() < limit;) {
		next_window(fd, &snap);
		for (i = 0; i < snap.s.total; i++)
			found |= snap.regions[i].start < end && snap.regions[i].end > late;
	}
	ck_assert(found);
}
END_TEST

Suite *snapshot_suite(void)
{
	Suite *suite = suite_create("snapshot");
	TCase *tc = add_case(suite, "snapshot");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, nothing_yet);
	tcase_add_test(tc, window_makes_sense);
	tcase_add_test(tc, window_is_as_long_as_told);
	tcase_add_test(tc, covers_two_ranges);
	tcase_add_test(tc, short_buffers_add_up);
	tcase_add_test(tc, reading_goes_on_over_windows);
	tcase_add_test(tc, stale);
	tcase_add_test(tc, no_room);
	tcase_add_test(tc, more_room_than_memory);
	tcase_add_test(tc, regions_fault);
	tcase_add_test(tc, region_size_wrong);
	tcase_add_test(tc, sizes);
	tcase_add_test(tc, flags);
	tcase_add_test(tc, at_once_while_the_sampler_sleeps);
	tcase_add_test(tc, hot_is_not_cold);
	tcase_add_test(tc, mapped_later);
	return suite;
}
