// SPDX-License-Identifier: GPL-2.0
/*
 * The ready-made use stat on a machine whose clock no host can hold up: what it tells of
 * memory that is used as somebody knows, and what it costs where nothing happens.
 */
#include "harness.h"

#define PARAMS		"/sys/module/damon/parameters/stat_"
#define BUILTIN		"/sys/module/damon_stat/parameters/enabled"
#define HUGE		(2 * MIB)
#define PERCENTS	100
#define SAMPLES		20	/* in a window */
#define FOUND_PERCENT	4	/* of all accesses that can be found are what tuning wants */
#define LONGEST_US	200000000	/* the longest windows */

#define LOOK_S		600	/* memory in use is looked at for so long */
#define SETTLE_S	7200	/* at most, until intervals are the longest */
#define REST_S		1800	/* then costs are counted */
#define WAKE_S		10	/* no more than one wake-up in so long */

static uint64_t number(const char *name)
{
	char path[80];

	snprintf(path, sizeof(path), PARAMS "%s", name);
	return number_in(path, "");
}

static void enable(bool on)
{
	int err = write_try(PARAMS "enabled", on ? "Y" : "N");

	ck_assert_msg(!err, "enabled: %s", strerror(-err));
}

/* Begins anew, and no monitor of the kernel's clears what shows accesses. */
static void alone(void)
{
	if (!access(BUILTIN, F_OK))
		ck_assert(write_text(BUILTIN, "N"));
	module_gone();
	module_need();
}

static long idle[PERCENTS + 1];

/* In ms, from what is in use the most to what has been idle the longest. */
static void read_percentiles(void)
{
	char text[4096], *at = text;
	int i;

	ck_assert_uint_gt(read_text(PARAMS "memory_idle_ms_percentiles", text, sizeof(text)), 0);
	for (i = 0; i <= PERCENTS; i++) {
		idle[i] = strtol(at, &at, 10);
		ck_assert_int_eq(*at++, i < PERCENTS ? ',' : '\n');
	}
}

/* How many percent of memory are in use or have been idle for less than @ms. */
static int percent_below(long ms)
{
	int i;

	for (i = 0; i < PERCENTS && idle[i + 1] < ms; i++)
		;
	return i;
}

static void show(double after)
{
	int i;

	read_percentiles();
	printf("after %.0f s: windows of %.2f s, idle seconds by ten percent:", after,
	       number("aggr_interval_us") / 1e6);
	for (i = 0; i <= PERCENTS; i += 10)
		printf(" %.1f", idle[i] / 1000.0);
	printf("\n");
}

static size_t used;

/* Writes to each of its huge pages once a second. */
static void job_used(struct target *target)
{
	volatile char *mem = map_pages(used, true);
	size_t i;

	if (!mem)
		_exit(1);
	target->ready = 1;
	for (;; usleep(1000000))
		for (i = 0; i < used; i += HUGE)
			mem[i]++;
}

/*
 * Known: a quarter of memory is in use, each page of it once a second; and what was free
 * at first and still is has been idle since the beginning.  Tuning wants a sample to find
 * a certain part of memory in use, which says how long it takes for that.
 */
