// SPDX-License-Identifier: GPL-2.0
/*
 * The DAMON that a kernel has of its own.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/string.h>

#include "kernel/builtin.h"
#include "kernel/mm_dir.h"

/* Its tree, wherever sysfs is mounted. */
static bool __init tree_is_there(void)
{
	struct kobject *mm = damon_mm_dir();

	return mm && damon_dir_has(mm, "damon");
}

/* The one of its modules that can be at work from boot on. */
static bool __init stat_is_there(void)
{
	return damon_dir_has(&THIS_MODULE->mkobj.kobj.kset->kobj, "damon_stat");
}

static bool __init worker_runs(void)
{
	struct task_struct *task;
	bool found = false;

	rcu_read_lock();
	for_each_process(task) {
		if (task->flags & PF_KTHREAD &&
		    !strncmp(task->comm, "kdamond.", strlen("kdamond."))) {
			found = true;
			break;
		}
	}
	rcu_read_unlock();
	return found;
}

/**
 * damon_builtin_tell() - say in the log what it means where the kernel has one, too
 *
 * To be called after damon_bind_all(), and before the module starts a worker or makes
 * a tree of its own.
 */
void __init damon_builtin_tell(void)
{
	const char *how = "is idle", *cost = "", *end = "";

	if (worker_runs()) {
		how = "is watching memory now";
		cost = ", each of them at its cost";
		if (stat_is_there())
			end = "; N to /sys/module/damon_stat/parameters/enabled ends what it does by itself";
	} else if (!tree_is_there()) {
		return;
	}
	pr_info("the kernel has a DAMON of its own in /sys/kernel/mm/damon, which %s; both can be used at the same time%s%s\n",
		how, cost, end);
}
