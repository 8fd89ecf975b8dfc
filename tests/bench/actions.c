// SPDX-License-Identifier: GPL-2.0
/*
 * What actions cost: CPU time of the monitor's thread per MiB that has changed, as the
 * kernel tells it of the process, without what monitoring alone costs.
 *
 * For a VM with swap and two nodes.  What is measured is one application to the memory
 * of a process at rest, at the end of the first window; or two, where the first one
 * only notes what was accessed.  Of physical memory all is looked at, and a filter lets
 * through what is the process's.
 */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/mempolicy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <damon/device.h>

#include "bench.h"

#define MIB		(1ULL << 20)
#define TOTAL		128		/* MiB */
#define SAMPLE_US	1000000
#define AGGR_US		10000000
#define ONE_US		19000000	/* one window's end, and time for what is done */
#define TWO_US		29000000
#define GROUP		"/bench-actions"

/* Of the memory, what must have changed for a figure to count. */
#define ENOUGH		0.8

/* Ours over the built-in's, at most: the clock is exact, the memory's layout is not. */
#define MOST		1.05

#define THP		"/sys/kernel/mm/transparent_hugepage/enabled"
#define LRU_GEN		"/sys/kernel/mm/lru_gen/enabled"

/* The sum of numbers behind @name in a file of the process's. */
static uint64_t sum_of(pid_t pid, const char *file_name, const char *name, uint64_t unit)
{
	char path[64], *line = NULL, *at;
	uint64_t sum = 0;
	size_t room = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file_name);
	file = fopen(path, "re");
	if (!file)
		err(1, "%s", path);
	while (getline(&line, &room, file) > 0) {
		at = strstr(line, name);
		if (at)
			sum += strtoull(at + strlen(name), NULL, 10) * unit;
	}
	free(line);
	fclose(file);
	return sum;
}

static uint64_t swapped(const struct subject *s)
{
	return sum_of(s->pid, "smaps_rollup", "Swap:", 1024);
}

static uint64_t resident(const struct subject *s)
{
	return sum_of(s->pid, "smaps_rollup", "Rss:", 1024);
}

static uint64_t huge(const struct subject *s)
{
	return sum_of(s->pid, "smaps_rollup", "AnonHugePages:", 1024);
}

static uint64_t moved(const struct subject *s)
{
	return sum_of(s->pid, "numa_maps", " N1=", 4096);
}

/* Size of areas with a flag. */
static uint64_t flagged(const struct subject *s, const char *flag)
{
	char path[64], *line = NULL;
	uint64_t sum = 0, size = 0;
	size_t room = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps", s->pid);
	file = fopen(path, "re");
	if (!file)
		err(1, "%s", path);
	while (getline(&line, &room, file) > 0) {
		if (!strncmp(line, "Size:", 5))
			size = strtoull(line + 5, NULL, 10) * 1024;
		if (!strncmp(line, "VmFlags:", 8) && strstr(line, flag))
			sum += size;
	}
	free(line);
	fclose(file);
	return sum;
}

static uint64_t may_be_huge(const struct subject *s)
{
	return flagged(s, " hg");
}

static uint64_t never_huge(const struct subject *s)
{
	return flagged(s, " nh");
}

static uint64_t of_group(const char *name)
{
	static char text[16384];
	char *at;

	/* Pages wait for their place in batches of each processor. */
	write_file("/proc/sys/vm/compact_memory", "1");
	read_file(GROUPS GROUP "/memory.stat", text, sizeof(text));
	at = strstr(text, name);
	if (!at)
		errx(1, "memory.stat has no %s", name);
	return strtoull(at + strlen(name), NULL, 10);
}

static uint64_t active(const struct subject *s)
{
	(void)s;
	return of_group("\nactive_anon ");
}

static uint64_t inactive(const struct subject *s)
{
	(void)s;
	return of_group("\ninactive_anon ");
}

/**
 * struct action - what is measured
 * @scheme:	the action
 * @changed:	bytes of the process on which it shows
 * @active:	its memory is active before, not only inactive
 * @process:	the built-in monitor has it for processes
 * @physical:	for physical memory: 0 none has it, 1 ours, 2 both
 * @asks:	it does nothing but ask filters
 * @twice:	of physical memory, pages that were accessed are for the next time
 */
struct action {
	struct mon_scheme scheme;
	uint64_t (*changed)(const struct subject *s);
	bool active;
	bool process;
	unsigned int physical;
	bool asks;
	bool twice;
};

static const struct action actions[] = {
	{
		.scheme = { .keyword = "stat", .action = DAMON_ACTION_STAT },
		.changed = resident, .process = true, .physical = 2, .asks = true,
	},
	{
		.scheme = { .keyword = "pageout", .action = DAMON_ACTION_PAGEOUT },
		.changed = swapped, .process = true, .physical = 2, .twice = true,
	},
	{
		.scheme = { .keyword = "lru_prio", .action = DAMON_ACTION_LRU_PRIO },
		.changed = active, .physical = 2,
	},
	{
		.scheme = { .keyword = "lru_deprio", .action = DAMON_ACTION_LRU_DEPRIO },
		.changed = inactive, .active = true, .physical = 2,
	},
	{
		.scheme = { .keyword = "cold", .action = DAMON_ACTION_COLD },
		.changed = inactive, .active = true, .process = true, .physical = 1,
	},
	{
		.scheme = { .keyword = "migrate_cold", .action = DAMON_ACTION_MIGRATE_COLD, .node = 1 },
		.changed = moved, .process = true, .physical = 2,
	},
	{
		.scheme = { .keyword = "hugepage", .action = DAMON_ACTION_HUGEPAGE },
		.changed = may_be_huge, .process = true,
	},
	{
		.scheme = { .keyword = "nohugepage", .action = DAMON_ACTION_NOHUGEPAGE },
		.changed = never_huge, .process = true,
	},
	{
		.scheme = { .keyword = "collapse", .action = DAMON_ACTION_COLLAPSE },
		.changed = huge, .process = true, .physical = 1,
	},
};

