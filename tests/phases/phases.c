// SPDX-License-Identifier: GPL-2.0
/*
 * What proactive reclaim costs a workload with phases, and what it saves: none,
 * without control, with a quota, and with a goal.
 *
 *	phases SEED...
 *
 * For a VM with one CPU, a virtual clock and swap.
 */
#include <err.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "../accuracy/monitor.h"
#include "phases.h"

/* How often the size is looked at. */
#define LOOK_MS		100

/* With a quota. */
#define MOST_TIME	1.03
#define MOST_SIZE	0.90

/**
 * struct outcome - of one run
 * @seconds:	how long the phases took
 * @mib:	average size of what is in memory
 * @faults:	major faults
 */
struct outcome {
	double seconds;
	double mib;
	uint64_t faults;
};

static const char *const names[NR_CONTROLS] = {
	"no reclaim", "no control", "quota", "goal",
};

static double resident_mib(pid_t pid)
{
	char path[64], text[256], *at;

	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	read_file(path, text, sizeof(text));
	strtoull(text, &at, 10);
	return (double)strtoull(at, NULL, 10) * 4096 / MIB;
}

/* Returns whether the workload's memory has kept its content. */
static bool run(uint64_t seed, enum control control, struct outcome *o)
{
	struct work_result result;
	unsigned int looks = 0;
	uint64_t paged = 0;
	struct pollfd from;
	struct work w;
	int session = -1;

	work_start(&w, seed);
	from = (struct pollfd) { .fd = w.from, .events = POLLIN };
	if (control != CONTROL_BASELINE)
		session = reclaim_start(&w, control);
	work_go(&w);
	o->mib = 0;
	while (!poll(&from, 1, LOOK_MS)) {
		o->mib += resident_mib(w.pid);
		looks++;
	}
	work_result(&w, &result);
	if (session >= 0)
		paged = reclaim_stop(session);
	o->mib /= looks ? looks : 1;
	o->seconds = (double)result.ns / 1e9;
	o->faults = result.faults;
	say("%4" PRIu64 " %-11s %9.2f %14.2f %13" PRIu64 " %14.1f", seed, names[control],
	    o->seconds, o->mib, o->faults, (double)paged / MIB);
	return work_end(&w);
}

static void judge(uint64_t seed, const struct outcome *o)
{
	const struct outcome *base = &o[CONTROL_BASELINE], *free = &o[CONTROL_NONE];
	const struct outcome *quota = &o[CONTROL_QUOTA], *goal = &o[CONTROL_GOAL];

	verdict(quota->seconds <= base->seconds * MOST_TIME && quota->mib <= base->mib * MOST_SIZE,
		"seed %" PRIu64 ", quota: %+.2f %% time (at most %+.0f %%), %+.1f %% memory (at most %+.0f %%)",
		seed, (quota->seconds / base->seconds - 1) * 100, (MOST_TIME - 1) * 100,
		(quota->mib / base->mib - 1) * 100, (MOST_SIZE - 1) * 100);
	/* Or there would have been nothing to hold back. */
	verdict(free->seconds > base->seconds * MOST_TIME && free->faults > quota->faults,
		"seed %" PRIu64 ", no control: %+.2f %% time, %+.1f %% memory, more faults than with a quota",
		seed, (free->seconds / base->seconds - 1) * 100, (free->mib / base->mib - 1) * 100);
	verdict(goal->seconds < free->seconds && goal->faults < free->faults &&
		goal->mib <= base->mib * MOST_SIZE,
		"seed %" PRIu64 ", goal: %+.2f %% time, %+.1f %% memory, less time and faults than without control",
		seed, (goal->seconds / base->seconds - 1) * 100, (goal->mib / base->mib - 1) * 100);
}

int main(int argc, char **argv)
{
	bool good = true;
	int i;

	if (argc < 2)
		errx(2, "usage: phases SEED...");
	say("seed %-11s  time, s  avg. RSS, MiB  major faults  paged out, MiB", "control");
	for (i = 1; i < argc; i++) {
		uint64_t seed = strtoull(argv[i], NULL, 10);
		struct outcome outcomes[NR_CONTROLS];
		enum control control;

		for (control = 0; control < NR_CONTROLS; control++)
			good &= run(seed, control, &outcomes[control]);
		judge(seed, outcomes);
	}
	verdict(good, "each byte of the workload's memory is what it was");
	printf("1..%d\n", 3 * (argc - 1) + 1);
	return nr_failed() > 0;
}
