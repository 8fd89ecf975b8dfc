// SPDX-License-Identifier: GPL-2.0
/*
 * Hearing of forks as they happen, by the kernel's tracepoint.
 *
 * A look at all processes from time to time does not do: who was forked by a
 * process that has ended since, as each daemon is, has got another parent, and
 * nothing tells any more where it came from.
 */
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <trace/events/sched.h>

#include "kernel/forks.h"

/* Serialises all here. */
static DEFINE_MUTEX(forks_lock);
static unsigned int nr_users;
static struct tracepoint *forks;

/* In the parent, before the child runs for the first time. */
static void on_fork(void *data, struct task_struct *parent, struct task_struct *child)
{
	if (!same_thread_group(parent, child))
		damon_crowd_forked(parent, child);
}

static void is_forks(struct tracepoint *tp, void *data)
{
	struct tracepoint **found = data;

	if (!strcmp(tp->name, "sched_process_fork"))
		*found = tp;
}

/* With forks_lock held.  A tracepoint of the kernel itself stays. */
static struct tracepoint *find_forks(void)
{
	if (!forks)
		for_each_kernel_tracepoint(is_forks, &forks);
	return forks;
}

/**
 * damon_forks_known() - does this kernel let us hear of forks?
 *
 * May sleep.
 */
bool damon_forks_known(void)
{
	bool known;

	mutex_lock(&forks_lock);
	known = find_forks();
	mutex_unlock(&forks_lock);
	return known;
}

/**
 * damon_forks_get() - have damon_crowd_forked() called for each fork
 *
 * May sleep.
 *
 * Return: 0, -EOPNOTSUPP if this kernel does not let us, -ENOMEM.
 */
int damon_forks_get(void)
{
	int err = 0;

	/* It is found by its name; what it hands over the compiler checks here. */
	check_trace_callback_type_sched_process_fork(on_fork);
	mutex_lock(&forks_lock);
	if (!nr_users)
		err = find_forks() ? tracepoint_probe_register(forks, on_fork, NULL) : -EOPNOTSUPP;
	if (!err)
		nr_users++;
	mutex_unlock(&forks_lock);
	return err;
}

/**
 * damon_forks_put() - undo damon_forks_get()
 *
 * When the last one has gone, no processor is in damon_crowd_forked() any more.
 * May sleep.
 */
void damon_forks_put(void)
{
	mutex_lock(&forks_lock);
	if (!--nr_users) {
		tracepoint_probe_unregister(forks, on_fork, NULL);
		tracepoint_synchronize_unregister();
	}
	mutex_unlock(&forks_lock);
}
