// SPDX-License-Identifier: GPL-2.0
/*
 * What monitoring costs, beside the kernel's own monitor on the same process.
 *
 *	bench HOT [PART]...
 *
 * HOT is the workload (tests/workload/hot), a PART one of those below; without
 * any it is all of them but actions.  Meant for a VM with a virtual clock, where CPU time is a
 * count of instructions.  Fails only if something could not be measured; whether
 * a target is met stands beside each figure.
 */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <damon/device.h>

#include "bench.h"

#define SAMPLE_US	5000
#define AGGR_US		100000
#define SAMPLES		(AGGR_US / SAMPLE_US)

#define WARMUP_WINDOWS	6
/* At least 500 ticks. */
#define WINDOWS		26
#define NR_ROUNDS	2

#define NR_SNAPSHOTS	101
#define NR_TRIED	3

/* A sleep that nobody can take for a short one. */
#define LONG_US		10000000
#define AT_ONCE_NS	10000000

static const uint32_t sizes[] = { 10, 100, 1000 };

/* Ours over the built-in's, at most: half at 1,000 regions, else no more. */
static double target_for(uint32_t nr)
{
	return nr >= 1000 ? 0.5 : 1.0;
}

/**
 * measure() - what sampling costs
 * @ops:	the monitor
 * @pid:	what it watches
 * @attrs:	with as many regions at least as at most
 * @windows:	to be measured, after some to warm up
 * @f:		it is added to that
 */
void measure(const struct mon_ops *ops, pid_t pid, const struct mon_attrs *attrs,
	     unsigned int windows, struct figure *f)
{
	uint64_t samples = windows * (attrs->aggr_us / attrs->sample_us) * attrs->min;
	struct monitor m = { .ops = ops };
	struct mon_cost from, to;

	ops->start(&m, pid, attrs);
	sleep_us(WARMUP_WINDOWS * attrs->aggr_us);
	ops->cost(&m, &from);
	do {
		sleep_us(attrs->aggr_us);
		ops->cost(&m, &to);
	} while (to.samples - from.samples < samples &&
		 to.now_ns - from.now_ns < 50 * windows * attrs->aggr_us * 1000);
	ops->stop(&m);
	if (to.samples == from.samples)
		errx(1, "%s took no samples", ops->name);
	f->cpu_ns += to.cpu_ns - from.cpu_ns;
	f->samples += to.samples - from.samples;
}

/* @their_ops: NULL without a monitor to compare with */
static void bench_samples(const char *what, const struct subject *s,
			  const struct mon_ops *our_ops, const struct mon_ops *their_ops)
{
	unsigned int i, round;

	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		const struct mon_attrs attrs = {
			.sample_us = SAMPLE_US, .aggr_us = AGGR_US,
			.min = sizes[i], .max = sizes[i],
		};
		struct figure ours = { 0 }, theirs = { 0 };
		double ratio;

		for (round = 0; round < NR_ROUNDS; round++) {
			measure(our_ops, s->pid, &attrs, WINDOWS, &ours);
			if (their_ops)
				measure(their_ops, s->pid, &attrs, WINDOWS, &theirs);
		}
		printf("%-12s %7u %9.0f %10" PRIu64, what, sizes[i], per_sample(&ours),
		       ours.samples);
		if (their_ops) {
			ratio = per_sample(&ours) / per_sample(&theirs);
			printf(" %11.0f %10" PRIu64 " %7.2f  %s (at most %.1f)",
			       per_sample(&theirs), theirs.samples, ratio,
			       pass_miss(ratio <= target_for(sizes[i])), target_for(sizes[i]));
		}
		printf("\n");
		fflush(stdout);
	}
}