START_TEST(idle_times_are_right)
{
	double begun, took, share, unused, wanted_us, windows_us;
	uint64_t total, bandwidth;
	struct target *target;
	int in_use, cold;

	alone();
	total = number_in("/proc/meminfo", "MemTotal:") * 1024;
	used = total / 4 & ~(HUGE - 1);
	target = target_job(0, job_used);
	begun = now_s();
	enable(true);
	sleep(LOOK_S);
	took = now_s() - begun;
	show(took);
	share = 100.0 * used / total;
	unused = 100.0 * number_in("/proc/meminfo", "MemFree:") * 1024 / total;
	in_use = percent_below(10000);
	cold = PERCENTS - percent_below(900 * took);
	windows_us = number("aggr_interval_us");
	bandwidth = number("estimated_memory_bandwidth");
	wanted_us = SAMPLES * FOUND_PERCENT / share * 1000000;
	printf("in use: %d%% of %.1f; idle for long: %d%% of %.1f; %lu MiB/s of %lu\n", in_use,
	       share, cold, unused, (unsigned long)(bandwidth / MIB),
	       (unsigned long)(used / MIB));
	ck_assert_msg(in_use >= 0.8 * share && in_use <= 1.3 * share, "%d%% in use", in_use);
	ck_assert_msg(cold >= 0.8 * unused && cold <= PERCENTS - 0.8 * share, "%d%% cold", cold);
	ck_assert_msg(idle[PERCENTS] <= 1050 * took, "idle for %ld ms", idle[PERCENTS]);
	ck_assert(windows_us > 0.7 * wanted_us && windows_us < 1.4 * wanted_us);
	ck_assert(bandwidth > 0.6 * used && bandwidth < 1.7 * used);
	target_kill(target);
	enable(false);
}
END_TEST

/**
 * struct cost - what a thread has had until now
 * @cpu_s:	seconds of CPU time
 * @wakes:	how often it has slept
 */
struct cost {
	double cpu_s;
	uint64_t wakes;
};

static struct cost cost_of(pid_t pid)
{
	char path[40];
	struct cost cost;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
	cost.cpu_s = number_in(path, "") / 1e9;
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	cost.wakes = number_in(path, "\nvoluntary_ctxt_switches:");
	return cost;
}

static double begun_s;

/* Intervals as long as they get.  No part of the test: Check counts its time in 31 bits. */
static void settle(void)
{
	double took;

	alone();
	begun_s = now_s();
	enable(true);
	while (number("aggr_interval_us") < LONGEST_US) {
		took = now_s() - begun_s;
		ck_assert_msg(took < SETTLE_S, "windows of %lu us after %.0f s",
			      (unsigned long)number("aggr_interval_us"), took);
		sleep(60);
	}
	show(now_s() - begun_s);
}

START_TEST(rests_with_the_machine)
{
	pid_t pid = number("kdamond_pid");
	double took, begun = now_s();
	struct cost before = cost_of(pid), after;

	sleep(REST_S);
	after = cost_of(pid);
	took = now_s() - begun;
	show(now_s() - begun_s);
	after.cpu_s -= before.cpu_s;
	after.wakes -= before.wakes;
	printf("%.0f s at rest: %.3f s of CPU time, %.4f%%, and %lu wake-ups\n", took, after.cpu_s,
	       100 * after.cpu_s / took, (unsigned long)after.wakes);
	ck_assert_msg(after.cpu_s <= took / 1000, "%.3f s of CPU time in %.0f s", after.cpu_s,
		      took);
	ck_assert_msg(after.wakes <= took / WAKE_S, "%lu wake-ups in %.0f s",
		      (unsigned long)after.wakes, took);
	/* It has looked. */
	ck_assert_uint_ge(after.wakes, took / WAKE_S / 2);
	ck_assert(after.cpu_s > 0);
	/* Nearly all of memory has been idle meanwhile, and not for longer than it is watched. */
	ck_assert_int_ge(idle[10], 1000 * REST_S - 2 * (LONGEST_US / 1000));
	ck_assert(idle[PERCENTS] <= 1000 * (now_s() - begun_s) + 2 * (LONGEST_US / 1000));
	ck_assert_int_eq(number("kdamond_pid"), pid);
	enable(false);
}
END_TEST

Suite *stat_suite(void)
{
	Suite *suite = suite_create("stat");
	TCase *tc = add_case(suite, "in-use");

	tcase_set_timeout(tc, 2 * LOOK_S);
	tcase_add_test(tc, idle_times_are_right);

	tc = add_case(suite, "at-rest");
	tcase_add_checked_fixture(tc, settle, NULL);
	tcase_set_timeout(tc, 2 * (SETTLE_S + REST_S));
	tcase_add_test(tc, rests_with_the_machine);
	return suite;
}
