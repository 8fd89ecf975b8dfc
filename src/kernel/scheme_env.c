// SPDX-License-Identifier: GPL-2.0
/*
 * What schemes need to know of this system and of their worker.
 */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/cputime.h>
#include <linux/vmstat.h>

#include "kernel/attributes.h"
#include "kernel/bind.h"
#include "kernel/scheme_env.h"
#include "kernel/worker.h"

static u32 metrics(void)
{
	return 1U << DAMOS_FREE_MEM_PERMIL;
}

static u64 metric(enum damos_metric which, u32 node, void *memcg)
{
	switch (which) {
	case DAMOS_FREE_MEM_PERMIL:
		return div64_u64(1000ULL * global_zone_page_state(NR_FREE_PAGES),
				 totalram_pages());
	default:
		return 0;
	}
}

/* Where the scheduler cannot be asked, waiting counts as working. */
static u64 cpu_ns(void)
{
	if (damon_has(task_sched_runtime))
		return damon_call(task_sched_runtime)(current);
	return ktime_get_ns();
}

static void breathe(void)
{
	cond_resched();
}

const struct damos_env damon_scheme_env = {
	.metrics = metrics,
	.metric = metric,
	.cpu_ns = cpu_ns,
	.stop = damon_worker_wanted,
	.breathe = breathe,
	.put_memcg = damon_memcg_put,
};
