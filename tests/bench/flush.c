// SPDX-License-Identifier: GPL-2.0
/*
 * What a flush of the TLB in each pass costs the monitor's thread, and what it
 * shows that is not seen without.
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <damon/device.h>

#include "bench.h"

#define NR		100
#define WINDOWS		26
#define SMALL		(16 * 4096UL)	/* fits into any TLB */

/* Shorter than the time between two timer ticks, which empty the TLB here. */
#define SHORT_US	1000

/* Touches it for ever without a look at the kernel. */
static pid_t touch(volatile char *mem)
{
	pid_t pid = fork();
	size_t i;

	if (pid < 0)
		err(1, "cannot fork");
	if (pid)
		return pid;
	for (;;)
		for (i = 0; i < SMALL; i += 4096)
			mem[i]++;
}

/* How much of the time it is seen accessed. */
static double seen(pid_t pid, volatile char *mem, uint32_t flags)
{
	const struct mon_attrs attrs = {
		.sample_us = SHORT_US, .aggr_us = 100 * SHORT_US, .min = 3, .max = 10,
		.flags = flags,
	};
	struct monitor m = {
		.ops = &mon_device_fvaddr,
		.given = { .start = (uintptr_t)mem, .end = (uintptr_t)mem + SMALL },
	};
	struct mon_snapshot snap = { 0 };
	double hits = 0, samples = 0;
	unsigned int i;
	size_t j;

	m.ops->start(&m, pid, &attrs);
	for (i = 0; i < 10; i++) {
		m.ops->snapshot(&m, &snap);
		for (j = 0; j < snap.nr; j++) {
			hits += snap.regions[j].nr_accesses;
			samples += snap.max_nr_accesses;
		}
	}
	m.ops->stop(&m);
	free(snap.regions);
	return hits / samples;
}

void bench_flush(const struct subject *s)
{
	volatile char *mem = mmap(NULL, SMALL, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct mon_attrs attrs = {
		.sample_us = 5000, .aggr_us = 100000, .min = NR, .max = NR,
	};
	struct figure without = { 0 }, with = { 0 };
	double hit_without, hit_with;
	pid_t pid;

	if (mem == MAP_FAILED)
		err(1, "no memory");
	measure(&mon_device, s->pid, &attrs, WINDOWS, &without);
	attrs.flags = DAMON_COMMIT_FLUSH_TLB;
	measure(&mon_device, s->pid, &attrs, WINDOWS, &with);
	pid = touch(mem);
	hit_without = seen(pid, mem, 0);
	hit_with = seen(pid, mem, DAMON_COMMIT_FLUSH_TLB);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	munmap((void *)mem, SMALL);
	printf("FLUSH_TLB: %.0f ns more per tick of %d regions, which costs %.0f ns without\n",
	       (per_sample(&with) - per_sample(&without)) * NR, NR, per_sample(&without) * NR);
	printf("FLUSH_TLB: memory that stays in the TLB and is in use all the time is seen accessed in %.3f of samples, %.3f without\n",
	       hit_with, hit_without);
	fflush(stdout);
}
