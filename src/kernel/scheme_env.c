// SPDX-License-Identifier: GPL-2.0
/*
 * What schemes need to know of this system and of their worker.
 */
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/sched/cputime.h>

#include "kernel/attributes.h"
#include "kernel/bind.h"
#include "kernel/metrics.h"
#include "kernel/scheme_env.h"
#include "kernel/worker.h"

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
	.metrics = damon_metrics_usable,
	.metric = damon_metric,
	.cpu_ns = cpu_ns,
	.stop = damon_worker_wanted,
	.breathe = breathe,
	.put_memcg = damon_memcg_put,
};