/* Reads a directory with all that is in it, as clients of sysfs do. */
static void read_tree(const char *dir_name)
{
	DIR *dir = opendir(dir_name);
	struct dirent *entry;

	if (!dir)
		err(1, "cannot list %s", dir_name);
	while ((entry = readdir(dir))) {
		char path[PATH_MAX], text[4096];
		struct stat st;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir_name, entry->d_name);
		if (lstat(path, &st))
			err(1, "cannot stat %s", path);
		if (S_ISDIR(st.st_mode))
			read_tree(path);
		else
			read_file(path, text, sizeof(text));
	}
	closedir(dir);
}

static double device_snapshot_ns(struct monitor *m, uint32_t room, uint32_t *nr, bool *nothing)
{
	struct damon_region_info *infos = calloc(room, sizeof(*infos));
	struct damon_snapshot s = { .regions = (uintptr_t)infos, .nr_regions = room };
	uint64_t start, end;

	if (!infos)
		err(1, "no memory");
	start = now_ns();
	*nothing = device_snapshot(m, &s);
	end = now_ns();
	if (*nothing && errno != ENODATA)
		err(1, "SNAPSHOT");
	*nr = s.nr_regions;
	free(infos);
	return (double)(end - start);
}

static void bench_snapshot(const struct subject *s, bool builtin)
{
	const struct mon_attrs attrs = {
		.sample_us = SAMPLE_US, .aggr_us = AGGR_US, .min = 1000, .max = 1000,
	};
	struct monitor m = { .ops = &mon_device };
	double ours[NR_SNAPSHOTS], theirs[NR_TRIED], waits[NR_TRIED], our, their;
	struct mon_cost cost;
	uint32_t nr = 0;
	bool nothing;
	int i;

	m.ops->start(&m, s->pid, &attrs);
	m.ops->cost(&m, &cost);
	for (i = 0; i < NR_SNAPSHOTS; i++)
		ours[i] = device_snapshot_ns(&m, attrs.max, &nr, &nothing);
	m.ops->stop(&m);
	our = median(ours, NR_SNAPSHOTS);
	printf("SNAPSHOT of %u regions: %.0f us (median of %d)\n", nr, our / 1000, NR_SNAPSHOTS);
	if (!builtin)
		return;

	m.ops = &mon_builtin;
	m.ops->start(&m, s->pid, &attrs);
	sleep_us((uint64_t)WARMUP_WINDOWS * AGGR_US);
	for (i = 0; i < NR_TRIED; i++) {
		uint64_t start = now_ns(), wrote;

		builtin_command("update_schemes_tried_regions");
		wrote = now_ns();
		read_tree(BUILTIN_SCHEME "/tried_regions");
		theirs[i] = (double)(now_ns() - start);
		waits[i] = (double)(wrote - start);
	}
	m.ops->stop(&m);
	their = median(theirs, NR_TRIED);
	printf("update_schemes_tried_regions and reading its files: %.0f us (median of %d)\n",
	       their / 1000, NR_TRIED);
	printf("of it for the command: %.0f us\n", median(waits, NR_TRIED) / 1000);
	printf("ratio 1/%.0f  %s (at most 1/100)\n", their / our, pass_miss(our * 100 <= their));
}

static double slowest_snapshot(struct monitor *m, bool want_nothing)
{
	double slowest = 0;
	uint32_t nr;
	bool nothing;
	int i;

	for (i = 0; i < NR_SNAPSHOTS; i++) {
		double ns = device_snapshot_ns(m, m->attrs.max, &nr, &nothing);

		if (nothing != want_nothing)
			errx(1, "SNAPSHOT of a session that sleeps: %s",
			     nothing ? "no window" : "a window already");
		if (ns > slowest)
			slowest = ns;
	}
	return slowest;
}

