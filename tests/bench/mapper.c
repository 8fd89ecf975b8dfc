// SPDX-License-Identifier: GPL-2.0
/*
 * Processes that want their mmap lock for writing: how much of them can be
 * sampled, and how much less they get done.  One maps, touches and unmaps a
 * little memory in turn; one changes the protection of a lot, and holds the
 * lock nearly all of the time; one changes the protection of other memory than it
 * works on, and does each half of the time.
 */
#include <err.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <damon/device.h>

#include "bench.h"

#define LEN		(64UL << 20)
#define LITTLE		(64UL << 10)
#define NR		100
#define SAMPLE_US	5000
#define AGGR_US		100000
#define WATCH_US	4000000

static bool protect(char *mem)
{
	return !mprotect(mem, LEN, PROT_READ) && !mprotect(mem, LEN, PROT_READ | PROT_WRITE);
}

static bool map(char *mem)
{
	char *more = mmap(NULL, LITTLE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t i;

	(void)mem;
	if (more == MAP_FAILED)
		return false;
	for (i = 0; i < LITTLE; i += 4096)
		more[i] = 1;
	return !munmap(more, LITTLE);
}

/* The time that it takes to change the protection is worked for, too. */
static bool protect_other(char *mem)
{
	static char *other;
	uint64_t begun = now_ns(), half;
	size_t i;

	if (!other) {
		/* A mapping of its own, and not one with its neighbour. */
		other = mmap(NULL, LEN + 2 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (other == MAP_FAILED)
			return false;
		other += 4096;
		if (mprotect(other, LEN, PROT_READ | PROT_WRITE) || madvise(other, LEN, MADV_NOHUGEPAGE))
			return false;
		memset(other, 1, LEN);
	}
	if (!protect(other))
		return false;
	half = now_ns();
	do {
		for (i = 0; i < LEN; i += 4096)
			mem[i]++;
	} while (now_ns() - half < half - begun);
	return true;
}

/* A process with @mem that does @turn for ever; @turns counts. */
static pid_t work(bool (*turn)(char *mem), char *mem, volatile uint64_t *turns)
{
	pid_t pid = fork();

	if (pid < 0)
		err(1, "cannot fork");
	if (pid)
		return pid;
	memset(mem, 1, LEN);
	while (turn(mem))
		++*turns;
	_exit(1);
}

static double turns_per_s(const volatile uint64_t *turns)
{
	uint64_t first = *turns, begun = now_ns();

	sleep_us(WATCH_US);
	return (double)(*turns - first) * 1e9 / (double)(now_ns() - begun);
}

/* While @ops watch it; counts of the module's in @s. */
static double watched(const struct mon_ops *ops, pid_t pid, const volatile uint64_t *turns,
		      struct damon_snapshot *s, uint64_t *cpu_ns)
{
	const struct mon_attrs attrs = {
		.sample_us = SAMPLE_US, .aggr_us = AGGR_US, .min = NR, .max = NR,
	};
	struct monitor m = { .ops = ops };
	double rate;

	ops->start(&m, pid, &attrs);
	sleep_us(WATCH_US / 4);
	*cpu_ns = cpu_ns_of(m.worker);
	rate = turns_per_s(turns);
	*cpu_ns = cpu_ns_of(m.worker) - *cpu_ns;
	if (s && device_snapshot(&m, s))
		err(1, "SNAPSHOT");
	ops->stop(&m);
	return rate;
}

static void bench_one(const char *what, bool (*turn)(char *mem), bool builtin)
{
	volatile uint64_t *turns = mmap(NULL, sizeof(*turns), PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *mem = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct damon_snapshot s = { 0 };
	double alone, with;
	uint64_t cpu_ns;
	pid_t pid;

	if (mem == MAP_FAILED || turns == MAP_FAILED)
		err(1, "no memory");
	if (madvise(mem, LEN, MADV_NOHUGEPAGE))
		err(1, "madvise");
	pid = work(turn, mem, turns);
	while (!*turns)
		sleep_us(1000);
	alone = turns_per_s(turns);
	with = watched(&mon_device, pid, turns, &s, &cpu_ns);
	printf("%-28s %8.1f %11.1f %8" PRIu64 " of %-8" PRIu64, what, (1 - with / alone) * 100,
	       (double)cpu_ns / WATCH_US / 10, (uint64_t)s.nr_missed,
	       (uint64_t)(s.nr_missed + s.nr_checks));
	if (builtin) {
		with = watched(&mon_builtin, pid, turns, NULL, &cpu_ns);
		printf(" %8.1f %11.1f", (1 - with / alone) * 100, (double)cpu_ns / WATCH_US / 10);
	}
	printf("\n");
	fflush(stdout);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	munmap(mem, LEN);
	munmap((void *)turns, sizeof(*turns));
}

void bench_mapper(bool builtin)
{
	printf("%-28s %8s %11s %20s %8s %11s\n", "a process that", "slower,%", "our CPU, %",
	       "samples missed", "slower,%", "their CPU,%");
	bench_one("maps, touches and unmaps", map, builtin);
	bench_one("does nothing but mprotect()", protect, builtin);
	bench_one("does so elsewhere, and works", protect_other, builtin);
}
