// SPDX-License-Identifier: GPL-2.0
/*
 * Tuned intervals settle where a process's accesses are found as often as the
 * goal says.
 */
#include "harness.h"

#define LEN		(32 * MIB)
#define PAGES		(LEN / PAGE)
#define GOAL_BP		400
#define AGGRS		3
#define SETTLE		15	/* tunings before it is judged */
#define JUDGE		10	/* tunings of which the mean is judged */

static uint64_t records[32 * 1024];
static size_t at, filled;

/* Sweeps its memory once in @hot microseconds, as the clock goes. */
static void job_sweep(struct target *target)
{
	char *mem = map_pages(LEN, false);
	uint64_t from = now_ns();
	double due = 0;

	target->addr = PTR(mem);
	target->len = LEN;
	target->hot = 1000000;
	target->ready = 1;
	for (;;) {
		uint64_t now;

		usleep(500);
		now = now_ns();
		due += (double)(now - from) / 1000 / target->hot * PAGES;
		from = now;
		for (; due >= 1; due--)
			mem[target->turns++ % PAGES * PAGE]++;
	}
}

static const struct damon_record_window *next_record(int fd)
{
	const struct damon_record *head;

	do {
		if (at == filled) {
			ssize_t len = read(fd, records, sizeof(records));

			ck_assert_msg(len > 0, "read: %zd", len);
			filled = len;
			at = 0;
		}
		head = (void *)((char *)records + at);
		at += head->size;
	} while (head->type != DAMON_RECORD_WINDOW);
	return (const void *)head;
}

/* What part of all accesses that the next window can find it finds. */
static double next_bp(int fd, double *sample_ms)
{
	const struct damon_record_window *window = next_record(fd);
	double found = 0, possible = 0;
	uint32_t i;

	for (i = 0; i < window->nr_regions; i++) {
		const struct damon_region_info *r = &window->regions[i];

		found += (double)(r->end - r->start) * r->nr_accesses;
		possible += (double)(r->end - r->start) * window->max_nr_accesses;
	}
	*sample_ms = window->sample_us / 1000.0;
	return found / possible * 10000;
}

static void settle(int fd, struct target *target, double ms)
{
	double bp = 0, sample_ms = 0, ms_now;
	int i;

	target->hot = ms * 1000 * 10000 / GOAL_BP;
	for (i = 0; i < SETTLE * AGGRS; i++)
		next_bp(fd, &ms_now);
	for (i = 0; i < JUDGE * AGGRS; i++) {
		bp += next_bp(fd, &ms_now) / (JUDGE * AGGRS);
		sample_ms += ms_now / (JUDGE * AGGRS);
	}
	printf("# settled at %.1f ms, where %.0f ms are right, and finds %.0f bp of %d\n", sample_ms,
	       ms, bp, GOAL_BP);
	ck_assert_msg(bp > 0.9 * GOAL_BP && bp < 1.1 * GOAL_BP, "%.0f bp", bp);
}

START_TEST(settles_at_the_goal)
{
	struct target *target = target_job(0, job_sweep);
	struct conf conf;
	int fd;

	conf_init(&conf);
	conf_target(&conf, target->pid);
	conf_range(&conf, target->addr, LEN);
	conf.c.aggr_us = 20 * conf.c.sample_us;
	conf.c.access_bp = GOAL_BP;
	conf.c.aggrs = AGGRS;
	conf.c.min_sample_us = 5000;
	conf.c.max_sample_us = 10000000;
	fd = session_running(1024 * 1024, &conf);
	settle(fd, target, 40);
	/* It changes what it does. */
	settle(fd, target, 20);
	target_kill(target);
}
END_TEST

Suite *tuning_suite(void)
{
	Suite *suite = suite_create("tuning");
	TCase *tc = add_case(suite, "tuning");

	tcase_set_timeout(tc, 900);
	tcase_add_test(tc, settles_at_the_goal);
	return suite;
}
