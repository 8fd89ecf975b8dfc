// SPDX-License-Identifier: GPL-2.0
/*
 * Under steady pressure, monitoring does not make pages come back more often.
 */
#include <damon/device.h>

#include "reclaim.h"

#define PAGE		4096ULL

/* 16 MiB are always in use; of the other 48, half fits. */
static const struct memory memory = { .pages = 16384, .hot_pages = 4096 };
#define RESIDENT	(40ULL << 20)

static const struct mon_attrs attrs = {
	.sample_us = DAMON_DEFAULT_SAMPLE_US, .aggr_us = DAMON_DEFAULT_AGGR_US,
	.min = DAMON_DEFAULT_MIN_NR_REGIONS, .max = DAMON_DEFAULT_MAX_NR_REGIONS,
};

#define NR_WARMUP	60
#define NR_ROUNDS	60
/* Time for the monitor between the accesses and reclaim. */
#define ROUND_US	50000

#define NR_PAIRS	3
#define MOST		1.1
/* Fewer refaults than this would tell nothing. */
#define ENOUGH		1000

static void one_round(const struct process *p)
{
	uint64_t now;

	process_tell(p, TOUCH_ROUND);
	sleep_us(ROUND_US);
	now = group_current();
	if (now > RESIDENT)
		group_reclaim(now - RESIDENT);
}

static uint64_t refaults(enum watch who)
{
	struct watcher w;
	struct process p;
	uint64_t before, after;
	int i;

	group_create();
	process_start(&p, &memory);
	watcher_start(&w, who, &p, &attrs);
	for (i = 0; i < NR_WARMUP; i++)
		one_round(&p);
	before = group_stat("workingset_refault_anon");
	for (i = 0; i < NR_ROUNDS; i++)
		one_round(&p);
	after = group_stat("workingset_refault_anon");
	watcher_stop(&w);
	process_stop(&p);
	group_remove();
	return after - before;
}

static void test_one(enum watch who)
{
	double ratios[NR_PAIRS], mid;
	bool enough = true;
	int i;

	for (i = 0; i < NR_PAIRS; i++) {
		uint64_t with, without;

		/* Whoever runs second must not gain or lose by that. */
		if (i % 2) {
			with = refaults(who);
			without = refaults(WATCH_NONE);
		} else {
			without = refaults(WATCH_NONE);
			with = refaults(who);
		}
		enough = enough && without >= ENOUGH;
		ratios[i] = (double)with / (double)(without ? without : 1);
		say("%s: %llu refaults, unmonitored %llu, ratio %.3f", watch_name(who),
		    (unsigned long long)with, (unsigned long long)without, ratios[i]);
	}
	mid = median(ratios, NR_PAIRS);
	verdict(enough && mid <= MOST,
		"reclaim refaults, %s session: %.3f times the unmonitored ones (median of %d pairs), at most %.1f%s",
		watch_name(who), mid, NR_PAIRS, MOST, enough ? "" : "; void: too few refaults");
}

void test_refault(void)
{
	test_one(WATCH_ROOT);
	test_one(WATCH_PLAIN);
}