static void bench_sleeper(const struct subject *s)
{
	const struct mon_attrs attrs = {
		.sample_us = LONG_US, .aggr_us = LONG_US, .min = 100, .max = 1000,
	};
	struct monitor m = { .ops = &mon_device };
	struct mon_cost cost;
	double first, later;

	m.ops->start(&m, s->pid, &attrs);
	sleep_us(LONG_US / 10);
	first = slowest_snapshot(&m, true);
	m.ops->cost(&m, &cost);		/* waits for the first window */
	sleep_us(LONG_US / 10);
	later = slowest_snapshot(&m, false);
	m.ops->stop(&m);
	printf("SNAPSHOT while a sampler sleeps for ten seconds, slowest of %d:\n", NR_SNAPSHOTS);
	printf("%.0f us before the first window, %.0f us after it  %s (at most %d us)\n",
	       first / 1000, later / 1000,
	       pass_miss(first <= AT_ONCE_NS && later <= AT_ONCE_NS), AT_ONCE_NS / 1000);
}

static const char *const one_area[] = { "--total", "1024", "--thp", "off", NULL };
static const char *const many_areas[] = { "--total", "1024", "--thp", "off",
					  "--vmas", "1000", NULL };

static void head(void)
{
	printf("CPU time of the monitor's thread per region-sample, 1 GiB, %d ms / %d ms\n\n",
	       SAMPLE_US / 1000, AGGR_US / 1000);
	printf("%-12s %7s %9s %10s %11s %10s %7s\n", "process", "min=max", "ours, ns", "samples",
	       "theirs, ns", "samples", "ratio");
}

static void part_process(const char *hot, bool builtin)
{
	const struct mon_ops *theirs = builtin ? &mon_builtin : NULL;
	struct subject s;

	head();
	subject_start(&s, hot, one_area);
	bench_samples("1 VMA", &s, &mon_device, theirs);
	subject_stop(&s);
	subject_start(&s, hot, many_areas);
	bench_samples("1000 VMAs", &s, &mon_device, theirs);
	subject_stop(&s);
}

static void part_memory(const char *hot, bool builtin)
{
	struct subject s;

	head();
	subject_start(&s, hot, one_area);
	bench_samples("all memory", &s, &mon_device_paddr, builtin ? &mon_builtin_paddr : NULL);
	subject_stop(&s);
}

static void part_snapshot(const char *hot, bool builtin)
{
	struct subject s;

	subject_start(&s, hot, one_area);
	bench_snapshot(&s, builtin);
	bench_sleeper(&s);
	subject_stop(&s);
}

static void part_flush(const char *hot, bool builtin)
{
	struct subject s;

	(void)builtin;
	subject_start(&s, hot, one_area);
	bench_flush(&s);
	subject_stop(&s);
}

static void part_mapper(const char *hot, bool builtin)
{
	(void)hot;
	bench_mapper(builtin);
}

static void part_rest(const char *hot, bool builtin)
{
	(void)builtin;
	bench_rest(hot);
}

static const struct part {
	const char *name;
	void (*run)(const char *hot, bool builtin);
} parts[] = {
	{ "process", part_process },
	{ "memory", part_memory },
	{ "snapshot", part_snapshot },
	{ "window", bench_windows },
	{ "flush", part_flush },
	{ "mapper", part_mapper },
	{ "rest", part_rest },
	{ "actions", bench_actions },
};

#define NR_PARTS (sizeof(parts) / sizeof(*parts))
#define NR_PLAIN (NR_PARTS - 1)		/* actions need swap and two nodes */

static const struct part *find_part(const char *name)
{
	size_t i;

	for (i = 0; i < NR_PARTS; i++)
		if (!strcmp(parts[i].name, name))
			return &parts[i];
	errx(2, "there is no part named %s", name);
}

int main(int argc, char **argv)
{
	bool builtin = builtin_present(), stat_ran;
	int nr = argc > 2 ? argc - 2 : (int)NR_PLAIN, i;

	if (argc < 2)
		errx(2, "usage: bench HOT [PART]...");
	for (i = 2; i < argc; i++)
		find_part(argv[i]);
	stat_ran = builtin_stat_set(false);
	for (i = 0; i < nr; i++) {
		const struct part *part = argc > 2 ? find_part(argv[i + 2]) : &parts[i];

		part->run(argv[1], builtin);
		printf("\n");
		fflush(stdout);
	}
	if (stat_ran)
		builtin_stat_set(true);
	return 0;
}
