// SPDX-License-Identifier: GPL-2.0
/*
 * A workload whose hot memory moves in steps.
 *
 * It maps memory, touches all of it once, then goes through it with a window
 * that it sweeps over and over, and writes down when each part was hot.
 */
#include <err.h>
#include <getopt.h>
#include <inttypes.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MIB	(1UL << 20)
/* Steps begin and end at huge pages, so that those blur nothing. */
#define ALIGN	(2 * MIB)

static const char help[] =
"Usage: steps [OPTION]...\n"
"\n"
"  --total MIB     memory to map (default 100)\n"
"  --hot MIB       memory that is hot at a time (default 10)\n"
"  --steps N       how many steps (default 10); they start over at the end\n"
"  --step-ms MS    how long each lasts (default 2000)\n"
"  --pause-us US   sleep between two sweeps (default 50)\n"
"  --truth FILE    write start_ns end_ns start_addr end_addr of each step\n"
"  --quiet         do not print each step\n";

struct options {
	unsigned long total;
	unsigned long hot;
	unsigned long steps;
	unsigned long step_ms;
	unsigned long pause_us;
	const char *truth;
	int quiet;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void sweep(volatile char *start, unsigned long bytes, unsigned long page)
{
	unsigned long i;

	for (i = 0; i < bytes; i += page)
		start[i]++;
}

static char *map_memory(unsigned long bytes)
{
	char *mem = mmap(NULL, bytes + ALIGN, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uintptr_t start = (uintptr_t)mem;

	if (mem == MAP_FAILED)
		err(1, "cannot map %lu MiB", bytes / MIB);
	return mem + (ALIGN - start % ALIGN) % ALIGN;
}

/* Returns the number of sweeps. */
static uint64_t hot_step(const struct options *opt, char *start, unsigned long page, uint64_t end)
{
	const struct timespec pause = {
		.tv_sec = (time_t)(opt->pause_us / 1000000),
		.tv_nsec = (long)(opt->pause_us % 1000000) * 1000,
	};
	uint64_t nr = 0;

	do {
		sweep(start, opt->hot, page);
		nr++;
		/*
		 * Entering the kernel and leaving the CPU lets cached
		 * translations go; a page that stays cached is never marked as
		 * accessed again.
		 */
		if (opt->pause_us)
			nanosleep(&pause, NULL);
		else
			sched_yield();
	} while (now_ns() < end);
	return nr;
}

static void run(const struct options *opt, FILE *truth)
{
	unsigned long page = (unsigned long)sysconf(_SC_PAGESIZE);
	unsigned long positions = opt->total / opt->hot;
	char *mem = map_memory(opt->total);
	uint64_t sweeps = 0, slowest_ns = 0, begin, i;

	sweep(mem, opt->total, page);
	begin = now_ns();
	for (i = 0; i < opt->steps; i++) {
		char *start = mem + i % positions * opt->hot;
		uint64_t from = now_ns(), to, nr;

		nr = hot_step(opt, start, page, from + opt->step_ms * 1000000);
		to = now_ns();
		sweeps += nr;
		if ((to - from) / nr > slowest_ns)
			slowest_ns = (to - from) / nr;
		if (!opt->quiet) {
			printf("step %" PRIu64 ": %p, %" PRIu64 " sweeps, one takes %" PRIu64 " us\n",
			       i, (void *)start, nr, (to - from) / nr / 1000);
			fflush(stdout);
		}
		if (truth) {
			fprintf(truth, "%" PRIu64 " %" PRIu64 " 0x%" PRIxPTR " 0x%" PRIxPTR "\n", from,
				to, (uintptr_t)start, (uintptr_t)start + opt->hot);
			/* Complete lines also when this is killed. */
			if (fflush(truth))
				err(1, "cannot write %s", opt->truth);
		}
	}
	printf("%lu steps of %lu MiB: %.0f sweeps a second, slowest step %" PRIu64 " us a sweep\n",
	       opt->steps, opt->hot / MIB, (double)sweeps * 1e9 / (double)(now_ns() - begin),
	       slowest_ns / 1000);
}

static unsigned long number(const char *name, const char *text, unsigned long min)
{
	unsigned long value;
	char *end;

	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || value < min || value > 1UL << 40)
		errx(2, "--%s wants a number of at least %lu, not '%s'", name, min, text);
	return value;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "total", required_argument, NULL, 't' },
		{ "hot", required_argument, NULL, 'o' },
		{ "steps", required_argument, NULL, 's' },
		{ "step-ms", required_argument, NULL, 'm' },
		{ "pause-us", required_argument, NULL, 'p' },
		{ "truth", required_argument, NULL, 'f' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct options opt = {
		.total = 100 * MIB,
		.hot = 10 * MIB,
		.steps = 10,
		.step_ms = 2000,
		.pause_us = 50,
	};
	FILE *truth = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 't':
			opt.total = number("total", optarg, 1) * MIB;
			break;
		case 'o':
			opt.hot = number("hot", optarg, 1) * MIB;
			break;
		case 's':
			opt.steps = number("steps", optarg, 1);
			break;
		case 'm':
			opt.step_ms = number("step-ms", optarg, 1);
			break;
		case 'p':
			opt.pause_us = number("pause-us", optarg, 0);
			break;
		case 'f':
			opt.truth = optarg;
			break;
		case 'q':
			opt.quiet = 1;
			break;
		case 'h':
			fputs(help, stdout);
			return 0;
		default:
			fputs(help, stderr);
			return 2;
		}
	}
	if (optind < argc)
		errx(2, "'%s' is one word too many", argv[optind]);
	if (opt.hot > opt.total)
		errx(2, "--hot is more than --total");
	if (opt.truth) {
		truth = fopen(opt.truth, "we");
		if (!truth)
			err(1, "cannot create %s", opt.truth);
	}
	run(&opt, truth);
	if (truth && fclose(truth))
		err(1, "cannot write %s", opt.truth);
	return 0;
}