/* Returns CPU time. */
static uint64_t apply(const struct mon_ops *ops, pid_t pid, const struct mon_scheme *scheme,
		      uint64_t us)
{
	const struct mon_attrs attrs = {
		.sample_us = SAMPLE_US, .aggr_us = AGGR_US, .min = 10, .max = 20,
		.scheme = scheme,
	};
	struct monitor m = { .ops = ops };
	uint64_t cpu_ns;

	ops->start(&m, pid, &attrs);
	sleep_us(us);
	cpu_ns = cpu_ns_of(m.worker);
	ops->stop(&m);
	return cpu_ns;
}

/* A process in the group, all of whose memory is on the first node. */
static void start(struct subject *s, const char *hot)
{
	static const char *const args[] = { "--total", "128", "--hot", "0",
					    "--pause-us", "1000000000", NULL };
	unsigned long node = 1;
	char path[64];

	write_number(GROUPS GROUP "/cgroup.procs", (uint64_t)getpid());
	if (syscall(SYS_set_mempolicy, MPOL_BIND, &node, 8 * sizeof(node)))
		err(1, "set_mempolicy");
	subject_start(s, hot, args);
	syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0);
	write_number(GROUPS "/cgroup.procs", (uint64_t)getpid());
	/* All look as if they had been at rest for long. */
	snprintf(path, sizeof(path), "/proc/%d/clear_refs", s->pid);
	write_file(path, "1");
	write_file("/proc/sys/vm/compact_memory", "1");
}

/* Nanoseconds per MiB; negative if too little has changed. */
static double cost(const struct action *action, const struct mon_ops *ops, bool physical,
		   const char *hot, double *mib)
{
	static const struct mon_scheme prio = { .action = DAMON_ACTION_LRU_PRIO };
	struct mon_scheme scheme = action->scheme;
	uint64_t us = action->twice && physical ? TWO_US : ONE_US;
	uint64_t before, after, alone, ns;
	struct subject s;
	char path[64];

	if (physical || action->asks)
		scheme.group = GROUP;
	start(&s, hot);
	if (action->active) {
		apply(&mon_device, s.pid, &prio, ONE_US);
		snprintf(path, sizeof(path), "/proc/%d/clear_refs", s.pid);
		write_file(path, "1");
	}
	alone = apply(ops, s.pid, NULL, us);
	before = action->asks ? 0 : action->changed(&s);
	ns = apply(ops, s.pid, &scheme, us);
	after = action->changed(&s);
	subject_stop(&s);
	*mib = after > before ? (double)(after - before) / MIB : 0;
	return *mib >= ENOUGH * TOTAL && ns > alone ? (double)(ns - alone) / *mib : -1;
}

static void print_cost(double ns, double mib)
{
	if (ns < 0)
		printf(" %12s %8.1f", "-", mib);
	else
		printf(" %12.1f %8.1f", ns / 1000, mib);
}

static void measure_one(const struct action *action, bool physical, bool builtin,
			const char *hot)
{
	bool both = builtin && (physical ? action->physical == 2 : action->process);
	double ours, theirs, our_mib, their_mib;

	ours = cost(action, physical ? &mon_device_paddr : &mon_device, physical, hot, &our_mib);
	printf("%-13s %-8s", action->scheme.keyword, physical ? "memory" : "process");
	print_cost(ours, our_mib);
	if (both) {
		theirs = cost(action, physical ? &mon_builtin_paddr : &mon_builtin, physical, hot,
			      &their_mib);
		print_cost(theirs, their_mib);
		if (ours >= 0 && theirs >= 0)
			printf(" %7.2f  %s (at most %.2f)", ours / theirs,
			       pass_miss(ours <= theirs * MOST), MOST);
	}
	printf("\n");
	fflush(stdout);
}

void bench_actions(const char *hot, bool builtin)
{
	char thp[64], lru[64] = "", *word;
	size_t i;

	if (mkdir(GROUPS GROUP, 0755) && errno != EEXIST)
		err(1, GROUPS GROUP);
	read_file(THP, thp, sizeof(thp));
	write_file(THP, "madvise");
	/* On the classic lists each page has its place. */
	if (have_file(LRU_GEN)) {
		read_file(LRU_GEN, lru, sizeof(lru));
		write_file(LRU_GEN, "n");
	}
	printf("CPU time of the monitor's thread per MiB changed, of a process with %d MiB\n\n",
	       TOTAL);
	printf("%-13s %-8s %12s %8s %12s %8s %7s\n", "action", "of", "ours, us", "MiB",
	       "theirs, us", "MiB", "ratio");
	for (i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
		measure_one(&actions[i], false, builtin, hot);
		if (actions[i].physical)
			measure_one(&actions[i], true, builtin, hot);
	}
	word = strchr(thp, '[');
	if (word) {
		word[strcspn(word, "]")] = 0;
		write_file(THP, word + 1);
	}
	if (*lru)
		write_file(LRU_GEN, lru);
}
