// SPDX-License-Identifier: GPL-2.0
/*
 * Of the pages that were young when sampled, reclaim takes as few as if nobody
 * had sampled them.
 */
#include "reclaim.h"

#define NR_PAGES	8192U
#define NR_YOUNG	(NR_PAGES / 2)

static const struct memory memory = {
	.pages = NR_PAGES,
};

/*
 * Few regions, many ticks: each page is sampled some twenty times, and hardly
 * any is just being sampled at the moment when reclaim looks at it.
 */
static const struct mon_attrs attrs = {
	.sample_us = 1000, .aggr_us = 20000, .min = 20, .max = 20,
};

#define WATCH_US	10000000

/*
 * Without PG_idle a sampled page looks old for one sampling interval.  That is
 * true of @max regions in 8,192 pages; chance gets as much again.
 */
#define TOLERANCE	(NR_YOUNG / 100)

static uint32_t taken_young(enum watch who, bool forget)
{
	uint32_t young, old;
	struct watcher w;
	struct process p;

	group_create();
	process_start(&p, &memory);
	process_forget_accesses(&p);
	process_tell(&p, TOUCH_YOUNG);
	watcher_start(&w, who, &p, &attrs);
	sleep_us(WATCH_US);
	if (forget)
		process_forget_accesses(&p);
	group_reclaim(NR_YOUNG / 4 * 3 * 4096ULL);
	process_count_swapped(&p, &young, &old);
	watcher_stop(&w);
	process_stop(&p);
	group_remove();
	say("%s%s: reclaim took %u of %u young pages and %u of %u old ones", watch_name(who),
	    forget ? ", accessed bits cleared for good" : "", young, NR_YOUNG, old, NR_YOUNG);
	return young;
}

void test_choice(void)
{
	uint32_t none = taken_young(WATCH_NONE, false);
	uint32_t cleared = taken_young(WATCH_NONE, true);
	enum watch who;

	/* Otherwise the test could not tell a bad monitor from a good one. */
	verdict(cleared > none + 10 * TOLERANCE,
		"reclaim choice depends on accessed bits: %u young pages taken, %u once all bits were cleared",
		none, cleared);
	for (who = WATCH_ROOT; who <= WATCH_PLAIN; who++) {
		uint32_t taken = taken_young(who, false);

		verdict(taken <= none + TOLERANCE,
			"reclaim choice, %s session: %u of %u young pages taken, unmonitored %u, tolerance %u",
			watch_name(who), taken, NR_YOUNG, none, TOLERANCE);
	}
}
